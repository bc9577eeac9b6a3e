//! Processes of macOS and Windows, as a list of the system shows them.
//!
//! Start times are known here to the second, which is enough: a pid that came back within the second of its first
//! owner's start cannot be Claude Code's.

use std::path::PathBuf;
use std::time::Duration;

use peerwatch_core::Process;
use sysinfo::{Pid, ProcessRefreshKind, ProcessStatus, ProcessesToUpdate, UpdateKind};

#[cfg(windows)]
use super::filetime;
#[cfg(target_os = "macos")]
use super::lstart;
use super::{Child, Processes};

/// The processes of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl System {
    /// The processes of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

/// What the system says of one process: `Err` when it says nothing at all, `Ok(None)` when there is none. It is asked
/// anew each time, and about ourselves too: a list without us is no list.
fn ask<T>(
    pid: u32,
    kind: ProcessRefreshKind,
    read: impl FnOnce(&sysinfo::Process) -> T,
) -> Result<Option<T>, ()> {
    let (pid, own) = (Pid::from_u32(pid), Pid::from_u32(std::process::id()));
    let mut list = sysinfo::System::new().map_err(drop)?;
    list.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid, own]), true, kind);
    list.process(own).ok_or(())?;
    Ok(list.process(pid).map(read))
}

fn know<T>(
    pid: u32,
    kind: ProcessRefreshKind,
    read: impl FnOnce(&sysinfo::Process) -> Option<T>,
) -> Option<T> {
    ask(pid, kind, read).ok().flatten().flatten()
}

impl Processes for System {
    fn look(&self, pid: u32, start: Option<&str>) -> Process {
        let seen = ask(pid, ProcessRefreshKind::nothing(), |process| match process.status() {
            // A start that the system does not tell proves nothing.
            _ if process.start_time() != 0
                && start.is_some_and(|start| is_other(start, process.start_time())) =>
            {
                Process::Replaced
            }
            ProcessStatus::Zombie | ProcessStatus::Dead => Process::Zombie,
            ProcessStatus::Stop | ProcessStatus::Tracing => Process::Stopped,
            _ => Process::Alive,
        });
        match seen {
            Ok(seen) => seen.unwrap_or(Process::Absent),
            Err(()) => Process::Unknowable,
        }
    }

    fn start(&self, pid: u32) -> Option<String> {
        know(pid, ProcessRefreshKind::nothing(), |process| written(process.start_time()))
    }

    fn parent(&self, pid: u32) -> Option<u32> {
        know(pid, ProcessRefreshKind::nothing(), |process| process.parent().map(Pid::as_u32))
    }

    fn descendants(&self, pid: u32) -> Vec<Child> {
        let Ok(mut list) = sysinfo::System::new() else { return Vec::new() };
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
        found
    }

    fn executable(&self, pid: u32) -> Option<PathBuf> {
        let kind = ProcessRefreshKind::nothing().with_exe(UpdateKind::Always);
        know(pid, kind, |process| process.exe().map(PathBuf::from))
    }

    fn arguments(&self, pid: u32) -> Option<Vec<String>> {
        let kind = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
        know(pid, kind, |process| Some(words(process)).filter(|words| !words.is_empty()))
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
    filetime::read(start).is_some_and(|written| written != seconds)
}

#[cfg(windows)]
fn written(seconds: u64) -> Option<String> {
    Some(filetime::written(seconds))
}

#[cfg(target_os = "macos")]
fn is_other(start: &str, seconds: u64) -> bool {
    lstart::is(start, seconds, &jiff::tz::TimeZone::system()) == Some(false)
}

#[cfg(target_os = "macos")]
fn written(seconds: u64) -> Option<String> {
    lstart::written(seconds, &jiff::tz::TimeZone::system())
}
