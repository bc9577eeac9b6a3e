//! Where a session takes messages, and the key to it.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// No key file is anywhere near as large.
const LARGEST: u64 = 64 * 1024;

/// Where a session takes messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Door {
    /// The configuration folder of its Claude Code, where its key lies.
    pub config: PathBuf,
    /// Its process.
    pub pid: u32,
    /// Its inbox, `messagingSocketPath` of its registry entry: a Unix socket, on Windows a named pipe.
    pub socket: PathBuf,
    /// Its session id as it is now: a message for another one is dropped there, so that a session that was cleared gets
    /// nobody else's mail.
    pub session_id: String,
}

/// Why there is no key. It says nothing of what the file holds.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is none.
    #[error("the session has no key in {0}")]
    Absent(PathBuf),
    /// It cannot be read.
    #[error("the session's key cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    /// It is not of the form that we know.
    #[error("the session's key has an unknown form")]
    Unknown,
}

/// The secret that opens a door. It is read at the moment of sending, and nothing prints it.
pub(crate) struct Key(String);

impl Key {
    /// What stands in the first line of a message.
    pub(crate) fn token(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// The part of `sessions/<pid>.<hash>.key` that is needed (Claude Code 2.1.330).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KeyFile {
    peer_token: String,
}

impl Door {
    /// Reads the key.
    pub(crate) fn key(&self) -> Result<Key, KeyError> {
        let folder = self.config.join("sessions");
        let path = newest_key(&folder, self.pid)?.ok_or(KeyError::Absent(folder))?;
        let mut text = Vec::new();
        fs::File::open(path)?.take(LARGEST).read_to_end(&mut text)?;
        // The error of the parser would quote the text.
        let file: KeyFile = serde_json::from_slice(&text).map_err(|_| KeyError::Unknown)?;
        Ok(Key(file.peer_token))
    }
}

/// A process that was killed leaves its key behind, and another one may get its pid: the newest is that of the living.
fn newest_key(folder: &Path, pid: u32) -> io::Result<Option<PathBuf>> {
    let prefix = format!("{pid}.");
    let is_key = |name: &str| name.starts_with(&prefix) && name.ends_with(".key");
    let files = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        files => files?,
    };
    let keys = files.flatten().filter(|file| file.file_name().to_str().is_some_and(is_key));
    let dated = keys.filter_map(|file| Some((file.metadata().ok()?.modified().ok()?, file.path())));
    Ok(dated.max().map(|(_, path)| path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    fn door(config: &Path) -> Door {
        Door { config: config.to_owned(), pid: 41, socket: "/nowhere".into(), session_id: "s".into() }
    }

    fn write(config: &Path, name: &str, text: &str, age: Duration) {
        fs::create_dir_all(config.join("sessions")).unwrap();
        let path = config.join("sessions").join(name);
        fs::write(&path, text).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_modified(SystemTime::now() - age).unwrap();
    }

    #[test]
    fn of_two_keys_with_one_pid_the_newer_is_that_of_the_living() {
        let folder = tempfile::tempdir().unwrap();
        let hour = Duration::from_secs(3600);
        write(folder.path(), "41.ffff.key", r#"{"peerToken":"old"}"#, hour);
        write(folder.path(), "41.0000.key", r#"{"peerToken":"new","pidDomain":"x"}"#, Duration::ZERO);
        write(folder.path(), "411.0000.key", r#"{"peerToken":"of another"}"#, Duration::ZERO);
        write(folder.path(), "41.0000.key.tmp.0a0b0c0d", "{", Duration::ZERO);
        let key = door(folder.path()).key().unwrap();
        assert_eq!(key.token(), "new");
        assert_eq!(format!("{key:?}"), "Key(…)");
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_without_quoting_it() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(door(folder.path()).key(), Err(KeyError::Absent(_))));
        write(folder.path(), "41.0000.key", "secret words", Duration::ZERO);
        assert_eq!(
            door(folder.path()).key().unwrap_err().to_string(),
            "the session's key has an unknown form"
        );
    }
}
