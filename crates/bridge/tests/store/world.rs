//! A scratch database and its people.

mod tasks;

use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use peerwatch_bridge::{Bearer, Draft, Fetcher, Limits, Process, Sender, Sent, Store};
use peerwatch_core::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

pub(crate) use tasks::{because, line, told};

/// 2026-11-23T04:00:00 UTC.
pub(crate) const NOW: Timestamp = Timestamp(1_795_406_400_000);
pub(crate) const NO_LIMIT: Limits = Limits { per_minute: 0 };

/// `NOW` and so many seconds.
pub(crate) fn after(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

/// The time of this machine.
pub(crate) fn wall() -> Timestamp {
    Timestamp(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis().try_into().unwrap())
}

pub(crate) struct World {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
    /// The bridge `main`.
    pub(crate) main: String,
}

impl World {
    pub(crate) fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("bridge.db")).unwrap();
        let main = store.bridge("main", NOW).unwrap();
        World { folder, store, main }
    }

    /// One in which `api` (`a`, process 1) and `web` (`b`, process 2) have joined `main`.
    pub(crate) fn with_two() -> World {
        let mut world = World::new();
        world.join("api", 1);
        world.join("web", 2);
        world
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("bridge.db")
    }

    pub(crate) fn join(&mut self, role: &str, pid: u32) -> String {
        let joined = self.store.join(&self.main, role, &session(pid), &nobody_died, NOW).unwrap();
        joined.participant
    }

    pub(crate) fn sender(&self, participant: &str) -> Sender {
        Sender { conversation: self.main.clone(), participant: participant.into() }
    }

    /// `from` sends a text to `to` in `main`.
    pub(crate) fn say(&mut self, from: &str, to: &str, text: &str) -> Sent {
        let from = self.sender(from);
        self.store.send(&from, &[to.into()], &draft(text), &NO_LIMIT, NOW).unwrap().remove(0)
    }

    /// The texts that a fetch by this process gives.
    pub(crate) fn fetch(&mut self, participant: &str, pid: u32) -> Vec<String> {
        let found = self.store.fetch(&self.main, participant, &fetcher(pid), &never_lost, NOW).unwrap();
        found.into_iter().map(|letter| letter.text).collect()
    }

    /// Another connection to the same file, as any program may have.
    pub(crate) fn elsewhere(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    /// All rows that a query gives, one a line.
    pub(crate) fn rows(&self, sql: &str) -> String {
        let db = self.elsewhere();
        let mut statement = db.prepare(sql).unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        let mut lines = String::new();
        while let Some(row) = rows.next().unwrap() {
            let cells =
                (0..columns).map(|column| match row.get::<_, rusqlite::types::Value>(column).unwrap() {
                    rusqlite::types::Value::Null => "-".into(),
                    rusqlite::types::Value::Integer(number) => number.to_string(),
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                });
            lines += &(cells.collect::<Vec<_>>().join(" | ") + "\n");
        }
        lines
    }
}

pub(crate) fn process(pid: u32) -> Process {
    Process { pid, start: format!("start {pid}") }
}

/// The session `s-<pid>`.
pub(crate) fn session(pid: u32) -> Bearer {
    Bearer { process: Some(process(pid)), session_id: Some(format!("s-{pid}")), ..Bearer::default() }
}

pub(crate) fn fetcher(pid: u32) -> Fetcher {
    Fetcher { process: Some(process(pid)), call: None }
}

pub(crate) fn draft(text: &str) -> Draft {
    Draft { text: text.into(), ..Draft::default() }
}

pub(crate) fn nobody_died(_: &Process) -> bool {
    false
}

pub(crate) fn never_lost(_: &Fetcher) -> bool {
    false
}
