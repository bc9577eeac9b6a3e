//! One engine per user, held by a file lock that the system releases when the process ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

/// The lock, held as long as this lives.
#[derive(Debug)]
pub(crate) struct EngineLock {
    _file: File,
}

/// What became of an attempt to take the lock.
#[derive(Debug)]
pub(crate) enum Taken {
    /// It is ours.
    Held(EngineLock),
    /// Another engine holds it: its pid, when the file tells.
    ByAnother(Option<u32>),
}

impl EngineLock {
    /// Takes the lock, or tells who has it.
    pub(crate) fn take(path: &Path) -> io::Result<Taken> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            Ok(()) => {
                file.set_len(0)?;
                file.rewind()?;
                writeln!(file, "{}", std::process::id())?;
                file.flush()?;
                Ok(Taken::Held(Self { _file: file }))
            }
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                let read = file.read_to_string(&mut text);
                Ok(Taken::ByAnother(read.ok().and_then(|_| text.trim().parse().ok())))
            }
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    /// Whether an engine holds the lock at present; its pid, when the file tells.
    pub(crate) fn holder(path: &Path) -> Option<Option<u32>> {
        let mut file = OpenOptions::new().read(true).write(true).open(path).ok()?;
        match file.try_lock() {
            Ok(()) => None,
            Err(_) => {
                let mut text = String::new();
                let read = file.read_to_string(&mut text);
                Some(read.ok().and_then(|_| text.trim().parse().ok()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_engine_learns_who_holds_the_lock() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("engine.lock");
        assert!(EngineLock::holder(&path).is_none());
        let Taken::Held(lock) = EngineLock::take(&path).unwrap() else { panic!("free") };
        let Taken::ByAnother(pid) = EngineLock::take(&path).unwrap() else { panic!("held") };
        assert_eq!(pid, Some(std::process::id()));
        assert_eq!(EngineLock::holder(&path), Some(Some(std::process::id())));
        drop(lock);
        assert!(EngineLock::holder(&path).is_none());
    }
}
