//! Processes of macOS and Windows, as a list of the system shows them.

use std::path::PathBuf;

use sysinfo::{Pid, Process, ProcessRefreshKind, ProcessesToUpdate, UpdateKind};

use super::Environment;
use crate::call::{Call, run};

pub(super) fn parent(pid: u32) -> Option<u32> {
    know(pid, ProcessRefreshKind::nothing(), |process| process.parent().map(Pid::as_u32))
}

pub(super) fn children(pid: u32) -> Vec<u32> {
    let parent = Some(Pid::from_u32(pid));
    list(|process| process.parent() == parent)
}

pub(super) fn all() -> Vec<u32> {
    list(|_| true)
}

pub(super) fn program(pid: u32) -> Option<PathBuf> {
    know(pid, ProcessRefreshKind::nothing().with_exe(UpdateKind::Always), |process| {
        process.exe().map(PathBuf::from)
    })
}

pub(super) fn name(pid: u32) -> Option<String> {
    know(pid, ProcessRefreshKind::nothing(), |process| Some(process.name().to_string_lossy().into_owned()))
}

pub(super) fn arguments(pid: u32) -> Vec<String> {
    know(pid, ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always), |process| {
        Some(process.cmd().iter().map(|word| word.to_string_lossy().into_owned()).collect())
    })
    .unwrap_or_default()
}

pub(super) fn environment(pid: u32) -> Environment {
    know(pid, ProcessRefreshKind::nothing().with_environ(UpdateKind::Always), |process| {
        let words = process.environ().iter().map(|word| word.to_string_lossy().into_owned());
        let pairs = words
            .filter_map(|word| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
        Some(pairs.collect())
    })
    .unwrap_or_default()
}

/// `ps` says `ttys004`, and `??` where there is none. Windows has no such devices.
pub(super) fn terminal(pid: u32) -> Option<String> {
    if cfg!(windows) {
        return None;
    }
    let said = run(&Call::new("/bin/ps").with(["-o", "tty=", "-p", &pid.to_string()])).ok()?;
    let name = said.trim();
    (name.starts_with("tty")).then(|| format!("/dev/{name}"))
}

/// Not told here without further rights.
pub(super) fn open_terminals(_pid: u32) -> Vec<String> {
    Vec::new()
}

fn list(is_it: impl Fn(&Process) -> bool) -> Vec<u32> {
    let Ok(mut list) = sysinfo::System::new() else { return Vec::new() };
    list.refresh_processes_specifics(ProcessesToUpdate::All, true, ProcessRefreshKind::nothing());
    list.processes().iter().filter(|(_, process)| is_it(process)).map(|(pid, _)| pid.as_u32()).collect()
}

fn know<T>(pid: u32, kind: ProcessRefreshKind, read: impl FnOnce(&Process) -> Option<T>) -> Option<T> {
    let pid = Pid::from_u32(pid);
    let mut list = sysinfo::System::new().ok()?;
    list.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), true, kind);
    read(list.process(pid)?)
}
