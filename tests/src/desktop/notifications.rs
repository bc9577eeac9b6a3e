//! A notification server that writes down what it is told and clicks when a test says so.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use tokio::runtime::Runtime;
use zbus::{Connection, interface};
use zbus::{OwnedVariant, Variant};

use super::Bus;
use crate::ledger::Ledger;
use crate::moment::Moment;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// One notification, as it arrived.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The id that the server gave it (the replaced one's, if it replaces).
    pub id: u32,
    /// When it arrived.
    pub at: Moment,
    /// The same by the wall clock, to compare with times in files.
    pub at_wall: SystemTime,
    /// The application's name.
    pub app: String,
    /// The id of the notification that it replaces, or 0.
    pub replaces: u32,
    /// The heading.
    pub summary: String,
    /// The text.
    pub body: String,
    /// Keys and labels of the actions.
    pub actions: Vec<(String, String)>,
    /// The hints, as text; of a picture, the beginning.
    pub hints: HashMap<String, String>,
}

/// What the server was told.
#[derive(Debug, Clone)]
pub enum Happening {
    /// A notification was shown.
    Shown(Notice),
    /// The application took one back.
    Closed(u32),
}

impl Happening {
    /// The notification, if that is what happened.
    pub fn notice(&self) -> Option<&Notice> {
        match self {
            Self::Shown(notice) => Some(notice),
            Self::Closed(_) => None,
        }
    }
}

/// The server; it can be ended and started again while applications run.
#[derive(Debug)]
pub struct NotificationServer {
    seen: Arc<Ledger<Happening>>,
    connection: Option<Connection>,
    runtime: Arc<Runtime>,
    has_replies: bool,
}

impl NotificationServer {
    /// Takes the name on this bus.
    pub(super) fn start(bus: &Bus) -> Self {
        let mut server =
            Self { seen: Arc::default(), connection: None, runtime: bus.runtime(), has_replies: false };
        server.restart(bus);
        server
    }

    /// Ends the server as a crash would: the name is free, open notifications are forgotten.
    pub fn stop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = self.runtime.block_on(connection.close());
        }
    }

    /// Starts it again; what it saw before is kept.
    pub fn restart(&mut self, bus: &Bus) {
        self.stop();
        let (seen, has_replies) = (Arc::clone(&self.seen), self.has_replies);
        let recorder = Recorder { seen, has_replies, last_id: AtomicU32::new(0) };
        self.connection = Some(bus.connect(|builder| builder.serve_at(PATH, recorder).name(NAME)));
    }

    /// Starts it again as one in whose notifications a person can answer, or can't.
    pub fn restart_with_replies(&mut self, has_replies: bool, bus: &Bus) {
        self.has_replies = has_replies;
        self.restart(bus);
    }

    /// Everything that was seen.
    pub fn seen(&self) -> Vec<Happening> {
        self.seen.all()
    }

    /// The notifications that were shown.
    pub fn shown(&self) -> Vec<Notice> {
        self.seen().iter().filter_map(|happening| happening.notice().cloned()).collect()
    }

    /// Waits for a notification whose heading or text contains `text`.
    pub fn await_notice(&self, text: &str, within: Duration) -> Notice {
        let fits = |happening: &Happening| {
            happening
                .notice()
                .is_some_and(|notice| notice.summary.contains(text) || notice.body.contains(text))
        };
        let happening = self.seen.find(&format!("a notification with {text:?}"), within, fits);
        happening.notice().cloned().expect("a notification")
    }

    /// Waits until the application has taken this notification back.
    pub fn await_closed(&self, id: u32, within: Duration) {
        let fits = |happening: &Happening| matches!(happening, Happening::Closed(closed) if *closed == id);
        self.seen.find(&format!("notification {id} taken back"), within, fits);
    }

    /// Clicks an action: first the token that allows the application to raise a window, then the action. Nobody clicks
    /// before the application has even been told the notification's id, so a moment is let pass; returns when it was over.
    pub fn act(&self, id: u32, action: &str) -> Moment {
        std::thread::sleep(Duration::from_millis(100));
        let clicked = Moment::now();
        self.emit("ActivationToken", &(id, format!("token-{id}")));
        self.emit("ActionInvoked", &(id, action));
        clicked
    }

    /// Answers in a notification's own field, as KDE's server tells it; no sooner than a person could.
    pub fn reply(&self, id: u32, text: &str) {
        std::thread::sleep(Duration::from_millis(100));
        self.emit("NotificationReplied", &(id, text));
    }

    /// Tells the application that a notification is gone: 1 expired, 2 dismissed, 3 taken back.
    pub fn dismiss(&self, id: u32, reason: u32) {
        self.emit("NotificationClosed", &(id, reason));
    }

    fn emit<B: serde::Serialize + zbus::DynamicType>(&self, signal: &str, body: &B) {
        let connection = self.connection.as_ref().expect("the notification server is up");
        let sent = self.runtime.block_on(connection.emit_signal(
            None::<zbus::names::BusName<'_>>,
            PATH,
            NAME,
            signal,
            body,
        ));
        sent.expect("a signal of the notification server");
    }
}

struct Recorder {
    seen: Arc<Ledger<Happening>>,
    has_replies: bool,
    last_id: AtomicU32,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Recorder {
    #[expect(clippy::too_many_arguments, reason = "the signature is the specification's")]
    fn notify(
        &self,
        app_name: String,
        replaces_id: u32,
        _app_icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _expire_timeout: i32,
    ) -> u32 {
        let at = Moment::now();
        let id = if replaces_id > 0 { replaces_id } else { self.last_id.fetch_add(1, Ordering::Relaxed) + 1 };
        let actions = actions.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect();
        let hints = hints.into_iter().map(|(name, value)| (name, text(&value))).collect();
        let (app, replaces, at_wall) = (app_name, replaces_id, SystemTime::now());
        self.seen.push(Happening::Shown(Notice {
            id,
            at,
            at_wall,
            app,
            replaces,
            summary,
            body,
            actions,
            hints,
        }));
        id
    }

    fn close_notification(&self, id: u32) {
        self.seen.push(Happening::Closed(id));
    }

    fn get_capabilities(&self) -> Vec<String> {
        let always = ["actions", "body", "body-markup", "persistence"].into_iter();
        always.chain(self.has_replies.then_some("inline-reply")).map(str::to_owned).collect()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ("recorder".to_owned(), "peerwatch-tests".to_owned(), "1".to_owned(), "1.2".to_owned())
    }
}

fn text(value: &Variant<'_>) -> String {
    match value {
        Variant::Str(text) => text.to_string(),
        Variant::U8(number) => number.to_string(),
        Variant::Bool(truth) => truth.to_string(),
        Variant::Structure(picture) => match picture.fields() {
            [Variant::I32(width), Variant::I32(height), ..] => format!("{width}x{height} pixels"),
            _ => "something that is no picture".to_owned(),
        },
        other => other.to_string().chars().take(80).collect(),
    }
}
