//! A scratch folder with a database, and another process that writes to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, SystemTime};

use peerwatch_core::{Fact, Moment, Tick, Timestamp};
use peerwatch_sources::bridge::{BridgeOptions, BridgeSource};
use peerwatch_sources::{Hint, Reading, Source};
use serde_json::{Value, json};

pub(crate) const CONVERSATION: &str = "conv_0123456789abcdef";
/// A look that is wanted later than this is for what a slow disk may bring.
const AT_ONCE: Duration = Duration::from_millis(10);

/// The other process.
pub(crate) struct Writer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Writer {
    /// Starts it; `None`, with the reason printed, where there is no Python.
    pub(crate) fn start() -> Option<Writer> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bridge/writer.py");
        let started = Command::new("python3")
            .arg("-u")
            .arg(script)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", std::env::temp_dir())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match started {
            Ok(child) => child,
            Err(error) => {
                println!("skipped: python3 cannot be started: {error}");
                return None;
            }
        };
        let (input, output) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Some(Writer { child, input, output })
    }

    /// Gives a command and waits for the answer.
    pub(crate) fn tell(&mut self, command: Value) -> Value {
        let answer = self.ask(command);
        assert!(answer.get("error").is_none(), "{answer}");
        answer["ok"].clone()
    }

    fn ask(&mut self, command: Value) -> Value {
        writeln!(self.input, "{command}").unwrap();
        self.input.flush().unwrap();
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("the writer died at {command}"))
    }

    /// Ends it in the middle of what it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A database in a folder of its own, its writer, and a source that watches it.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
    pub(crate) writer: Writer,
    pub(crate) source: BridgeSource,
}

impl World {
    /// A folder without a database.
    pub(crate) fn empty() -> Option<World> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.db");
        let source = watch(&path, None);
        Some(World { folder, path, writer: Writer::start()?, source })
    }

    /// A database with one conversation, looked at once.
    pub(crate) fn new() -> Option<World> {
        let mut world = World::empty()?;
        world.create(CONVERSATION);
        world.look();
        Some(world)
    }

    pub(crate) fn db(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub(crate) fn tell(&mut self, command: &str, rest: &[Value]) -> Value {
        let mut whole = vec![json!(command), json!(self.db())];
        whole.extend_from_slice(rest);
        self.writer.tell(Value::Array(whole))
    }

    pub(crate) fn create(&mut self, conversation: &str) {
        self.tell("create", &[json!(conversation)]);
    }

    pub(crate) fn send(&mut self, from: &str, text: &str) {
        self.tell("send", &[json!(CONVERSATION), json!(from), json!(text)]);
    }

    pub(crate) fn sql(&mut self, statement: &str) {
        self.tell("sql", &[json!(statement)]);
    }

    pub(crate) fn look(&mut self) -> Reading {
        self.source.look(now(), &Hint::Everything)
    }

    /// Looks until nothing more comes at once.
    pub(crate) fn texts(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            let reading = self.look();
            texts.extend(reading.messages.iter().map(|message| message.text.clone()));
            if reading.again.is_none_or(|span| span > AT_ONCE) {
                return texts;
            }
        }
    }
}

pub(crate) fn watch(path: &Path, cursor: Option<String>) -> BridgeSource {
    BridgeSource::new(path, BridgeOptions { cursor, configured: true, own: false })
}

/// Both clocks, the awake one counted from the epoch.
pub(crate) fn now() -> Moment {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let millis = i64::try_from(since.as_millis()).unwrap();
    Moment { tick: Tick(millis), wall: Timestamp(millis) }
}

/// The facts about workers whose id ends with `worker`.
pub(crate) fn facts(reading: &Reading, worker: &str) -> Vec<Fact> {
    let of = |id: &str| id.ends_with(worker);
    reading
        .observations
        .iter()
        .filter(|seen| of(seen.worker.as_str()))
        .map(|seen| seen.fact.clone())
        .collect()
}

/// What the troubles say.
pub(crate) fn troubles(reading: &Reading) -> Vec<String> {
    reading.troubles.iter().map(|trouble| trouble.what.clone()).collect()
}
