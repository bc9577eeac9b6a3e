//! What the store does not tell and a person may ask for: tokens, and the audit log of the coordinator schema.
//!
//! Tokens stand in the database in clear, as the original wrote them: whoever may read the file may read them.

use std::path::Path;

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension as _, TransactionBehavior, params};

/// How long a writer may keep us waiting: as long as the original waits.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(10);

/// One side of a conversation, with its token.
pub(crate) struct Key {
    pub(crate) side: &'static str,
    pub(crate) role: String,
    pub(crate) token: String,
}

/// Both sides of a conversation of the original's schema; `None` when it is not in the database.
pub(crate) fn keys(path: &Path, conversation: &str) -> anyhow::Result<Option<[Key; 2]>> {
    let sql = "SELECT session_a_role, session_a_token, session_b_role, session_b_token FROM conversations WHERE id = ?";
    let found = open(path)?.query_row(sql, [conversation], |row| {
        Ok([
            Key { side: "a", role: row.get(0)?, token: row.get(1)? },
            Key { side: "b", role: row.get(2)?, token: row.get(3)? },
        ])
    });
    Ok(found.optional()?)
}

/// The side that a token opens.
pub(crate) fn side_of(path: &Path, conversation: &str, token: &str) -> anyhow::Result<Option<&'static str>> {
    let keys = keys(path, conversation)?;
    Ok(keys.into_iter().flatten().find(|key| key.token == token && !token.is_empty()).map(|key| key.side))
}

/// A row of the coordinator schema's audit log.
pub(crate) struct Event {
    pub(crate) row: i64,
    pub(crate) event: String,
    pub(crate) conversation: Option<String>,
    pub(crate) metadata: Option<String>,
    pub(crate) at: Option<String>,
}

/// The newest rows of the coordinator schema's audit log, newest first; none where that log was never made.
pub(crate) fn events(path: &Path, conversation: Option<&str>, limit: usize) -> anyhow::Result<Vec<Event>> {
    let db = open(path)?;
    let there = "SELECT count(*) > 0 FROM pragma_table_info('audit_log') WHERE name = 'event_type'";
    if !db.query_row(there, [], |row| row.get::<_, bool>(0))? {
        return Ok(Vec::new());
    }
    let sql = "SELECT rowid, CAST(event_type AS TEXT), CAST(conversation_id AS TEXT), CAST(metadata AS TEXT),
        CAST(timestamp AS TEXT) FROM audit_log WHERE ?1 IS NULL OR conversation_id = ?1 ORDER BY rowid DESC LIMIT ?2";
    let mut statement = db.prepare(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![conversation, limit], |row| {
        Ok(Event {
            row: row.get(0)?,
            event: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
            conversation: row.get(2)?,
            metadata: row.get(3)?,
            at: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Gives up what nobody read in these conversations, so that they can be cleaned away.
pub(crate) fn forsake(path: &Path, conversations: &[String]) -> anyhow::Result<()> {
    let mut db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    db.busy_timeout(PATIENCE)?;
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for conversation in conversations {
        transaction.execute("UPDATE messages SET read = 1 WHERE conversation_id = ?", [conversation])?;
        transaction
            .execute("UPDATE peerwatch_messages SET settled = 1 WHERE conversation_id = ?", [conversation])?;
    }
    Ok(transaction.commit()?)
}

/// Reads a time as bridges write it: naive UTC with a `T` or a blank, or with an offset.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant,
        Err(_) => jiff::tz::Offset::UTC.to_timestamp(text.parse::<jiff::civil::DateTime>().ok()?).ok()?,
    };
    Some(Timestamp(instant.as_millisecond()))
}

fn open(path: &Path) -> anyhow::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(PATIENCE)?;
    Ok(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_its_own_side_and_an_empty_one_none() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("team.db");
        let db = Connection::open(&path).unwrap();
        db.execute_batch(
            "CREATE TABLE conversations (id TEXT PRIMARY KEY, session_a_role TEXT, session_b_role TEXT,
               session_a_token TEXT, session_b_token TEXT);
             INSERT INTO conversations VALUES ('conv_1', 'lead', 'tester', 'one', 'two'), ('conv_2', 'x', 'y', '', '');",
        )
        .unwrap();
        let side = |conversation: &str, token: &str| side_of(&path, conversation, token).unwrap();
        assert_eq!((side("conv_1", "one"), side("conv_1", "two")), (Some("a"), Some("b")));
        assert_eq!((side("conv_1", "three"), side("conv_2", ""), side("conv_3", "one")), (None, None, None));
    }

    #[test]
    fn times_of_bridges_are_utc() {
        assert_eq!(time("2026-11-23 04:05:06"), Some(Timestamp(1_795_406_706_000)));
        assert_eq!(time("2026-11-23T04:05:06.500000"), Some(Timestamp(1_795_406_706_500)));
        assert_eq!(time("yesterday"), None);
    }
}
