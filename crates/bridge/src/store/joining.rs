//! Roles and who holds them. A role outlives its process: its mail waits for the next who joins under it.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::{Store, StoreError, audit, conversations, participants, telling};
use crate::participant::{Bearer, Kind, Participant, Process};
use crate::python;

/// Why a role was not given.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Somebody who is not proven dead holds it.
    #[error("the role `{role}` is held by {by}; join under another role, or let it leave first")]
    Held {
        /// The role.
        role: String,
        /// Who holds it, in words.
        by: String,
    },
    /// This session already has another role there.
    #[error("you take part here as `{role}`; leave first to take another role")]
    Already {
        /// The role it has.
        role: String,
    },
    /// It is a conversation that tokens open.
    #[error("{conversation} is opened with its token, not joined by role")]
    NeedsToken {
        /// The conversation.
        conversation: String,
    },
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for JoinError {
    fn from(error: rusqlite::Error) -> Self {
        JoinError::Store(error.into())
    }
}

impl Store {
    /// Takes a role in one of our own bridges. Who holds it already joins again without effect; a holder who left or is
    /// proven dead is succeeded, mail included. `is_dead` says whether a process is proven dead; it is asked within the
    /// transaction, so it must not wait for anything.
    pub fn join(
        &mut self,
        conversation: &str,
        role: &str,
        bearer: &Bearer,
        is_dead: &dyn Fn(&Process) -> bool,
        now: Timestamp,
    ) -> Result<Participant, JoinError> {
        let role = conversations::role(role)?;
        self.write(|db| {
            let Some(bridge) = conversations::name_of(db, conversation)? else {
                return Err(JoinError::NeedsToken { conversation: conversation.into() });
            };
            let known = participants::all(db, conversation)?;
            let own = known
                .iter()
                .find(|one| one.left.is_none() && participants::is_same_process(&one.bearer, bearer));
            if let Some(own) = own {
                return again(db, own, role, bearer);
            }
            if role.eq_ignore_ascii_case(telling::ROLE) {
                return Err(JoinError::Held { role: role.into(), by: "Peerwatch itself".into() });
            }
            let slot = known.iter().find(|one| one.role == role);
            if let Some(slot) = slot.filter(|slot| !is_free(slot, bearer, is_dead)) {
                return Err(JoinError::Held { role: role.into(), by: described(slot) });
            }
            let joined = Participant {
                conversation: conversation.into(),
                bridge: Some(bridge),
                participant: slot
                    .map_or_else(|| participants::letter(known.len()), |slot| slot.participant.clone()),
                role: role.into(),
                kind: Kind::Session,
                bearer: bearer.clone(),
                joined: now,
                left: None,
            };
            take(db, &joined, slot, now)?;
            Ok(joined)
        })
    }

    /// Gives a role up. Its mail waits for the next who takes it.
    pub fn leave(&mut self, conversation: &str, participant: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|db| {
            let mut leaver = participants::one(db, conversation, participant)?;
            if leaver.left.is_none() {
                leaver.left = Some(now);
                participants::put(db, &leaver)?;
                let details = json!({ "role": leaver.role });
                audit::record(db, Some(conversation), Some(participant), "leave", &details, now)?;
            }
            Ok(())
        })
    }

    /// All who ever took part in a conversation, those who left among them. Peerwatch itself, which writes of tasks, is not.
    pub fn participants(&self, conversation: &str) -> Result<Vec<Participant>, StoreError> {
        self.read(|db| Ok(telling::others(participants::all(db, conversation)?)))
    }

    /// All roles in all conversations that some process holds, living or not, and that did not expire.
    pub fn held(&self, now: Timestamp) -> Result<Vec<Participant>, StoreError> {
        self.read(|db| Ok(participants::held(db, &python::stamp(now))?))
    }

    /// Where a session takes part. A part that its process does not hold, but whose session id is the same, is that of a
    /// process before it: join again before using it.
    pub fn participations(&self, bearer: &Bearer) -> Result<Vec<Participant>, StoreError> {
        self.read(|db| Ok(participants::of_bearer(db, bearer)?))
    }

    /// Notes who holds a side of a conversation. Whoever calls this has proof: the token was shown by that process, or the
    /// person connected it.
    pub fn bind(
        &mut self,
        conversation: &str,
        participant: &str,
        bearer: &Bearer,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let known = self.read(|db| participants::one(db, conversation, participant))?;
        if known.bearer == *bearer && known.kind == Kind::Session && known.left.is_none() {
            return Ok(());
        }
        self.write(|db| {
            let before = participants::one(db, conversation, participant)?;
            let bound = Participant {
                kind: Kind::Session,
                bearer: bearer.clone(),
                joined: now,
                left: None,
                ..before.clone()
            };
            Ok(take(db, &bound, Some(&before), now)?)
        })
    }
}

