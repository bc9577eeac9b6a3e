//! Takes conversations away that nobody can use any more. What was not read and tasks that are not over stay; the audit log
//! stays whole.

use std::time::Duration;

use peerwatch_core::Timestamp;
use rusqlite::Connection;
use serde_json::json;

use super::tasks::changes;
use super::{Store, StoreError, audit};
use crate::python;

/// How long a conversation is kept after its end.
const GRACE: Duration = Duration::from_secs(24 * 3600);

/// What was taken away, or would be.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Cleaned {
    /// The conversations.
    pub conversations: Vec<String>,
    /// How many messages they had.
    pub messages: u64,
}

impl Store {
    /// Takes away what expired more than a day ago and has nothing unread and no open task; with `dry_run` only says what that is.
    pub fn cleanup(&mut self, now: Timestamp, dry_run: bool) -> Result<Cleaned, StoreError> {
        if dry_run {
            return self.read(|db| Ok(over(db, now)?));
        }
        self.write(|db| {
            let cleaned = over(db, now)?;
            for conversation in &cleaned.conversations {
                for (table, column) in TABLES {
                    db.prepare_cached(&format!("DELETE FROM {table} WHERE {column} = ?"))?
                        .execute([conversation])?;
                }
                audit::record(db, Some(conversation), None, "cleanup", &json!({}), now)?;
            }
            // The original's own cleanup knows nothing of our tables. The newest row stays: it tells up to where all
            // messages are known.
            let sql = "DELETE FROM peerwatch_messages WHERE message_id NOT IN (SELECT id FROM messages)
                AND message_id < (SELECT max(message_id) FROM peerwatch_messages)";
            db.execute(sql, [])?;
            if !cleaned.conversations.is_empty() {
                of_gone_tasks(db)?;
            }
            Ok(cleaned)
        })
    }
}

/// Where a conversation leaves traces. Ours of messages go with the messages.
const TABLES: [(&str, &str); 8] = [
    ("peerwatch_tasks", "conversation_id"),
    ("peerwatch_handovers", "conversation_id"),
    ("messages", "conversation_id"),
    ("session_status", "conversation_id"),
    ("peerwatch_heartbeats", "conversation_id"),
    ("peerwatch_participants", "conversation_id"),
    ("peerwatch_conversations", "conversation_id"),
    ("conversations", "id"),
];

/// What is kept of a task beside its row goes with it.
fn of_gone_tasks(db: &Connection) -> rusqlite::Result<()> {
    for table in ["peerwatch_task_needs", "peerwatch_task_notes", "peerwatch_task_owners"] {
        db.execute(
            &format!("DELETE FROM {table} WHERE task_id NOT IN (SELECT task_id FROM peerwatch_tasks)"),
            [],
        )?;
    }
    changes::count(db)
}

fn over(db: &Connection, now: Timestamp) -> rusqlite::Result<Cleaned> {
    let sql = "SELECT c.id, c.expires_at, (SELECT count(*) FROM messages m WHERE m.conversation_id = c.id)
        FROM conversations c WHERE NOT EXISTS (
          SELECT 1 FROM messages m LEFT JOIN peerwatch_messages p ON p.message_id = m.id
          WHERE m.conversation_id = c.id AND (m.read = 0 OR (p.fetched_ms IS NOT NULL AND p.settled = 0)))
        AND NOT EXISTS (SELECT 1 FROM peerwatch_tasks t WHERE t.conversation_id = c.id AND t.over_ms IS NULL)";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut cleaned = Cleaned::default();
    while let Some(row) = rows.next()? {
        let expires: String = row.get(1)?;
        if python::time(&expires).is_some_and(|expires| expires.plus(GRACE) < now) {
            cleaned.conversations.push(row.get(0)?);
            cleaned.messages += u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
        }
    }
    Ok(cleaned)
}
