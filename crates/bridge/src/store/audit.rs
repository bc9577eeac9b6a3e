//! The audit log: rows are added, never changed and never taken away.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Store, StoreError};
use crate::python;

/// What is kept of a word that somebody else chose.
const WORD: usize = 200;

/// One row of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditRow {
    /// Its number.
    pub id: i64,
    /// The conversation it is about.
    pub conversation: Option<String>,
    /// The participant who did it.
    pub participant: Option<String>,
    /// What was done.
    pub action: String,
    /// More about it; null where the row has none that can be read.
    pub details: serde_json::Value,
    /// When, as the database has it: naive UTC.
    pub at: String,
}

impl Store {
    /// The newest rows of the log, newest first; of one conversation or of all.
    pub fn audit(&self, conversation: Option<&str>, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|db| {
            let sql = "SELECT id, conversation_id, session_id, action, details, timestamp FROM audit_log
                WHERE ?1 IS NULL OR conversation_id = ?1 ORDER BY id DESC LIMIT ?2";
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map(params![conversation, limit], |row| {
                let details: Option<String> = row.get(4)?;
                Ok(AuditRow {
                    id: row.get(0)?,
                    conversation: row.get(1)?,
                    participant: row.get(2)?,
                    action: row.get(3)?,
                    details: details.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
                    at: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Adds a row to the log.
    pub fn record(
        &mut self,
        conversation: Option<&str>,
        participant: Option<&str>,
        action: &str,
        details: &serde_json::Value,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|db| Ok(record(db, conversation, participant, action, details, now)?))
    }
}

/// Adds a row within a transaction.
pub(super) fn record(
    db: &Connection,
    conversation: Option<&str>,
    participant: Option<&str>,
    action: &str,
    details: &impl Serialize,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp) VALUES (?,?,?,?,?)";
    let (conversation, participant) = (conversation.map(bounded), participant.map(bounded));
    let row = params![conversation, participant, bounded(action), python::json(details), python::stamp(now)];
    db.prepare_cached(sql)?.execute(row).map(drop)
}

fn bounded(word: &str) -> &str {
    word.char_indices().nth(WORD).map_or(word, |(end, _)| &word[..end])
}
