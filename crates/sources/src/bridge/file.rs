//! What stands at a database's path, and whether it has changed, without opening it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// A change of the same length within this time of another may leave the same modification time behind.
const COARSE: Duration = Duration::from_millis(20);
/// The same for file systems that date changes in whole or even seconds.
const WHOLE_SECONDS: Duration = Duration::from_millis(2_500);

/// Which file it is, as long as it exists.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub(super) struct FileIdentity(u64, u64);

/// One file, at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Stamp {
    pub(super) identity: FileIdentity,
    pub(super) size: u64,
    changed: Option<SystemTime>,
}

/// A database file and the log beside it, at one moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Database {
    /// Where the file really is: SQLite keeps its companions there.
    pub(super) path: PathBuf,
    pub(super) main: Stamp,
    pub(super) log: Option<Stamp>,
}

/// What stands at a path.
#[derive(Debug)]
pub(super) enum Found {
    Nothing,
    Database(Database),
    /// Something that cannot be read as a database, and why.
    Unusable(String),
}

/// Looks at a path, following links.
pub(super) fn find(path: &Path) -> Found {
    let real = match fs::canonicalize(path) {
        Ok(real) => real,
        Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
        Err(error) => return Found::Unusable(format!("It cannot be reached: {error}.")),
    };
    match fs::metadata(&real) {
        Ok(found) if found.is_dir() => Found::Unusable("This is a folder, not a database file.".into()),
        Ok(found) if !found.is_file() => Found::Unusable("This is not a regular file.".into()),
        Ok(found) => {
            let log = fs::metadata(companion(&real, "-wal")).ok().filter(|log| log.len() > 0);
            Found::Database(Database { main: stamp(&found), log: log.as_ref().map(stamp), path: real })
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Found::Nothing,
        Err(error) => Found::Unusable(format!("It cannot be reached: {error}.")),
    }
}

/// The path of a file that SQLite keeps beside a database.
pub(super) fn companion(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}

impl Database {
    /// Whether the last change is so long ago that another one would show. Windows may date a change only when the
    /// writer closes the file: there, a log says nothing from outside.
    pub(super) fn is_settled(&self, now: SystemTime) -> bool {
        let log = self.log.as_ref();
        self.main.is_settled(now) && log.is_none_or(|log| cfg!(unix) && log.is_settled(now))
    }

    /// Whether neither the file nor its log changed within `age` before `now`.
    pub(super) fn has_rested(&self, age: Duration, now: SystemTime) -> bool {
        let rested = |at: SystemTime| now.duration_since(at).is_ok_and(|since| since > age);
        std::iter::once(&self.main).chain(&self.log).all(|stamp| stamp.changed.is_some_and(rested))
    }

    /// Whether the file changed last before `now` by more than `age`.
    pub(super) fn is_older_than(&self, age: Duration, now: SystemTime) -> bool {
        self.main.changed.is_none_or(|changed| now.duration_since(changed).is_ok_and(|since| since > age))
    }
}

impl Stamp {
    fn is_settled(&self, now: SystemTime) -> bool {
        let Some(changed) = self.changed else { return false };
        let whole =
            changed.duration_since(SystemTime::UNIX_EPOCH).is_ok_and(|since| since.subsec_nanos() == 0);
        now.duration_since(changed).is_ok_and(|age| age > if whole { WHOLE_SECONDS } else { COARSE })
    }
}

fn stamp(found: &Metadata) -> Stamp {
    Stamp { identity: identity(found), size: found.len(), changed: found.modified().ok() }
}

#[cfg(unix)]
fn identity(found: &Metadata) -> FileIdentity {
    use std::os::unix::fs::MetadataExt as _;
    FileIdentity(found.dev(), found.ino())
}

#[cfg(not(unix))]
fn identity(found: &Metadata) -> FileIdentity {
    let created = found.created().ok().and_then(|at| at.duration_since(SystemTime::UNIX_EPOCH).ok());
    FileIdentity(0, created.map_or(0, |at| u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn database(changed: Duration, log: Option<Duration>) -> Database {
        let stamp = |at: Duration| Stamp {
            identity: FileIdentity(1, 1),
            size: 4_096,
            changed: Some(SystemTime::UNIX_EPOCH + at),
        };
        Database { path: PathBuf::from("db"), main: stamp(changed), log: log.map(stamp) }
    }

    #[test]
    fn a_change_that_could_hide_another_is_not_settled() {
        let at = |millis| SystemTime::UNIX_EPOCH + Duration::from_millis(millis);
        let fine = database(Duration::from_millis(1_001), None);
        assert!(!fine.is_settled(at(1_010)) && fine.is_settled(at(1_030)));
        assert!(!fine.is_settled(at(500)), "the clock was set back");
        let coarse = database(Duration::from_secs(1), None);
        assert!(!coarse.is_settled(at(3_000)) && coarse.is_settled(at(4_000)));
        let with_log = database(Duration::from_millis(1_001), Some(Duration::from_millis(9_001)));
        assert!(!with_log.is_settled(at(9_010)));
        assert_eq!(with_log.is_settled(at(9_030)), cfg!(unix));
    }
}
