//! The desktops on which a terminal's window can be, one file each: who owns which window, and how one comes to the
//! front.

#[cfg(target_os = "linux")]
mod gnome;
#[cfg(target_os = "linux")]
mod hyprland;
#[cfg(target_os = "linux")]
mod kwin;
#[cfg_attr(not(target_os = "macos"), allow(dead_code, reason = "compiled everywhere, used on macOS"))]
mod macos;
#[cfg(target_os = "linux")]
mod sway;
#[cfg_attr(not(windows), allow(dead_code, reason = "compiled everywhere, used on Windows"))]
mod windows;
#[cfg(target_os = "linux")]
mod x11;

use std::fmt::Debug;

use crate::machine::{Environment, Machine};
use crate::table::{Line, Reach, Tried};
use crate::way::Seen;

/// Whose window is looked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Owner {
    /// The process that owns it.
    pub pid: u32,
    /// The window's number, where the terminal told it. It may be one of a terminal further out.
    pub window_id: Option<u64>,
    /// What stands in its title, the surest first, where the process has several windows.
    pub titles: Vec<String>,
}

/// A window, as its desktop knows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Window {
    /// The desktop's own name or number of it.
    pub id: String,
}

/// A window of the owner's.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Found {
    /// The window.
    pub window: Window,
    /// It may be another of the owner's windows, since nothing tells them apart.
    pub is_doubtful: bool,
}

/// A desktop.
pub trait Desktop: Debug + Send + Sync {
    /// The owner's window.
    ///
    /// # Errors
    /// In words, when it has none here, or the desktop does not answer.
    fn find(&self, owner: &Owner) -> Result<Found, String>;

    /// Brings a window to the front. The token is what a notification gives with a click.
    ///
    /// # Errors
    /// In words, when the window does not come.
    fn raise(&self, window: &Window, token: Option<&str>) -> Result<Seen, String>;

    /// Whether this window has the focus, where that can be known.
    fn is_in_front(&self, _window: &Window) -> Option<bool> {
        None
    }
}

/// What works on which desktop, in the order of the table.
pub(crate) const LINES: &[Line] = &[
    Line {
        name: "X11 (any window manager with EWMH)",
        reach: Reach::WindowOnly,
        by: "`_NET_ACTIVE_WINDOW`; the window by `_NET_WM_PID` and `WM_CLIENT_MACHINE`, by X-Resource, by `WINDOWID`",
        tried: Tried::Tested,
    },
    Line {
        name: "sway",
        reach: Reach::WindowOnly,
        by: "`[con_id=…] focus` on its socket; the window by its process",
        tried: Tried::Tested,
    },
    Line {
        name: "Hyprland",
        reach: Reach::WindowOnly,
        by: "`dispatch focuswindow` on its socket; the window by its process",
        tried: Tried::NotTried,
    },
    Line {
        name: "KDE Plasma (KWin) on Wayland",
        reach: Reach::WindowOnly,
        by: "a script of one line handed to KWin over D-Bus; the window by its process",
        tried: Tried::Tested,
    },
    Line {
        name: "GNOME on Wayland",
        reach: Reach::NotPossible,
        by: "GNOME lets no program raise a window, but for XWayland windows, and with the extension Window Calls; tabs of GNOME Terminal and panes of tmux are chosen all the same",
        tried: Tried::ByHand,
    },
    Line {
        name: "other Wayland desktops",
        reach: Reach::NotPossible,
        by: "nothing there tells which process a window belongs to; XWayland windows are found as on X11",
        tried: Tried::NotTried,
    },
    Line {
        name: "macOS",
        reach: Reach::WindowOnly,
        by: "System Events brings the program to the front; macOS asks once whether Peerwatch may control it",
        tried: Tried::NotTried,
    },
    Line {
        name: "Windows",
        reach: Reach::WindowOnly,
        by: "`AppActivate`; Windows lets it pass right after a click on something of Peerwatch's, else the task bar flashes",
        tried: Tried::NotTried,
    },
];

/// What a program with this environment was told of its desktop. One that was started outside of any (a unit of systemd,
/// ssh) is on ours, if on any.
#[cfg(target_os = "linux")]
fn told<'a>(environment: &'a Environment, machine: &'a dyn Machine) -> impl Fn(&str) -> Option<String> + 'a {
    let names = ["WAYLAND_DISPLAY", "DISPLAY"];
    let is_outside = names.iter().all(|name| environment.get(name).is_none());
    move |name| {
        let own = || machine.own(name);
        environment.get(name).map(str::to_owned).or_else(|| is_outside.then(own).flatten())
    }
}

/// The name in the table of the desktop that a program with this environment is on.
#[cfg(target_os = "linux")]
pub(crate) fn name_of(environment: &Environment, machine: &dyn Machine) -> Option<&'static str> {
    let get = told(environment, machine);
    if get("WAYLAND_DISPLAY").is_none() {
        return get("DISPLAY").map(|_| "X11 (any window manager with EWMH)");
    }
    let desktop = get("XDG_CURRENT_DESKTOP").unwrap_or_default().to_lowercase();
    Some(match desktop.as_str() {
        _ if get("SWAYSOCK").is_some() => "sway",
        _ if get("HYPRLAND_INSTANCE_SIGNATURE").is_some() => "Hyprland",
        name if name.contains("kde") => "KDE Plasma (KWin) on Wayland",
        name if name.contains("gnome") => "GNOME on Wayland",
        _ => "other Wayland desktops",
    })
}

