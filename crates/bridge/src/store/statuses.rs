//! Statuses as participants declare them, and heartbeats with their evidence.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};

use super::{Store, StoreError, participants};
use crate::python;

/// What the other side of a conversation declared last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PartnerStatus {
    /// Its letter.
    pub participant: String,
    /// What it declared.
    pub status: String,
    /// When it was last heard, as the database has it: naive UTC.
    pub last_heartbeat: String,
    /// How long ago that is, in whole seconds; negative when it is in the future, `None` when it cannot be read.
    pub age_s: Option<i64>,
}

impl Store {
    /// Notes what a participant declares, as the original does.
    pub fn set_status(
        &mut self,
        conversation: &str,
        participant: &str,
        status: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            participants::one(db, conversation, participant)?;
            Ok(put(db, conversation, participant, status, now)?)
        })
    }

    /// Notes that a participant is proven alive, and by what. What it declared stays as it is.
    pub fn beat(
        &mut self,
        conversation: &str,
        participant: &str,
        evidence: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|db| {
            participants::one(db, conversation, participant)?;
            let declared = declared(db, conversation, participant)?.map(|(status, _)| status);
            put(db, conversation, participant, declared.as_deref().unwrap_or("working"), now)?;
            let sql = "INSERT OR REPLACE INTO peerwatch_heartbeats VALUES (?,?,?,?)";
            db.prepare_cached(sql)?.execute(params![conversation, participant, now.0, evidence])?;
            Ok(())
        })
    }

    /// The newest proof that a participant is alive, and its time.
    pub fn heartbeat(
        &self,
        conversation: &str,
        participant: &str,
    ) -> Result<Option<(Timestamp, String)>, StoreError> {
        self.read(|db| {
            let sql = "SELECT at_ms, evidence FROM peerwatch_heartbeats WHERE conversation_id = ? AND participant = ?";
            let found = db
                .prepare_cached(sql)?
                .query_row([conversation, participant], |row| Ok((Timestamp(row.get(0)?), row.get(1)?)))
                .optional()?;
            Ok(found)
        })
    }

    /// What the partner of side `side` (`a` or `b`) declared; `None` when it never declared anything.
    pub fn partner_status(
        &self,
        conversation: &str,
        side: &str,
        now: Timestamp,
    ) -> Result<Option<PartnerStatus>, StoreError> {
        self.status(conversation, if side == "a" { "b" } else { "a" }, now)
    }

    /// What a participant declared last.
    pub fn status(
        &self,
        conversation: &str,
        participant: &str,
        now: Timestamp,
    ) -> Result<Option<PartnerStatus>, StoreError> {
        let found = self.read::<_, StoreError>(|db| Ok(declared(db, conversation, participant)?))?;
        Ok(found.map(|(status, last_heartbeat)| PartnerStatus {
            participant: participant.into(),
            status,
            age_s: python::time(&last_heartbeat).map(|at| (now.0 - at.0).div_euclid(1000)),
            last_heartbeat,
        }))
    }
}

fn put(
    db: &Connection,
    conversation: &str,
    participant: &str,
    status: &str,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO session_status (conversation_id, session_id, status, last_heartbeat)
        VALUES (?,?,?,?)";
    db.prepare_cached(sql)?.execute(params![conversation, participant, status, python::stamp(now)]).map(drop)
}

fn declared(
    db: &Connection,
    conversation: &str,
    participant: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    let sql =
        "SELECT status, last_heartbeat FROM session_status WHERE conversation_id = ? AND session_id = ?";
    db.prepare_cached(sql)?
        .query_row([conversation, participant], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
