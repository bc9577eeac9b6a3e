//! The steps after the first: confirmed, granted, begun. Each may be asked for again, by whoever did not hear the answer.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::{comes_to, rows};
use crate::store::sending::tell;
use crate::store::tasks::changes;
use crate::store::tasks::standing::{Standing, can_get};
use crate::store::{Store, telling};
use crate::task::Step;
use crate::task::error::TaskError;
use crate::{Actor, Confirmation, Handover};

impl Store {
    /// The old owner does not go on. Without effect when that is known.
    pub fn confirm_handover(
        &mut self,
        id: i64,
        what: Confirmation,
        now: Timestamp,
    ) -> Result<Handover, TaskError> {
        self.change_tasks(|db| {
            let handover = rows::one(db, id)?;
            match handover.step {
                Step::Revoked => {}
                Step::Undone => return Err(TaskError::OtherStep { handover: id }),
                Step::Confirmed | Step::Granted | Step::Begun => return Ok(handover),
            }
            let task = Standing::of(db, handover.task)?;
            let by = match what {
                Confirmation::Acknowledged => Actor::Participant(handover.from.participant),
                Confirmation::Gone => Actor::Peerwatch,
                Confirmation::TakenAnyway => Actor::Person,
            };
            confirm(db, &task, id, what, &by, now)?;
            rows::one(db, id)
        })
    }

    /// Chooses another heir, in words of the engine, as long as none has got the task.
    pub fn choose_heir(
        &mut self,
        id: i64,
        wanted: Option<&str>,
        now: Timestamp,
    ) -> Result<Handover, TaskError> {
        self.change_tasks(|db| {
            let handover = rows::one(db, id)?;
            if !matches!(handover.step, Step::Revoked | Step::Confirmed) {
                return Err(TaskError::OtherStep { handover: id });
            }
            let sql = "UPDATE peerwatch_handovers SET wanted = ?2, updated_ms = ?3 WHERE handover_id = ?1";
            db.prepare_cached(sql)?.execute(params![id, wanted, now.0])?;
            let task = Standing::of(db, handover.task)?;
            let details = json!({ "handover": id, "wanted": wanted });
            changes::record(db, &task, &Actor::Person, "handover_choose", details, now)?;
            rows::one(db, id)
        })
    }

    /// Gives the task to its heir, in whose mail the card then lies. Without effect when that one has it already.
    pub fn grant_handover(&mut self, id: i64, to: &str, now: Timestamp) -> Result<Handover, TaskError> {
        self.change_tasks(|db| {
            let handover = rows::one(db, id)?;
            match handover.step {
                Step::Revoked => return Err(TaskError::NotConfirmed { handover: id }),
                Step::Confirmed => {}
                Step::Granted | Step::Begun
                    if handover.to.as_ref().is_some_and(|heir| heir.participant == to) =>
                {
                    return Ok(handover);
                }
                _ => return Err(TaskError::OtherStep { handover: id }),
            }
            let mut task = Standing::of(db, handover.task)?;
            can_get(db, &task.conversation, to)?;
            task.gains(db, to, now)?;
            task.save(db, now)?;
            let from = telling::peerwatch(db, &task.conversation, now)?;
            let granted = tell(db, &from, to, "task_handover", &telling::granted(&task, &handover), now)?;
            let sql = "UPDATE peerwatch_handovers SET new_owner = ?2, granted = ?3 WHERE handover_id = ?1";
            db.prepare_cached(sql)?.execute(params![id, to, granted])?;
            comes_to(db, id, Step::Granted, now)?;
            let details = json!({ "handover": id, "from": handover.from.participant, "to": to });
            changes::record(db, &task, &Actor::Peerwatch, "handover_grant", details, now)?;
            rows::one(db, id)
        })
    }

    /// The heir has begun, by other evidence than its own call: its task is in progress then. Without effect when that is
    /// known.
    pub fn begin_handover(&mut self, id: i64, now: Timestamp) -> Result<Handover, TaskError> {
        self.change_tasks(|db| {
            let handover = rows::one(db, id)?;
            match handover.step {
                Step::Granted => {}
                Step::Begun => return Ok(handover),
                _ => return Err(TaskError::OtherStep { handover: id }),
            }
            let mut task = Standing::of(db, handover.task)?;
            task.goes_on(db, now)?;
            task.save(db, now)?;
            rows::one(db, id)
        })
    }
}

/// Notes that the old owner does not go on.
pub(super) fn confirm(
    db: &Connection,
    task: &Standing,
    handover: i64,
    what: Confirmation,
    by: &Actor,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let sql = "UPDATE peerwatch_handovers SET confirmed = ?2 WHERE handover_id = ?1";
    db.prepare_cached(sql)?.execute(params![handover, what.word()])?;
    comes_to(db, handover, Step::Confirmed, now)?;
    let details = json!({ "handover": handover, "confirmed": what.word() });
    changes::record(db, task, by, "handover_confirm", details, now)
}
