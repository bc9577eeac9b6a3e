//! What Peerwatch itself remembers: alerts, mutes, and how far each source was read.

use std::path::Path;

use peerwatch_core::{Alert, AlertRecord, HeldBack, Input, Moment, Person, Roster, Timestamp, WorkerId};
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS cursors (source TEXT PRIMARY KEY, cursor TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS mutes (worker TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS folder_mutes (folder TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS held (
  key TEXT PRIMARY KEY, title TEXT NOT NULL, count INTEGER NOT NULL, over TEXT, muted INTEGER NOT NULL, fleeting INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS fenced (worker TEXT PRIMARY KEY) STRICT;
CREATE TABLE IF NOT EXISTS state (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS alerts (
  id INTEGER PRIMARY KEY, cause TEXT NOT NULL, kind TEXT NOT NULL, worker TEXT, title TEXT NOT NULL, body TEXT NOT NULL,
  since_ms INTEGER NOT NULL, until_ms INTEGER, ending TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS alerts_open ON alerts (cause) WHERE until_ms IS NULL;
";

/// Ended alerts that are kept.
const KEPT: u32 = 5_000;

/// The open store.
#[derive(Debug)]
pub(crate) struct Store {
    db: Connection,
}

impl Store {
    /// Opens the store, or makes it, readable by this user alone.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        make_private(path);
        let db = Connection::open(path)?;
        db.pragma_update(None, "journal_mode", "WAL")?;
        db.pragma_update(None, "synchronous", "NORMAL")?;
        db.busy_timeout(std::time::Duration::from_secs(2))?;
        db.execute_batch(SCHEMA)?;
        Ok(Self { db })
    }

    /// Opens a store that is there, without changing it.
    pub(crate) fn open_to_read(path: &Path) -> Option<Self> {
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        Some(Self { db })
    }

    /// Tells a roster of the pause and the mutes in force.
    pub(crate) fn remembered(&self, roster: &mut Roster, now: Moment) {
        if let Some(until) = self.paused_until().unwrap_or_default().filter(|until| *until > now.wall) {
            roster.handle(Input::Person(Person::Pause(Some(until))), now);
        }
        for (worker, until) in self.mutes(now.wall).unwrap_or_default() {
            roster.handle(Input::Person(Person::Mute(worker, Some(until))), now);
        }
        for (folder, until) in self.folder_mutes(now.wall).unwrap_or_default() {
            roster.handle(Input::Person(Person::MuteFolder(folder, Some(until))), now);
        }
    }

    /// A store that forgets everything at the end, when the real one cannot be opened.
    pub(crate) fn in_memory() -> rusqlite::Result<Self> {
        let db = Connection::open_in_memory()?;
        db.execute_batch(SCHEMA)?;
        Ok(Self { db })
    }

    pub(crate) fn cursor(&self, source: &str) -> rusqlite::Result<Option<String>> {
        self.db
            .query_row("SELECT cursor FROM cursors WHERE source = ?", [source], |row| row.get(0))
            .optional()
    }

    pub(crate) fn keep_cursor(&self, source: &str, cursor: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE SET cursor = excluded.cursor";
        self.db.prepare_cached(sql)?.execute([source, cursor]).map(drop)
    }

    pub(crate) fn raised(&self, alert: &Alert) -> rusqlite::Result<()> {
        let open: Option<i64> = self
            .db
            .query_row(
                "SELECT id FROM alerts WHERE cause = ? AND until_ms IS NULL",
                [alert.cause.key()],
                |row| row.get(0),
            )
            .optional()?;
        if open.is_some() {
            return Ok(());
        }
        self.db
            .prepare_cached("INSERT OR REPLACE INTO alerts (id, cause, kind, worker, title, body, since_ms) VALUES (?,?,?,?,?,?,?)")?
            .execute(params![
                i64::try_from(alert.id.0).unwrap_or(i64::MAX),
                alert.cause.key(),
                alert.cause.kind(),
                alert.cause.worker().map(WorkerId::as_str),
                alert.title,
                alert.body,
                alert.since.wall.0,
            ])
            .map(drop)
    }

    pub(crate) fn ended(&self, record: &AlertRecord) -> rusqlite::Result<()> {
        self.db
            .prepare_cached(
                "UPDATE alerts SET until_ms = ?, ending = ? WHERE cause = ? AND until_ms IS NULL",
            )?
            .execute(params![record.until.wall.0, record.words(), record.alert.cause.key()])?;
        let sql = "DELETE FROM alerts WHERE until_ms IS NOT NULL AND id <= (SELECT max(id) FROM alerts) - ?";
        self.db.prepare_cached(sql)?.execute([KEPT]).map(drop)
    }

    /// The causes of which the person was told and whose end was not seen.
    pub(crate) fn open_causes(&self) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.db.prepare("SELECT cause FROM alerts WHERE until_ms IS NULL")?;
        statement.query_map([], |row| row.get(0))?.collect()
    }

    /// Closes the open alerts whose causes did not come back after a restart.
    pub(crate) fn close_stale(&self, standing: &[String], now: Timestamp) -> rusqlite::Result<()> {
        for cause in self.open_causes()?.iter().filter(|cause| !standing.contains(cause)) {
            let sql = "UPDATE alerts SET until_ms = ?, ending = 'ended while Peerwatch was not running' WHERE cause = ? AND until_ms IS NULL";
            self.db.execute(sql, params![now.0, cause])?;
        }
        Ok(())
    }

    pub(crate) fn last_alert(&self) -> rusqlite::Result<u64> {
        let last: Option<i64> = self.db.query_row("SELECT max(id) FROM alerts", [], |row| row.get(0))?;
        Ok(last.and_then(|id| u64::try_from(id).ok()).unwrap_or(0))
    }

    pub(crate) fn mutes(&self, now: Timestamp) -> rusqlite::Result<Vec<(WorkerId, Timestamp)>> {
        let mut statement = self.db.prepare("SELECT worker, until_ms FROM mutes WHERE until_ms > ?")?;
        statement
            .query_map([now.0], |row| Ok((WorkerId::new(row.get::<_, String>(0)?), Timestamp(row.get(1)?))))?
            .collect()
    }

    /// Remembers a mute, and forgets those that were over a day before `now`.
    pub(crate) fn mute(
        &self,
        worker: &WorkerId,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        match until {
            Some(until) => {
                let sql =
                    "INSERT INTO mutes VALUES (?, ?) ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms";
                self.db.execute(sql, params![worker.as_str(), until.0])?;
                // Workers come and go, and with them their mutes.
                let old = "DELETE FROM mutes WHERE until_ms < ? - 86400000";
                self.db.execute(old, [now.0]).map(drop)
            }
            None => self.db.execute("DELETE FROM mutes WHERE worker = ?", [worker.as_str()]).map(drop),
        }
    }

    /// The folders whose workers are muted, and until when.
    pub(crate) fn folder_mutes(&self, now: Timestamp) -> rusqlite::Result<Vec<(String, Timestamp)>> {
        let mut statement =
            self.db.prepare("SELECT folder, until_ms FROM folder_mutes WHERE until_ms > ?")?;
        statement.query_map([now.0], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))?.collect()
    }

    /// Remembers until when the workers of a folder are muted.
    pub(crate) fn mute_folder(&self, folder: &str, until: Option<Timestamp>) -> rusqlite::Result<()> {
        match until {
            Some(until) => {
                let sql = "INSERT INTO folder_mutes VALUES (?, ?) ON CONFLICT DO UPDATE SET until_ms = excluded.until_ms";
                self.db.execute(sql, params![folder, until.0]).map(drop)
            }
            None => self.db.execute("DELETE FROM folder_mutes WHERE folder = ?", [folder]).map(drop),
        }
    }

    /// What was held back and not told of.
    pub(crate) fn held(&self) -> rusqlite::Result<Vec<HeldBack>> {
        let mut statement = self.db.prepare("SELECT key, title, count, over, muted, fleeting FROM held")?;
        let held = statement.query_map([], |row| {
            let (key, title, count) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(HeldBack { key, title, count, over: row.get(3)?, muted: row.get(4)?, fleeting: row.get(5)? })
        })?;
        held.collect()
    }

    /// Remembers that something was held back, or what became of it.
    pub(crate) fn hold(&self, held: &HeldBack) -> rusqlite::Result<()> {
        let HeldBack { key, title, count, over, muted, fleeting } = held;
        let sql = "INSERT OR REPLACE INTO held VALUES (?, ?, ?, ?, ?, ?)";
        self.db.prepare_cached(sql)?.execute(params![key, title, count, over, muted, fleeting]).map(drop)
    }

    /// Forgets what was told of.
    pub(crate) fn let_go(&self, keys: &[String]) -> rusqlite::Result<()> {
        let mut forget = self.db.prepare_cached("DELETE FROM held WHERE key = ?")?;
        keys.iter().try_for_each(|key| forget.execute([key]).map(drop))
    }

    /// The workers that are fenced.
    pub(crate) fn fenced(&self) -> rusqlite::Result<Vec<WorkerId>> {
        let mut statement = self.db.prepare_cached("SELECT worker FROM fenced")?;
        let workers = statement.query_map([], |row| row.get::<_, String>(0))?;
        workers.map(|worker| worker.map(WorkerId::new)).collect()
    }

    /// Remembers whether a worker is fenced.
    pub(crate) fn fence(&self, worker: &WorkerId, on: bool) -> rusqlite::Result<()> {
        let sql = match on {
            true => "INSERT OR IGNORE INTO fenced (worker) VALUES (?)",
            false => "DELETE FROM fenced WHERE worker = ?",
        };
        self.db.execute(sql, [worker.as_str()]).map(drop)
    }

    pub(crate) fn paused_until(&self) -> rusqlite::Result<Option<Timestamp>> {
        let sql = "SELECT value FROM state WHERE key = 'paused_until_ms'";
        self.db.query_row(sql, [], |row| row.get(0).map(Timestamp)).optional()
    }

    pub(crate) fn pause(&self, until: Option<Timestamp>) -> rusqlite::Result<()> {
        match until {
            Some(until) => {
                let sql = "INSERT INTO state VALUES ('paused_until_ms', ?) ON CONFLICT DO UPDATE SET value = excluded.value";
                self.db.execute(sql, [until.0]).map(drop)
            }
            None => self.db.execute("DELETE FROM state WHERE key = 'paused_until_ms'", []).map(drop),
        }
    }
}

#[cfg(unix)]
fn make_private(path: &Path) {
    use std::os::unix::fs::OpenOptionsExt as _;
    // SQLite gives its side files the mode of the database, so the file is made first.
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    if let Err(error) = made
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        tracing::warn!("{}: {error}", path.display());
    }
}

#[cfg(not(unix))]
fn make_private(_path: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use peerwatch_core::{AlertId, Cause, Ending, Severity, Tick};

    fn alert(id: u64, cause: Cause) -> Alert {
        let since = Moment { tick: Tick(0), wall: Timestamp(1_000) };
        Alert {
            id: AlertId(id),
            cause,
            severity: Severity::NeedsYou,
            title: "api waits".into(),
            body: String::new(),
            conversation: None,
            reply_to: None,
            since,
            pops: true,
            count: 1,
        }
    }

    #[test]
    fn an_alert_is_open_until_it_ends() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("peerwatch.db");
        let waits = alert(7, Cause::Gone(WorkerId::new("claude:1:2")));
        let store = Store::open(&path).unwrap();
        store.raised(&waits).unwrap();
        drop(store);

        let store = Store::open(&path).unwrap();
        assert_eq!(store.open_causes().unwrap(), ["gone:claude:1:2"]);
        assert_eq!(store.last_alert().unwrap(), 7);
        let until = Moment { tick: Tick(60_000), wall: Timestamp(61_000) };
        store.ended(&AlertRecord { alert: waits, until, ending: Ending::Resumed }).unwrap();
        assert!(store.open_causes().unwrap().is_empty());
    }

    #[test]
    fn what_ended_while_nobody_watched_is_closed() {
        let store = Store::in_memory().unwrap();
        store.raised(&alert(1, Cause::Gone(WorkerId::new("a")))).unwrap();
        store.raised(&alert(2, Cause::Gone(WorkerId::new("b")))).unwrap();
        store.close_stale(&["gone:b".into()], Timestamp(5)).unwrap();
        assert_eq!(store.open_causes().unwrap(), ["gone:b"]);
    }

    #[test]
    fn what_was_held_back_outlives_the_store_that_held_it() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("peerwatch.db");
        let waits = HeldBack {
            key: "waiting:5:claude:1:2".into(),
            title: "api waits".into(),
            count: 1,
            over: None,
            muted: false,
            fleeting: true,
        };
        let over =
            HeldBack { key: "message:deploy".into(), count: 12, over: Some("read".into()), ..waits.clone() };
        let store = Store::open(&path).unwrap();
        store.hold(&waits).unwrap();
        store.hold(&HeldBack { count: 11, over: None, ..over.clone() }).unwrap();
        store.hold(&over).unwrap();
        drop(store);

        let store = Store::open(&path).unwrap();
        let mut held = store.held().unwrap();
        held.sort_by(|a, b| b.key.cmp(&a.key));
        assert_eq!(held, [waits, over]);
        store.let_go(&["waiting:5:claude:1:2".into(), "message:deploy".into()]).unwrap();
        assert_eq!(store.held().unwrap(), []);
    }

    #[test]
    fn a_long_mute_leaves_the_short_ones_in_place() {
        let store = Store::in_memory().unwrap();
        let (api, web, now) = (WorkerId::new("api"), WorkerId::new("web"), Timestamp(1_000));
        store.mute(&api, Some(Timestamp(3_600_000)), now).unwrap();
        store.mute(&web, Some(Timestamp::FOREVER), now).unwrap();
        store.mute_folder("/code/shop", Some(Timestamp::FOREVER)).unwrap();
        assert_eq!(store.mutes(now).unwrap().len(), 2);
        assert_eq!(store.folder_mutes(now).unwrap(), [("/code/shop".into(), Timestamp::FOREVER)]);
        store.mute_folder("/code/shop", None).unwrap();
        assert_eq!(store.folder_mutes(now).unwrap(), []);
    }

    #[cfg(unix)]
    #[test]
    fn the_store_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("peerwatch.db");
        let store = Store::open(&path).unwrap();
        store.pause(Some(Timestamp(9))).unwrap();
        for file in ["peerwatch.db", "peerwatch.db-wal"] {
            let mode = std::fs::metadata(scratch.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        assert_eq!(store.paused_until().unwrap(), Some(Timestamp(9)));
    }
}
