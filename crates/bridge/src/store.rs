//! The store: one bridge database, on which any number of processes work at once.
//!
//! Every change is one immediate transaction, so that a process that is killed has done all of it or nothing. What only
//! asks takes no lock that another program could notice, and writes nothing.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode};

pub(crate) mod access;
pub(crate) mod audit;
pub(crate) mod cleaning;
pub(crate) mod conversations;
pub(crate) mod delivery;
#[cfg(test)]
mod explorer;
pub(crate) mod fetching;
mod files;
pub(crate) mod handovers;
pub(crate) mod joining;
mod letters;
pub(crate) mod opening;
mod participants;
pub(crate) mod readdressing;
mod schema;
pub(crate) mod sending;
pub(crate) mod silence;
pub(crate) mod statuses;
pub(crate) mod tasks;
mod telling;

use files::Files;
use opening::Absence;

/// Why a database could not be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing is there.
    #[error("there is no bridge database at {}; check the path, or start a bridge with it first", path.display())]
    Absent {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Something else is there.
    #[error("{} is not a database of the original bridge's schema; give the path of a bridge database", path.display())]
    NotABridge {
        /// Where it is.
        path: PathBuf,
    },
    /// A newer Peerwatch has changed it.
    #[error("{} was written by a newer Peerwatch; update this one", path.display())]
    Newer {
        /// Where it is.
        path: PathBuf,
    },
    /// The bridge's name cannot be one.
    #[error("a bridge's name has 1 to 100 characters and none that control a terminal")]
    Name,
    /// A role cannot be one.
    #[error("a role has 3 to 100 characters, none that control a terminal, and is not `all`")]
    Role,
    /// The conversation is not in this database.
    #[error("there is no conversation {conversation} here; `conversations` lists those there are")]
    NoConversation {
        /// What was asked for.
        conversation: String,
    },
    /// The participant is not in this conversation.
    #[error("nobody takes part as {participant} in {conversation}; join it first")]
    NoParticipant {
        /// Where.
        conversation: String,
        /// Who was asked for.
        participant: String,
    },
    /// SQLite says no.
    #[error("the bridge database cannot be used: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The system says no.
    #[error("the bridge database cannot be used: {0}")]
    Io(#[from] std::io::Error),
}

/// One bridge database. It keeps its connection open, which makes everybody's commits on the file faster.
///
/// As long as one is open, **nothing else in the same process may open and close the file**, not even to read it: systems
/// drop all locks that a process has on a file when it closes any descriptor of it, and other programs would then
/// take away the log in which commits of this store stand.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    absence: Absence,
    held: RefCell<Held>,
}

#[derive(Debug)]
struct Held {
    db: Connection,
    files: Files,
}

impl Store {
    /// Opens a bridge database, or makes it, readable by this user alone. One of the original bridge is used in place.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        Store::with(path, Absence::Make)
    }

    /// Opens a bridge database that is there. Nothing is made when it is not.
    pub fn open_existing(path: &Path) -> Result<Store, StoreError> {
        Store::with(path, Absence::Refuse)
    }

    fn with(path: &Path, absence: Absence) -> Result<Store, StoreError> {
        let path = std::path::absolute(path)?;
        let held = RefCell::new(Held::open(&path, absence)?);
        Ok(Store { path, absence, held })
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A number that changes with every commit of another connection: asking for it takes about 2 µs, so that waiting
    /// for a message need not look into the tables.
    pub fn version(&self) -> Result<i64, StoreError> {
        self.read(|db| Ok(db.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?))
    }

    /// Asks without changing anything.
    fn read<T, E: From<StoreError>>(&self, ask: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        self.stay_with_the_file()?;
        ask(&self.held.borrow().db)
    }

    /// Changes something, wholly or not at all.
    fn write<T, E: From<StoreError>>(&self, act: impl FnOnce(&Connection) -> Result<T, E>) -> Result<T, E> {
        self.stay_with_the_file()?;
        self.begin()?;
        let held = self.held.borrow();
        let begun = Begun(&held.db);
        let done = act(begun.0)?;
        begun.0.execute_batch("COMMIT").map_err(StoreError::from)?;
        Ok(done)
    }

    /// Begins a change. A connection whose log was taken away between two looks fails here, before anything was done.
    fn begin(&self) -> Result<(), StoreError> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        let begun = self.held.borrow().db.execute_batch(BEGIN);
        match begun {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                self.open_anew()?;
                Ok(self.held.borrow().db.execute_batch(BEGIN)?)
            }
            begun => Ok(begun?),
        }
    }

    /// Opens the file anew when another one stands in its place, so that nothing is written into one that is gone.
    fn stay_with_the_file(&self) -> Result<(), StoreError> {
        if self.held.borrow().files == Files::of(&self.path) { Ok(()) } else { self.open_anew() }
    }

    fn open_anew(&self) -> Result<(), StoreError> {
        let mut held = self.held.borrow_mut();
        opening::let_go(&held.db);
        *held = Held::open(&self.path, self.absence)?;
        Ok(())
    }
}

/// A change that was begun. Unless it is committed, nothing of it stays.
struct Begun<'a>(&'a Connection);

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit()
            && let Err(error) = self.0.execute_batch("ROLLBACK")
        {
            tracing::warn!("a change of the bridge database was not undone: {error}");
        }
    }
}

impl Held {
    fn open(path: &Path, absence: Absence) -> Result<Held, StoreError> {
        let db = opening::open(path, absence)?;
        Ok(Held { db, files: Files::of(path) })
    }
}
