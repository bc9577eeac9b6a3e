//! The lock that Claude Code takes on a file before it writes it: a folder beside it, `<file>.lock`.
//!
//! Claude Code 2.1.330 (and npm's proper-lockfile, which it behaves like): `mkdir` takes it, `rmdir` releases it; whoever
//! finds one that is older than ten seconds takes it over; whoever waits gives up after about 2.7 s. An ordinary file in
//! its place makes Claude Code fail for ever, so none is ever made here.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use super::TeamError;
use super::clock::random;

/// An older lock was left behind.
const STALE: Duration = Duration::from_secs(10);
/// So long we wait for a lock. Claude Code holds one for some milliseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// A lock that is held; released when dropped.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    /// The date of our folder, by which it is told from another one in its place.
    made: Option<SystemTime>,
    since: Instant,
}

impl Lock {
    /// Takes the lock on `file`, and waits for it no longer than `patience`.
    pub(super) fn take(file: &Path, patience: Duration) -> Result<Self, TeamError> {
        let mut path = file.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        let began = Instant::now();
        loop {
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self { made: date(&path), path, since: Instant::now() }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(TeamError::failed(&path)(error)),
            }
            let free = clear(&path, SystemTime::now())?;
            if began.elapsed() >= patience {
                return Err(TeamError::Locked(path));
            }
            if !free {
                // Not in step with others who wait.
                sleep(Duration::from_micros(1_000 + random() % 9_000));
            }
        }
    }

    /// Fails when somebody has taken the lock over, or may do so at any moment: then nothing may be written any more.
    pub(super) fn check(&self) -> Result<(), TeamError> {
        let fresh = self.since.elapsed() < STALE / 2;
        if fresh && self.is_ours() { Ok(()) } else { Err(TeamError::LockLost(self.path.clone())) }
    }

    /// Releases it, and tells how long it was held.
    pub(super) fn release(self) -> Duration {
        let since = self.since;
        drop(self);
        since.elapsed()
    }

    fn is_ours(&self) -> bool {
        self.made.is_some() && date(&self.path) == self.made
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_ours()
            && let Err(error) = fs::remove_dir(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "a lock of an agent team's file is left behind");
        }
    }
}

fn date(path: &Path) -> Option<SystemTime> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_dir)?.modified().ok()
}

/// Takes a lock away that was left behind; whether there is none any more.
fn clear(path: &Path, now: SystemTime) -> Result<bool, TeamError> {
    let metadata = match fs::symlink_metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(TeamError::failed(path)(error)),
    };
    if !metadata.is_dir() {
        return Err(TeamError::LockIsFile(path.to_owned()));
    }
    let modified = metadata.modified().map_err(TeamError::failed(path))?;
    if now.duration_since(modified).unwrap_or_default() <= STALE {
        return Ok(false);
    }
    match fs::remove_dir(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {
            Err(TeamError::LockIsFull(path.to_owned()))
        }
        Err(error) => Err(TeamError::failed(path)(error)),
    }
}
