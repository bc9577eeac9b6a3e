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
#[cfg(target_os = "linux")]
mod panel;

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use peerwatch_wire::ConnectionView;

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

/// Whether the icon is shown, as far as the desktop says so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing(Arc<AtomicU8>);

const SHOWN: u8 = 1;
const NOT_SHOWN: u8 = 2;

impl Standing {
    /// Notes it; says whether that is news.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    fn shown(&self) -> bool {
        self.0.swap(SHOWN, Ordering::Relaxed) != SHOWN
    }

    #[cfg_attr(not(target_os = "linux"), allow(dead_code))]
    fn not_shown(&self) -> bool {
        self.0.swap(NOT_SHOWN, Ordering::Relaxed) != NOT_SHOWN
    }

    /// What the page says of the tray, once something is known of it.
    pub(crate) fn connection(&self) -> Option<ConnectionView> {
        let connected = match self.0.load(Ordering::Relaxed) {
            SHOWN => true,
            NOT_SHOWN => false,
            _ => return None,
        };
        let summary = if connected { "the icon is in the panel" } else { "no panel here shows tray icons" };
        let remedy = "The window and the notifications work without. The icon appears with a panel that shows such icons; \
                      on GNOME that takes the extension AppIndicator.";
        Some(ConnectionView {
            kind: "Tray".into(),
            path: None,
            connected,
            summary: summary.into(),
            remedy: (!connected).then(|| remedy.into()),
        })
    }
}

/// Where the drawer leaves the clicks.
pub(crate) fn clicks() -> (UnboundedSender<Click>, UnboundedReceiver<Click>) {
    unbounded_channel()
}
