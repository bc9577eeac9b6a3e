//! Conversations: of two sides with tokens, as the original's; and named bridges of this user's sessions.

use std::collections::BTreeMap;

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::access::LIFETIME;
use super::{Store, StoreError, audit, participants, telling};
use crate::participant::{Bearer, Kind, Participant};
use crate::{python, random};

/// The role of the person in conversations with a worker.
const PERSON: &str = "you";

/// A conversation that was just made. Whoever shows one of its tokens is that side.
#[derive(Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id, `conv_…`.
    pub conversation: String,
    /// The token of side `a`, who made it.
    pub token_a: String,
    /// The token of side `b`.
    pub token_b: String,
    /// When it expires, unless it is used before.
    pub expires: Timestamp,
    /// The same as the database has it: naive UTC.
    pub expires_at: String,
}

/// Tokens must not get into a log.
impl std::fmt::Debug for Created {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Created { conversation, expires, .. } = self;
        f.debug_struct("Created")
            .field("conversation", conversation)
            .field("expires", expires)
            .finish_non_exhaustive()
    }
}

/// A conversation as it is listed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Conversation {
    /// Its id, `conv_…`.
    pub id: String,
    /// Its name, when it is a bridge of our own.
    pub name: Option<String>,
    /// All who ever took part, but for Peerwatch itself.
    pub participants: Vec<Participant>,
    /// When it was made, where that can be read.
    pub created: Option<Timestamp>,
    /// When it expires; `None` when it does not.
    pub expires: Option<Timestamp>,
    /// How many messages it has.
    pub messages: u64,
    /// How many of them nobody has read.
    pub unread: u64,
}

impl Store {
    /// Makes a conversation of two sides. Whoever makes it is `a`.
    pub fn create_conversation(
        &mut self,
        my_role: &str,
        partner_role: &str,
        now: Timestamp,
    ) -> Result<Created, StoreError> {
        let (my_role, partner_role) = (role(my_role)?, role(partner_role)?);
        let expires = now.plus(LIFETIME);
        let created = Created {
            conversation: random::conversation()?,
            token_a: random::token()?,
            token_b: random::token()?,
            expires,
            expires_at: python::stamp(expires),
        };
        self.write(|db| {
            insert(db, &created, [my_role, partner_role], now)?;
            let details = json!({ "roles": [my_role, partner_role] });
            audit::record(db, Some(&created.conversation), None, "create_conversation", &details, now)?;
            Ok(created.clone())
        })
    }

    /// The conversation of our own bridge of that name, found or made. It does not expire.
    pub fn bridge(&mut self, name: &str, now: Timestamp) -> Result<String, StoreError> {
        let name = name.trim();
        if !(1..=100).contains(&name.chars().count()) || name.chars().any(char::is_control) {
            return Err(StoreError::Name);
        }
        if let Some(found) = self.read(|db| named(db, name))? {
            return Ok(found);
        }
        let created = lasting()?;
        self.write(|db| {
            // Another process may have made it meanwhile.
            if let Some(found) = named(db, name)? {
                return Ok(found);
            }
            insert(db, &created, ["", ""], now)?;
            let sql = "INSERT INTO peerwatch_conversations VALUES (?,?,?)";
            db.execute(sql, params![created.conversation, name, now.0])?;
            let details = json!({ "bridge": name, "roles": [] });
            audit::record(db, Some(&created.conversation), None, "create_conversation", &details, now)?;
            Ok(created.conversation.clone())
        })
    }

    /// The conversation between the person and a worker's session, found or made. The person is `a`, with the role `you`;
    /// the worker is `b`, and is what is returned with the conversation. Whoever asks has proof of the process.
    pub fn with_person(
        &mut self,
        bearer: &Bearer,
        worker_name: &str,
        now: Timestamp,
    ) -> Result<(String, Participant), StoreError> {
        let created = lasting()?;
        self.write(|db| {
            if let Some(mut worker) = of_person(db, bearer)? {
                if worker.bearer != *bearer {
                    worker.bearer = bearer.clone();
                    participants::put(db, &worker)?;
                }
                return Ok((worker.conversation.clone(), worker));
            }
            let name: String =
                worker_name.chars().filter(|character| !character.is_control()).take(100).collect();
            insert(db, &created, [PERSON, &name], now)?;
            let details = json!({ "roles": [PERSON, name] });
            audit::record(db, Some(&created.conversation), None, "create_conversation", &details, now)?;
            let part = |participant: &str, role: &str, kind, bearer| Participant {
                conversation: created.conversation.clone(),
                bridge: None,
                participant: participant.into(),
                role: role.into(),
                kind,
                bearer,
                joined: now,
                left: None,
            };
            participants::put(db, &part("a", PERSON, Kind::Person, Bearer::default()))?;
            let worker = part("b", &name, Kind::Session, bearer.clone());
            participants::put(db, &worker)?;
            Ok((created.conversation.clone(), worker))
        })
    }

