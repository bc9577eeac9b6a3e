//! macOS: the system shows notices, and tells of a click only to a thread that waits for it, in a bundled application.
//!
//! One thread per open notice, and only so many: what is shown beyond that is shown without hearing of clicks.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use notify_rust::{CloseReason as Closing, Notification, NotificationResponse, NsNotificationExt as _};

use crate::{
    Action, CloseReason, DEFAULT_ACTION, Failure, Happening, Inbox, Notice, NotifierState, Options, Order,
    Out, text,
};

/// So many notices may wait for a click at once.
const OPEN_AT_MOST: usize = 16;

/// The newest showing of each key: what an older one says is no longer asked.
type Newest = Arc<Mutex<HashMap<String, u64>>>;

pub(crate) fn start(options: Options, inbox: Inbox, out: Out) {
    let spawned = thread::Builder::new().name("notices".into()).spawn({
        let out = out.clone();
        move || serve(&options, inbox, &out)
    });
    if let Err(error) = spawned {
        let _unless_nobody_listens =
            out.send(Happening::State(NotifierState::NoBus { error: error.to_string() }));
    }
}

fn serve(options: &Options, mut inbox: Inbox, out: &Out) {
    belong_to_an_application(options);
    let open = Arc::new(AtomicUsize::new(0));
    let newest = Newest::default();
    let mut showing = 0;
    let mut alive = out.send(Happening::State(NotifierState::Native { withdraws: false })).is_ok();
    while alive && let Some(order) = inbox.blocking_recv() {
        alive = match order {
            Order::Show(notice) => {
                showing += 1;
                lock(&newest).insert(notice.key.clone(), showing);
                show(options, notice, showing, &open, &newest, out)
            }
            // The notice itself cannot be taken back here; what is said about it is no longer asked.
            Order::Withdraw(key) => match lock(&newest).remove(&key) {
                Some(_) => out.send(Happening::Closed { key, reason: CloseReason::Withdrawn }).is_ok(),
                None => true,
            },
            Order::Close => false,
        };
    }
}

/// Whoever doesn't say whose notices they are shows the Finder's. A program that isn't in a bundle has no name of its own.
fn belong_to_an_application(options: &Options) {
    let program = std::env::current_exe().unwrap_or_default();
    let is_bundled = program.ancestors().any(|folder| folder.extension().is_some_and(|kind| kind == "app"));
    let own = options.app_id.as_deref().filter(|_| is_bundled);
    if let Err(error) = notify_rust::set_application(own.unwrap_or("com.apple.Terminal")) {
        tracing::warn!("the system does not know whose notices these are: {error}");
    }
}

fn show(
    options: &Options,
    notice: Notice,
    showing: u64,
    open: &Arc<AtomicUsize>,
    newest: &Newest,
    out: &Out,
) -> bool {
    let mut shape = shape(&notice);
    shape.appname(&options.app_name).actions_label("Choose").close_button("Close");
    if open.fetch_add(1, Ordering::Relaxed) >= OPEN_AT_MOST {
        open.fetch_sub(1, Ordering::Relaxed);
        let key = notice.key;
        return out
            .send(match shape.show() {
                Ok(_not_waited_for) => Happening::Shown { key },
                Err(error) => failed(key, &error),
            })
            .is_ok();
    }
    let (open, newest, key) = (Arc::clone(open), Arc::clone(newest), notice.key.clone());
    let (thread_open, thread_out) = (Arc::clone(&open), out.clone());
    let waiting = move || {
        wait(&shape, &notice, showing, &newest, &thread_out);
        thread_open.fetch_sub(1, Ordering::Relaxed);
    };
    match thread::Builder::new().name("notice".into()).spawn(waiting) {
        Ok(_detached) => !out.is_closed(),
        Err(error) => {
            open.fetch_sub(1, Ordering::Relaxed);
            out.send(Happening::Failed { key, error: Failure::Refused(error.to_string()) }).is_ok()
        }
    }
}

/// Shows one notice and stays until a person has dealt with it.
fn wait(shape: &Notification, notice: &Notice, showing: u64, newest: &Newest, out: &Out) {
    let key = notice.key.clone();
    let tell = |happening| {
        let _unless_nobody_listens = out.send(happening);
    };
    let handle = match shape.show() {
        Ok(handle) => handle,
        Err(error) => {
            forget(newest, &key, showing);
            return tell(failed(key, &error));
        }
    };
    tell(Happening::Shown { key: key.clone() });
    let waited = handle.wait_for_response(|response: &NotificationResponse| {
        if !forget(newest, &key, showing) {
            return;
        }
        if let Some(action) = chosen(response, &notice.actions) {
            tell(Happening::Activated { key: key.clone(), action, activation_token: None });
        }
        tell(Happening::Closed { key: key.clone(), reason: reason(response) });
    });
    if let Err(error) = waited {
        forget(newest, &key, showing);
        tell(failed(key.clone(), &error));
    }
}

/// Forgets a showing, if it is still the newest of its key: only that one is listened to.
fn forget(newest: &Newest, key: &str, showing: u64) -> bool {
    let mut newest = lock(newest);
    let is_newest = newest.get(key) == Some(&showing);
    if is_newest {
        newest.remove(key);
    }
    is_newest
}

fn shape(notice: &Notice) -> Notification {
    let mut shape = Notification::new();
    // `notice.reply` is left out: a notice has either a field to answer in or buttons here.
    shape.summary(&text::title(&notice.title)).body(&text::body(&notice.body));
    if notice.sound {
        shape.sound_name("NSUserNotificationDefaultSoundName");
    }
    // A click on the body needs no button of its own here.
    for action in notice.actions.iter().filter(|action| action.key != DEFAULT_ACTION) {
        shape.action(&action.key, &text::label(&action.label));
    }
    shape
}

/// The action that was chosen. Without a match notify-rust answers with the label in place of the key.
fn chosen(response: &NotificationResponse, actions: &[Action]) -> Option<String> {
    match response {
        NotificationResponse::Default => Some(DEFAULT_ACTION.into()),
        NotificationResponse::Action(said) => {
            let action =
                actions.iter().find(|action| action.key == *said || text::label(&action.label) == *said);
            Some(action.map_or(DEFAULT_ACTION, |action| action.key.as_str()).into())
        }
        NotificationResponse::Reply(_) | NotificationResponse::Closed(_) => None,
    }
}

fn reason(response: &NotificationResponse) -> CloseReason {
    match response {
        NotificationResponse::Closed(Closing::Expired) => CloseReason::Expired,
        NotificationResponse::Closed(Closing::CloseAction) => CloseReason::Withdrawn,
        NotificationResponse::Closed(Closing::Other(_)) => CloseReason::Unknown,
        _ => CloseReason::Dismissed,
    }
}

fn failed(key: String, error: &notify_rust::error::Error) -> Happening {
    Happening::Failed { key, error: Failure::Refused(error.to_string()) }
}

fn lock(newest: &Newest) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
    newest.lock().unwrap_or_else(PoisonError::into_inner)
}