/// The same process joins again: only what may have changed of it is noted.
fn again(db: &Connection, own: &Participant, role: &str, bearer: &Bearer) -> Result<Participant, JoinError> {
    if own.role != role {
        return Err(JoinError::Already { role: own.role.clone() });
    }
    let renewed = Participant { bearer: bearer.clone(), ..own.clone() };
    if renewed != *own {
        participants::put(db, &renewed)?;
    }
    Ok(renewed)
}

/// Whether a role can be taken: its holder left, or its process is proven dead. A resumed session gets its role back
/// once its former process is dead; two living processes may show the same session id.
fn is_free(slot: &Participant, bearer: &Bearer, is_dead: &dyn Fn(&Process) -> bool) -> bool {
    match &slot.bearer.process {
        _ if slot.left.is_some() => true,
        Some(process) if Some(process) == bearer.process.as_ref() => slot.bearer.agent == bearer.agent,
        Some(process) => is_dead(process),
        None => participants::is_same_session(&slot.bearer, bearer),
    }
}

fn described(slot: &Participant) -> String {
    let agent = match slot.bearer.agent.as_str() {
        "" => String::new(),
        agent => format!("`{agent}` in "),
    };
    match (&slot.bearer.process, &slot.bearer.cwd) {
        (Some(process), Some(cwd)) => format!("{agent}the session with pid {} in {cwd}", process.pid),
        (Some(process), None) => format!("{agent}the session with pid {}", process.pid),
        (None, _) => "a session whose process is not known".into(),
    }
}

/// Writes the new holder down. What lay in the queue of the former process is gone with it, so it waits again.
fn take(
    db: &Connection,
    joined: &Participant,
    before: Option<&Participant>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    participants::put(db, joined)?;
    let Participant { conversation, participant, role, bearer, .. } = joined;
    let side = match participant.as_str() {
        "a" => Some("UPDATE conversations SET session_a_role = ?2 WHERE id = ?1 AND session_a_role <> ?2"),
        "b" => Some("UPDATE conversations SET session_b_role = ?2 WHERE id = ?1 AND session_b_role <> ?2"),
        _ => None,
    };
    if let Some(sql) = side {
        db.execute(sql, params![conversation, role])?;
    }
    let former = before
        .and_then(|before| before.bearer.process.as_ref())
        .filter(|_| before.is_some_and(|before| !participants::is_same_process(&before.bearer, bearer)));
    if former.is_some() {
        let sql = "UPDATE peerwatch_messages SET accepted_ms = NULL, accepted_by = NULL, pushed_ms = NULL,
            pushed_to = NULL WHERE conversation_id = ? AND recipient = ? AND settled = 0";
        db.execute(sql, params![conversation, participant])?;
    }
    let details = json!({
        "role": role,
        "process": bearer.process.as_ref().map(ToString::to_string),
        "instead_of": former.map(ToString::to_string),
    });
    audit::record(db, Some(conversation), Some(participant), "join", &details, now)
}
