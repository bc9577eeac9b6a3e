//! `peerwatch watch --json`: what it prints, with the time at which each line could be read.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::ledger::{Ledger, eventually};
use crate::moment::Moment;
use crate::process::Running;

/// One line.
#[derive(Debug, Clone)]
pub struct Line {
    /// When it could be read.
    pub at: Moment,
    /// The same by the wall clock, to compare with times in files.
    pub at_wall: SystemTime,
    /// The object.
    pub event: Value,
}

impl Line {
    /// Whether it is an event of this kind.
    pub fn is(&self, kind: &str) -> bool {
        self.event["event"] == kind
    }
}

/// A running watch; ended with this value.
#[derive(Debug)]
pub struct Watch {
    lines: Arc<Ledger<Line>>,
    process: Running,
}

impl Watch {
    pub(super) fn start(mut command: Command) -> Self {
        let mut process = Running::start("peerwatch watch", command.stdout(Stdio::piped()));
        let stdout = process.child().stdout.take().expect("the watch's output");
        let lines: Arc<Ledger<Line>> = Arc::default();
        let read = Arc::clone(&lines);
        std::thread::spawn(move || {
            for text in BufReader::new(stdout).lines().map_while(Result::ok) {
                let (at, at_wall) = (Moment::now(), SystemTime::now());
                let event = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"));
                read.push(Line { at, at_wall, event });
            }
        });
        let watch = Self { lines, process };
        watch.await_listening();
        watch
    }

    /// A watch hears what happens from the moment it is connected, and says nothing until something does: so it is
    /// awaited until it sleeps upon its open socket, or, without an engine, upon its own watcher of files.
    fn await_listening(&self) {
        let pid = self.process.pid();
        eventually("the watch listens", Duration::from_secs(10), || {
            let sockets = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten();
            let open = sockets
                .filter_map(|entry| std::fs::read_link(entry.path()).ok())
                .map(|target| target.to_string_lossy().into_owned())
                .any(|target| target.starts_with("socket:") || target == "anon_inode:inotify");
            let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
            (open && stat.contains(") S ")).then_some(())
        });
    }

    /// The watching process.
    pub fn process(&mut self) -> &mut Running {
        &mut self.process
    }

    /// Everything printed so far.
    pub fn lines(&self) -> Vec<Line> {
        self.lines.all()
    }

    /// How many lines there are, to go on from.
    pub fn position(&self) -> usize {
        self.lines.len()
    }

    /// Waits for the first line that fits, after the first `start` lines.
    pub fn await_line(
        &self,
        start: usize,
        what: &str,
        within: Duration,
        fits: impl Fn(&Value) -> bool,
    ) -> Line {
        self.lines.find_after(start, what, within, |line| fits(&line.event))
    }

    /// Waits for a worker's verdict.
    pub fn await_presence(&self, start: usize, worker: &str, presence: &str, within: Duration) -> Line {
        self.await_line(start, &format!("{worker} {presence}"), within, |event| {
            event["event"] == "presence" && event["worker"] == worker && event["presence"] == presence
        })
    }

    /// All messages whose text begins so; waits until there are `count`, or for `within`.
    pub fn messages(&self, prefix: &str, count: usize, within: Duration) -> Vec<Line> {
        let fits = |line: &Line| {
            line.is("message") && line.event["text"].as_str().is_some_and(|text| text.starts_with(prefix))
        };
        self.lines.gather(count, within, fits)
    }

    /// All alerts that were raised.
    pub fn alerts(&self) -> Vec<Value> {
        self.lines().into_iter().filter(|line| line.is("alert")).map(|line| line.event).collect()
    }
}