/// The name in the table of this system's desktop.
#[cfg(not(target_os = "linux"))]
pub(crate) fn name_of(_environment: &Environment, _machine: &dyn Machine) -> Option<&'static str> {
    if cfg!(target_os = "macos") {
        Some("macOS")
    } else if cfg!(windows) {
        Some("Windows")
    } else {
        None
    }
}

/// The desktops on which a program with this environment may have its window, the likeliest first.
#[cfg(target_os = "linux")]
pub(crate) fn of(environment: &Environment, machine: &dyn Machine) -> Vec<Box<dyn Desktop>> {
    let get = told(environment, machine);
    let mut found: Vec<Box<dyn Desktop>> = Vec::new();
    let wayland = get("WAYLAND_DISPLAY").is_some();
    if let Some(socket) = get("SWAYSOCK").filter(|_| wayland) {
        found.push(Box::new(sway::Sway { socket: socket.into() }));
    }
    if let (Some(signature), Some(folder)) = (get("HYPRLAND_INSTANCE_SIGNATURE"), get("XDG_RUNTIME_DIR")) {
        found.push(Box::new(hyprland::Hyprland::new(&folder, &signature)));
    }
    if let Some(display) = get("DISPLAY") {
        found.push(Box::new(x11::X11 { display, authority: get("XAUTHORITY").map(Into::into) }));
    }
    if wayland {
        let desktop = get("XDG_CURRENT_DESKTOP").unwrap_or_default().to_lowercase();
        let bus = get("DBUS_SESSION_BUS_ADDRESS");
        if desktop.contains("kde") {
            let folder = get("XDG_RUNTIME_DIR").unwrap_or_else(|| "/tmp".into());
            found.push(Box::new(kwin::KWin { bus, folder: folder.into() }));
        } else if desktop.contains("gnome") {
            found.push(Box::new(gnome::Gnome { bus }));
        }
    }
    found
}

/// The desktop of this system.
#[cfg(target_os = "macos")]
pub(crate) fn of(_environment: &Environment, _machine: &dyn Machine) -> Vec<Box<dyn Desktop>> {
    vec![Box::new(macos::MacOs)]
}

/// The desktop of this system.
#[cfg(windows)]
pub(crate) fn of(_environment: &Environment, _machine: &dyn Machine) -> Vec<Box<dyn Desktop>> {
    vec![Box::new(windows::Windows)]
}

/// No desktop is known here.
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
pub(crate) fn of(_environment: &Environment, _machine: &dyn Machine) -> Vec<Box<dyn Desktop>> {
    Vec::new()
}

/// The one that is meant of several windows of a process: by number, else by title, else any.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the desktops that list windows are Linux's"))]
fn choose(owner: &Owner, windows: &[(u64, String)]) -> Option<(u64, bool)> {
    if let Some((id, _)) = windows.iter().find(|(id, _)| Some(*id) == owner.window_id) {
        return Some((*id, false));
    }
    for title in &owner.titles {
        let mut named = windows.iter().filter(|(_, own)| !title.is_empty() && own.contains(title.as_str()));
        if let (Some((id, _)), None) = (named.next(), named.next()) {
            return Some((*id, false));
        }
    }
    windows.first().map(|(id, _)| (*id, windows.len() > 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_windows_the_number_decides_then_the_title() {
        let windows = [(7, "api - Code".to_owned()), (9, "web - Code".to_owned())];
        let owner = |window_id, titles: &[&str]| Owner {
            pid: 1,
            window_id,
            titles: titles.iter().map(|title| (*title).to_owned()).collect(),
        };
        assert_eq!(choose(&owner(Some(9), &[]), &windows), Some((9, false)));
        assert_eq!(choose(&owner(None, &["src", "web"]), &windows), Some((9, false)));
        assert_eq!(choose(&owner(None, &["Code"]), &windows), Some((7, true)), "both are called so");
        assert_eq!(choose(&owner(Some(4), &[]), &windows[..1]), Some((7, false)));
        assert_eq!(choose(&owner(None, &[]), &[]), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn every_desktop_is_known_by_its_name_in_the_table() {
        let machine = crate::fake::Fake::default();
        let name = |told: &[(&str, &str)]| {
            let name = name_of(&told.iter().copied().collect(), &machine)?;
            assert!(LINES.iter().any(|line| line.name == name), "{name} is no line of the table");
            Some(name)
        };
        assert_eq!(name(&[("TERM", "linux")]), None);
        assert_eq!(name(&[("DISPLAY", ":0")]), Some("X11 (any window manager with EWMH)"));
        let wayland = ("WAYLAND_DISPLAY", "wayland-0");
        assert_eq!(name(&[wayland, ("SWAYSOCK", "/run/sway")]), Some("sway"));
        assert_eq!(name(&[wayland, ("HYPRLAND_INSTANCE_SIGNATURE", "a_1")]), Some("Hyprland"));
        let current = |desktop| name(&[wayland, ("DISPLAY", ":0"), ("XDG_CURRENT_DESKTOP", desktop)]);
        assert_eq!(current("KDE"), Some("KDE Plasma (KWin) on Wayland"));
        assert_eq!(current("ubuntu:GNOME"), Some("GNOME on Wayland"));
        assert_eq!(current("COSMIC"), Some("other Wayland desktops"));
    }
}
