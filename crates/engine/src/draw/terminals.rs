//! What a jump can do in each terminal and on each desktop, and which of them are in use here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use peerwatch_terminal::{
    Line, Reach, Tried, desktop_here, desktop_lines, lines_of, machine, terminal_lines,
};
use peerwatch_wire::{self as wire, JumpReach, Presence, SourceKind, TerminalKind, TerminalView, View};

/// Sessions that could not be asked for within this time are left out: a multiplexer that hangs takes seconds each time.
const LONGEST: Duration = Duration::from_secs(4);

/// Every line of the table, in its order; those that the living sessions of the view need are marked as in use.
///
/// Looks at processes and asks multiplexers, which may take as long as a few seconds.
#[must_use]
pub fn terminals(view: &View) -> Vec<TerminalView> {
    draw(&in_use(&living(view)))
}

/// The processes of the sessions that live.
pub(crate) fn living(view: &View) -> Vec<u32> {
    let sessions = view.workers.iter().filter(|worker| worker.source == SourceKind::Claude);
    let living = sessions.filter(|worker| !matches!(worker.presence, Presence::Gone | Presence::Ended));
    living.filter_map(|worker| worker.pid).collect()
}

/// The names of the lines that these processes need, and of our own desktop's.
pub(crate) fn in_use(processes: &[u32]) -> BTreeSet<&'static str> {
    let machine = machine();
    let begun = Instant::now();
    let asked = processes.iter().take_while(|_| begun.elapsed() < LONGEST);
    let found = asked.flat_map(|pid| lines_of(*pid, machine.as_ref()));
    found.chain(desktop_here(machine.as_ref())).collect()
}

pub(crate) fn draw(in_use: &BTreeSet<&str>) -> Vec<TerminalView> {
    let terminals = terminal_lines().map(|line| drawn(line, TerminalKind::Terminal, in_use));
    terminals.chain(desktop_lines().map(|line| drawn(line, TerminalKind::Desktop, in_use))).collect()
}

fn drawn(line: Line, kind: TerminalKind, in_use: &BTreeSet<&str>) -> TerminalView {
    TerminalView {
        name: line.name.into(),
        kind,
        reach: match line.reach {
            Reach::ExactPane => JumpReach::ExactPane,
            Reach::WindowOnly => JumpReach::WindowOnly,
            Reach::NotPossible => JumpReach::NotPossible,
        },
        by: line.by.into(),
        tried: match line.tried {
            Tried::Tested => wire::Tried::Tested,
            Tried::ByHand => wire::Tried::ByHand,
            Tried::NotTried => wire::Tried::NotTried,
        },
        here: in_use.contains(line.name),
    }
}

#[cfg(test)]
mod tests {
    use peerwatch_terminal::capabilities;

    use super::*;

    #[test]
    fn every_line_is_told_once_and_those_in_use_are_marked() {
        let drawn = draw(&["tmux", "sway"].into());
        let names: Vec<&str> = drawn.iter().map(|line| line.name.as_str()).collect();
        let wanted: Vec<&str> = capabilities().iter().map(|line| line.name).collect();
        assert_eq!(names, wanted);
        let here: Vec<(&str, TerminalKind)> =
            drawn.iter().filter(|line| line.here).map(|line| (line.name.as_str(), line.kind)).collect();
        assert_eq!(here, [("tmux", TerminalKind::Terminal), ("sway", TerminalKind::Desktop)]);
        let ssh = drawn.iter().find(|line| line.name == "ssh, mosh").unwrap();
        assert_eq!((ssh.reach, ssh.tried), (JumpReach::NotPossible, wire::Tried::NotTried));
    }
}
