//! Gives tasks up.

use peerwatch_core::Timestamp;
use serde_json::json;

use super::notes::{REASON, Said, bounded};
use super::standing::{Standing, may_act};
use super::{changes, rows};
use crate::store::sending::tell;
use crate::store::{Store, telling};
use crate::task::error::TaskError;
use crate::{Actor, NoteKind, Task, TaskState};

impl Store {
    /// Gives a task up. Its owner loses it, and is told unless it did so itself; what it hands in later is kept.
    pub fn cancel_task(
        &mut self,
        id: i64,
        by: &Actor,
        reason: &str,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        let reason = bounded("reason", reason, REASON)?;
        self.change_tasks(|db| {
            let mut task = Standing::of(db, id)?;
            may_act(db, &task.conversation, by)?;
            if task.is_over() {
                return Err(task.over(None));
            }
            let epoch = task.epoch;
            let why = format!("it was given up: {reason}");
            task.closes_handover(db, by, "the task was given up", now)?;
            if let Some(owner) = task.loses(db, &why, now)?
                && by.letter() != Some(&owner)
            {
                let from = telling::peerwatch(db, &task.conversation, now)?;
                tell(db, &from, &owner, "task_cancelled", &telling::lost(&task, &why), now)?;
            }
            task.ends(TaskState::Cancelled);
            task.save(db, now)?;
            Said { task: id, kind: NoteKind::Reason, by, epoch, text: &reason }.keep(db, now)?;
            changes::record(db, &task, by, "task_cancel", json!({ "epoch": epoch, "reason": reason }), now)?;
            rows::one(db, id)
        })
    }
}
