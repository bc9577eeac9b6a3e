//! Processes as `/proc` shows them.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use peerwatch_core::Process;
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::{Child, Processes};

/// The processes of this machine, read from `/proc`.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

/// A descriptor that becomes readable when the process ends, so that a death is known at once.
///
/// The pid may have been given away before the call: look at the process after it, never only before.
///
/// # Errors
/// When there is no such process, or the kernel is older than 5.3.
pub fn death_watch(pid: u32) -> io::Result<OwnedFd> {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    let pid = pid.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
    Ok(pidfd_open(pid, PidfdFlags::empty())?)
}

impl System {
    /// The processes of this machine.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Processes for System {
    fn look(&self, pid: u32, start: Option<&str>) -> Process {
        match read(pid) {
            Ok(stat) => stat.judge(start),
            Err(error) if is_absence(&error) => Process::Absent,
            Err(_) => Process::Unknowable,
        }
    }

    fn start(&self, pid: u32) -> Option<String> {
        read(pid).ok().map(|stat| stat.start.to_string())
    }

    fn parent(&self, pid: u32) -> Option<u32> {
        read(pid).ok().map(|stat| stat.parent).filter(|parent| *parent > 0)
    }

    fn descendants(&self, pid: u32) -> Vec<Child> {
        let Some(uptime) = uptime() else { return Vec::new() };
        let mut found = Vec::new();
        let mut waiting = vec![pid];
        let mut everyone = None;
        while let Some(parent) = waiting.pop() {
            let children = children(parent).unwrap_or_else(|| {
                everyone.get_or_insert_with(by_parent).get(&parent).cloned().unwrap_or_default()
            });
            for child in children {
                let Ok(stat) = read(child) else { continue };
                if stat.is_dead() || found.len() >= MOST_DESCENDANTS {
                    continue;
                }
                waiting.push(child);
                found.push(Child {
                    pid: child,
                    parent,
                    age: uptime.saturating_sub(in_time(stat.start)),
                    cpu: in_time(stat.cpu),
                    command: self.arguments(child).map_or(stat.name, |words| words.join(" ")),
                });
            }
        }
        found
    }

    fn executable(&self, pid: u32) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{pid}/exe")).ok()
    }

    fn arguments(&self, pid: u32) -> Option<Vec<String>> {
        let bytes = fs::read(format!("/proc/{pid}/cmdline")).ok().filter(|bytes| !bytes.is_empty())?;
        let words = bytes.strip_suffix(b"\0").unwrap_or(&bytes).split(|byte| *byte == 0);
        Some(words.map(|word| String::from_utf8_lossy(word).into_owned()).collect())
    }

    fn domain(&self) -> Option<String> {
        let space = fs::read_link("/proc/self/ns/pid").ok()?;
        let machine = fs::read_to_string("/etc/machine-id").unwrap_or_default();
        Some(format!("linux:{}:{}", machine.trim(), space.display()))
    }
}

/// A process that starts others without end must not fill our memory.
const MOST_DESCENDANTS: usize = 512;

/// What we need of `/proc/<pid>/stat`.
#[derive(PartialEq, Eq, Debug)]
struct Stat {
    name: String,
    state: char,
    parent: u32,
    cpu: u64,
    start: u64,
}

impl Stat {
    /// The name stands in parentheses and may itself hold spaces and parentheses: what counts follows the last one.
    fn parse(text: &str) -> Option<Stat> {
        let (before, after) = text.rsplit_once(')')?;
        let name = before.split_once('(')?.1.to_owned();
        let fields: Vec<&str> = after.split_whitespace().collect();
        let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
        Some(Stat {
            name,
            state: fields.first()?.chars().next()?,
            parent: u32::try_from(number(1)?).ok()?,
            cpu: (11..=14).map(number).sum::<Option<u64>>()?,
            start: number(19)?,
        })
    }

    fn is_dead(&self) -> bool {
        matches!(self.state, 'Z' | 'X' | 'x')
    }

