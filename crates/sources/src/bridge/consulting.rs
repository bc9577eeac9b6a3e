//! Reads from a database while others write to it, and believes only what did not change meanwhile.

use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use rusqlite::{Connection, ErrorCode};

use super::file::{Database, FileIdentity, Found, find};
use super::holding::beside;
use super::opening::{Header, Way, header, is_foreign, open};
use super::rows::Rows;
use super::schema::Schema;
use crate::Trouble;
use crate::printable::printable;

/// How long one look goes on trying while writers are at work.
const PATIENCE: Duration = Duration::from_millis(50);
/// Between two tries: the time of a commit on a fast disk.
const BREATH: Duration = Duration::from_micros(60);
/// A file younger than this may be a database in the making.
const YOUNG: Duration = Duration::from_secs(2);

/// A busy disk was seen to take 0.4 s for a commit; after this long it has taken it.
const COMMIT: Duration = Duration::from_secs(2);

/// Why nothing was read.
#[derive(Debug)]
pub(super) enum Refusal {
    /// Nothing is there.
    Absent,
    /// Something is there that may become a database any moment.
    Making,
    /// Writers are at work; try again after this long.
    Later(Duration),
    /// Another program keeps the database locked.
    Busy,
    /// It cannot be read.
    Trouble(Trouble),
}

/// What was read, and of which state of the files.
pub(super) struct Consulted<T> {
    pub(super) answer: T,
    pub(super) database: Database,
    /// Whether a later change of these files will show from outside.
    pub(super) settled: bool,
    /// Whether all that was written has been committed by now. Read with the locks of SQLite, a row is seen only once its
    /// commit has reached the disk, and that leaves no trace in the dates of the files.
    pub(super) committed: bool,
    /// Whether it was read by an ordinary connection, because this process holds the database.
    pub(super) held: bool,
}

/// A way to read one path, with the connection that can be kept.
#[derive(Default)]
pub(super) struct Consultant {
    /// Only for databases without a log: there, an idle connection holds no lock.
    kept: Option<(FileIdentity, Connection)>,
    /// What the file was recognised as, and the version of its tables.
    schema: Option<(FileIdentity, i64, Schema)>,
}

enum Attempt<T> {
    Read(T),
    /// Not now: the files changed, or a writer is at work.
    Again,
    Busy,
    /// Not yet a database.
    Making,
    Broken(Trouble),
}

