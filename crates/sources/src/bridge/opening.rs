//! Opens a database so that nobody else can notice.
//!
//! An ordinary connection to a database in WAL mode holds a lock for as long as it is open, and so keeps the last
//! writer from emptying and deleting the log. When the database is then replaced, the log that stayed behind is
//! applied to the new file and destroys it. Therefore a database in WAL mode is read *beside* its locks: no lock is
//! taken, no companion file is made, the log is read by this connection alone, and whoever reads must check
//! afterwards that the files are still the same. Ordinary locks are taken where they end with each statement.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::file::Database;

#[cfg(unix)]
const WITHOUT_LOCKS: &str = "unix-none";
#[cfg(windows)]
const WITHOUT_LOCKS: &str = "win32-none";

/// How a database is read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Way {
    /// The main file holds everything; nothing else is touched.
    MainFile,
    /// Main file and log, without locks.
    Beside,
    /// With the locks of SQLite.
    Locked,
}

/// What the first bytes of a file say.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Header {
    /// No bytes at all.
    Empty,
    /// A database with a write-ahead log.
    Log,
    /// A database with a rollback journal.
    Journal,
    /// Something else.
    Foreign,
}

/// Reads the first bytes. Only while this process holds no SQLite lock on the file: closing any descriptor of a file
/// drops all locks that the process has on it.
pub(super) fn header(path: &Path) -> std::io::Result<Header> {
    let mut bytes = Vec::with_capacity(100);
    File::open(path)?.take(100).read_to_end(&mut bytes)?;
    Ok(match bytes.as_slice() {
        [] => Header::Empty,
        known if known.len() == 100 && known.starts_with(b"SQLite format 3\0") => {
            if known[18] == 2 || known[19] == 2 { Header::Log } else { Header::Journal }
        }
        _ => Header::Foreign,
    })
}

impl Way {
    /// The way that suits what stands there; `None` to wait for the writer. With `insist`, locks are taken after all:
    /// writers never paused long enough to be read without.
    pub(super) fn into(database: &Database, header: Header, insist: bool) -> Option<Way> {
        match header {
            Header::Log if insist => Some(Way::Locked),
            Header::Log if database.log.is_none() => Some(Way::MainFile),
            Header::Log if is_foreign(database) && !database.is_settled(SystemTime::now()) => None,
            Header::Log => Some(Way::Beside),
            _ => Some(Way::Locked),
        }
    }
}

/// Whether the database is another user's, in a folder where this one can make files. SQLite makes a log that has
/// just been deleted anew, and the owner could not write to a log of ours: so only a log that stays is read.
#[cfg(unix)]
pub(super) fn is_foreign(database: &Database) -> bool {
    use std::os::unix::fs::MetadataExt as _;

    let user = rustix::process::geteuid();
    let owner = std::fs::metadata(&database.path).map_or(0, |found| found.uid());
    let ours = user.is_root() || user.as_raw() == owner;
    let folder = database.path.parent().unwrap_or(Path::new("/"));
    !ours && rustix::fs::access(folder, rustix::fs::Access::WRITE_OK).is_ok()
}

/// Whether the database is another user's: not known here.
#[cfg(not(unix))]
pub(super) fn is_foreign(_database: &Database) -> bool {
    false
}

/// Opens a connection that cannot write, not even by closing.
pub(super) fn open(path: &Path, way: Way) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match way {
        Way::MainFile => Connection::open_with_flags(address(path), flags | OpenFlags::SQLITE_OPEN_URI)?,
        Way::Beside => Connection::open_with_flags_and_vfs(path, flags, WITHOUT_LOCKS)?,
        Way::Locked => Connection::open_with_flags(path, flags)?,
    };
    connection.busy_timeout(std::time::Duration::ZERO)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    if way == Way::Beside {
        // Without locks there is no shared index of the log; this keeps the index in this connection's own memory.
        connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    }
    Ok(connection)
}

/// The file as an address, with the promise that it does not change while it is read.
fn address(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    // Windows resolves paths to a form that addresses do not know.
    let text = text.strip_prefix("//?/").unwrap_or(&text);
    let mut address = String::from("file:");
    if !text.starts_with('/') {
        address.push_str("///");
    }
    for byte in text.bytes() {
        match byte {
            b'/' | b':' | b'.' | b'_' | b'-' | b'~' => address.push(char::from(byte)),
            plain if plain.is_ascii_alphanumeric() => address.push(char::from(plain)),
            other => address.push_str(&format!("%{other:02X}")),
        }
    }
    address.push_str("?immutable=1");
    address
}