    fn judge(&self, start: Option<&str>) -> Process {
        match self.state {
            _ if start.is_some_and(|start| start != self.start.to_string()) => Process::Replaced,
            _ if self.is_dead() => Process::Zombie,
            'T' | 't' => Process::Stopped,
            _ => Process::Alive,
        }
    }
}

fn read(pid: u32) -> io::Result<Stat> {
    let text = fs::read(format!("/proc/{pid}/stat"))?;
    Stat::parse(&String::from_utf8_lossy(&text)).ok_or_else(|| io::Error::from(io::ErrorKind::InvalidData))
}

/// A process may also end between the opening and the reading of its file, which says so with `ESRCH`.
fn is_absence(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
        || error.raw_os_error() == Some(rustix::io::Errno::SRCH.raw_os_error())
}

/// The children of all its threads; `None` when the kernel was built without that list.
fn children(pid: u32) -> Option<Vec<u32>> {
    let mut found = Vec::new();
    for thread in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
        match fs::read_to_string(thread.path().join("children")) {
            Ok(text) => found.extend(text.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok())),
            Err(error) if is_absence(&error) && thread.path().exists() => return None,
            Err(_) => {}
        }
    }
    Some(found)
}

/// Everybody by parent, the slow way.
fn by_parent() -> HashMap<u32, Vec<u32>> {
    let mut families: HashMap<u32, Vec<u32>> = HashMap::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        if let Ok(stat) = read(pid) {
            families.entry(stat.parent).or_default().push(pid);
        }
    }
    families
}

fn uptime() -> Option<Duration> {
    let text = fs::read_to_string("/proc/uptime").ok()?;
    let seconds = text.split_whitespace().next()?.parse::<f64>().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn in_time(ticks: u64) -> Duration {
    let each = rustix::param::clock_ticks_per_second().max(1);
    Duration::from_millis(ticks.saturating_mul(1000) / each)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn a_name_with_parentheses_and_spaces_is_read_past() {
        let text = "41 (a) R (b c) S 7 41 41 0 -1 4194560 9 8 0 0 100 20 3 1 20 0 11 0 232279 1 2 3 4 5 6 7 8 9 0 1 2";
        let stat = Stat::parse(text).unwrap();
        assert_eq!((stat.name.as_str(), stat.state, stat.parent), ("a) R (b c", 'S', 7));
        assert_eq!((stat.cpu, stat.start), (124, 232_279));
    }

    #[test]
    fn this_process_lives_with_its_own_start_and_no_other() {
        let me = std::process::id();
        let start = System.start(me).unwrap();
        assert_eq!(System.look(me, Some(&start)), Process::Alive);
        assert_eq!(System.look(me, None), Process::Alive);
        assert_eq!(System.look(me, Some("1")), Process::Replaced);
        assert!(System.executable(me).is_some());
        assert!(System.domain().unwrap().starts_with("linux:"));
    }

    #[test]
    fn a_child_is_seen_alive_then_stopped_then_a_zombie_then_absent() {
        let mut child = Command::new("sleep").arg("600").stdout(Stdio::null()).spawn().unwrap();
        let pid = child.id();
        let start = System.start(pid).unwrap();
        let seen = System.descendants(std::process::id());
        assert!(seen.iter().any(|one| one.pid == pid && one.age < Duration::from_secs(30)));
        let raw = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
        rustix::process::kill_process(raw, rustix::process::Signal::STOP).unwrap();
        wait_for(|| System.look(pid, Some(&start)) == Process::Stopped);
        let watch = death_watch(pid).unwrap();
        child.kill().unwrap();
        let mut poll = [rustix::event::PollFd::new(&watch, rustix::event::PollFlags::IN)];
        rustix::event::poll(&mut poll, None).unwrap();
        assert_eq!(System.look(pid, Some(&start)), Process::Zombie, "dead, not reaped yet");
        child.wait().unwrap();
        assert_eq!(System.look(pid, Some(&start)), Process::Absent);
    }

    fn wait_for(condition: impl Fn() -> bool) {
        let begin = std::time::Instant::now();
        while !condition() {
            assert!(begin.elapsed() < Duration::from_secs(10));
            std::thread::yield_now();
        }
    }
}
