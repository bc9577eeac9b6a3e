//! Whose life a heartbeat proves: a process, known by its pid and its start, so that no other can take its place.

use std::path::PathBuf;

use anyhow::anyhow;
use peerwatch_core::Process;
use peerwatch_sources::claude;
use peerwatch_sources::process::{self, Processes};

use crate::ancestry::{self, Ancestor};
use crate::args::Global;
use crate::ending::WrongUse;
use crate::printable::line;

/// A process whose life can be proven.
pub(crate) struct Life {
    pid: u32,
    start: String,
    /// What it is, in words: `Claude Code session api (pid 41)`.
    pub(crate) who: String,
    processes: Box<dyn Processes>,
}

/// What the system says of it now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pulse {
    /// It is there.
    Alive,
    /// It has ended, and that is proven.
    Over,
    /// The system tells nothing.
    Unknown,
}

impl Life {
    /// The process with this pid, as it lives now.
    fn of(pid: u32, who: String) -> anyhow::Result<Self> {
        let processes = process::system();
        let start = processes.start(pid).ok_or_else(|| anyhow!("no process with the pid {pid} runs"))?;
        let life = Self { pid, start, who, processes };
        match life.pulse() {
            Pulse::Alive => Ok(life),
            Pulse::Over => Err(anyhow!("the process {pid} has ended")),
            Pulse::Unknown => Err(anyhow!("the system does not tell whether the process {pid} lives")),
        }
    }

    /// Whether it lives.
    pub(crate) fn pulse(&self) -> Pulse {
        match self.processes.look(self.pid, Some(&self.start)) {
            Process::Alive | Process::Stopped => Pulse::Alive,
            Process::Absent | Process::Replaced | Process::Zombie => Pulse::Over,
            Process::Unknowable => Pulse::Unknown,
        }
    }

    /// By what a heartbeat is justified.
    pub(crate) fn evidence(&self) -> String {
        format!("process {} alive, started {}", self.pid, self.start)
    }
}

/// The worker: the process that was named; else the nearest Claude Code session that led to this command; else whoever
/// started it.
pub(crate) fn choose(global: &Global, named: Option<u32>) -> anyhow::Result<Life> {
    if let Some(pid) = named {
        let name = ancestry::name(pid).unwrap_or_default();
        return Life::of(pid, format!("{} (pid {pid})", line(&name)));
    }
    let ancestors = ancestry::ancestors();
    let configs = configs(global);
    let processes = process::system();
    for one in &ancestors {
        if let Some(session) = claude::caller(&configs, one.pid, processes.as_ref()) {
            return Life::of(
                one.pid,
                format!("the Claude Code session {} (pid {})", line(&session.name), one.pid),
            );
        }
    }
    let starter = |one: &&Ancestor| !ancestry::is_shell(&one.name);
    let Some(one) = ancestors.iter().find(starter) else {
        let why = "nobody but shells started this command, so it cannot know its worker: name it with --pid";
        return Err(WrongUse(why.into()).into());
    };
    Life::of(one.pid, format!("{}, which started this (pid {})", line(&one.name), one.pid))
}

/// The Claude configuration folders that are meant.
pub(crate) fn configs(global: &Global) -> Vec<PathBuf> {
    if !global.claude_config.is_empty() {
        return global.claude_config.clone();
    }
    let told = std::env::var_os("CLAUDE_CONFIG_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
    told.or_else(|| Some(std::env::home_dir()?.join(".claude"))).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_no_process_zero_does() {
        assert_eq!(Life::of(std::process::id(), "me".into()).unwrap().pulse(), Pulse::Alive);
        assert!(Life::of(u32::MAX, "nobody".into()).is_err());
    }
}
