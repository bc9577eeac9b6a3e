//! Sends messages: checked, counted, redacted, and stored with their audit rows and receipts at once.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;

use super::{Store, StoreError, access, audit, letters, participants, telling};
use crate::participant::Participant;
use crate::{python, random, redact};

/// Characters of a text, as the original allows.
const TEXT: usize = 50_000;
/// Files a message may speak of, as the original allows.
const FILES: usize = 20;
/// Characters of a file's name: the longest path of any system.
const FILE: usize = 4096;
/// Characters of a kind.
const KIND: usize = 64;
/// The span of the rate limit, in milliseconds.
const MINUTE: i64 = 60_000;

/// Who sends, or acknowledges.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sender {
    /// In which conversation.
    pub conversation: String,
    /// Its letter there.
    pub participant: String,
}

/// A message to be sent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Draft {
    /// Up to 50,000 characters.
    pub text: String,
    /// What kind of message it is; `info` when nothing is said.
    pub kind: Option<String>,
    /// Up to 20 files it speaks of.
    pub files: Vec<String>,
    /// The uid of the message which it answers.
    pub reply_to: Option<String>,
}

/// How much a participant may send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// Messages in any 60 seconds, each recipient counted; 0 for no limit. One call that alone exceeds it may go through
    /// when nothing was sent in the minute before.
    pub per_minute: u32,
}

/// A message that is stored for one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Its number in the database.
    pub id: i64,
    /// Its own id.
    pub uid: String,
    /// The recipient's letter.
    pub to: String,
    /// The recipient's role.
    pub to_role: String,
    /// Whether a secret was taken out of its text.
    pub redacted: bool,
}

/// Why a message was not sent. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The text is too long.
    #[error(
        "the message has {length} characters, {limit} are allowed; send it in parts, or send the path of a file"
    )]
    TooLong {
        /// Its characters.
        length: usize,
        /// Those allowed.
        limit: usize,
    },
    /// It speaks of too many files.
    #[error("the message names {count} files, {limit} are allowed; name their folder instead")]
    TooManyFiles {
        /// Its files.
        count: usize,
        /// Those allowed.
        limit: usize,
    },
    /// The name of a file or of the kind is too long.
    #[error("{what} has more than {limit} characters; shorten it")]
    NameTooLong {
        /// What is too long.
        what: &'static str,
        /// The characters allowed.
        limit: usize,
    },
    /// The sender left.
    #[error("you left this conversation; join again to send")]
    Left,
    /// Nobody was named.
    #[error("the message has no recipient; known here: {}", listed(known))]
    NoRecipient {
        /// The roles of the others.
        known: Vec<String>,
    },
    /// Nobody of that name is known.
    #[error("nobody here is `{recipient}`; known here: {}", listed(known))]
    UnknownRecipient {
        /// Who was named.
        recipient: String,
        /// The roles of the others.
        known: Vec<String>,
    },
    /// The sender named itself.
    #[error("a message to yourself is not sent; name another participant")]
    ToYourself,
    /// The message it answers is not in this conversation.
    #[error("there is no message {uid} in this conversation to answer")]
    UnknownReply {
        /// What was named.
        uid: String,
    },
    /// The conversation has expired.
    #[error(
        "this conversation expired at {at} UTC: what was sent in time can still be read; make a new conversation to send"
    )]
    Expired {
        /// When, as the database has it.
        at: String,
    },
    /// Too much was sent within a minute.
    #[error(
        "you have sent {limit} messages within a minute, which is the limit; try again in {retry_after_s} s"
    )]
    RateLimited {
        /// Messages a minute.
        limit: u32,
        /// When the next one can go, in seconds.
        retry_after_s: u64,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for SendError {
    fn from(error: rusqlite::Error) -> Self {
        SendError::Store(error.into())
    }
}

fn listed(known: &[String]) -> String {
    if known.is_empty() { "nobody else yet".into() } else { known.join(", ") }
}

/// In the order in which the original writes it.
#[derive(Serialize)]
struct Metadata<'a> {
    action_type: &'a str,
    files_involved: &'a [String],
}

