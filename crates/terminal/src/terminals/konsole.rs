//! Konsole (and Yakuake, which is made of it): the tab by its session number, over D-Bus.
//!
//! `KONSOLE_DBUS_SERVICE` is the process's name on the bus, `KONSOLE_DBUS_SESSION` ends with the session's number. A tab
//! may have been moved since, so every window of the process is asked for its sessions.

use super::{At, Hosted, Kind, Look, Part};
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Konsole",
        reach: Reach::ExactPane,
        by: "`org.kde.konsole.Window.setCurrentSession` over D-Bus; then its window",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["konsole", "yakuake"]),
    look,
};

/// More windows than this nobody has in one process.
const MOST_WINDOWS: u32 = 32;

fn look(at: &At) -> Look {
    let unknown = |why: &str| Look::hosted("Konsole", at, Part::Unknown(why.to_owned()));
    let session = at.variable("KONSOLE_DBUS_SESSION");
    let session = session.as_deref().and_then(|path| path.rsplit('/').next()?.parse::<i32>().ok());
    let (Some(name), Some(session)) = (at.variable("KONSOLE_DBUS_SERVICE"), session) else {
        return unknown("Konsole does not tell which tab it is");
    };
    let tab = Tab { bus: bus_of(at), name, session };
    let Some(window) = tab.window() else { return unknown("Konsole does not answer on D-Bus") };
    Look::Window(Hosted {
        name: "Konsole".into(),
        owner: at.host.pid,
        window_id: tab.window_id(window).or_else(|| at.window_id()),
        part: Part::Chosen(Box::new(Choice { tab, window })),
        titles: Vec::new(),
    })
}

/// The session bus that the terminal is on.
pub(super) fn bus_of(at: &At) -> Option<String> {
    let bus = at.machine.environment(at.host.pid).get("DBUS_SESSION_BUS_ADDRESS").map(str::to_owned);
    bus.or_else(|| at.variable("DBUS_SESSION_BUS_ADDRESS"))
}

#[derive(Debug)]
struct Tab {
    bus: Option<String>,
    name: String,
    session: i32,
}

#[cfg(target_os = "linux")]
impl Tab {
    /// The number of the window that has the tab.
    fn window(&self) -> Option<u32> {
        let has_it = |window: &u32| {
            let path = format!("/Windows/{window}");
            let sessions: Result<Vec<String>, _> = self.call(&path, WINDOW, "sessionList", &());
            sessions.is_ok_and(|sessions| sessions.iter().any(|one| *one == self.session.to_string()))
        };
        (1..=MOST_WINDOWS).find(has_it)
    }

    /// The window's number on the desktop; a Wayland desktop has none.
    fn window_id(&self, window: u32) -> Option<u64> {
        let path = format!("/konsole/MainWindow_{window}");
        let id: Result<i64, _> = self.call(&path, "org.kde.KMainWindow", "winId", &());
        id.ok().and_then(|id| u64::try_from(id).ok())
    }

    fn choose(&self, window: u32) -> Result<Seen, String> {
        let path = format!("/Windows/{window}");
        let () = self.call(&path, WINDOW, "setCurrentSession", &self.session)?;
        let current: i32 = self.call(&path, WINDOW, "currentSession", &())?;
        if current == self.session { Ok(Seen::InFront) } else { Err("Konsole shows another tab".into()) }
    }

    fn call<B, R>(&self, path: &str, interface: &str, method: &str, body: &B) -> Result<R, String>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: for<'a> zbus::wire::DynamicDeserialize<'a>,
    {
        crate::bus::call(self.bus.as_deref(), &self.name, path, interface, method, body)
    }
}

#[cfg(target_os = "linux")]
const WINDOW: &str = "org.kde.konsole.Window";

#[cfg(not(target_os = "linux"))]
impl Tab {
    fn window(&self) -> Option<u32> {
        let _ = (&self.bus, &self.name, self.session, MOST_WINDOWS);
        None
    }

    fn window_id(&self, _window: u32) -> Option<u64> {
        None
    }

    fn choose(&self, _window: u32) -> Result<Seen, String> {
        Err("there is no D-Bus here".into())
    }
}

#[derive(Debug)]
struct Choice {
    tab: Tab,
    window: u32,
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("tab {} of Konsole", self.tab.session)
    }

    fn take(&self, _machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        self.tab.choose(self.window)
    }
}
