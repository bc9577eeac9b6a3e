//! Zellij: the pane by its id (`ZELLIJ_PANE_ID`), from 0.44 on, which has `action focus-pane-id`.
//!
//! The session's present name is that of the server's socket, the last word it was started with; the variable keeps
//! an earlier one when the session is renamed.

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
        by: "`action focus-pane-id` (0.44 and later); then the client's terminal, where one client is attached",
        tried: Tried::NotTried,
    },
    is: |one| one.is(&["zellij"]),
    look,
};

fn look(at: &At) -> Look {
    let words = at.machine.arguments(at.host.pid);
    let of_server = words.last().map(|word| base(word.as_ref())).filter(|_| is_server(&words));
    let Some(session) = of_server.or_else(|| at.variable("ZELLIJ_SESSION_NAME")) else {
        return Look::Nothing("Zellij does not tell in which session it is".into());
    };
    let Some(pane) = at.variable("ZELLIJ_PANE_ID").filter(|id| id.parse::<u32>().is_ok()) else {
        return Look::Nothing("Zellij does not tell in which pane it is".into());
    };
    let clients = clients(at, &session);
    if clients.is_empty() {
        let session = crate::resume::for_shell(&session);
        return Look::Nothing(format!(
            "no terminal shows its Zellij session; `zellij attach {session}` does"
        ));
    }
    let step = |client| Shown {
        step: Box::new(Choice { zellij: at.host.clone(), session: session.clone(), pane: pane.clone() }),
        client,
    };
    Look::Panes(clients.into_iter().map(step).collect())
}

fn is_server(words: &[String]) -> bool {
    words.iter().any(|word| word == "--server")
}

/// Clients that name the session; else the only client there is.
fn clients(at: &At, session: &str) -> Vec<u32> {
    let is_client = |pid: &u32| {
        Ancestor::of(*pid, at.machine).is(&["zellij"])
            && !is_server(&at.machine.arguments(*pid))
            && at.machine.terminal(*pid).is_some()
    };
    let all: Vec<u32> = at.machine.all().into_iter().filter(is_client).collect();
    let names = |pid: &&u32| at.machine.arguments(**pid).iter().any(|word| word == session);
    let named: Vec<u32> = all.iter().filter(names).copied().collect();
    match (named.is_empty(), all.as_slice()) {
        (false, _) => named,
        (true, [one]) => vec![*one],
        (true, _) => Vec::new(),
    }
}

#[derive(Debug)]
struct Choice {
    zellij: Ancestor,
    session: String,
    pane: String,
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("pane {} of Zellij", self.pane)
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        let pane = format!("terminal_{}", self.pane);
        let words = ["--session", &self.session, "action", "focus-pane-id", &pane];
        let call = Call::new(&self.zellij.program).with(words);
        machine.run(&call).map(|_| Seen::Asked).map_err(|error| error.to_string())
    }
}
