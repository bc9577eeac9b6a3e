//! Notices that somebody committed to a database, within a few milliseconds and at rest for almost nothing.
//!
//! The write to the log raises a file event before the commit can be read, so a look follows at once and then again
//! and again until something changed or a second has passed. Events may be lost: a slow look needs none.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use notify::event::{AccessKind, AccessMode};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

/// Between two looks without an event.
const SLOW: Duration = Duration::from_millis(500);
/// Between two looks where no file events are to be had in time.
const BLIND: Duration = Duration::from_millis(20);
/// How long and how often is looked after an event, first and then.
const HOT: [(Duration, Duration); 2] = [
    (Duration::from_millis(30), Duration::from_millis(1)),
    (Duration::from_secs(1), Duration::from_millis(10)),
];

/// A place from which to see commits, also those of this process.
pub(super) struct Arrivals {
    path: PathBuf,
    identity: FileIdentity,
    connection: Option<Connection>,
    version: Option<i64>,
    event: Arc<Notify>,
    /// Ends the watching when dropped.
    watcher: Option<RecommendedWatcher>,
}

impl Arrivals {
    /// Begins to watch; whatever was committed before is no change.
    pub(super) fn watch(path: &Path) -> Arrivals {
        let mut arrivals = Arrivals {
            path: path.to_owned(),
            identity: identity(path),
            connection: None,
            version: None,
            event: Arc::new(Notify::new()),
            watcher: None,
        };
        arrivals.changed();
        arrivals
    }

    /// Returns at the next commit, at latest after `patience`; true when there was one.
    pub(super) async fn next(&mut self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        let rest = if self.watcher.is_some() && cfg!(target_os = "linux") { SLOW } else { BLIND };
        loop {
            if self.changed() {
                if self.version.is_none() {
                    sleep(BLIND).await;
                }
                return true;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let woken = timeout(rest.min(left), self.event.notified()).await.is_ok();
            if woken && self.look_closely(until).await {
                return true;
            }
        }
    }

    async fn look_closely(&mut self, until: Instant) -> bool {
        let begun = Instant::now();
        for (span, pause) in HOT {
            while begun.elapsed() < span && Instant::now() < until {
                if self.changed() {
                    return true;
                }
                sleep(pause).await;
            }
        }
        false
    }

    /// Whether anything was committed since the last look. What cannot be read counts as changed: the reader of the
    /// messages will say what is wrong.
    fn changed(&mut self) -> bool {
        let identity = identity(&self.path);
        if identity != self.identity || self.connection.is_none() {
            self.identity = identity;
            self.connection = open(&self.path).ok();
            self.version = None;
            self.watcher = watcher(&self.path, self.event.clone());
        }
        let version = self.connection.as_ref().and_then(|connection| data_version(connection).ok());
        let changed = version.is_none() || version != self.version;
        self.version = version;
        changed
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    // The file may have been replaced by then; whatever stands there is not ours to change.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // A look that finds the file locked for a moment is simply done again.
    connection.busy_timeout(Duration::ZERO)?;
    Ok(connection)
}

/// Changes with every commit of another connection; costs two microseconds and takes no lasting lock.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))
}

/// Watches the log and the file themselves, not their folder: that may be as busy as `/tmp`. The log stays the same
/// file for as long as the store is held open.
fn watcher(path: &Path, event: Arc<Notify>) -> Option<RecommendedWatcher> {
    let told = move |told: notify::Result<notify::Event>| {
        if told.is_ok_and(|told| may_be_a_commit(told.kind)) {
            event.notify_one();
        }
    };
    let mut watcher = notify::recommended_watcher(told).ok()?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    watcher.watch(Path::new(&log), RecursiveMode::NonRecursive).ok()?;
    watcher.watch(path, RecursiveMode::NonRecursive).ok()?;
    Some(watcher)
}

/// Who only reads opens and closes the file too; that is no reason to look.
fn may_be_a_commit(kind: EventKind) -> bool {
    !matches!(kind, EventKind::Access(access) if access != AccessKind::Close(AccessMode::Write))
}

/// Tells whether another file stands at the path.
#[cfg(unix)]
type FileIdentity = Option<(u64, u64)>;

#[cfg(unix)]
fn identity(path: &Path) -> FileIdentity {
    use std::os::unix::fs::MetadataExt as _;

    std::fs::metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// An open file cannot be replaced here.
#[cfg(not(unix))]
type FileIdentity = ();

#[cfg(not(unix))]
fn identity(_: &Path) -> FileIdentity {}
