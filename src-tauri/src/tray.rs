//! The tray: a face drawn from the view, and the clicks that come back from it.

mod icons;
mod mail;
pub(crate) mod menu;

#[cfg(target_os = "linux")]
#[path = "tray/linux.rs"]
mod drawer;
#[cfg(not(target_os = "linux"))]
#[path = "tray/native.rs"]
mod drawer;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

pub(crate) use self::{
    drawer::Tray,
    menu::{Act, Face},
};

/// A click in the tray.
#[derive(Debug)]
pub(crate) struct Click {
    pub(crate) act: Act,
    /// Lets the window that opens now take the focus, where the desktop hands out such tokens.
    pub(crate) activation_token: Option<String>,
}

/// Where the drawer leaves the clicks.
pub(crate) fn clicks() -> (UnboundedSender<Click>, UnboundedReceiver<Click>) {
    unbounded_channel()
}
