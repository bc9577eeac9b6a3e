//! Reads messages with their receipts.

use peerwatch_core::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Params, Row, params};

use super::{Store, StoreError};
use crate::letter::{Letter, Receipt, Trouble, TroubleKind};
use crate::{python, random};

/// What a [`Letter`] is read from; a condition and an order follow.
pub(super) const LETTERS: &str = "SELECT m.id, m.conversation_id, m.from_session, m.to_session, m.message, m.metadata,
      m.timestamp, m.read, p.uid, p.reply_to, p.sent_ms, p.accepted_ms, p.seen_ms, p.acknowledged_ms, p.trouble,
      p.trouble_detail, p.attempts, p.pushed_ms, p.pushed_to,
      coalesce((SELECT role FROM peerwatch_participants r WHERE r.conversation_id = m.conversation_id
        AND r.participant = m.from_session), CASE m.from_session WHEN 'a' THEN c.session_a_role
        WHEN 'b' THEN c.session_b_role END, m.from_session),
      coalesce((SELECT role FROM peerwatch_participants r WHERE r.conversation_id = m.conversation_id
        AND r.participant = m.to_session), CASE m.to_session WHEN 'a' THEN c.session_a_role
        WHEN 'b' THEN c.session_b_role END, m.to_session),
      p.fetched_ms, p.fetched_by, p.fetched_call
    FROM messages m LEFT JOIN peerwatch_messages p ON p.message_id = m.id
    LEFT JOIN conversations c ON c.id = m.conversation_id ";

/// A letter, and by whom it was fetched.
pub(super) struct Found {
    pub(super) letter: Letter,
    pub(super) fetched: Option<Timestamp>,
    pub(super) fetched_by: Option<String>,
    pub(super) fetched_call: Option<String>,
}

impl Store {
    /// The message with this uid.
    pub fn by_uid(&self, uid: &str) -> Result<Option<Letter>, StoreError> {
        self.read(|db| Ok(select(db, "WHERE p.uid = ?", [uid])?.pop().map(|row| row.letter)))
    }

    /// Up to `limit` messages of a conversation after the one with the number `after`, oldest first.
    pub fn letters(&self, conversation: &str, after: i64, limit: usize) -> Result<Vec<Letter>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|db| {
            let rest = "WHERE m.id > ?2 AND m.conversation_id = ?1 ORDER BY m.id LIMIT ?3";
            let rows = select(db, rest, params![conversation, after, limit])?;
            Ok(rows.into_iter().map(|row| row.letter).collect())
        })
    }
}

pub(super) fn select(db: &Connection, rest: &str, values: impl Params) -> rusqlite::Result<Vec<Found>> {
    db.prepare_cached(&format!("{LETTERS}{rest}"))?.query_map(values, read)?.collect()
}

fn read(row: &Row<'_>) -> rusqlite::Result<Found> {
    let timestamp = text(row, 6)?;
    let sent = row
        .get::<_, Option<i64>>(10)?
        .map(Timestamp)
        .or_else(|| python::time(&timestamp))
        .unwrap_or_default();
    let time = |column| row.get::<_, Option<i64>>(column).map(|time| time.map(Timestamp));
    let (kind, files) = metadata(&text(row, 5)?);
    let trouble = row.get::<_, Option<String>>(14)?.and_then(|word| TroubleKind::of(&word));
    let detail: Option<String> = row.get(15)?;
    let pushed_to: Option<String> = row.get(18)?;
    let letter = Letter {
        id: row.get(0)?,
        conversation: text(row, 1)?,
        from: text(row, 2)?,
        to: text(row, 3)?,
        text: text(row, 4)?,
        kind,
        files,
        sent,
        timestamp,
        read: row.get::<_, Option<i64>>(7)?.is_some_and(|read| read != 0),
        uid: row.get(8)?,
        reply_to: row.get(9)?,
        receipt: Receipt {
            sent,
            accepted: time(11)?,
            seen: time(12)?,
            acknowledged: time(13)?,
            trouble: trouble.map(|kind| Trouble { kind, detail: detail.unwrap_or_default() }),
            attempts: row.get::<_, Option<u32>>(16)?.unwrap_or(0),
            pushed: time(17)?.zip(pushed_to),
        },
        from_role: text(row, 19)?,
        to_role: text(row, 20)?,
    };
    Ok(Found { letter, fetched: time(21)?, fetched_by: row.get(22)?, fetched_call: row.get(23)? })
}

/// Columns of another program may hold anything, whatever their declared type.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
    })
}

/// The kind and the files, as the metadata tells them.
fn metadata(text: &str) -> (Option<String>, Vec<String>) {
    let parsed: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
    let kind = parsed.get("action_type").and_then(|kind| kind.as_str()).filter(|kind| !kind.is_empty());
    let files = parsed.get("files_involved").and_then(|files| files.as_array());
    let files = files.into_iter().flatten().filter_map(|file| file.as_str().map(str::to_owned));
    (kind.map(str::to_owned), files.collect())
}

/// Whether there are messages that our tables do not know yet.
pub(super) fn has_strangers(db: &Connection) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM messages
        WHERE id > (SELECT coalesce(max(message_id), 0) FROM peerwatch_messages))";
    db.prepare_cached(sql)?.query_row([], |row| row.get(0))
}

/// Gives each message of another program its place in our tables. Numbers only grow, and writers come one after the other,
/// so those that are not known yet are those after the last known one.
pub(super) fn adopt(db: &Connection) -> rusqlite::Result<()> {
    let sql = "SELECT id, conversation_id, from_session, to_session, timestamp, read FROM messages
        WHERE id > (SELECT coalesce(max(message_id), 0) FROM peerwatch_messages) ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let strangers = statement
        .query_map([], |row| {
            let sent = python::time(&text(row, 4)?).unwrap_or_default();
            Ok((
                row.get::<_, i64>(0)?,
                text(row, 1)?,
                text(row, 2)?,
                text(row, 3)?,
                sent,
                row.get::<_, Option<i64>>(5)?,
            ))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let sql = "INSERT INTO peerwatch_messages (message_id, uid, conversation_id, sender, recipient, sent_ms, settled)
        VALUES (?,?,?,?,?,?,?)";
    let mut insert = db.prepare_cached(sql)?;
    for (id, conversation, from, to, sent, read) in strangers {
        let settled = read.is_some_and(|read| read != 0);
        insert.execute(params![id, random::uid(), conversation, from, to, sent.0, settled])?;
    }
    Ok(())
}

/// The conversation of the message with this uid.
pub(super) fn conversation_of(db: &Connection, uid: &str) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT conversation_id FROM peerwatch_messages WHERE uid = ?";
    db.prepare_cached(sql)?.query_row([uid], |row| row.get(0)).optional()
}
