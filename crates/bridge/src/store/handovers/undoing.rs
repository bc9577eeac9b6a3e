//! Takes a handover back, as long as the heir has not begun.

use peerwatch_core::Timestamp;
use serde_json::json;

use super::{comes_to, rows};
use crate::store::sending::tell;
use crate::store::tasks::changes;
use crate::store::tasks::standing::{Standing, may_act};
use crate::store::{Store, telling};
use crate::task::Step;
use crate::task::error::TaskError;
use crate::{Actor, Handover};

impl Store {
    /// Gives the task back to its old owner, in an epoch of its own. Both are told, the heir if it had the task already.
    pub fn undo_handover(&mut self, id: i64, by: &Actor, now: Timestamp) -> Result<Handover, TaskError> {
        self.change_tasks(|db| {
            let handover = rows::one(db, id)?;
            let mut task = Standing::of(db, handover.task)?;
            may_act(db, &task.conversation, by)?;
            let from = telling::peerwatch(db, &task.conversation, now)?;
            match handover.step {
                Step::Revoked | Step::Confirmed => task.epoch += 1,
                Step::Granted => {
                    let why = "the handover was undone";
                    if let Some(heir) = task.loses(db, why, now)? {
                        tell(db, &from, &heir, "task_revoked", &telling::lost(&task, why), now)?;
                    }
                }
                Step::Begun => return Err(TaskError::Begun { handover: id }),
                Step::Undone => return Err(TaskError::OtherStep { handover: id }),
            }
            let owner = &handover.from.participant;
            task.gains(db, owner, now)?;
            task.save(db, now)?;
            comes_to(db, id, Step::Undone, now)?;
            tell(db, &from, owner, "task_returned", &telling::returned(&task), now)?;
            let details = json!({ "handover": id, "to": owner });
            changes::record(db, &task, by, "handover_undo", details, now)?;
            rows::one(db, id)
        })
    }
}
