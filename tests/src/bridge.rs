//! Bridge databases in their authors' own schemas, written by another process as the original bridge writes them.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use crate::ledger::Ledger;
use crate::moment::Moment;
use crate::process::Running;
use crate::require::{Missing, program};
use crate::scratch::Scratch;

/// What the database looks like inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// What the original bridge creates and writes.
    Bridge,
    /// What the original's six production scripts expect.
    Coordinator,
}

/// How long the writer keeps its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Connections {
    /// One for each operation, as the original does: the `-wal` file comes and goes.
    Each,
    /// One for all.
    Kept,
}

/// A message that was committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Committed {
    /// Its row number.
    pub id: u64,
    /// Its text.
    pub text: String,
    /// When its commit had returned.
    pub at: Moment,
}

/// A process that writes one database; ended with this value.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    lines: Arc<Ledger<Value>>,
    stdin: Mutex<ChildStdin>,
    process: Running,
}

impl Writer {
    /// Looks for a Python with SQLite.
    pub fn find() -> Result<PathBuf, Missing> {
        program("python3")
    }

    /// Opens (or makes) the database at `path` in another process.
    ///
    /// # Panics
    /// When the process does not start.
    pub fn open(
        scratch: &Scratch,
        python: &Path,
        path: &Path,
        schema: Schema,
        connections: Connections,
    ) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("py/bridge_writer.py");
        let schema = if schema == Schema::Bridge { "bridge" } else { "coordinator" };
        let mode = if connections == Connections::Kept { "keep" } else { "each" };
        let mut command = scratch.command(python);
        command.arg(script).arg(path).args([schema, mode]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Running::start("the bridge writer", &mut command);
        let stdin = process.child().stdin.take().expect("the writer's input");
        let stdout = process.child().stdout.take().expect("the writer's output");
        let lines: Arc<Ledger<Value>> = Arc::default();
        let written = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                written.push(serde_json::from_str(&line).unwrap_or(Value::String(line)));
            }
        });
        let writer = Self { path: path.to_owned(), lines, stdin: Mutex::new(stdin), process };
        writer.lines.find("the writer's start", Duration::from_secs(10), |line| line["done"] == "open");
        writer
    }

    /// The database's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Begins a conversation between sides `a` and `b` with these roles.
    pub fn conversation(&self, id: &str, role_a: &str, role_b: &str) {
        self.tell(&["conversation", id, role_a, role_b]);
    }

    /// Sends `count` messages `<prefix> 0`, `<prefix> 1`, … from side `from`, one every so often; returns at once.
    pub fn begin_sending(&self, conversation: &str, from: &str, count: usize, every: Duration, prefix: &str) {
        let every = every.as_millis().to_string();
        self.write(&["send", conversation, from, &count.to_string(), &every, prefix]);
    }

    /// Sends one message and waits until it is committed.
    pub fn send(&self, conversation: &str, from: &str, text: &str) -> Committed {
        self.begin_sending(conversation, from, 1, Duration::ZERO, text);
        let text = format!("{text} 0");
        let line =
            self.lines.find("the commit", Duration::from_secs(10), |line| line["text"] == text.as_str());
        committed(&line).expect("a committed message")
    }

    /// Waits until so many messages are committed, and returns them all.
    pub fn await_committed(&self, count: usize, within: Duration) -> Vec<Committed> {
        let lines = self.lines.gather(count, within, |line| committed(line).is_some());
        assert!(lines.len() >= count, "only {} of {count} messages were committed", lines.len());
        lines.iter().filter_map(committed).collect()
    }

    /// A heartbeat of one side, dated so long ago.
    pub fn heartbeat(&self, conversation: &str, side: &str, status: &str, ago: Duration) {
        self.tell(&["heartbeat", conversation, side, status, &ago.as_secs_f64().to_string()]);
    }

    /// One side fetches its messages, as the bridge's `check_messages` does.
    pub fn read(&self, conversation: &str, side: &str) {
        self.tell(&["read", conversation, side]);
    }

    /// A heartbeat in the coordinator's schema, dated so long ago.
    pub fn pulse(&self, conversation: &str, ago: Duration) {
        self.tell(&["pulse", conversation, &ago.as_secs_f64().to_string()]);
    }

    /// A message in the coordinator's schema.
    pub fn post(&self, conversation: &str, sender: &str, text: &str) {
        self.tell(&["post", conversation, sender, text]);
    }

    /// Keeps the database open in this process without doing anything.
    pub fn hold(&self) {
        self.tell(&["hold"]);
    }

    /// Stops keeping it open.
    pub fn let_go(&self) {
        self.tell(&["let-go"]);
    }

    /// Rewrites the file from within.
    pub fn vacuum(&self) {
        self.tell(&["vacuum"]);
    }

    /// Puts an identical copy in the file's place.
    pub fn replace(&self) {
        self.tell(&["replace"]);
    }

    /// Moves the file aside and makes a new, empty database in its place.
    pub fn start_over(&self, aside: &Path) {
        self.tell(&["rename", &aside.to_string_lossy()]);
        self.tell(&["create"]);
    }

    /// Everything the process said, for messages of failures.
    pub fn lines(&self) -> Vec<Value> {
        self.lines.all()
    }

    fn tell(&self, words: &[&str]) {
        let before = self.lines.len();
        self.write(words);
        let name = words.first().copied().unwrap_or_default();
        let answered = |line: &Value| line["done"] == name || line["failed"] == name;
        let line = self.lines.find_after(before, name, Duration::from_secs(20), answered);
        assert!(line["failed"].is_null(), "the bridge writer could not {name}: {}", line["error"]);
    }

    fn write(&self, words: &[&str]) {
        let quoted: Vec<String> =
            words.iter().map(|word| format!("'{}'", word.replace('\'', "'\\''"))).collect();
        let mut stdin = self.stdin.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(stdin, "{}", quoted.join(" ")).expect("the bridge writer listens");
    }
}

