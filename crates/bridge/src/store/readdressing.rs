//! Gives what a silent side has not read to another worker of the same database, where that one looks for mail.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::sending::tell;
use super::{Store, StoreError, audit, participants};
use crate::{Participant, Sender};

/// Where somebody takes part: a conversation, and the letter in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seat {
    /// The conversation.
    pub conversation: String,
    /// The letter.
    pub participant: String,
}

/// A message that was not read.
struct Unread {
    id: i64,
    from: String,
    text: String,
    at: String,
}

impl Store {
    /// Writes the unread messages of `from` anew into the conversation of `to`, as from its partner there, each with a word of
    /// whose it was; the first ones count as read then. Whoever wrote them is told, and both conversations' logs say so. Returns
    /// how many there were.
    pub fn readdress(
        &mut self,
        from: &Seat,
        to: &Seat,
        reason: &str,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.write(|db| {
            let owner = participants::one(db, &from.conversation, &from.participant)?;
            let heir = participants::one(db, &to.conversation, &to.participant)?;
            let partner = partner_of(db, &heir)?;
            let unread = unread(db, from)?;
            for message in &unread {
                let Unread { id, from: writer, text, at } = message;
                let text = format!(
                    "[This was for {}, who is silent. It was written by {} at {at} UTC in {}.]\n\n{text}",
                    owner.role,
                    role(db, &from.conversation, writer)?,
                    from.conversation
                );
                tell(db, &partner, &heir.participant, "info", &text, now)?;
                db.execute("UPDATE messages SET read = 1 WHERE id = ?", [id])?;
                db.execute("UPDATE peerwatch_messages SET settled = 1 WHERE message_id = ?", [id])?;
            }
            let mut writers: Vec<&str> = unread.iter().map(|message| message.from.as_str()).collect();
            writers.sort_unstable();
            writers.dedup();
            let silent =
                Sender { conversation: from.conversation.clone(), participant: from.participant.clone() };
            for writer in writers {
                let text = format!(
                    "What you wrote to {} and it has not read was given to {} in {}, because {reason}.",
                    owner.role, heir.role, to.conversation
                );
                tell(db, &silent, writer, "info", &text, now)?;
            }
            record(db, from, to, unread.len(), reason, now)?;
            Ok(unread.len())
        })
    }
}

/// Whoever faces a participant: in a conversation of more, the first of the others.
fn partner_of(db: &Connection, one: &Participant) -> Result<Sender, StoreError> {
    let others = participants::all(db, &one.conversation)?;
    let partner = others.into_iter().find(|other| other.participant != one.participant);
    let partner = partner.ok_or_else(|| StoreError::NoParticipant {
        conversation: one.conversation.clone(),
        participant: "a partner".into(),
    })?;
    Ok(Sender { conversation: partner.conversation, participant: partner.participant })
}

fn role(db: &Connection, conversation: &str, letter: &str) -> Result<String, StoreError> {
    Ok(participants::one(db, conversation, letter).map_or_else(|_| letter.to_owned(), |one| one.role))
}

fn unread(db: &Connection, seat: &Seat) -> rusqlite::Result<Vec<Unread>> {
    let sql = "SELECT id, from_session, message, timestamp FROM messages
        WHERE conversation_id = ?1 AND to_session = ?2 AND read = 0 ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![seat.conversation, seat.participant], |row| {
        Ok(Unread { id: row.get(0)?, from: row.get(1)?, text: row.get(2)?, at: row.get(3)? })
    })?;
    rows.collect()
}

fn record(
    db: &Connection,
    from: &Seat,
    to: &Seat,
    messages: usize,
    reason: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let details = json!({
        "messages": messages, "from": {"conversation": from.conversation, "participant": from.participant},
        "to": {"conversation": to.conversation, "participant": to.participant}, "reason": reason,
    });
    for seat in [from, to] {
        let (conversation, participant) = (Some(seat.conversation.as_str()), Some(seat.participant.as_str()));
        audit::record(db, conversation, participant, "messages_readdressed", &details, now)?;
    }
    Ok(())
}
