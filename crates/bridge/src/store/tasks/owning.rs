//! Who gets a task that nobody owns, and how long it holds it.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::standing::{Standing, can_get, may_act, takes_part};
use super::{LEASE, changes, needs, rows};
use crate::store::sending::{Sender, tell};
use crate::store::{Store, StoreError, telling};
use crate::task::error::TaskError;
use crate::{Actor, Task, TaskState};

/// A lease is written anew only when that gains so many milliseconds; else each look of the engine would write.
const STEP: i64 = 60_000;

impl Store {
    /// Gives an open task to a participant, who has not begun by that. With `message`, a message tells it so: from whoever
    /// assigns if that is another participant, else from Peerwatch. A task that must wait can be assigned, not claimed.
    pub fn assign_task(
        &mut self,
        id: i64,
        to: &str,
        by: &Actor,
        message: bool,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        self.change_tasks(|db| {
            let mut task = Standing::of(db, id)?;
            may_act(db, &task.conversation, by)?;
            task.is_at_rest()?;
            if task.owner.is_some() {
                return Err(task.owned(db)?);
            }
            can_get(db, &task.conversation, to)?;
            task.gains(db, to, now)?;
            task.save(db, now)?;
            changes::record(db, &task, by, "task_assign", json!({ "to": to }), now)?;
            let assigned = rows::one(db, id)?;
            if message && by.letter() != Some(to) {
                let from = match by.letter() {
                    Some(letter) => {
                        Sender { conversation: task.conversation.clone(), participant: letter.into() }
                    }
                    None => telling::peerwatch(db, &task.conversation, now)?,
                };
                tell(db, &from, to, "task_assignment", &telling::assigned(&assigned), now)?;
            }
            Ok(assigned)
        })
    }

    /// Takes an open task, or begins one that was assigned to the caller. Whoever has begun it already claims it again
    /// without effect. A lease that has run out lets nobody else claim: only a handover takes a task from its owner.
    pub fn claim_task(&mut self, id: i64, by: &str, now: Timestamp) -> Result<Task, TaskError> {
        self.change_tasks(|db| {
            let mut task = Standing::of(db, id)?;
            takes_part(db, &task.conversation, by)?;
            claim(db, &mut task, by, now)?;
            rows::one(db, id)
        })
    }

    /// Claims the best task: one that was assigned to the caller and waits for it, else an open one; in each case that of the
    /// highest priority, then the oldest. `None` when there is nothing to do.
    pub fn claim_next(
        &mut self,
        conversation: &str,
        by: &str,
        now: Timestamp,
    ) -> Result<Option<Task>, TaskError> {
        // Whoever asks when there is nothing writes nothing.
        if self.read(|db| next(db, conversation, by))?.is_none() {
            self.read(|db| takes_part(db, conversation, by))?;
            return Ok(None);
        }
        self.change_tasks(|db| {
            takes_part(db, conversation, by)?;
            let Some(id) = next(db, conversation, by)? else { return Ok(None) };
            let mut task = Standing::of(db, id)?;
            claim(db, &mut task, by, now)?;
            rows::one(db, id).map(Some)
        })
    }

    /// The owner of these tasks is proven alive: it holds them for longer. Counts the leases that were written anew.
    pub fn renew_leases(
        &mut self,
        conversation: &str,
        participant: &str,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let condition = "conversation_id = ?1 AND owner = ?2 AND over_ms IS NULL AND lease_ms < ?3";
        let until = now.plus(LEASE).0;
        let is_due: bool = self.read::<_, StoreError>(|db| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM peerwatch_tasks WHERE {condition})");
            let values = params![conversation, participant, until - STEP];
            Ok(db.prepare_cached(&sql)?.query_row(values, |row| row.get(0))?)
        })?;
        if !is_due {
            return Ok(0);
        }
        self.write(|db| {
            let sql = format!("UPDATE peerwatch_tasks SET lease_ms = ?3 WHERE {condition}");
            let renewed = db.prepare_cached(&sql)?.execute(params![conversation, participant, until])?;
            changes::count(db)?;
            Ok(renewed)
        })
    }
}

fn claim(db: &Connection, task: &mut Standing, by: &str, now: Timestamp) -> Result<(), TaskError> {
    task.is_at_rest()?;
    match task.owner.as_deref() {
        Some(owner) if owner != by => return Err(task.owned(db)?),
        Some(_) if task.state == TaskState::InProgress => {}
        Some(_) => needs::none_open(db, task.id)?,
        None => {
            needs::none_open(db, task.id)?;
            task.gains(db, by, now)?;
        }
    }
    let is_new = task.state == TaskState::Assigned;
    task.goes_on(db, now)?;
    task.save(db, now)?;
    if is_new {
        changes::record(db, task, &Actor::Participant(by.into()), "task_claim", json!({}), now)?;
    }
    Ok(())
}

fn next(db: &Connection, conversation: &str, by: &str) -> Result<Option<i64>, TaskError> {
    let sql = "SELECT task_id FROM peerwatch_tasks t WHERE conversation_id = ?1 AND over_ms IS NULL
          AND ((state = 'open' AND owner IS NULL) OR (state = 'assigned' AND owner = ?2))
          AND NOT EXISTS (SELECT 1 FROM peerwatch_task_needs n JOIN peerwatch_tasks b ON b.task_id = n.needs
            WHERE n.task_id = t.task_id AND b.over_ms IS NULL)
        ORDER BY owner IS NULL, priority DESC, task_id LIMIT 1";
    Ok(db.prepare_cached(sql)?.query_row([conversation, by], |row| row.get(0)).optional()?)
}