/// How often each text was seen: to tell a message that was lost from one that was doubled.
pub fn counted<'t>(texts: impl IntoIterator<Item = &'t str>) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for text in texts {
        *counts.entry(text.to_owned()).or_default() += 1;
    }
    counts
}

fn committed(line: &Value) -> Option<Committed> {
    Some(Committed {
        id: line["committed"].as_u64()?,
        text: line["text"].as_str()?.to_owned(),
        at: Moment::from_nanos(line["at"].as_u64()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: &str = "conv_0123456789abcdef";

    fn side_file(path: &Path, tail: &str) -> PathBuf {
        PathBuf::from(format!("{}{tail}", path.display()))
    }

    #[test]
    fn another_process_writes_as_the_bridge_does() {
        let python = crate::require!(Writer::find());
        let scratch = Scratch::new();
        let path = scratch.path("bridge.db");
        let writer = Writer::open(&scratch, &python, &path, Schema::Bridge, Connections::Each);
        writer.conversation(CONVERSATION, "backend developer", "it's the tester");
        let before = Moment::now();
        writer.begin_sending(CONVERSATION, "a", 5, Duration::from_millis(20), "hello");
        let messages = writer.await_committed(5, Duration::from_secs(10));
        assert_eq!(messages.iter().map(|message| message.id).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
        assert!(messages[4].at.since(before) >= Duration::from_millis(80));
        writer.heartbeat(CONVERSATION, "a", "working", Duration::from_secs(600));
        writer.read(CONVERSATION, "b");
        assert!(!side_file(&path, "-wal").exists(), "the last connection takes the log with it");

        let holder = Writer::open(&scratch, &python, &path, Schema::Bridge, Connections::Each);
        holder.hold();
        writer.send(CONVERSATION, "b", "answer");
        assert!(side_file(&path, "-wal").exists(), "while somebody holds it open, the log stays");
        holder.let_go();
        writer.vacuum();
        writer.replace();
        writer.start_over(&scratch.path("old.db"));
        assert!(scratch.path("old.db").is_file() && path.is_file());
    }

    #[test]
    fn the_coordinators_schema_can_be_written_too() {
        let python = crate::require!(Writer::find());
        let scratch = Scratch::new();
        let path = scratch.path("coordinator.db");
        let writer = Writer::open(&scratch, &python, &path, Schema::Coordinator, Connections::Kept);
        writer.conversation("conv_x", "orchestrator", "worker");
        writer.pulse("conv_x", Duration::from_secs(400));
        writer.post("conv_x", "session_a", "a task");
        assert!(writer.path().is_file());
    }
}
