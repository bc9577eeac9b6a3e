//! Reads bridge databases: the original bridge's, and those that its coordinator scripts expect.
//!
//! Nothing is written, no lock outlives a statement, and no file beside the database is made or kept alive; the
//! writers behave exactly as if nobody watched.

use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::{Moment, SourceId, Tick};

use crate::{Connection, Hint, Reading, Source, Trouble, Watch};

mod asks;
mod consulting;
mod file;
mod gathering;
mod holding;
mod ledger;
mod memory;
mod names;
mod opening;
mod owed;
mod own;
mod page;
mod rows;
mod said;
mod schema;
mod times;
mod told;

#[cfg(test)]
mod fixture;

pub use asks::{Said, answers, is_ask};
pub use holding::{Holding, holding};
pub use page::{belongs, named, read_page};

use consulting::{Consultant, Consulted, Refusal, trouble};
use file::{Database, Found, companion, find};
use gathering::{Depth, Gathered, Rest, gather};
use ledger::Ledger;
use memory::Memory;
use names::Names;

/// What the connection to Peerwatch's own bridge is called.
pub const OWN: &str = "Peerwatch's bridge";
/// A database that stays locked for this long is a trouble.
const LOCKED: Duration = Duration::from_secs(2);
/// How soon a locked database is tried again.
const RETRY: Duration = Duration::from_millis(100);

/// How soon one is read again that is read with its locks and changed just now, and how often in turn.
const SOON: Duration = Duration::from_millis(10);
const OFTEN: u32 = 5;

/// How one database is watched.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BridgeOptions {
    /// Where an earlier run stopped, as [`Source::cursor`] gave it.
    pub cursor: Option<String>,
    /// Whether a person asked for this database; then its absence is shown.
    pub configured: bool,
    /// Whether it is Peerwatch's own bridge.
    pub own: bool,
}

/// The databases that the original bridge and its scripts use when they are told nothing else.
#[must_use]
pub fn default_paths() -> Vec<PathBuf> {
    if cfg!(windows) {
        return Vec::new();
    }
    ["claude_bridge_secure.db", "agent_bridge_secure.db", "claude_bridge_coordinator.db"]
        .map(|name| Path::new("/tmp").join(name))
        .into()
}

/// One bridge database.
pub struct BridgeSource {
    path: PathBuf,
    configured: bool,
    own: bool,
    names: Names,
    consultant: Consultant,
    memory: Memory,
    ledger: Ledger,
    /// The state of the files that was read last, when a later change would show.
    read: Option<Database>,
    /// Whether the last look told messages and left the rest.
    unfinished: bool,
    /// How often it was read again since the last hint.
    repeated: u32,
    /// When files that have not changed are read again, for a commit that may have been on its way, and how often they were.
    late: Option<Tick>,
    looked_late: u32,
    troubles: Vec<Trouble>,
    locked_since: Option<Tick>,
    found: bool,
    /// Whether what is there can't be read.
    unreadable: bool,
    summary: String,
}