/// The same.
#[derive(Serialize)]
struct Details<'a> {
    to: &'a str,
    message_length: usize,
    redacted: bool,
}

impl Store {
    /// Sends a message to each of `to`: letters or roles, or `all` for everybody else who has not left. It is stored for
    /// all of them or for none.
    pub fn send(
        &mut self,
        from: &Sender,
        to: &[String],
        draft: &Draft,
        limits: &Limits,
        now: Timestamp,
    ) -> Result<Vec<Sent>, SendError> {
        bounded(draft)?;
        let (text, redacted) = redact(&draft.text);
        let files: Vec<String> = draft.files.iter().map(|file| redact(file).0).collect();
        let kind = draft.kind.as_deref().filter(|kind| !kind.is_empty()).unwrap_or("info");
        let metadata = python::json(&Metadata { action_type: kind, files_involved: &files });
        let length = text.chars().count();
        self.write(|db| {
            let recipients = recipients(db, from, to)?;
            still_valid(db, from, draft, now)?;
            letters::adopt(db)?;
            within(db, from, recipients.len(), *limits, now)?;
            let mut sent = Vec::with_capacity(recipients.len());
            for recipient in recipients {
                let message =
                    Message { text: &text, metadata: &metadata, reply_to: draft.reply_to.as_deref() };
                let (id, uid) = put(db, from, &recipient.participant, &message, now)?;
                let details = Details { to: &recipient.participant, message_length: length, redacted };
                audit::record(
                    db,
                    Some(&from.conversation),
                    Some(&from.participant),
                    "send_message",
                    &details,
                    now,
                )?;
                sent.push(Sent { id, uid, to: recipient.participant, to_role: recipient.role, redacted });
            }
            Ok(sent)
        })
    }
}

fn bounded(draft: &Draft) -> Result<(), SendError> {
    let length = draft.text.chars().count();
    if length > TEXT {
        return Err(SendError::TooLong { length, limit: TEXT });
    }
    if draft.files.len() > FILES {
        return Err(SendError::TooManyFiles { count: draft.files.len(), limit: FILES });
    }
    if draft.files.iter().any(|file| file.chars().count() > FILE) {
        return Err(SendError::NameTooLong { what: "the name of a file", limit: FILE });
    }
    if draft.kind.as_ref().is_some_and(|kind| kind.chars().count() > KIND) {
        return Err(SendError::NameTooLong { what: "the kind", limit: KIND });
    }
    Ok(())
}

/// Those whom the sender named, each once.
fn recipients(db: &Connection, from: &Sender, to: &[String]) -> Result<Vec<Participant>, SendError> {
    let mut others = participants::all(db, &from.conversation)?;
    let Some(own) = others.iter().position(|one| one.participant == from.participant) else {
        let Sender { conversation, participant } = from.clone();
        return Err(StoreError::NoParticipant { conversation, participant }.into());
    };
    let own = others.remove(own);
    if own.left.is_some() {
        return Err(SendError::Left);
    }
    let known = || telling::others(others.clone()).into_iter().map(|one| one.role).collect::<Vec<_>>();
    let mut named: Vec<Participant> = Vec::new();
    for recipient in to {
        let before = named.len();
        for other in &others {
            let is_meant = match recipient.as_str() {
                "all" => other.left.is_none(),
                word => other.participant == word || other.role == word,
            };
            if is_meant && named.iter().all(|one| one.participant != other.participant) {
                named.push(other.clone());
            }
        }
        let is_known = others.iter().any(|other| other.participant == *recipient || other.role == *recipient);
        if named.len() == before && recipient != "all" && !is_known {
            if own.participant == *recipient || own.role == *recipient {
                return Err(SendError::ToYourself);
            }
            return Err(SendError::UnknownRecipient { recipient: recipient.clone(), known: known() });
        }
    }
    if named.is_empty() { Err(SendError::NoRecipient { known: known() }) } else { Ok(named) }
}

