//! Opens a database: recognises it, and adds our tables when they are not there yet.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::StoreError;
use super::schema::{ORIGINAL, OWN, TASKS, VERSION};

/// How long a writer waits for the others: as long as the original does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// What happens where no database is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Absence {
    Make,
    Refuse,
}

/// The two schemas that bridge databases have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schema {
    /// The original bridge's, and ours.
    Original,
    /// The one that the original's coordinator scripts expect.
    Coordinator,
}

/// Which schema the database at `path` has. Nothing is made or changed.
pub fn schema_of(path: &Path) -> Result<Schema, StoreError> {
    match look(&open_there(path)?, path)? {
        Found::Schema(schema) => Ok(schema),
        Found::Unfinished | Found::Foreign => Err(StoreError::NotABridge { path: path.to_owned() }),
    }
}

/// What stands in a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Found {
    Schema(Schema),
    /// Nothing yet, or a part of the original's tables: another program is making them, one after the other.
    Unfinished,
    Foreign,
}

/// Opens the database at `path` with all its tables.
pub(super) fn open(path: &Path, absence: Absence) -> Result<Connection, StoreError> {
    if absence == Absence::Make {
        make_private(path)?;
    }
    let db = open_there(path)?;
    match look(&db, path)? {
        Found::Schema(Schema::Original) => {}
        Found::Unfinished if absence == Absence::Make => {}
        _ => return Err(StoreError::NotABridge { path: path.to_owned() }),
    }
    use_log(&db)?;
    if version(&db)? == Some(VERSION) {
        return Ok(db);
    }
    let transaction = Transaction::new_unchecked(&db, TransactionBehavior::Immediate)?;
    // Another process may have been here meanwhile, so the version is asked again.
    match version(&transaction)? {
        Some(newer) if newer > VERSION => return Err(StoreError::Newer { path: path.to_owned() }),
        Some(VERSION) => {}
        older => {
            if older.is_none() {
                transaction.execute_batch(ORIGINAL)?;
                transaction.execute_batch(OWN)?;
            }
            transaction.execute_batch(TASKS)?;
            transaction.execute("DELETE FROM peerwatch_version", [])?;
            transaction.execute("INSERT INTO peerwatch_version VALUES (?)", [VERSION])?;
        }
    }
    transaction.commit()?;
    Ok(db)
}

/// Opens what is there, and makes nothing.
pub(crate) fn open_there(path: &Path) -> Result<Connection, StoreError> {
    match std::fs::metadata(path) {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(StoreError::NotABridge { path: path.to_owned() }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(StoreError::Absent { path: path.to_owned() });
        }
        Err(error) => return Err(error.into()),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(PATIENCE)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    db.set_prepared_statement_cache_capacity(128);
    Ok(db)
}

/// Prepares a connection whose file was replaced for being closed: it must not touch what stands there now.
pub(super) fn let_go(db: &Connection) {
    if let Err(error) = db.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true) {
        tracing::warn!("a replaced bridge database: {error}");
    }
}

fn look(db: &Connection, path: &Path) -> Result<Found, StoreError> {
    // One transaction, so that all is seen as it was at one moment.
    let found = db.unchecked_transaction().and_then(|moment| recognise(&moment));
    found.map_err(|error| match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => StoreError::NotABridge { path: path.to_owned() },
        _ => error.into(),
    })
}

fn recognise(db: &Connection) -> rusqlite::Result<Found> {
    let (conversations, messages) = (columns(db, "conversations")?, columns(db, "messages")?);
    let has = |there: &[String], wanted: &[&str]| {
        wanted.iter().all(|column| there.iter().any(|name| name.eq_ignore_ascii_case(column)))
    };
    let original = (
        has(
            &conversations,
            &["id", "session_a_role", "session_b_role", "session_a_token", "session_b_token"],
        ) && has(&conversations, &["created_at", "expires_at"]),
        has(&messages, &["id", "conversation_id", "from_session", "to_session", "message", "metadata"])
            && has(&messages, &["timestamp", "read"]),
    );
    let coordinator = has(&conversations, &["id", "role_a", "role_b"])
        && has(&messages, &["id", "conversation_id", "sender", "content", "created_at", "read_by_b"]);
    let strangers = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'
        AND name NOT IN ('conversations', 'messages', 'session_status', 'audit_log')";
    let may_become = |is_right: bool, there: &[String]| is_right || there.is_empty();
    Ok(match original {
        (true, true) => Found::Schema(Schema::Original),
        _ if coordinator => Found::Schema(Schema::Coordinator),
        (first, second)
            if may_become(first, &conversations)
                && may_become(second, &messages)
                && db.query_row(strangers, [], |row| row.get::<_, i64>(0))? == 0 =>
        {
            Found::Unfinished
        }
        _ => Found::Foreign,
    })
}

fn columns(db: &Connection, table: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = db.prepare("SELECT name FROM pragma_table_info(?) LIMIT 100")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Switches to a write-ahead log, as the original does. The switch itself does not wait for others, so it is tried again.
fn use_log(db: &Connection) -> rusqlite::Result<()> {
    let mut tries = 0;
    loop {
        match db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
            Ok(mode) if mode == "wal" || tries >= 500 => return Ok(()),
            Err(error)
                if tries >= 500 || error.sqlite_error_code() != Some(rusqlite::ErrorCode::DatabaseBusy) =>
            {
                return Err(error);
            }
            _ => tries += 1,
        }
        std::thread::sleep(PATIENCE / 500);
    }
}

/// The version of our tables; `None` where they are not there.
fn version(db: &Connection) -> rusqlite::Result<Option<i64>> {
    let there: bool =
        db.query_row("SELECT count(*) > 0 FROM sqlite_master WHERE name = 'peerwatch_version'", [], |row| {
            row.get(0)
        })?;
    if !there {
        return Ok(None);
    }
    db.query_row("SELECT max(version) FROM peerwatch_version", [], |row| row.get(0))
}

/// Makes the file before SQLite does, which gives its companions the mode of the database.
fn make_private(path: &Path) -> Result<(), StoreError> {
    if path.exists() {
        return Ok(());
    }
    let mut folder = std::fs::DirBuilder::new();
    let mut file = std::fs::OpenOptions::new();
    folder.recursive(true);
    file.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        folder.mode(0o700);
        file.mode(0o600);
    }
    if let Some(parent) = path.parent() {
        folder.create(parent)?;
    }
    match file.open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(()),
    }
}
