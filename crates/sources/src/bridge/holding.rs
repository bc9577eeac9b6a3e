//! Databases that this very process keeps open, so that reading them does not take away its locks.
//!
//! On Unix a process loses all its locks on a file as soon as it closes any descriptor of it. SQLite knows of its own
//! ordinary connections, and closes none too early; a file opened beside them it does not know. A writer that lost its
//! lock so would not keep another program from deleting the log that it still writes to: what it wrote then is lost.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

static HELD: Mutex<BTreeMap<PathBuf, usize>> = Mutex::new(BTreeMap::new());
/// Held for reading by those who read beside the locks at this moment.
static BESIDE: RwLock<()> = RwLock::new(());

/// As long as it lives, the database is read by ordinary connections alone.
#[derive(Debug)]
#[must_use = "the database counts as held only while this lives"]
pub struct Holding(PathBuf);

/// To be called by whoever keeps an SQLite connection of this process open on the database at `path`, **before** opening
/// it, and kept until that connection is closed: everything of this module that reads the database then takes care. Waits
/// for those who are just reading it otherwise, for a tenth of a second at most.
pub fn holding(path: &Path) -> Holding {
    let real = real(path);
    *held().entry(real.clone()).or_default() += 1;
    drop(BESIDE.write().unwrap_or_else(PoisonError::into_inner));
    Holding(real)
}

impl Drop for Holding {
    fn drop(&mut self) {
        let mut held = held();
        if let Some(count) = held.get_mut(&self.0) {
            *count -= 1;
            if *count == 0 {
                held.remove(&self.0);
            }
        }
    }
}

/// Leave to read a database beside its locks, for as long as it is kept; none for one that this process holds. `real` is
/// its path without links.
pub(super) fn beside(real: &Path) -> Option<RwLockReadGuard<'static, ()>> {
    let leave = BESIDE.read().unwrap_or_else(PoisonError::into_inner);
    (!held().contains_key(real)).then_some(leave)
}

fn held() -> MutexGuard<'static, BTreeMap<PathBuf, usize>> {
    HELD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path without links, whether or not the file is there yet.
fn real(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        folder.join(path.file_name().unwrap_or(OsStr::new("")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_is_held_until_the_last_who_holds_it_lets_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("not there yet.db");
        let (one, other) = (holding(&path), holding(&path));
        fs::write(&path, "").unwrap();
        let real = fs::canonicalize(&path).unwrap();
        drop(one);
        assert!(beside(&real).is_none());
        drop(other);
        assert!(beside(&real).is_some());
    }
}
