//! Who started whom: the parents of a process, as far as the system tells.

/// A process and the name of its program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Ancestor {
    pub(crate) pid: u32,
    pub(crate) name: String,
}

/// No chain of parents is longer.
const LONGEST: usize = 64;

/// The processes that led to this one, nearest first. The first of all processes, which starts everybody, is left out.
pub(crate) fn ancestors() -> Vec<Ancestor> {
    let mut found: Vec<Ancestor> = Vec::new();
    let mut pid = parent(std::process::id());
    while let Some(next) = pid.filter(|pid| *pid > 1 && found.len() < LONGEST) {
        if found.iter().any(|known| known.pid == next) {
            break;
        }
        found.push(Ancestor { pid: next, name: name(next).unwrap_or_default() });
        pid = parent(next);
    }
    found
}

/// The name of a process's program, without its folder.
pub(crate) fn name(pid: u32) -> Option<String> {
    system::name(pid)
}

fn parent(pid: u32) -> Option<u32> {
    system::parent(pid)
}

/// Whether a program only starts others: it is nobody's worker.
pub(crate) fn is_shell(name: &str) -> bool {
    let name = name.strip_suffix(".exe").unwrap_or(name).trim_start_matches('-');
    matches!(
        name,
        "sh" | "bash" | "dash" | "zsh" | "fish" | "ksh" | "mksh" | "csh" | "tcsh" | "nu" | "ash" | "busybox"
    ) || matches!(name, "cmd" | "powershell" | "pwsh" | "timeout" | "setsid" | "sudo")
}

#[cfg(target_os = "linux")]
mod system {
    use std::fs;

    /// The name stands in parentheses and may itself hold spaces and parentheses.
    fn stat(pid: u32) -> Option<(String, u32)> {
        let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
        let text = String::from_utf8_lossy(&text);
        let (before, after) = text.rsplit_once(')')?;
        let parent = after.split_whitespace().nth(1)?.parse().ok()?;
        Some((before.split_once('(')?.1.to_owned(), parent))
    }

    pub(super) fn parent(pid: u32) -> Option<u32> {
        stat(pid).map(|(_, parent)| parent)
    }

    pub(super) fn name(pid: u32) -> Option<String> {
        stat(pid).map(|(name, _)| name)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

    fn ask<T>(pid: u32, read: impl FnOnce(&sysinfo::Process) -> Option<T>) -> Option<T> {
        let pid = Pid::from_u32(pid);
        let mut list = System::new().ok()?;
        list.refresh_processes_specifics(
            ProcessesToUpdate::Some(&[pid]),
            true,
            ProcessRefreshKind::nothing(),
        );
        list.process(pid).and_then(read)
    }

    pub(super) fn parent(pid: u32) -> Option<u32> {
        ask(pid, |process| process.parent().map(Pid::as_u32))
    }

    pub(super) fn name(pid: u32) -> Option<String> {
        ask(pid, |process| Some(process.name().to_string_lossy().into_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_one_who_started_us_comes_first() {
        let found = ancestors();
        assert!(!found.is_empty() && found.iter().all(|one| one.pid > 1));
        assert!(found.iter().all(|one| one.pid != std::process::id()));
        #[cfg(unix)]
        assert_eq!(found[0].pid, std::os::unix::process::parent_id());
    }

    #[test]
    fn shells_start_workers_and_are_none() {
        for shell in ["bash", "-zsh", "sh", "cmd.exe", "fish"] {
            assert!(is_shell(shell), "{shell}");
        }
        for worker in ["claude", "python3", "node", "cron", "shadow"] {
            assert!(!is_shell(worker), "{worker}");
        }
    }
}
