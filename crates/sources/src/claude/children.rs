//! The processes that a session's tool started.
//!
//! They are looked at only when it matters: a busy session whose transcript has long been silent. What started before
//! the open call is none of its doing: MCP servers live as long as the session, background shells belong to earlier turns.

use std::collections::HashMap;
use std::time::Duration;

use peerwatch_core::Children;

use super::text;
use crate::process::Child;

/// A transcript has to be silent for so long.
pub(super) const SILENT: Duration = Duration::from_secs(45);
/// Records are dated a little before the tool's process starts, and the clocks are read one after the other.
const SLACK: Duration = Duration::from_secs(1);

/// The processor time of the children at the look before.
#[derive(Clone, Debug, Default)]
pub(super) struct Kin {
    used: HashMap<u32, Duration>,
}

impl Kin {
    /// What the processes do that started since the call was made, `open` ago.
    pub(super) fn of(&mut self, all: &[Child], session: u32, open: Duration) -> Children {
        let started = |child: &&Child| child.age <= open + SLACK;
        let direct: Vec<&Child> =
            all.iter().filter(|child| child.parent == session).filter(started).collect();
        let mut family: Vec<&Child> = direct.clone();
        let mut index = 0;
        while let Some(parent) = family.get(index).map(|child| child.pid) {
            family.extend(all.iter().filter(|child| child.parent == parent));
            index += 1;
        }
        let used: HashMap<u32, Duration> = family.iter().map(|child| (child.pid, child.cpu)).collect();
        // At the first look there is nothing to compare with, and any use counts.
        let busy = used.iter().any(|(pid, cpu)| *cpu > self.used.get(pid).copied().unwrap_or_default());
        self.used = used;
        let youngest = family.iter().min_by_key(|child| child.age);
        Children {
            count: u32::try_from(direct.len()).unwrap_or(u32::MAX),
            busy,
            command: youngest.map(|child| text::line(&child.command, 120)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn child(pid: u32, parent: u32, age: u64, cpu: u64, command: &str) -> Child {
        let (age, cpu) = (Duration::from_secs(age), Duration::from_secs(cpu));
        Child { pid, parent, age, cpu, command: command.into() }
    }

    #[test]
    fn an_mcp_server_is_no_child_of_a_tool() {
        let all = [child(2, 1, 3600, 50, "mcp-server"), child(3, 2, 10, 9, "mcp-worker")];
        let seen = Kin::default().of(&all, 1, Duration::from_secs(60));
        assert_eq!(seen, Children { count: 0, busy: false, command: None });
    }

    #[test]
    fn children_are_busy_while_any_of_their_family_uses_the_processor() {
        let mut kin = Kin::default();
        let open = Duration::from_secs(60);
        let shell = |cpu| [child(2, 1, 59, 0, "bash -c make"), child(3, 2, 58, cpu, "make\u{1b}all")];
        let told: Vec<bool> = [5, 6, 6].map(|cpu| kin.of(&shell(cpu), 1, open).busy).into();
        assert_eq!(told, [true, true, false]);
        assert_eq!(kin.of(&shell(6), 1, open).command.as_deref(), Some("make all"));
        assert_eq!(kin.of(&shell(6), 1, open).count, 1);
    }
}
