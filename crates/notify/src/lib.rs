//! Shows a notification with actions, replaces it, withdraws it, and tells of clicks.
//!
//! The border is free of `async`: [`Notifier::show`] hands a [`Notice`] over and returns at once, and whatever
//! becomes of it comes back as a [`Happening`]. A notification may stay open for an hour; nothing waits for it.
//!
//! A notice is known by its key. Showing the same key again replaces what is on the screen.

mod log;
mod notice;
mod state;
mod text;

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(any(windows, test))]
mod toast;
#[cfg(windows)]
mod windows;

use std::time::Duration;

use tokio::{
    runtime::Handle,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

pub use notice::{Action, CloseReason, Happening, Notice, ReplyField, Urgency};
pub use state::{Failure, NotifierState, Server};

/// The action that a click on the body of a notification stands for.
pub const DEFAULT_ACTION: &str = "default";

/// How this program presents itself to the desktop, and how long it waits for it.
#[derive(Clone, Debug)]
pub struct Options {
    /// The name that people see.
    pub app_name: String,
    /// The identifier under which macOS and Windows know the application.
    pub app_id: Option<String>,
    /// The name of the installed `.desktop` file, without its ending.
    pub desktop_entry: String,
    /// An icon's name in the theme, or the path of one; empty for none.
    pub icon: String,
    /// The program's own icon as a PNG of at most 128 pixels a side, for desktops whose theme doesn't know `icon`.
    pub picture: Option<&'static [u8]>,
    /// The address of the session bus, where it isn't the environment's.
    pub bus: Option<String>,
    /// After this long without an answer the server is reported as not answering.
    pub patience: Duration,
    /// After this long without an answer the notice is given up.
    pub give_up: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            app_name: "Peerwatch".into(),
            app_id: Some("dev.peerwatch.Peerwatch".into()),
            desktop_entry: "Peerwatch".into(),
            icon: "peerwatch-desktop".into(),
            picture: None,
            bus: None,
            patience: Duration::from_secs(5),
            give_up: Duration::from_secs(25),
        }
    }
}

/// What a [`Notifier`] asks of its platform.
#[derive(Debug)]
pub(crate) enum Order {
    Show(Notice),
    Withdraw(String),
    Close,
}

/// The near end: cheap to clone, never blocks.
#[derive(Clone, Debug)]
pub struct Notifier {
    orders: UnboundedSender<Order>,
}

impl Notifier {
    /// Shows a notice, in place of the one with the same key if there is one.
    pub fn show(&self, notice: Notice) {
        self.order(Order::Show(notice));
    }

    /// Takes a notice off the screen. A key that isn't shown is no mistake.
    pub fn withdraw(&self, key: impl Into<String>) {
        self.order(Order::Withdraw(key.into()));
    }

    /// Takes everything off the screen and ends; the stream of happenings ends with it.
    pub fn close(&self) {
        self.order(Order::Close);
    }

    /// After the end there is nobody left to show anything: the stream of happenings has said so already.
    fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::debug!("a notice came after the notifier had ended");
        }
    }
}

/// Shows notices on this machine's desktop. The first happening says in what state that is.
pub fn start(runtime: &Handle, options: Options) -> (Notifier, UnboundedReceiver<Happening>) {
    let (orders, inbox) = unbounded_channel();
    let (out, happenings) = unbounded_channel();
    start_platform(runtime, options, inbox, out);
    (Notifier { orders }, happenings)
}

/// Shows nothing: every notice becomes a line in the log. For a machine without a screen.
pub fn start_log(runtime: &Handle) -> (Notifier, UnboundedReceiver<Happening>) {
    let (orders, inbox) = unbounded_channel();
    let (out, happenings) = unbounded_channel();
    runtime.spawn(log::run(inbox, out));
    (Notifier { orders }, happenings)
}

type Inbox = UnboundedReceiver<Order>;
type Out = UnboundedSender<Happening>;

#[cfg(target_os = "linux")]
fn start_platform(runtime: &Handle, options: Options, inbox: Inbox, out: Out) {
    runtime.spawn(linux::run(options, inbox, out));
}

#[cfg(target_os = "macos")]
fn start_platform(_runtime: &Handle, options: Options, inbox: Inbox, out: Out) {
    macos::start(options, inbox, out);
}

#[cfg(windows)]
fn start_platform(_runtime: &Handle, options: Options, inbox: Inbox, out: Out) {
    windows::start(options, inbox, out);
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn start_platform(runtime: &Handle, _options: Options, inbox: Inbox, out: Out) {
    runtime.spawn(log::run(inbox, out));
}
