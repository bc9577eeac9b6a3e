//! Processes of the World: each is known by its pid and ended by it, never by a name.

use std::collections::HashMap;
use std::fs;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

/// A child process that does not outlive this value.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    ended: Option<ExitStatus>,
}

impl Running {
    /// Starts `command`; `name` is how messages call it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(name: &str, command: &mut Command) -> Self {
        let child = command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self { name: name.to_owned(), child, ended: None }
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The child, for its pipes.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Sends a signal to this process alone.
    pub fn signal(&self, signal: Signal) {
        send(self.pid(), signal);
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().ok().flatten();
        }
        self.ended
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// When it still runs after `within`.
    pub fn await_end(&mut self, within: Duration) -> ExitStatus {
        let name = self.name.clone();
        crate::ledger::eventually(&format!("{name} ends"), within, || self.ended())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.ended().is_some() {
            return;
        }
        let children = descendants(self.pid());
        self.signal(Signal::CONT);
        self.signal(Signal::TERM);
        let deadline = Instant::now() + Duration::from_secs(3);
        while self.ended().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        if self.ended().is_none() {
            self.signal(Signal::KILL);
            let _ = self.child.wait();
        }
        end_all(&children);
    }
}

/// A process that is not our child, told apart from a later one with the same pid by its start time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The process id.
    pub pid: u32,
    start: String,
}

impl Stray {
    /// The process that has this pid now.
    pub fn of(pid: u32) -> Option<Self> {
        stat(pid).map(|stat| Self { pid, start: stat.start })
    }

    /// Whether it still lives (a zombie does not).
    pub fn is_alive(&self) -> bool {
        stat(self.pid).is_some_and(|stat| stat.start == self.start && stat.state != "Z")
    }
}

/// All processes below `root`, as the parent links stand now.
pub fn descendants(root: u32) -> Vec<Stray> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for pid in all_pids() {
        if let Some(stat) = stat(pid) {
            children.entry(stat.parent).or_default().push(pid);
        }
    }
    let mut found = Vec::new();
    let mut pending = vec![root];
    while let Some(parent) = pending.pop() {
        let below = children.get(&parent).cloned().unwrap_or_default();
        found.extend(below.iter().copied().filter_map(Stray::of));
        pending.extend(below);
    }
    found
}

/// Asks each of `strays` to end, and after a moment makes those that did not.
pub fn end_all(strays: &[Stray]) {
    let alive = || strays.iter().filter(|stray| stray.is_alive());
    alive().for_each(|stray| send(stray.pid, Signal::TERM));
    let deadline = Instant::now() + Duration::from_secs(2);
    while alive().next().is_some() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(10));
    }
    alive().for_each(|stray| send(stray.pid, Signal::KILL));
}

/// Sends a signal to one process; one that is already gone is no error.
pub fn send(pid: u32, signal: Signal) {
    if let Some(pid) = as_pid(pid) {
        let _ = kill_process(pid, signal);
    }
}

/// Whether a process with this pid exists, a zombie included.
pub fn exists(pid: u32) -> bool {
    as_pid(pid).is_some_and(|pid| test_kill_process(pid).is_ok())
}

fn as_pid(pid: u32) -> Option<Pid> {
    i32::try_from(pid).ok().and_then(Pid::from_raw)
}

fn all_pids() -> impl Iterator<Item = u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

struct Stat {
    state: String,
    parent: u32,
    start: String,
}

fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some(Stat {
        state: (*fields.first()?).to_owned(),
        parent: fields.get(1)?.parse().ok()?,
        start: (*fields.get(19)?).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_process_is_gone_with_its_children() {
        let running = Running::start("shell", Command::new("/bin/sh").args(["-c", "sleep 300 & wait"]));
        let shell = Stray::of(running.pid()).unwrap();
        let sleeper = crate::ledger::eventually("the child of the shell", Duration::from_secs(5), || {
            descendants(shell.pid).into_iter().next()
        });
        drop(running);
        assert!(!shell.is_alive());
        crate::ledger::eventually("the end of the child", Duration::from_secs(5), || {
            (!sleeper.is_alive()).then_some(())
        });
    }
}
