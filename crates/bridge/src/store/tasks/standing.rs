//! Where a task stands, as a change of it needs to know: the one place where owners and epochs change.
//!
//! Whoever gets a task gets it in its present epoch, and whoever loses it ends that epoch. So an epoch has at most one owner,
//! which the key of the owners' table also demands.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::{LEASE, changes};
use crate::store::{StoreError, handovers, participants};
use crate::task::error::TaskError;
use crate::{Actor, Kind, Participant, TaskState};

#[derive(Clone, Debug)]
pub(in crate::store) struct Standing {
    pub(in crate::store) id: i64,
    pub(in crate::store) conversation: String,
    pub(in crate::store) subject: String,
    pub(in crate::store) state: TaskState,
    pub(in crate::store) owner: Option<String>,
    pub(in crate::store) epoch: i64,
    pub(in crate::store) lease: Option<Timestamp>,
    attempts: i64,
    revoked: Option<Timestamp>,
}

impl Standing {
    pub(in crate::store) fn of(db: &Connection, id: i64) -> Result<Standing, TaskError> {
        let sql = "SELECT conversation_id, subject, state, owner, epoch, lease_ms, attempts, revoked_ms
            FROM peerwatch_tasks WHERE task_id = ?";
        let found = db.prepare_cached(sql)?.query_row([id], |row| {
            let state: String = row.get(2)?;
            Ok(Standing {
                id,
                conversation: row.get(0)?,
                subject: row.get(1)?,
                state: TaskState::of(&state).unwrap_or(TaskState::Open),
                owner: row.get(3)?,
                epoch: row.get(4)?,
                lease: row.get::<_, Option<i64>>(5)?.map(Timestamp),
                attempts: row.get(6)?,
                revoked: row.get::<_, Option<i64>>(7)?.map(Timestamp),
            })
        });
        found.optional()?.ok_or(TaskError::NoTask { task: id })
    }

    /// Gives a task that nobody owns to a participant.
    pub(in crate::store) fn gains(
        &mut self,
        db: &Connection,
        owner: &str,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        let sql =
            "INSERT INTO peerwatch_task_owners (task_id, epoch, participant, since_ms) VALUES (?,?,?,?)";
        db.prepare_cached(sql)?.execute(params![self.id, self.epoch, owner, now.0])?;
        self.owner = Some(owner.to_owned());
        self.state = TaskState::Assigned;
        self.lease = Some(now.plus(LEASE));
        Ok(())
    }

    /// Takes a task from its owner, who may hear the reason later. Returns who that was.
    pub(in crate::store) fn loses(
        &mut self,
        db: &Connection,
        reason: &str,
        now: Timestamp,
    ) -> rusqlite::Result<Option<String>> {
        let Some(owner) = self.owner.take() else { return Ok(None) };
        let sql =
            "UPDATE peerwatch_task_owners SET lost_ms = ?3, reason = ?4 WHERE task_id = ?1 AND epoch = ?2";
        db.prepare_cached(sql)?.execute(params![self.id, self.epoch, now.0, reason])?;
        self.epoch += 1;
        self.lease = None;
        self.state = TaskState::Open;
        Ok(Some(owner))
    }

    /// Its owner takes a step of work: it is begun if it was not, and held for longer.
    pub(in crate::store) fn goes_on(&mut self, db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
        self.lease = Some(now.plus(LEASE));
        if self.state == TaskState::Assigned {
            self.state = TaskState::InProgress;
            self.attempts += 1;
            handovers::begun(db, self, now)?;
        }
        Ok(())
    }

    /// It is done or given up.
    pub(in crate::store) fn ends(&mut self, state: TaskState) {
        self.state = state;
        self.lease = None;
    }

    /// It was taken from its owner, for the next one.
    pub(in crate::store) fn is_handed_over(&mut self, now: Timestamp) {
        self.state = TaskState::HandingOver;
        self.revoked = Some(now);
    }