fn still_valid(db: &Connection, from: &Sender, draft: &Draft, now: Timestamp) -> Result<(), SendError> {
    let expires = access::expiry(db, &from.conversation)?;
    if expires.is_none_or(|expires| expires <= now) {
        let at = expires.map_or_else(|| "a time that cannot be read".into(), python::stamp);
        return Err(SendError::Expired { at });
    }
    if let Some(uid) = &draft.reply_to
        && letters::conversation_of(db, uid)?.as_ref() != Some(&from.conversation)
    {
        return Err(SendError::UnknownReply { uid: uid.clone() });
    }
    Ok(())
}

/// Counts what the sender sent in the minute before, by any process. Times after now, from before a clock was set back, do
/// not count.
fn within(
    db: &Connection,
    from: &Sender,
    more: usize,
    limits: Limits,
    now: Timestamp,
) -> Result<(), SendError> {
    let limit = limits.per_minute as usize;
    if limit == 0 {
        return Ok(());
    }
    let sql = "SELECT sent_ms FROM peerwatch_messages
        WHERE conversation_id = ?1 AND sender = ?2 AND sent_ms > ?3 AND sent_ms <= ?4 ORDER BY sent_ms";
    let mut statement = db.prepare_cached(sql)?;
    let times = statement
        .query_map(params![from.conversation, from.participant, now.0 - MINUTE, now.0], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    let over = (times.len() + more).saturating_sub(limit).min(times.len());
    // There is room again when the last of those that are too many is a minute old.
    let Some(last) = over.checked_sub(1).map(|last| times[last]) else { return Ok(()) };
    let wait = u64::try_from(last + MINUTE - now.0).unwrap_or(0);
    Err(SendError::RateLimited { limit: limits.per_minute, retry_after_s: wait.div_ceil(1000) })
}

/// A message that was checked.
struct Message<'a> {
    text: &'a str,
    metadata: &'a str,
    reply_to: Option<&'a str>,
}

/// Stores a message for one recipient, with its receipt; returns its number and its uid.
fn put(
    db: &Connection,
    from: &Sender,
    to: &str,
    message: &Message<'_>,
    now: Timestamp,
) -> rusqlite::Result<(i64, String)> {
    let Sender { conversation, participant } = from;
    let sql = "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)
        VALUES (?,?,?,?,?,?)";
    let row = params![conversation, participant, to, message.text, message.metadata, python::stamp(now)];
    db.prepare_cached(sql)?.execute(row)?;
    let (id, uid) = (db.last_insert_rowid(), random::uid());
    let sql = "INSERT INTO peerwatch_messages
        (message_id, uid, conversation_id, sender, recipient, reply_to, sent_ms) VALUES (?,?,?,?,?,?,?)";
    let row = params![id, uid, conversation, participant, to, message.reply_to, now.0];
    db.prepare_cached(sql)?.execute(row)?;
    Ok((id, uid))
}

/// Stores a message of a kind within a transaction, whatever the sender's limits; returns its uid.
pub(super) fn tell(
    db: &Connection,
    from: &Sender,
    to: &str,
    kind: &str,
    text: &str,
    now: Timestamp,
) -> rusqlite::Result<String> {
    letters::adopt(db)?;
    let (text, redacted) = redact(text);
    let metadata = python::json(&Metadata { action_type: kind, files_involved: &[] });
    let message = Message { text: &text, metadata: &metadata, reply_to: None };
    let (_, uid) = put(db, from, to, &message, now)?;
    let details = Details { to, message_length: text.chars().count(), redacted };
    audit::record(db, Some(&from.conversation), Some(&from.participant), "send_message", &details, now)?;
    Ok(uid)
}
