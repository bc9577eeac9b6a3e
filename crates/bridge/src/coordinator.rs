//! The schema that the original's coordinator scripts expect: a courtesy for the command line.
//!
//! Its worker is always side `b`, and its columns are those of the scripts' SQL. Nothing of ours is added to it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};
use serde_json::json;

use crate::python;
use crate::store::StoreError;
use crate::store::opening::{Schema, open_there, schema_of};
use crate::store::silence::{Silent, verdict};

const STATUSES: &str = "CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT PRIMARY KEY,
    session_id TEXT NOT NULL, last_heartbeat TEXT NOT NULL, status TEXT DEFAULT 'active')";
const AUDIT: &str =
    "CREATE TABLE IF NOT EXISTS audit_log (event_type TEXT, conversation_id TEXT, metadata TEXT,
    timestamp TEXT)";

/// One database of that schema.
#[derive(Debug)]
pub struct Coordinator {
    path: PathBuf,
    db: Connection,
}

/// One message of that schema.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CoordinatorLetter {
    /// Its number.
    pub id: i64,
    /// Who sent it, as the database has it.
    pub sender: String,
    /// The text.
    pub text: String,
    /// What kind of message it is.
    pub kind: Option<String>,
    /// When it was made, as the database has it.
    pub created_at: String,
}

impl Coordinator {
    /// Opens a database of that schema. Nothing is made when it is not there.
    pub fn open_existing(path: &Path) -> Result<Coordinator, StoreError> {
        match schema_of(path)? {
            Schema::Coordinator => Ok(Coordinator { path: path.to_owned(), db: open_there(path)? }),
            Schema::Original => Err(StoreError::NotABridge { path: path.to_owned() }),
        }
    }

    /// Where the database is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What the worker of a conversation has not read, oldest first; never what it sent itself.
    pub fn unread(&self, conversation: &str) -> Result<Vec<CoordinatorLetter>, StoreError> {
        let sql = "SELECT id, sender, content, action_type, created_at FROM messages
            WHERE conversation_id = ? AND read_by_b = 0 AND coalesce(sender, '') NOT IN ('b', 'session_b') ORDER BY id";
        let mut statement = self.db.prepare_cached(sql)?;
        let found = statement.query_map([conversation], |row| {
            Ok(CoordinatorLetter {
                id: row.get(0)?,
                sender: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                text: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
                kind: row.get(3)?,
                created_at: row.get::<_, Option<String>>(4)?.unwrap_or_default(),
            })
        })?;
        Ok(found.collect::<rusqlite::Result<_>>()?)
    }

    /// Marks these messages as read, and says how many were unread.
    pub fn mark_read(&mut self, conversation: &str, ids: &[i64]) -> Result<usize, StoreError> {
        self.write(|db| {
            let sql =
                "UPDATE messages SET read_by_b = 1 WHERE id = ? AND conversation_id = ? AND read_by_b = 0";
            let mut count = 0;
            for id in ids {
                count += db.prepare_cached(sql)?.execute(params![id, conversation])?;
            }
            Ok(count)
        })
    }

    /// The worker's heartbeat. What it declared stays as it is.
    pub fn beat(&mut self, conversation: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute_batch(STATUSES)?;
            let known = "UPDATE session_status SET last_heartbeat = ?2 WHERE conversation_id = ?1";
            if db.execute(known, params![conversation, python::stamp(now)])? == 0 {
                let sql = "INSERT INTO session_status (conversation_id, session_id, last_heartbeat, status)
                    VALUES (?1, 'session_b', ?2, 'active')";
                db.execute(sql, params![conversation, python::stamp(now)])?;
            }
            Ok(())
        })
    }

    /// The workers that have not been heard for longer than `threshold`, longest first. This schema does not tell since
    /// when a conversation exists, so a worker that was never heard is silent from the beginning.
    pub fn silent(&self, threshold: Duration, now: Timestamp) -> Result<Vec<Silent>, StoreError> {
        let mut silent = Vec::new();
        let mut statement = self.db.prepare_cached("SELECT id, role_b FROM conversations ORDER BY rowid")?;
        let workers = statement
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?.unwrap_or_default())))?
            .collect::<rusqlite::Result<Vec<(String, String)>>>()?;
        for (conversation, role) in workers {
            let declared = self.declared(&conversation)?;
            let heartbeat = declared.as_ref().map(|(_, at)| at.as_str());
            let status = declared.as_ref().map_or("unknown", |(status, _)| status);
            let sign = self.last_word(&conversation)?.filter(|sign| *sign <= now);
            let found = verdict(heartbeat, sign, Timestamp(i64::MIN), threshold, now);
            if let Some((why, since)) = found.filter(|_| status != "complete") {
                let since = since.filter(|since| since.0 != i64::MIN);
                silent.push(Silent {
                    participant: "b".into(),
                    role,
                    status: status.into(),
                    last_heartbeat: heartbeat.map(str::to_owned),
                    silent_s: since.map(|since| (now.0 - since.0).div_euclid(1000)),
                    why,
                    conversation,
                });
            }
        }
        silent.sort_by_key(|one| std::cmp::Reverse(one.silent_s.unwrap_or(i64::MAX)));
        Ok(silent)
    }

    /// Writes down that a worker was found silent, as the original's script means to.
    pub fn record_silent(&mut self, silent: &Silent, now: Timestamp) -> Result<(), StoreError> {
        self.write(|db| {
            db.execute_batch(AUDIT)?;
            let seconds = silent.silent_s.map_or_else(|| "unknown".into(), |seconds| seconds.to_string());
            let metadata = python::json(&json!({ "seconds_silent": seconds }));
            let sql = "INSERT INTO audit_log (event_type, conversation_id, metadata, timestamp)
                VALUES ('silent_worker_detected', ?, ?, ?)";
            db.execute(sql, params![silent.conversation, metadata, python::stamp(now)])?;
            Ok(())
        })
    }

    fn declared(&self, conversation: &str) -> Result<Option<(String, String)>, StoreError> {
        let there = "SELECT count(*) > 0 FROM sqlite_master WHERE name = 'session_status'";
        if !self.db.query_row(there, [], |row| row.get::<_, bool>(0))? {
            return Ok(None);
        }
        let sql = "SELECT coalesce(status, 'active'), CAST(last_heartbeat AS TEXT) FROM session_status
            WHERE conversation_id = ?";
        let found = self
            .db
            .prepare_cached(sql)?
            .query_row([conversation], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(found)
    }

    fn last_word(&self, conversation: &str) -> Result<Option<Timestamp>, StoreError> {
        let sql =
            "SELECT max(created_at) FROM messages WHERE conversation_id = ? AND sender IN ('b', 'session_b')";
        let at: Option<String> = self.db.prepare_cached(sql)?.query_row([conversation], |row| row.get(0))?;
        Ok(at.as_deref().and_then(python::time))
    }

    fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self.db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let done = act(&transaction)?;
        transaction.commit()?;
        Ok(done)
    }
}
