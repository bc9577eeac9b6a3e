//! Zellij: the tab that has the pane, then the pane by its id (`ZELLIJ_PANE_ID`), from 0.44 on, which has `action
//! focus-pane-id` and `action list-panes`.
//!
//! A pane is focused within its tab alone, so the tab is gone to first. The name that a session began with stands in the
//! words that its server was started with (`--server <folder>/<name>`); a session that was renamed since is the one that
//! no server began as. Seen with 0.45.1.

use serde::Deserialize;

use super::{At, Kind, Look, Shown};
use crate::call::Call;
use crate::machine::{Machine, base};
use crate::table::{Line, Reach, Tried};
use crate::trail::Ancestor;
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Zellij",
        reach: Reach::ExactPane,
        by: "`action go-to-tab` and `focus-pane-id` (0.44 and later); then the client's terminal, where one client is attached",
        tried: Tried::ByHand,
    },
    is: |one| one.is(&["zellij"]),
    look,
};

fn look(at: &At) -> Look {
    let words = at.machine.arguments(at.host.pid);
    let began_as = name_of_server(&words).or_else(|| at.variable("ZELLIJ_SESSION_NAME"));
    let Some(began_as) = began_as else {
        return Look::Nothing("Zellij does not tell in which session it is".into());
    };
    let Some(pane) = at.variable("ZELLIJ_PANE_ID").and_then(|id| id.parse::<u32>().ok()) else {
        return Look::Nothing("Zellij does not tell in which pane it is".into());
    };
    let session = Session { zellij: at.host.clone(), name: present_name(at, &began_as) };
    let clients = clients(at, &[&began_as, &session.name]);
    if clients.is_empty() {
        let name = crate::resume::for_shell(&session.name);
        return Look::Nothing(format!("no terminal shows its Zellij session; `zellij attach {name}` does"));
    }
    let step = |client| Shown { step: Box::new(Choice { session: session.clone(), pane }), client };
    Look::Panes(clients.into_iter().map(step).collect())
}

/// What a session is called now that began under this name.
fn present_name(at: &At, began_as: &str) -> String {
    let call = Call::new(&at.host.program).with(["list-sessions", "--short", "--no-formatting"]);
    let listed = at.machine.run(&call).unwrap_or_default();
    let names: Vec<&str> = listed.lines().map(str::trim).filter(|name| !name.is_empty()).collect();
    if names.is_empty() || names.contains(&began_as) {
        return began_as.to_owned();
    }
    let servers = at.machine.all().into_iter().map(|pid| at.machine.arguments(pid));
    let others: Vec<String> = servers.filter_map(|words| name_of_server(&words)).collect();
    let renamed: Vec<&&str> = names.iter().filter(|name| others.iter().all(|other| other != *name)).collect();
    // Of several that were renamed nothing tells which it is.
    if let [name] = renamed.as_slice() { (**name).to_owned() } else { began_as.to_owned() }
}

fn name_of_server(words: &[String]) -> Option<String> {
    words.last().map(|word| base(word.as_ref())).filter(|_| is_server(words))
}

fn is_server(words: &[String]) -> bool {
    words.iter().any(|word| word == "--server")
}

/// Clients that name the session, as it is called or was; else the only client there is.
fn clients(at: &At, names: &[&str]) -> Vec<u32> {
    let is_client = |pid: &u32| {
        Ancestor::of(*pid, at.machine).is(&["zellij"])
            && !is_server(&at.machine.arguments(*pid))
            && at.machine.terminal(*pid).is_some()
    };
    let all: Vec<u32> = at.machine.all().into_iter().filter(is_client).collect();
    let names_it = |pid: &&u32| at.machine.arguments(**pid).iter().any(|word| names.contains(&word.as_str()));
    let named: Vec<u32> = all.iter().filter(names_it).copied().collect();
    match (named.is_empty(), all.as_slice()) {
        (false, _) => named,
        (true, [one]) => vec![*one],
        (true, _) => Vec::new(),
    }
}

#[derive(Clone, Debug)]
struct Session {
    zellij: Ancestor,
    name: String,
}

/// A pane, as `list-panes --json` has it.
#[derive(Deserialize, Debug)]
struct Pane {
    id: u32,
    is_plugin: bool,
    tab_position: u32,
}

impl Session {
    fn act(&self, machine: &dyn Machine, words: &[&str]) -> Result<String, String> {
        let call = Call::new(&self.zellij.program).with(["--session", &self.name, "action"]).with(words);
        machine.run(&call).map_err(|error| error.to_string())
    }

    /// The tab that has this pane, counted from 1.
    fn tab_of(&self, pane: u32, machine: &dyn Machine) -> Result<u32, String> {
        let listed = self.act(machine, &["list-panes", "--json"])?;
        let panes: Vec<Pane> = serde_json::from_str(&listed)
            .map_err(|_| "the list of Zellij's panes can't be read".to_owned())?;
        let found = panes.iter().find(|one| one.id == pane && !one.is_plugin);
        found.map(|one| one.tab_position + 1).ok_or_else(|| "it is not there any more".into())
    }

    /// Whether a client has this pane before it.
    fn shows(&self, pane: u32, machine: &dyn Machine) -> Option<bool> {
        let listed = self.act(machine, &["list-clients"]).ok()?;
        let id = name_of(pane);
        Some(listed.lines().any(|line| line.split_whitespace().nth(1) == Some(&id)))
    }
}

fn name_of(pane: u32) -> String {
    format!("terminal_{pane}")
}

#[derive(Debug)]
struct Choice {
    session: Session,
    pane: u32,
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("pane {} of Zellij", self.pane)
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        let tab = self.session.tab_of(self.pane, machine)?;
        self.session.act(machine, &["go-to-tab", &tab.to_string()])?;
        self.session.act(machine, &["focus-pane-id", &name_of(self.pane)])?;
        // It does so a moment after it says so.
        let is_shown = self.session.shows(self.pane, machine) == Some(true);
        Ok(if is_shown { Seen::InFront } else { Seen::Asked })
    }

    fn is_in_front(&self, machine: &dyn Machine) -> Option<bool> {
        self.session.shows(self.pane, machine)
    }
}