impl Consultant {
    /// Asks `question` of the database at `path`, again and again until the files stood still meanwhile.
    pub(super) fn consult<T>(
        &mut self,
        path: &Path,
        mut question: impl FnMut(&Rows<'_>, &Database) -> rusqlite::Result<T>,
    ) -> Result<Consulted<T>, Refusal> {
        let began = Instant::now();
        let mut insist = false;
        loop {
            let database = match find(path) {
                Found::Nothing => {
                    self.kept = None;
                    return Err(Refusal::Absent);
                }
                Found::Unusable(what) => {
                    self.kept = None;
                    return Err(Refusal::Trouble(trouble(
                        path,
                        what,
                        Some("Give the path of a bridge database."),
                    )));
                }
                Found::Database(database) => database,
            };
            let started = SystemTime::now();
            let leave = beside(&database.path);
            let held = leave.is_none();
            let attempt = match held {
                true => self.ask(path, &database, None, &mut question),
                false => self.attempt(path, &database, insist, &mut question),
            };
            drop(leave);
            let after = find(path);
            let stood = matches!(&after, Found::Database(now) if *now == database);
            match attempt {
                Attempt::Read(answer) if stood || insist || held || self.kept.is_some() => {
                    let settled = stood && database.is_settled(started);
                    let committed = !held || database.has_rested(COMMIT, started);
                    return Ok(Consulted { answer, database, settled, committed, held });
                }
                // What looks damaged may be half written, as long as the files are this young.
                Attempt::Broken(trouble)
                    if stood && (database.is_settled(started) || began.elapsed() > PATIENCE) =>
                {
                    return Err(Refusal::Trouble(trouble));
                }
                Attempt::Making if stood => return Err(Refusal::Making),
                Attempt::Busy if began.elapsed() > PATIENCE => return Err(Refusal::Busy),
                _ if insist => return Err(Refusal::Later(PATIENCE)),
                _ => insist = began.elapsed() > PATIENCE && !is_foreign(&database),
            }
            if began.elapsed() > PATIENCE * 2 {
                return Err(Refusal::Later(PATIENCE));
            }
            sleep(BREATH);
        }
    }

    fn attempt<T>(
        &mut self,
        path: &Path,
        database: &Database,
        insist: bool,
        question: &mut impl FnMut(&Rows<'_>, &Database) -> rusqlite::Result<T>,
    ) -> Attempt<T> {
        let header = match header(&database.path) {
            Ok(header) => header,
            Err(error) => return Attempt::Broken(unreadable(path, &error.to_string())),
        };
        match header {
            Header::Empty if database.is_older_than(YOUNG, SystemTime::now()) => {
                return Attempt::Broken(trouble(
                    path,
                    "The file is empty: no bridge has written to it yet.".into(),
                    Some("Start the bridge with this path, or stop watching it."),
                ));
            }
            Header::Empty => return Attempt::Making,
            Header::Foreign => {
                return Attempt::Broken(trouble(
                    path,
                    "This is not an SQLite database, or its beginning is damaged.".into(),
                    Some("Restore it from a copy, or give the path of a bridge database."),
                ));
            }
            Header::Log | Header::Journal => {}
        }
        let Some(way) = Way::into(database, header, insist) else { return Attempt::Again };
        self.ask(path, database, Some((way, header)), question)
    }

    /// Asks the question by a connection that suits; without a way, this process holds the database: then no descriptor of
    /// the file may be closed but by SQLite's own ordinary connections.
    fn ask<T>(
        &mut self,
        path: &Path,
        database: &Database,
        way: Option<(Way, Header)>,
        question: &mut impl FnMut(&Rows<'_>, &Database) -> rusqlite::Result<T>,
    ) -> Attempt<T> {
        let journal = matches!(way, Some((_, Header::Journal)));
        let connection = match self.kept.take() {
            Some((file, kept))
                if matches!(way, Some((Way::Locked, Header::Journal))) && file == database.main.identity =>
            {
                Ok(kept)
            }
            _ => open(&database.path, way.map_or(Way::Locked, |(way, _)| way)),
        };
        let guessed = self.schema.is_some();
        let answer = connection.and_then(|connection| {
            let whole = way.is_none().then(|| connection.unchecked_transaction()).transpose()?;
            let answer = match self.schema(&connection, database.main.identity)? {
                Some(schema) => Some(question(&Rows { connection: &connection, schema }, database)?),
                None => None,
            };
            drop(whole);
            if journal && answer.is_some() {
                self.kept = Some((database.main.identity, connection));
            }
            Ok(answer)
        });
        match answer {
            Ok(Some(answer)) => Attempt::Read(answer),
            Ok(None) if !database.is_older_than(YOUNG, SystemTime::now()) => Attempt::Making,
            Ok(None) => Attempt::Broken(trouble(
                path,
                "This database is neither of the original bridge nor of its coordinator scripts.".into(),
                Some("Give the path of a bridge database."),
            )),
            Err(error) => {
                self.schema = None;
                match judge(path, &error) {
                    // Another database may stand where the known one stood.
                    Attempt::Broken(_) if guessed => Attempt::Again,
                    judged => judged,
                }
            }
        }
    }

    /// Recognises the schema, unless neither the file nor its tables have changed.
    fn schema(&mut self, connection: &Connection, file: FileIdentity) -> rusqlite::Result<Option<Schema>> {
        let version = connection.pragma_query_value(None, "schema_version", |row| row.get(0))?;
        match self.schema {
            Some((known, of, schema)) if known == file && of == version => Ok(Some(schema)),
            _ => {
                let found = Schema::of(connection)?;
                self.schema = found.map(|schema| (file, version, schema));
                Ok(found)
            }
        }
    }
}

fn judge<T>(path: &Path, error: &rusqlite::Error) -> Attempt<T> {
    let said = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Attempt::Busy,
        Some(ErrorCode::SchemaChanged) => Attempt::Again,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Attempt::Broken(trouble(
            path,
            format!("The database is damaged: {}.", printable(&said, 120)),
            Some("Restore it from a copy, or let the bridge make a new one."),
        )),
        Some(ErrorCode::ReadOnly) => Attempt::Broken(trouble(
            path,
            "Its last writer died in the middle of a change, and only a writer can undo that.".into(),
            Some("Use the bridge once: it repairs the database when it opens it."),
        )),
        _ => Attempt::Broken(unreadable(path, &said)),
    }
}

fn unreadable(path: &Path, why: &str) -> Trouble {
    trouble(
        path,
        format!("It cannot be read: {}.", printable(why, 120)),
        Some("Allow your user to read the database and the files beside it."),
    )
}

pub(super) fn trouble(path: &Path, what: String, remedy: Option<&str>) -> Trouble {
    Trouble { subject: printable(&path.to_string_lossy(), 200), what, remedy: remedy.map(str::to_owned) }
}
