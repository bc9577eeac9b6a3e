//! kitty: the window by its id, where its remote control is on and listens on a socket (`KITTY_LISTEN_ON`).

use serde::Deserialize;

use super::{At, Hosted, Kind, Look, Part};
use crate::call::Call;
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::trail::Ancestor;
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "kitty",
        reach: Reach::ExactPane,
        by: "`kitty @ focus-window`, where `allow_remote_control` and `listen_on` are set; else the window alone",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["kitty"]),
    look,
};

const OFF: &str = "kitty's remote control is off (`allow_remote_control` and `listen_on` in kitty.conf)";

/// `kitty @ ls`, as far as it is needed: windows of the desktop, their tabs, their windows of kitty's own.
#[derive(Deserialize, Debug)]
struct DesktopWindow {
    #[serde(default)]
    platform_window_id: Option<u64>,
    #[serde(default)]
    is_focused: bool,
    #[serde(default)]
    tabs: Vec<Tab>,
}

#[derive(Deserialize, Debug)]
struct Tab {
    #[serde(default)]
    is_active: Option<bool>,
    /// The same, as older versions call it.
    #[serde(default)]
    is_active_tab: Option<bool>,
    #[serde(default)]
    windows: Vec<Pane>,
}

#[derive(Deserialize, Debug)]
struct Pane {
    id: u64,
    #[serde(default)]
    pid: Option<u32>,
    #[serde(default)]
    is_active: Option<bool>,
    #[serde(default)]
    is_active_window: Option<bool>,
}

fn look(at: &At) -> Look {
    let unknown = |why: &str| Look::hosted("kitty", at, Part::Unknown(why.to_owned()));
    let Some(socket) = at.variable("KITTY_LISTEN_ON") else { return unknown(OFF) };
    let kitty = Kitty { kitty: at.host.clone(), socket };
    let windows = match kitty.list(at.machine) {
        Ok(windows) => windows,
        Err(why) => return unknown(&why),
    };
    let named = at.variable("KITTY_WINDOW_ID").and_then(|id| id.parse::<u64>().ok());
    let is_ours = |pane: &Pane| pane.pid.is_some_and(|pid| at.trail.leads_to(pid)) || Some(pane.id) == named;
    let found = windows.iter().find_map(|window| {
        let mut panes = window.tabs.iter().flat_map(|tab| &tab.windows);
        Some((window, panes.find(|pane| is_ours(pane))?.id))
    });
    let Some((window, pane)) = found else { return unknown("kitty does not know its window") };
    Look::Window(Hosted {
        name: "kitty".into(),
        owner: at.host.pid,
        window_id: window.platform_window_id.or_else(|| at.window_id()),
        part: Part::Chosen(Box::new(Choice { kitty, pane })),
        titles: Vec::new(),
    })
}

#[derive(Debug)]
struct Kitty {
    kitty: Ancestor,
    socket: String,
}

impl Kitty {
    fn run(&self, machine: &dyn Machine, words: &[&str]) -> Result<String, String> {
        let call =
            Call::new(&self.kitty.program).with(["@", "--to", &self.socket]).with(words.iter().copied());
        machine.run(&call).map_err(|error| error.to_string())
    }

    fn list(&self, machine: &dyn Machine) -> Result<Vec<DesktopWindow>, String> {
        serde_json::from_str(&self.run(machine, &["ls"])?).map_err(|_| "kitty's list can't be read".into())
    }
}

#[derive(Debug)]
struct Choice {
    kitty: Kitty,
    pane: u64,
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("window {} of kitty", self.pane)
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        self.kitty.run(machine, &["focus-window", "--match", &format!("id:{}", self.pane)])?;
        let windows = self.kitty.list(machine)?;
        match shows(&windows, self.pane) {
            Some(true) => Ok(Seen::InFront),
            Some(false) => Err("kitty shows another window".into()),
            None => Ok(Seen::Asked),
        }
    }

    fn is_in_front(&self, machine: &dyn Machine) -> Option<bool> {
        let windows = self.kitty.list(machine).ok()?;
        if windows.iter().any(|window| window.is_focused) { shows(&windows, self.pane) } else { Some(false) }
    }
}

/// Whether this pane is the active one of an active tab; `None` when this kitty doesn't tell.
fn shows(windows: &[DesktopWindow], id: u64) -> Option<bool> {
    let mut tabs = windows.iter().flat_map(|window| &window.tabs);
    let (tab, pane) = tabs.find_map(|tab| Some((tab, tab.windows.iter().find(|pane| pane.id == id)?)))?;
    let is_tab_active = tab.is_active.or(tab.is_active_tab)?;
    Some(is_tab_active && pane.is_active.or(pane.is_active_window)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pane_is_shown_when_it_and_its_tab_are_active() {
        let listed = r#"[{"platform_window_id": 10485763, "is_focused": true, "tabs": [
            {"is_active": true, "windows": [{"id": 1, "pid": 5, "is_active": false}, {"id": 4, "pid": 6, "is_active": true}]},
            {"is_active_tab": true, "windows": [{"id": 2, "pid": 7, "is_active_window": true}]}]}]"#;
        let windows: Vec<DesktopWindow> = serde_json::from_str(listed).unwrap();
        assert_eq!([1, 2, 4, 5].map(|id| shows(&windows, id)), [Some(false), Some(true), Some(true), None]);
    }
}
