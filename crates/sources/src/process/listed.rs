//! Processes of macOS and Windows, as a list of the system shows them.
//!
//! Start times are known here to the second, which is enough: a pid that came back within the second of its first
//! owner's start cannot be Claude Code's.

use std::cell::RefCell;
use std::path::PathBuf;
use std::time::Duration;

use peerwatch_core::Process;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, UpdateKind};

use super::{Child, Processes, clock};

/// The processes of this machine.
#[derive(Default)]
pub struct System {
    list: RefCell<sysinfo::System>,
}

impl std::fmt::Debug for System {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("System")
    }
}

impl System {
    /// The processes of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn with<T>(
        &self,
        pid: u32,
        kind: ProcessRefreshKind,
        read: impl FnOnce(&sysinfo::Process) -> T,
    ) -> Option<T> {
        let pid = Pid::from_u32(pid);
        let mut list = self.list.borrow_mut();
        list.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
        list.process(pid).map(read)
    }
}

impl Processes for System {
    fn look(&self, pid: u32, start: Option<&str>) -> Process {
        let seen = self.with(pid, ProcessRefreshKind::nothing(), |process| match process.status() {
            _ if start.is_some_and(|start| is_other(start, process.start_time())) => Process::Replaced,
            ProcessStatus::Zombie | ProcessStatus::Dead => Process::Zombie,
            ProcessStatus::Stop | ProcessStatus::Tracing => Process::Stopped,
            _ => Process::Alive,
        });
        seen.unwrap_or(Process::Absent)
    }

    fn start(&self, pid: u32) -> Option<String> {
        self.with(pid, ProcessRefreshKind::nothing(), |process| written(process.start_time())).flatten()
    }

    fn descendants(&self, pid: u32) -> Vec<Child> {
        let mut list = self.list.borrow_mut();
        let kind = ProcessRefreshKind::nothing().with_cpu().with_cmd(UpdateKind::OnlyIfNotSet);
        list.refresh_processes_specifics(ProcessesToUpdate::All, true, kind);
        let mut found: Vec<Child> = Vec::new();
        let mut waiting = vec![Pid::from_u32(pid)];
        while let Some(parent) = waiting.pop() {
            for (pid, process) in
                list.processes().iter().filter(|(_, process)| process.parent() == Some(parent))
            {
                if found.iter().any(|known| known.pid == pid.as_u32()) {
                    continue;
                }
                waiting.push(*pid);
                found.push(Child {
                    pid: pid.as_u32(),
                    parent: parent.as_u32(),
                    age: Duration::from_secs(process.run_time()),
                    cpu: Duration::from_millis(process.accumulated_cpu_time()),
                    command: words(process).join(" "),
                });
            }
        }
        // The list of the whole machine is large and rarely needed.
        *list = sysinfo::System::new();
        found
    }

    fn executable(&self, pid: u32) -> Option<PathBuf> {
        let kind = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
        self.with(pid, kind, |process| process.exe().map(PathBuf::from)).flatten()
    }

    fn arguments(&self, pid: u32) -> Option<Vec<String>> {
        let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
        self.with(pid, kind, words).filter(|words| !words.is_empty())
    }

    fn domain(&self) -> Option<String> {
        None
    }
}

fn words(process: &sysinfo::Process) -> Vec<String> {
    process.cmd().iter().map(|word| word.to_string_lossy().into_owned()).collect()
}

/// Whether this is another start than the one that was written; what cannot be read proves nothing.
#[cfg(windows)]
fn is_other(start: &str, seconds: u64) -> bool {
    clock::from_filetime(start).is_some_and(|written| written != seconds)
}

#[cfg(windows)]
fn written(seconds: u64) -> Option<String> {
    Some(clock::to_filetime(seconds))
}

#[cfg(target_os = "macos")]
fn is_other(start: &str, seconds: u64) -> bool {
    clock::is_lstart(start, seconds, &jiff::tz::TimeZone::system()) == Some(false)
}

#[cfg(target_os = "macos")]
fn written(seconds: u64) -> Option<String> {
    clock::to_lstart(seconds, &jiff::tz::TimeZone::system())
}