    /// What the bridges of our own are called, by their conversation.
    pub fn bridge_names(&self) -> Result<BTreeMap<String, String>, StoreError> {
        self.read(|db| {
            let sql = "SELECT conversation_id, name FROM peerwatch_conversations WHERE name IS NOT NULL";
            let mut statement = db.prepare_cached(sql)?;
            let names = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(names.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// All conversations, oldest first.
    pub fn conversations(&self) -> Result<Vec<Conversation>, StoreError> {
        self.read(|db| {
            let counts = counts(db)?;
            let sql = "SELECT c.id, n.name, c.created_at, c.expires_at
                FROM conversations c LEFT JOIN peerwatch_conversations n ON n.conversation_id = c.id
                ORDER BY c.created_at, c.rowid";
            let mut statement = db.prepare_cached(sql)?;
            let found = statement.query_map([], |row| {
                let (created, expires): (String, String) = (row.get(2)?, row.get(3)?);
                let id: String = row.get(0)?;
                let (messages, unread) = counts.get(&id).copied().unwrap_or_default();
                Ok(Conversation {
                    participants: telling::others(participants::all(db, &id)?),
                    id,
                    name: row.get(1)?,
                    created: python::time(&created),
                    expires: python::time(&expires).filter(|_| expires != python::NEVER),
                    messages,
                    unread,
                })
            })?;
            Ok(found.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// A role as it may be: as long as the original allows, and harmless in a terminal or a log.
pub(super) fn role(role: &str) -> Result<&str, StoreError> {
    let role = role.trim();
    let fits = (3..=100).contains(&role.chars().count());
    if !fits || role.chars().any(char::is_control) || role.eq_ignore_ascii_case("all") {
        return Err(StoreError::Role);
    }
    Ok(role)
}

/// The name of the bridge which a conversation is; `None` for one that is opened with tokens or by the person.
pub(super) fn name_of(db: &Connection, conversation: &str) -> Result<Option<String>, StoreError> {
    let sql =
        "SELECT n.name FROM conversations c LEFT JOIN peerwatch_conversations n ON n.conversation_id = c.id
        WHERE c.id = ?";
    let found = db.prepare_cached(sql)?.query_row([conversation], |row| row.get(0)).optional()?;
    found.ok_or_else(|| StoreError::NoConversation { conversation: conversation.into() })
}

fn named(db: &Connection, name: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT conversation_id FROM peerwatch_conversations WHERE name = ?";
    Ok(db.prepare_cached(sql)?.query_row([name], |row| row.get(0)).optional()?)
}

/// One whose tokens nobody is told.
fn lasting() -> Result<Created, StoreError> {
    Ok(Created {
        conversation: random::conversation()?,
        token_a: random::token()?,
        token_b: random::token()?,
        expires: python::time(python::NEVER).unwrap_or_default(),
        expires_at: python::NEVER.into(),
    })
}

fn insert(db: &Connection, created: &Created, roles: [&str; 2], now: Timestamp) -> rusqlite::Result<()> {
    let sql =
        "INSERT INTO conversations (id, session_a_role, session_b_role, session_a_token, session_b_token,
        created_at, expires_at) VALUES (?,?,?,?,?,?,?)";
    let Created { conversation, token_a, token_b, expires_at, .. } = created;
    let row = params![conversation, roles[0], roles[1], token_a, token_b, python::stamp(now), expires_at];
    db.execute(sql, row).map(drop)
}

/// The worker's part in its conversation with the person.
fn of_person(db: &Connection, bearer: &Bearer) -> rusqlite::Result<Option<Participant>> {
    let mut statement = db.prepare_cached(
        "SELECT conversation_id FROM peerwatch_participants WHERE kind = 'person' AND participant = 'a'",
    )?;
    let conversations =
        statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<Vec<String>>>()?;
    let mut same_session = None;
    for conversation in conversations {
        for worker in participants::all(db, &conversation)?.into_iter().filter(|one| one.participant == "b") {
            if participants::is_same_process(&worker.bearer, bearer) {
                return Ok(Some(worker));
            }
            if participants::is_same_session(&worker.bearer, bearer) {
                same_session = Some(worker);
            }
        }
    }
    Ok(same_session)
}

/// How many messages each conversation has, and how many of them nobody has read.
fn counts(db: &Connection) -> rusqlite::Result<BTreeMap<String, (u64, u64)>> {
    let sql = "SELECT conversation_id, count(*), count(*) FILTER (WHERE read = 0) FROM messages GROUP BY conversation_id";
    let count = |number: i64| u64::try_from(number).unwrap_or(0);
    db.prepare_cached(sql)?
        .query_map([], |row| Ok((row.get(0)?, (count(row.get(1)?), count(row.get(2)?)))))?
        .collect()
}
