//! A desktop of one's own without a screen: a display, a session bus, a notification server and a tray.

mod bus;
mod daemon;
mod notifications;
mod portal;
mod screen;
mod sway;
mod tray;
mod tray_menu;

use std::path::PathBuf;

use crate::require::{Missing, program};
use crate::scratch::Scratch;
pub use bus::Bus;
pub use daemon::{Daemon, DaemonPrograms, Kind as DaemonKind};
pub use notifications::{Happening, Notice, NotificationServer};
pub use portal::Portal;
pub use screen::Screen;
pub use sway::Sway;
pub use tray::{Mishap, Pixmap, Tray, TrayItem};
pub use tray_menu::MenuEntry;

/// The programs that a desktop needs, if this machine has them.
#[derive(Debug, Clone)]
pub struct Programs {
    display: PathBuf,
    bus: PathBuf,
    openbox: PathBuf,
    import: PathBuf,
    xdotool: PathBuf,
    wmctrl: PathBuf,
}

impl Programs {
    /// Looks for all of them.
    pub fn find() -> Result<Self, Missing> {
        Ok(Self {
            display: program("Xvfb")?,
            bus: program("dbus-daemon")?,
            openbox: program("openbox")?,
            import: program("import")?,
            xdotool: program("xdotool")?,
            wmctrl: program("wmctrl")?,
        })
    }
}

/// A display, a bus and what listens on it; all gone with this value.
#[derive(Debug)]
pub struct Desktop {
    /// The tray: hosts the items of applications.
    pub tray: Tray,
    /// What is notified.
    pub notifications: NotificationServer,
    /// The display.
    pub screen: Screen,
    /// The session bus.
    pub bus: Bus,
}

impl Desktop {
    /// Starts all of it.
    ///
    /// # Panics
    /// When a part does not start.
    pub fn start(scratch: &Scratch, programs: &Programs) -> Self {
        let bus = Bus::start(scratch, &programs.bus);
        Self {
            tray: Tray::start(&bus),
            notifications: NotificationServer::start(&bus),
            screen: Screen::start(scratch, programs),
            bus,
        }
    }

    /// What an application needs in its environment to appear on this desktop.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("DISPLAY", self.screen.name().to_owned()),
            ("DBUS_SESSION_BUS_ADDRESS", self.bus.address().to_owned()),
            ("GDK_BACKEND", "x11".to_owned()),
            ("NO_AT_BRIDGE", "1".to_owned()),
            ("LIBGL_ALWAYS_SOFTWARE", "1".to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec()
    }
}

#[cfg(test)]
mod tests;
