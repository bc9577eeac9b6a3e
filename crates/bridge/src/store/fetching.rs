//! Fetches messages at least once: what a call fetched counts as seen only when that call's result is known to have
//! arrived; else it is delivered again.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde::Serialize;

use super::letters::Found;
use super::sending::Sender;
use super::{Store, StoreError, audit, letters};
use crate::letter::Letter;
use crate::participant::Process;

/// How long a push into a session is left alone before a fetch may take the message instead, in milliseconds.
const PUSHING: i64 = 10_000;

/// Who fetches.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Fetcher {
    /// The process of the session, where it is known.
    pub process: Option<Process>,
    /// The tool-use id of the call, where it is known.
    pub call: Option<String>,
}

#[derive(Serialize)]
struct Count {
    count: usize,
}

/// The open messages of one recipient, those that our tables do not know yet among them.
const WAITING: &str = "WHERE m.id IN (
      SELECT message_id FROM peerwatch_messages WHERE conversation_id = ?1 AND recipient = ?2 AND settled = 0
      UNION ALL SELECT id FROM messages WHERE id > (SELECT coalesce(max(message_id), 0) FROM peerwatch_messages)
        AND conversation_id = ?1 AND to_session = ?2)
    AND (m.read = 0 OR p.fetched_ms IS NOT NULL) ORDER BY m.id";

impl Store {
    /// What is unread, or was fetched without proof that it arrived. Consumes nothing.
    pub fn peek(&self, conversation: &str, participant: &str) -> Result<Vec<Letter>, StoreError> {
        self.read(|db| {
            let found = letters::select(db, WAITING, [conversation, participant])?;
            Ok(found.into_iter().map(|found| found.letter).collect())
        })
    }

    /// Marks as fetched by this call, and returns, everything unread and everything whose fetch `was_lost`. What lies in
    /// the queue of the recipient's session, or is on its way there, is left to arrive on that way. An empty fetch
    /// writes nothing.
    pub fn fetch(
        &mut self,
        conversation: &str,
        participant: &str,
        fetcher: &Fetcher,
        was_lost: &dyn Fn(&Fetcher) -> bool,
        now: Timestamp,
    ) -> Result<Vec<Letter>, StoreError> {
        // Whoever answers may have to read a transcript for it, so it is asked before others are kept from writing.
        let waiting = |db: &Connection| letters::select(db, WAITING, [conversation, participant]);
        let mut lost = Vec::new();
        let known = self.read::<_, StoreError>(|db| Ok(waiting(db)?))?;
        for by in known.iter().filter_map(Found::fetcher) {
            if !lost.contains(&by) && was_lost(&by) {
                lost.push(by);
            }
        }
        if !known.iter().any(|found| is_due(found, &lost, now)) {
            return Ok(Vec::new());
        }
        self.write(|db| {
            letters::adopt(db)?;
            // Another process may have fetched meanwhile.
            let mut found = waiting(db)?;
            found.retain(|found| is_due(found, &lost, now));
            let by = fetcher.process.as_ref().map(ToString::to_string);
            for Found { letter, .. } in &found {
                let sql = "UPDATE peerwatch_messages SET fetched_ms = ?2, fetched_by = ?3, fetched_call = ?4
                    WHERE message_id = ?1";
                db.prepare_cached(sql)?.execute(params![letter.id, now.0, by, fetcher.call])?;
                db.prepare_cached("UPDATE messages SET read = 1 WHERE id = ?")?.execute([letter.id])?;
            }
            if !found.is_empty() {
                let count = Count { count: found.len() };
                audit::record(db, Some(conversation), Some(participant), "get_messages", &count, now)?;
            }
            Ok(found.into_iter().map(|found| Letter { read: true, ..found.letter }).collect())
        })
    }

