//! A notification server that shows nothing and writes down what it is asked.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use tokio::{
    sync::{
        Semaphore,
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    },
    time::timeout,
};
use zbus::{Connection, OwnedVariant, connection, fdo, interface};

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

#[derive(Clone, Copy, Debug)]
pub(crate) struct Abilities {
    pub(crate) actions: bool,
    pub(crate) inline_reply: bool,
    pub(crate) markup: bool,
}

pub(crate) const ALL: Abilities = Abilities { actions: true, inline_reply: true, markup: true };

/// What the server was asked.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Notify {
        replaces: u32,
        icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        hints: Vec<String>,
    },
    Close(u32),
}

impl Asked {
    pub(crate) fn title(&self) -> &str {
        match self {
            Self::Notify { title, .. } => title,
            Self::Close(_) => "",
        }
    }
}

pub(crate) struct Recorder {
    conn: Connection,
    asked: UnboundedReceiver<Asked>,
    presented: UnboundedReceiver<()>,
    gate: Arc<Semaphore>,
    still: Arc<AtomicBool>,
}

struct Face {
    abilities: Abilities,
    asked: UnboundedSender<Asked>,
    presented: UnboundedSender<()>,
    last_id: AtomicU32,
    gate: Arc<Semaphore>,
    still: Arc<AtomicBool>,
    inhibited: bool,
}

impl Recorder {
    pub(crate) async fn start(address: &str, abilities: Abilities) -> Self {
        let server = Self::build(address, abilities).await;
        let replaceable = fdo::RequestNameFlags::ALLOW_REPLACEMENT | fdo::RequestNameFlags::DO_NOT_QUEUE;
        server.conn.request_name_with_flags(NAME, replaceable).await.expect("the name should be free");
        server
    }

    /// Takes the name from its owner.
    pub(crate) async fn start_instead(address: &str, abilities: Abilities) -> Self {
        let successor = Self::build(address, abilities).await;
        let replacing = fdo::RequestNameFlags::REPLACE_EXISTING;
        successor.conn.request_name_with_flags(NAME, replacing).await.expect("the name");
        successor
    }

    async fn build(address: &str, abilities: Abilities) -> Self {
        let ((tell, asked), (present, presented)) = (unbounded_channel(), unbounded_channel());
        let (gate, still) = (Arc::new(Semaphore::new(Semaphore::MAX_PERMITS)), Arc::default());
        let face = Face {
            abilities,
            asked: tell,
            presented: present,
            last_id: AtomicU32::new(0),
            gate: Arc::clone(&gate),
            still: Arc::clone(&still),
            inhibited: false,
        };
        let builder = connection::Builder::address(address).serve_at(PATH, face);
        let conn = builder.build().await.expect("the server should reach its bus");
        Self { conn, asked, presented, gate, still }
    }

    /// Stands in line for the name until its owner leaves.
    pub(crate) async fn start_when_free(address: &str, abilities: Abilities) -> Self {
        let waiting = Self::build(address, abilities).await;
        let in_line = fdo::RequestNameFlags::empty();
        waiting.conn.request_name_with_flags(NAME, in_line).await.expect("a place in line");
        waiting
    }

