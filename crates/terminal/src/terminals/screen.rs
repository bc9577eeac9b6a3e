//! GNU screen: the window by its number, in the display that was used last.
//!
//! A session is known by its server's pid, since its name can change. The number is the one that the window had at its
//! start (`WINDOW`); screen tells of no other way from a process to its window.

use super::{At, Kind, Look, Shown};
use crate::call::Call;
use crate::machine::Machine;
use crate::table::{Line, Reach, Tried};
use crate::trail::Ancestor;
use crate::way::{Seen, Step};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "GNU screen",
        reach: Reach::ExactPane,
        by: "`-X select` by the number that the window began with; then the terminal of the display",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["screen"]),
    look,
};

fn look(at: &At) -> Look {
    let Some(number) = at.variable("WINDOW").filter(|number| number.parse::<u32>().is_ok()) else {
        return Look::Nothing("screen does not tell which of its windows it is in".into());
    };
    let displays = displays(at);
    if displays.is_empty() {
        return Look::Nothing(format!(
            "no terminal shows its screen session; `screen -r {}` does",
            at.host.pid
        ));
    }
    let step =
        |client| Shown { step: Box::new(Choice { screen: at.host.clone(), number: number.clone() }), client };
    Look::Panes(displays.into_iter().map(step).collect())
}

/// The processes in whose terminals the server draws: it holds those open.
fn displays(at: &At) -> Vec<u32> {
    let drawn_on = at.machine.open_terminals(at.host.pid);
    let all = at.machine.all().into_iter().filter(|pid| *pid != at.host.pid);
    all.filter(|pid| {
        Ancestor::of(*pid, at.machine).is(&["screen"])
            && at.machine.terminal(*pid).is_some_and(|tty| drawn_on.contains(&tty))
    })
    .collect()
}

#[derive(Debug)]
struct Choice {
    screen: Ancestor,
    number: String,
}

impl Choice {
    fn call(&self, machine: &dyn Machine, words: &[&str]) -> Call {
        let session = format!("{}.", self.screen.pid);
        let call = Call::new(&self.screen.program).with(["-S", &session]).with(words.iter().copied());
        // The folder of its sockets may be named by a variable.
        match machine.environment(self.screen.pid).get("SCREENDIR") {
            Some(folder) => call.env("SCREENDIR", folder),
            None => call,
        }
    }

    /// `2 (bash)`
    fn shows(&self, machine: &dyn Machine) -> Option<bool> {
        let said = machine.run(&self.call(machine, &["-Q", "number"])).ok()?;
        Some(said.split_whitespace().next() == Some(self.number.as_str()))
    }
}

impl Step for Choice {
    fn what(&self) -> String {
        format!("window {} of screen", self.number)
    }

    fn take(&self, machine: &dyn Machine, _token: Option<&str>) -> Result<Seen, String> {
        let select = self.call(machine, &["-X", "select", &self.number]);
        machine.run(&select).map_err(|error| error.to_string())?;
        match self.shows(machine) {
            Some(true) => Ok(Seen::InFront),
            Some(false) => Err("screen shows another window".into()),
            None => Ok(Seen::Asked),
        }
    }

    fn is_in_front(&self, machine: &dyn Machine) -> Option<bool> {
        self.shows(machine)
    }
}