    /// The calls whose fetches are not yet known to have arrived.
    pub fn unconfirmed(&self, conversation: &str, participant: &str) -> Result<Vec<Fetcher>, StoreError> {
        self.read(|db| {
            let sql = "SELECT DISTINCT fetched_by, fetched_call FROM peerwatch_messages
                WHERE conversation_id = ? AND recipient = ? AND settled = 0 AND fetched_ms IS NOT NULL";
            let mut statement = db.prepare_cached(sql)?;
            let found = statement
                .query_map([conversation, participant], |row| Ok(fetcher(row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(found)
        })
    }

    /// What this fetcher fetched before has arrived: it is seen. Without a call, all that its process fetched.
    pub fn confirm(
        &mut self,
        conversation: &str,
        participant: &str,
        fetcher: &Fetcher,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let by = fetcher.process.as_ref().map(ToString::to_string);
        let condition = "conversation_id = ?1 AND recipient = ?2 AND settled = 0 AND fetched_ms IS NOT NULL
            AND fetched_by IS ?3 AND (?4 IS NULL OR fetched_call IS ?4)";
        let open = format!("SELECT EXISTS (SELECT 1 FROM peerwatch_messages WHERE {condition})");
        let values = params![conversation, participant, by, fetcher.call];
        let is_open: bool = self.read::<_, StoreError>(|db| {
            Ok(db.prepare_cached(&open)?.query_row(values, |row| row.get(0))?)
        })?;
        if !is_open {
            return Ok(0);
        }
        self.write(|db| {
            let sql = format!(
                "UPDATE peerwatch_messages SET seen_ms = ?5, seen_by = 'fetch', trouble = NULL, trouble_detail = NULL,
                   settled = 1 WHERE {condition}"
            );
            Ok(db.prepare_cached(&sql)?.execute(params![conversation, participant, by, fetcher.call, now.0])?)
        })
    }

    /// The call that fetched these was cancelled: they are unread again, unless they were seen meanwhile.
    pub fn undo_fetch(&mut self, ids: &[i64], _now: Timestamp) -> Result<(), StoreError> {
        self.write(|db| {
            for id in ids {
                unread(db, *id)?;
            }
            Ok(())
        })
    }

    /// Makes unread again, and so due for delivery, all whose fetch `was_lost`, in all conversations.
    pub fn reclaim(&mut self, was_lost: &dyn Fn(&Fetcher) -> bool) -> Result<usize, StoreError> {
        let sql = "SELECT message_id, fetched_by, fetched_call FROM peerwatch_messages
            WHERE settled = 0 AND fetched_ms IS NOT NULL";
        let mut fetched = self.read::<_, StoreError>(|db| {
            let mut statement = db.prepare_cached(sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, fetcher(row.get(1)?, row.get(2)?))))?;
            Ok(rows.collect::<rusqlite::Result<Vec<(i64, Fetcher)>>>()?)
        })?;
        fetched.retain(|(_, by)| was_lost(by));
        if fetched.is_empty() {
            return Ok(0);
        }
        self.write(|db| {
            let mut count = 0;
            for (id, by) in &fetched {
                count += usize::from(is_fetched_by(db, *id, by)? && unread(db, *id)?);
            }
            Ok(count)
        })
    }

    /// Its recipient says that it has these messages. Counts those it had not said so of before.
    pub fn acknowledge(
        &mut self,
        participant: &Sender,
        uids: &[String],
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.write(|db| {
            let sql = "UPDATE peerwatch_messages SET acknowledged_ms = ?4, seen_ms = coalesce(seen_ms, ?4),
                seen_by = coalesce(seen_by, 'acknowledged'), trouble = NULL, trouble_detail = NULL, settled = 1
                WHERE uid = ?1 AND conversation_id = ?2 AND recipient = ?3 AND acknowledged_ms IS NULL";
            let Sender { conversation, participant } = participant;
            let mut count = 0;
            for uid in uids {
                let is_new = db.prepare_cached(sql)?.execute(params![uid, conversation, participant, now.0])? > 0;
                if is_new {
                    mark_read(db, uid)?;
                    count += 1;
                }
            }
            Ok(count)
        })
    }
}

/// Sets what the original's programs look at.
pub(super) fn mark_read(db: &Connection, uid: &str) -> rusqlite::Result<()> {
    let sql = "UPDATE messages SET read = 1 WHERE read = 0
        AND id = (SELECT message_id FROM peerwatch_messages WHERE uid = ?)";
    db.prepare_cached(sql)?.execute([uid]).map(drop)
}

/// Takes a fetch back, unless its message was seen meanwhile.
fn unread(db: &Connection, id: i64) -> rusqlite::Result<bool> {
    let sql = "UPDATE peerwatch_messages SET fetched_ms = NULL, fetched_by = NULL, fetched_call = NULL
        WHERE message_id = ? AND settled = 0 AND fetched_ms IS NOT NULL";
    let is_undone = db.prepare_cached(sql)?.execute([id])? > 0;
    if is_undone {
        db.prepare_cached("UPDATE messages SET read = 0 WHERE id = ?")?.execute([id])?;
    }
    Ok(is_undone)
}

/// Whether the last fetch of a message was by this fetcher.
fn is_fetched_by(db: &Connection, id: i64, by: &Fetcher) -> rusqlite::Result<bool> {
    let sql = "SELECT fetched_by, fetched_call FROM peerwatch_messages WHERE message_id = ?";
    let last =
        db.prepare_cached(sql)?.query_row([id], |row| Ok(fetcher(row.get(0)?, row.get(1)?))).optional()?;
    Ok(last.as_ref() == Some(by))
}

/// Whether a message is to be given out now.
fn is_due(found: &Found, lost: &[Fetcher], now: Timestamp) -> bool {
    if let Some(by) = found.fetcher() {
        return lost.contains(&by);
    }
    let receipt = &found.letter.receipt;
    let is_under_way = receipt.pushed.as_ref().is_some_and(|(at, _)| (at.0..at.0 + PUSHING).contains(&now.0));
    receipt.trouble.is_some() || (receipt.accepted.is_none() && !is_under_way)
}

impl Found {
    /// Who fetched it, if it was fetched.
    fn fetcher(&self) -> Option<Fetcher> {
        self.fetched?;
        Some(fetcher(self.fetched_by.clone(), self.fetched_call.clone()))
    }
}

fn fetcher(by: Option<String>, call: Option<String>) -> Fetcher {
    Fetcher { process: by.and_then(|by| Process::parse(&by)), call }
}
