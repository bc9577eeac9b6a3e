//! WezTerm: the pane by its id, checked against the list of panes, through `wezterm cli`.

use serde::Deserialize;

use super::{At, Hosted, Kind, Look, Part};
use crate::call::Call;
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "WezTerm",
        reach: Reach::ExactPane,
        by: "`wezterm cli activate-pane`, the pane by its device or `WEZTERM_PANE`; then its window",
        tried: Tried::NotTried,
    },
    is: |one| one.is(&["wezterm-gui", "wezterm-mux-server", "wezterm"]),
    look,
};

/// A line of `wezterm cli list --format json`, as far as it is needed.
#[derive(Deserialize, Debug)]
struct Pane {
    pane_id: u64,
    #[serde(default)]
    tty_name: Option<String>,
    #[serde(default)]
    window_title: String,
}

/// A line of `wezterm cli list-clients --format json`.
#[derive(Deserialize, Debug)]
struct Client {
    pid: u32,
}

fn look(at: &At) -> Look {
    let wezterm = WezTerm {
        program: at.host.program.with_file_name("wezterm"),
        socket: at.variable("WEZTERM_UNIX_SOCKET"),
    };
    let panes: Vec<Pane> = match wezterm.list(at.machine, "list") {
        Ok(panes) => panes,
        Err(why) => return Look::hosted("WezTerm", at, Part::Unknown(why)),
    };
    let named = at.variable("WEZTERM_PANE").and_then(|id| id.parse::<u64>().ok());
    let by_device = panes.iter().find(|pane| pane.tty_name.is_some() && pane.tty_name == at.trail.tty);
    let Some(pane) = by_device.or_else(|| panes.iter().find(|pane| Some(pane.pane_id) == named)) else {
        return Look::hosted("WezTerm", at, Part::Unknown("WezTerm does not know its pane".into()));
    };
    // The panes of a server are drawn by another process.
    let clients: Vec<Client> = match at.host.is(&["wezterm-gui"]) {
        true => Vec::new(),
        false => wezterm.list(at.machine, "list-clients").unwrap_or_default(),
    };
    Look::Window(Hosted {
        name: "WezTerm".into(),
        owner: clients.first().map_or(at.host.pid, |client| client.pid),
        titles: vec![pane.window_title.clone()],
        part: Part::Chosen(Box::new(Choice { wezterm, pane: pane.pane_id })),
        window_id: None,
    })
}

#[derive(Debug)]
struct WezTerm {
    program: std::path::PathBuf,
    socket: Option<String>,
}

impl WezTerm {
    fn call(&self, words: &[&str]) -> Call {
        let call = Call::new(&self.program).with(["cli", "--no-auto-start"]).with(words.iter().copied());
        match &self.socket {
            Some(socket) => call.env("WEZTERM_UNIX_SOCKET", socket),
            None => call,
        }
    }

    fn list<T: for<'a> Deserialize<'a>>(&self, machine: &dyn Machine, what: &str) -> Result<Vec<T>, String> {
        let said = machine.run(&self.call(&[what, "--format", "json"])).map_err(|error| error.to_string())?;
        serde_json::from_str(&said).map_err(|_| "WezTerm's list can't be read".into())
    }
}

#[derive(Debug)]
struct Choice {
    wezterm: WezTerm,
    pane: u64,
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("pane {} of WezTerm", self.pane)
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        let call = self.wezterm.call(&["activate-pane", "--pane-id", &self.pane.to_string()]);
        machine.run(&call).map(|_| Seen::Asked).map_err(|error| error.to_string())
    }
}
