//! Who started whom: the parents of a process, as far as the system tells.

use std::path::PathBuf;

use peerwatch_sources::process;

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
    let processes = process::system();
    let started = || processes.arguments(pid)?.into_iter().next().map(PathBuf::from);
    let path = processes.executable(pid).or_else(started)?;
    Some(path.file_name()?.to_string_lossy().into_owned())
}

fn parent(pid: u32) -> Option<u32> {
    process::system().parent(pid)
}

/// Whether a program only starts others: it is nobody's worker.
pub(crate) fn is_shell(name: &str) -> bool {
    let name = name.strip_suffix(".exe").unwrap_or(name).trim_start_matches('-');
    matches!(
        name,
        "sh" | "bash" | "dash" | "zsh" | "fish" | "ksh" | "mksh" | "csh" | "tcsh" | "nu" | "ash" | "busybox"
    ) || matches!(name, "cmd" | "powershell" | "pwsh" | "timeout" | "setsid" | "sudo")
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