    pub(in crate::store) fn save(&self, db: &Connection, now: Timestamp) -> rusqlite::Result<()> {
        let sql = "UPDATE peerwatch_tasks SET state = ?2, owner = ?3, epoch = ?4, lease_ms = ?5, attempts = ?6,
            revoked_ms = ?7, updated_ms = ?8, over_ms = CASE WHEN ?9 THEN coalesce(over_ms, ?8) END WHERE task_id = ?1";
        let (lease, revoked) = (self.lease.map(|at| at.0), self.revoked.map(|at| at.0));
        let row = params![
            self.id,
            self.state.word(),
            self.owner,
            self.epoch,
            lease,
            self.attempts,
            revoked,
            now.0,
            self.is_over()
        ];
        db.prepare_cached(sql)?.execute(row).map(drop)
    }

    pub(in crate::store) fn is_over(&self) -> bool {
        matches!(self.state, TaskState::Done | TaskState::Cancelled)
    }

    /// Refuses what cannot be done to a task that is over, or on its way to its next owner.
    pub(in crate::store) fn is_at_rest(&self) -> Result<(), TaskError> {
        match self.state {
            TaskState::HandingOver => Err(TaskError::HandingOver { task: self.id }),
            TaskState::Done | TaskState::Cancelled => Err(self.over(None)),
            TaskState::Open | TaskState::Assigned | TaskState::InProgress => Ok(()),
        }
    }

    pub(in crate::store) fn over(&self, kept: Option<i64>) -> TaskError {
        TaskError::Over { task: self.id, state: self.state.word(), kept }
    }

    /// The owner's role.
    pub(in crate::store) fn owner_role(&self, db: &Connection) -> rusqlite::Result<Option<String>> {
        self.owner.as_deref().map(|owner| role(db, &self.conversation, owner)).transpose()
    }

    /// Refuses because of its owner.
    pub(in crate::store) fn owned(&self, db: &Connection) -> Result<TaskError, TaskError> {
        let owner = self.owner_role(db)?.unwrap_or_else(|| "nobody".into());
        Ok(TaskError::Owned { task: self.id, owner, lease: self.lease })
    }

    /// Ends the handover that is under way, if one is: what it was for has come otherwise.
    pub(in crate::store) fn closes_handover(
        &self,
        db: &Connection,
        by: &Actor,
        why: &str,
        now: Timestamp,
    ) -> rusqlite::Result<()> {
        if let Some(handover) = handovers::close(db, self.id, why, now)? {
            let details = json!({ "handover": handover, "reason": why });
            changes::record(db, self, by, "handover_close", details, now)?;
        }
        Ok(())
    }
}

/// What a participant is called.
pub(in crate::store) fn role(db: &Connection, conversation: &str, letter: &str) -> rusqlite::Result<String> {
    let known = participants::all(db, conversation)?;
    let found = known.into_iter().find(|one| one.participant == letter);
    Ok(found.map_or_else(|| letter.to_owned(), |one| one.role))
}

/// Somebody who acts takes part, and has not left.
pub(in crate::store) fn takes_part(
    db: &Connection,
    conversation: &str,
    letter: &str,
) -> Result<Participant, TaskError> {
    let found = participants::one(db, conversation, letter)?;
    if found.left.is_some() { Err(TaskError::Left) } else { Ok(found) }
}

/// The same of an actor; the person and Peerwatch may always act.
pub(in crate::store) fn may_act(db: &Connection, conversation: &str, by: &Actor) -> Result<(), TaskError> {
    match by.letter() {
        Some(letter) => takes_part(db, conversation, letter).map(drop),
        None => Ok(()),
    }
}

/// Somebody who shall get a task can do it.
pub(in crate::store) fn can_get(db: &Connection, conversation: &str, letter: &str) -> Result<(), TaskError> {
    match participants::one(db, conversation, letter) {
        Ok(found) if found.left.is_none() && found.kind != Kind::Person => Ok(()),
        Ok(_) | Err(StoreError::NoParticipant { .. }) => Err(TaskError::UnknownHeir { heir: letter.into() }),
        Err(error) => Err(error.into()),
    }
}
