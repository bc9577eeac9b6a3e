//! What is said on a task: bounded, and without secrets.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use crate::task::error::TaskError;
use crate::{Actor, NoteKind, redact};

/// Characters of a report, a result or a card: as many as a message may have.
pub(in crate::store) const TEXT: usize = 50_000;
/// Characters of a reason.
pub(in crate::store) const REASON: usize = 2_000;

/// A text as it is kept.
pub(in crate::store) fn bounded(what: &'static str, text: &str, limit: usize) -> Result<String, TaskError> {
    let length = text.chars().count();
    if length > limit { Err(TaskError::TooLong { what, length, limit }) } else { Ok(redact(text.trim()).0) }
}

/// A note to be kept.
pub(in crate::store) struct Said<'a> {
    pub(in crate::store) task: i64,
    pub(in crate::store) kind: NoteKind,
    pub(in crate::store) by: &'a Actor,
    pub(in crate::store) epoch: i64,
    pub(in crate::store) text: &'a str,
}

impl Said<'_> {
    pub(in crate::store) fn keep(&self, db: &Connection, now: Timestamp) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO peerwatch_task_notes (task_id, kind, author, epoch, at_ms, counts_ms, text)
            VALUES (?1,?2,?3,?4,?5,?5,?6)";
        let row = params![self.task, self.kind.word(), self.by.word(), self.epoch, now.0, self.text];
        db.prepare_cached(sql)?.execute(row)?;
        Ok(db.last_insert_rowid())
    }

    /// The note in which the very same was said before: whoever calls again may not have heard the answer.
    pub(in crate::store) fn said_before(&self, db: &Connection) -> rusqlite::Result<Option<i64>> {
        let sql = "SELECT note_id FROM peerwatch_task_notes
            WHERE task_id = ? AND kind = ? AND author = ? AND epoch = ? AND text = ?";
        let row = params![self.task, self.kind.word(), self.by.word(), self.epoch, self.text];
        db.prepare_cached(sql)?.query_row(row, |row| row.get(0)).optional()
    }
}
