//! Handovers: a task is revoked from its owner, who is told; confirmed; and granted to its heir, with the card. Each step is one
//! transaction, so a handover that was interrupted stands at its last step and goes on from there.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, params};
use serde_json::json;

use super::tasks::changes;
use super::tasks::standing::Standing;
use super::{Store, StoreError};
use crate::task::Step;
use crate::{Actor, Confirmation, Handover};

mod brakes;
mod going_on;
mod revoking;
mod rows;
mod undoing;

impl Store {
    /// One handover.
    pub fn handover(&self, id: i64) -> Result<Option<Handover>, StoreError> {
        self.read(|db| {
            let moment = db.unchecked_transaction()?;
            Ok(rows::of(&moment, id)?)
        })
    }

    /// The handovers of one conversation or of all: those that are under way and the last `limit` that ended, newest first.
    pub fn handovers(&self, conversation: Option<&str>, limit: usize) -> Result<Vec<Handover>, StoreError> {
        self.read(|db| {
            let moment = db.unchecked_transaction()?;
            Ok(rows::listed(&moment, conversation, limit)?)
        })
    }

    /// Those that have a step to come: revoked, confirmed or granted, oldest first.
    pub fn open_handovers(&self) -> Result<Vec<Handover>, StoreError> {
        self.read(|db| {
            let moment = db.unchecked_transaction()?;
            Ok(rows::open(&moment)?)
        })
    }
}

/// The heir has begun the task it was granted.
pub(super) fn begun(db: &Connection, task: &Standing, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "SELECT handover_id FROM peerwatch_handovers
        WHERE task_id = ? AND ended = 0 AND step = ? AND new_owner = ?";
    let found = number(db, sql, params![task.id, Step::Granted.word(), task.owner])?;
    if let (Some(handover), Some(heir)) = (found, task.owner.clone()) {
        comes_to(db, handover, Step::Begun, now)?;
        let by = Actor::Participant(heir);
        changes::record(db, task, &by, "handover_begin", json!({ "handover": handover }), now)?;
    }
    Ok(())
}

/// The old owner has heard that it lost the task, in the answer to a call.
pub(super) fn heard(db: &Connection, task: &Standing, by: &Actor, now: Timestamp) -> rusqlite::Result<()> {
    let sql = "SELECT handover_id FROM peerwatch_handovers
        WHERE task_id = ? AND ended = 0 AND step = ? AND old_owner = ?";
    match number(db, sql, params![task.id, Step::Revoked.word(), by.word()])? {
        Some(handover) => going_on::confirm(db, task, handover, Confirmation::Acknowledged, by, now),
        None => Ok(()),
    }
}

/// Ends the handover of a task that is under way, because of something else that happened to it; returns its number.
pub(super) fn close(db: &Connection, task: i64, why: &str, now: Timestamp) -> rusqlite::Result<Option<i64>> {
    let sql = "SELECT handover_id FROM peerwatch_handovers WHERE task_id = ? AND ended = 0";
    let found = number(db, sql, [task])?;
    if let Some(handover) = found {
        comes_to(db, handover, Step::Undone, now)?;
        let sql = "UPDATE peerwatch_handovers SET closed = ?2 WHERE handover_id = ?1";
        db.prepare_cached(sql)?.execute(params![handover, why])?;
    }
    Ok(found)
}

fn comes_to(db: &Connection, handover: i64, step: Step, now: Timestamp) -> rusqlite::Result<()> {
    let ended = matches!(step, Step::Begun | Step::Undone);
    let sql = "UPDATE peerwatch_handovers SET step = ?2, ended = ?3, updated_ms = ?4 WHERE handover_id = ?1";
    db.prepare_cached(sql)?.execute(params![handover, step.word(), ended, now.0]).map(drop)
}

/// The number that a question gives.
fn number(db: &Connection, sql: &str, values: impl Params) -> rusqlite::Result<Option<i64>> {
    db.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()
}
