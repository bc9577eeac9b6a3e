//! A bridge database that another process writes, as the original's programs do.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::home::{Home, Running, Said};

pub(crate) const CONVERSATION: &str = "conv_0123456789abcdef";

/// Runs statements one after the other and prints the rows of the last.
const SQL: &str = "
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
for statement in sys.argv[2:]:
    rows = db.execute(statement).fetchall()
print(json.dumps(rows))
";

/// Holds the lock of a writer until standard input ends.
const LOCK: &str = "
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], timeout=10, isolation_level=None)
db.execute('BEGIN IMMEDIATE')
print('locked', flush=True)
sys.stdin.read()
";

/// The two schemas that such databases have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Schema {
    Original,
    Coordinator,
}

/// How the other process keeps the database: a connection for each operation, or one for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Connections {
    Brief,
    Kept,
}

/// A database with one conversation between a `lead` and a `tester`, and the process that writes it.
pub(crate) struct Bridge {
    pub(crate) path: PathBuf,
    pub(crate) tokens: [String; 2],
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Bridge {
    /// A database of the original's schema in a home.
    pub(crate) fn new(home: &Home) -> Bridge {
        Bridge::with(&home.path().join("team.db"), Schema::Original, Connections::Brief)
    }

    /// A database of the schema that the scripts expect.
    pub(crate) fn coordinator(home: &Home) -> Bridge {
        Bridge::with(&home.path().join("coordinator.db"), Schema::Coordinator, Connections::Brief)
    }

    pub(crate) fn with(path: &Path, schema: Schema, connections: Connections) -> Bridge {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/py/bridge_writer.py");
        let mut child = python()
            .arg("-u")
            .arg(script)
            .arg(path)
            .arg(if schema == Schema::Original { "original" } else { "coordinator" })
            .arg(if connections == Connections::Kept { "keep" } else { "brief" })
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("these tests need python3 on the PATH: {error}"));
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut bridge = Bridge { path: path.into(), tokens: Default::default(), child, input, output };
        bridge.answer();
        let made = bridge.tell(&format!("conversation {CONVERSATION} lead tester"));
        if let Some(tokens) = made.get("tokens") {
            bridge.tokens = serde_json::from_value(tokens.clone()).unwrap();
        }
        bridge
    }

    /// Has the other process do something, and waits until it is done.
    pub(crate) fn tell(&mut self, command: &str) -> Value {
        writeln!(self.input, "{command}").unwrap();
        self.input.flush().unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Value {
        loop {
            let mut line = String::new();
            self.output.read_line(&mut line).unwrap();
            let answer: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            assert!(answer.get("failed").is_none(), "{answer}");
            if answer.get("done").is_some() {
                return answer;
            }
        }
    }

    /// A message of one side to the other.
    pub(crate) fn send(&mut self, from: &str, text: &str) {
        self.tell(&format!("send {CONVERSATION} {from} 1 0 '{text}'"));
    }

    /// Any statement, in a process of its own; the rows of the last one.
    pub(crate) fn sql(&self, statements: &[&str]) -> Vec<Vec<Value>> {
        sql(&self.path, statements)
    }

    /// Another process in the middle of a change, until the result is dropped.
    pub(crate) fn lock(&self) -> Lock {
        let mut command = python();
        command.args(["-c", LOCK]).arg(&self.path).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "locked\n");
        Lock(child)
    }

    /// One number.
    pub(crate) fn number(&self, statement: &str) -> i64 {
        self.sql(&[statement])[0][0].as_i64().unwrap()
    }

    pub(crate) fn db(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// The arguments of a command of a side, with its token in the environment of [`Bridge::run`].
    pub(crate) fn args<'a>(&'a self, command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let mut args = vec!["--db-path", self.db(), command, "--conversation-id", CONVERSATION];
        args.extend_from_slice(more);
        args
    }

    /// Runs a command as a side: 0 is `a`, 1 is `b`.
    pub(crate) fn run(&self, home: &Home, side: usize, command: &str, more: &[&str]) -> Said {
        home.run_with(&self.args(command, more), &[("PEERWATCH_TOKEN", &self.tokens[side])])
    }

    /// Starts a command as a side and leaves it running.
    pub(crate) fn start(&self, home: &Home, side: usize, command: &str, more: &[&str]) -> Running {
        home.start_with(&self.args(command, more), &[("PEERWATCH_TOKEN", &self.tokens[side])])
    }

    /// Puts a message into the table as it is, whatever stands in it.
    pub(crate) fn insert(&self, text: &str) {
        let sql = format!(
            "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)
             VALUES ('{CONVERSATION}', 'a', 'b', {text}, '{{}}', '2026-11-23T09:00:00.000000')"
        );
        self.sql(&[&sql]);
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process that holds the lock of a writer.
pub(crate) struct Lock(Child);

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub(crate) fn sql(path: &Path, statements: &[&str]) -> Vec<Vec<Value>> {
    let output = python().args(["-c", SQL]).arg(path).args(statements).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn python() -> Command {
    let mut command = Command::new("python3");
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", std::env::temp_dir());
    command
}

/// A process that does nothing until it is killed: somebody's worker.
pub(crate) struct Worker(Child);

impl Worker {
    pub(crate) fn start() -> Worker {
        Worker(Command::new("sleep").arg("600").env_clear().spawn().unwrap())
    }

    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }

    /// Ends it at once, without a chance to say goodbye.
    pub(crate) fn kill(&mut self) {
        self.0.kill().unwrap();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