    /// From now on it hears and doesn't answer.
    pub(crate) fn hang(&self) {
        self.gate.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// From now on it hears and answers nothing at all, not even who it is.
    pub(crate) fn stand_still(&self) {
        self.still.store(true, Ordering::Relaxed);
        self.hang();
    }

    /// Until it has been asked who it is since it stands still.
    pub(crate) async fn asked_who_it_is(&mut self) {
        let asked = timeout(crate::LONG, self.presented.recv()).await;
        asked.expect("the server should have been asked who it is");
    }

    pub(crate) fn go_on(&self) {
        self.gate.add_permits(1000);
    }

    pub(crate) async fn asked(&mut self) -> Asked {
        let asked = timeout(crate::LONG, self.asked.recv()).await.expect("the server should have been asked");
        asked.expect("the server should still be there")
    }

    pub(crate) async fn click(&self, id: u32, action: &str, token: Option<&str>) {
        if let Some(token) = token {
            self.emit("ActivationToken", &(id, token)).await;
        }
        self.emit("ActionInvoked", &(id, action)).await;
    }

    pub(crate) async fn reply(&self, id: u32, text: &str) {
        self.emit("NotificationReplied", &(id, text)).await;
    }

    pub(crate) async fn close(&self, id: u32, reason: u32) {
        self.emit("NotificationClosed", &(id, reason)).await;
    }

    /// The person tells the desktop not to disturb, or to go on, as KDE announces it.
    pub(crate) async fn inhibit(&self, inhibited: bool) {
        let face = self.conn.object_server().interface::<_, Face>(PATH).await.expect("the server's face");
        face.get_mut().await.inhibited = inhibited;
        face.get().await.inhibited_changed(face.signal_emitter()).await.expect("a signal");
    }

    pub(crate) async fn stop(self) {
        self.conn.close().await.expect("the server should leave its bus");
    }

    async fn emit<B: serde::Serialize + zbus::DynamicType>(&self, signal: &str, body: &B) {
        emit(&self.conn, signal, body).await;
    }
}

/// A signal from a program that isn't the server.
pub(crate) async fn forge_click(address: &str, id: u32) {
    let conn = connection::Builder::address(address).build().await.expect("a second connection");
    emit(&conn, "ActionInvoked", &(id, "default")).await;
    conn.close().await.expect("the forger should leave");
}

async fn emit<B: serde::Serialize + zbus::DynamicType>(conn: &Connection, signal: &str, body: &B) {
    conn.emit_signal(None::<&str>, PATH, NAME, signal, body).await.expect("a signal");
}

/// A hint's name, and for a picture how large it is.
fn told((name, value): (String, OwnedVariant)) -> String {
    type Pixels = (i32, i32, i32, bool, i32, i32, Vec<u8>);
    if name != "image-data" {
        return name;
    }
    let (width, height, row, alpha, bits, samples, pixels) = Pixels::try_from(value).expect("a picture");
    format!("{name} {width}x{height} {row} {alpha} {bits} {samples}, {} bytes", pixels.len())
}

#[interface(name = "org.freedesktop.Notifications")]
impl Face {
    async fn get_capabilities(&self) -> Vec<&'static str> {
        if self.still.load(Ordering::Relaxed) {
            let _test_may_have_ended = self.presented.send(());
            self.gate.acquire().await.expect("the gate stays").forget();
        }
        let Abilities { actions, inline_reply, markup } = self.abilities;
        let all =
            [("body", true), ("actions", actions), ("inline-reply", inline_reply), ("body-markup", markup)];
        all.into_iter().filter_map(|(name, can)| can.then_some(name)).collect()
    }

    #[zbus(property)]
    fn inhibited(&self) -> bool {
        self.inhibited
    }

    #[zbus(property)]
    fn set_inhibited(&mut self, inhibited: bool) {
        self.inhibited = inhibited;
    }

    fn get_server_information(&self) -> (&'static str, &'static str, &'static str, &'static str) {
        ("recorder", "Peerwatch", "1.0", "1.2")
    }

    #[allow(clippy::too_many_arguments, reason = "the specification's signature")]
    async fn notify(
        &self,
        _app_name: String,
        replaces: u32,
        icon: String,
        title: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _expires: i32,
    ) -> fdo::Result<u32> {
        let mut hints: Vec<String> = hints.into_iter().map(told).collect();
        hints.sort();
        let refused = title.contains("refuse me");
        let _test_may_have_ended =
            self.asked.send(Asked::Notify { replaces, icon, title, body, actions, hints });
        self.gate.acquire().await.expect("the gate stays").forget();
        if refused {
            return Err(fdo::Error::LimitsExceeded("that was one too many".into()));
        }
        Ok(if replaces == 0 { self.last_id.fetch_add(1, Ordering::Relaxed) + 1 } else { replaces })
    }

    fn close_notification(&self, id: u32) {
        let _test_may_have_ended = self.asked.send(Asked::Close(id));
    }
}