impl BridgeSource {
    /// Watches the database at `path`, which need not exist yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>, options: BridgeOptions) -> Self {
        let path = path.into();
        BridgeSource {
            names: Names::new(&path),
            path,
            configured: options.configured,
            own: options.own,
            consultant: Consultant::default(),
            memory: Memory::from_cursor(options.cursor.as_deref()),
            ledger: Ledger::new(!options.own),
            read: None,
            unfinished: false,
            repeated: 0,
            late: None,
            looked_late: 0,
            troubles: Vec::new(),
            locked_since: None,
            found: false,
            unreadable: false,
            summary: "not there yet".into(),
        }
    }

    /// Whether nothing is there and nobody asked for it.
    fn is_resting(&self) -> bool {
        !self.found && !self.configured
    }

    /// Whether the files are as they were read last.
    fn is_unchanged(&self) -> bool {
        match (&self.read, find(&self.path)) {
            (Some(read), Found::Database(now)) => *read == now,
            _ => false,
        }
    }

    fn absorb(&mut self, consulted: Consulted<Gathered>, now: Moment, reading: &mut Reading) {
        let Consulted { answer, database, settled, committed, held } = consulted;
        self.late = None;
        self.found = true;
        self.unreadable = false;
        self.locked_since = None;
        if let Some(Rest { conversation_count: count, .. }) = answer.rest {
            let plural = if count == 1 { "" } else { "s" };
            self.summary = match self.own {
                true => format!("{count} conversation{plural}"),
                false => format!("{}, {count} conversation{plural}", answer.schema.name()),
            };
        } else {
            self.unfinished = true;
            reading.troubles.clone_from(&self.troubles);
        }
        let more = answer.more || self.unfinished;
        self.ledger.absorb(&self.names, &mut self.memory, answer, now, reading);
        self.read = (settled && !more).then_some(database);
        if more {
            reading.again = Some(Duration::ZERO);
        } else if held && !settled && self.repeated < OFTEN {
            // With the locks of SQLite a row is seen a little after the event of its writing.
            self.repeated += 1;
            reading.again = Some(SOON);
        } else if settled && !committed {
            // On a busy disk that is not so little. Each further look waits twice as long.
            let span = SOON.saturating_mul(2_u32.saturating_pow(self.looked_late));
            self.looked_late += 1;
            self.late = Some(now.tick.plus(span));
            reading.again = Some(span);
        }
    }

    fn refused(&mut self, refusal: Refusal, now: Moment, reading: &mut Reading) {
        self.read = None;
        match refusal {
            Refusal::Absent => {
                self.found = false;
                self.unreadable = false;
                self.locked_since = None;
                self.summary = "not there yet".into();
                self.memory.nothing_there(now.wall);
            }
            Refusal::Making => {
                self.found = true;
                self.locked_since = None;
                self.summary = "empty so far".into();
                self.memory.nothing_there(now.wall);
                reading.again = Some(RETRY);
            }
            Refusal::Later(span) => {
                reading.again = Some(span);
                reading.troubles.clone_from(&self.troubles);
            }
            Refusal::Busy => {
                self.found = true;
                let since = *self.locked_since.get_or_insert(now.tick);
                reading.again = Some(RETRY);
                if now.tick.since(since) >= LOCKED {
                    self.unreadable = true;
                    reading.again = Some(LOCKED);
                    self.summary = "locked by another program".into();
                    reading.troubles.push(trouble(
                        &self.path,
                        "Another program keeps the database locked.".into(),
                        Some("End the program that locks it; until then nothing new can be seen."),
                    ));
                }
            }
            Refusal::Trouble(found) => {
                self.found = true;
                self.unreadable = true;
                self.locked_since = None;
                self.summary = found.what.clone();
                reading.troubles.push(found);
            }
        }
    }
}

impl Source for BridgeSource {
    fn id(&self) -> SourceId {
        self.names.source()
    }

    fn watches(&self) -> Vec<Watch> {
        if self.is_resting() {
            // The default folder is everybody's: listening there for a file that may never come costs more than polls.
            return Vec::new();
        }
        let mut folders: Vec<PathBuf> = [Some(self.path.clone()), std::fs::canonicalize(&self.path).ok()]
            .into_iter()
            .flatten()
            .filter_map(|path| path.parent().map(Path::to_owned))
            .collect();
        folders.dedup();
        folders.into_iter().map(|folder| Watch { folder, deep: false }).collect()
    }

    fn paths(&self) -> Vec<PathBuf> {
        let real = std::fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        let mut paths = vec![companion(&real, "-wal"), companion(&real, "-journal"), real, self.path.clone()];
        paths.dedup();
        paths
    }

    fn look(&mut self, now: Moment, hint: &Hint) -> Reading {
        let mut reading = Reading::default();
        if self.is_unchanged() {
            // Our own looks ring too.
            if self.late.is_none_or(|late| now.tick < late) {
                self.ledger.expire(&self.names, now, &mut reading);
                reading.troubles.clone_from(&self.troubles);
                reading.again = self.late.map(|late| late.since(now.tick));
                return reading;
            }
        } else {
            self.looked_late = 0;
        }
        if matches!(hint, Hint::Paths(_)) {
            self.repeated = 0;
        }
        let depth = match hint {
            _ if self.unfinished => Depth::Usual,
            Hint::Paths(_) => Depth::Messages,
            Hint::Everything => Depth::Thorough,
        };
        let (memory, ledger) = (&self.memory, &self.ledger);
        let consulted = self.consultant.consult(&self.path, |rows, database| {
            gather(rows, database.main.identity, memory, ledger, depth)
        });
        self.unfinished = false;
        match consulted {
            Ok(consulted) => self.absorb(consulted, now, &mut reading),
            Err(refusal) => self.refused(refusal, now, &mut reading),
        }
        self.troubles.clone_from(&reading.troubles);
        reading
    }

    fn connections(&self) -> Vec<Connection> {
        if self.is_resting() {
            return Vec::new();
        }
        vec![Connection {
            kind: if self.own { OWN } else { "Bridge database" },
            path: self.path.clone(),
            found: self.found && !self.unreadable,
            summary: self.summary.clone(),
        }]
    }

    fn cursor(&self) -> Option<String> {
        self.memory.cursor()
    }
}
