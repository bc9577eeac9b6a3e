//! The processes of a recording, which live, compute and die as it says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peerwatch_core::Process;
use peerwatch_sources::process::{Child, Processes};

/// Where the pids of this table are valid, as Claude Code writes it.
pub(super) const HERE: &str = "linux:00000000000000000000000000000000:pid:[4026531836]";

/// The table, and the time since the machine was started.
#[derive(Clone, Debug, Default)]
pub(super) struct Table(Arc<Mutex<Inner>>);

#[derive(Debug, Default)]
struct Inner {
    now: Duration,
    processes: BTreeMap<u32, One>,
}

/// A process.
#[derive(Clone, Debug)]
struct One {
    start: String,
    born: Duration,
    parent: Option<u32>,
    command: String,
    stopped: bool,
    used: Duration,
    /// Since when it has been computing.
    computes: Option<Duration>,
}

impl Table {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time goes on.
    pub(super) fn at(&self, now: Duration) {
        self.lock().now = now;
    }

    /// A process starts; gives back its start as `/proc` tells it.
    pub(super) fn start(&self, pid: u32, parent: Option<u32>, command: &str) -> String {
        let mut inner = self.lock();
        let born = inner.now;
        // Clock ticks since the machine was started, a while ago.
        let start = (8_000_000 + born.as_millis() / 10).to_string();
        let computes = parent.map(|_| born);
        let one = One {
            start: start.clone(),
            born,
            parent,
            command: command.into(),
            stopped: false,
            used: Duration::ZERO,
            computes,
        };
        inner.processes.insert(pid, one);
        start
    }

    pub(super) fn end(&self, pid: u32) {
        self.lock().processes.remove(&pid);
    }

    pub(super) fn stop(&self, pid: u32, stopped: bool) {
        if let Some(one) = self.lock().processes.get_mut(&pid) {
            one.stopped = stopped;
        }
    }

    pub(super) fn compute(&self, pid: u32, computes: bool) {
        let mut inner = self.lock();
        let now = inner.now;
        if let Some(one) = inner.processes.get_mut(&pid) {
            one.used = one.used(now);
            one.computes = computes.then_some(now);
        }
    }
}

impl One {
    fn used(&self, now: Duration) -> Duration {
        self.used + self.computes.map_or(Duration::ZERO, |since| now.saturating_sub(since))
    }
}

impl Processes for Table {
    fn look(&self, pid: u32, start: Option<&str>) -> Process {
        match self.lock().processes.get(&pid) {
            None => Process::Absent,
            Some(one) if start.is_some_and(|start| start != one.start) => Process::Replaced,
            Some(one) if one.stopped => Process::Stopped,
            Some(_) => Process::Alive,
        }
    }

    fn start(&self, pid: u32) -> Option<String> {
        self.lock().processes.get(&pid).map(|one| one.start.clone())
    }

    fn parent(&self, pid: u32) -> Option<u32> {
        self.lock().processes.get(&pid)?.parent
    }

    fn descendants(&self, pid: u32) -> Vec<Child> {
        let inner = self.lock();
        let mut found: Vec<Child> = Vec::new();
        let mut waiting = vec![pid];
        while let Some(parent) = waiting.pop() {
            for (pid, one) in inner.processes.iter().filter(|(_, one)| one.parent == Some(parent)) {
                waiting.push(*pid);
                found.push(Child {
                    pid: *pid,
                    parent,
                    age: inner.now.saturating_sub(one.born),
                    cpu: one.used(inner.now),
                    command: one.command.clone(),
                });
            }
        }
        found
    }

    fn executable(&self, _pid: u32) -> Option<PathBuf> {
        None
    }

    fn arguments(&self, _pid: u32) -> Option<Vec<String>> {
        None
    }

    fn domain(&self) -> Option<String> {
        Some(HERE.into())
    }
}
