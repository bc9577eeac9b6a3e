//! The first step: the owner loses the task, and is told.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::{brakes, going_on, rows};
use crate::store::sending::tell;
use crate::store::tasks::changes;
use crate::store::tasks::notes::{REASON, TEXT, bounded};
use crate::store::tasks::standing::{Standing, may_act};
use crate::store::{Store, telling};
use crate::task::Step;
use crate::task::error::TaskError;
use crate::{Confirmation, Handover, Revocation};

impl Store {
    /// Takes a task from its owner, in whose mail a message then says so. With `anyway` the handover is confirmed at once.
    /// What comes too soon or too often is held back.
    pub fn revoke_task(&mut self, id: i64, how: &Revocation, now: Timestamp) -> Result<Handover, TaskError> {
        let reason = bounded("reason", &how.reason, REASON)?;
        let card = bounded("card", &how.card, TEXT)?;
        self.change_tasks(|db| {
            let mut task = Standing::of(db, id)?;
            may_act(db, &task.conversation, &how.actor)?;
            task.is_at_rest()?;
            let epoch = task.epoch;
            if epoch != how.epoch {
                return Err(TaskError::Changed { task: id, epoch, kept: None });
            }
            if task.owner.is_none() {
                return Err(TaskError::NoOwner { task: id });
            }
            brakes::allow(db, id, how, now)?;
            task.closes_handover(db, &how.actor, "the task is handed over again", now)?;
            let owner = task.loses(db, &reason, now)?.ok_or(TaskError::NoOwner { task: id })?;
            task.is_handed_over(now);
            task.save(db, now)?;
            let from = telling::peerwatch(db, &task.conversation, now)?;
            let told = tell(db, &from, &owner, "task_revoked", &telling::lost(&task, &reason), now)?;
            let begun =
                Begun { task: &task, owner: &owner, epoch, reason: &reason, card: &card, told: &told };
            let handover = begun.insert(db, how, now)?;
            let details = json!({ "handover": handover, "from": owner, "reason": reason, "epoch": epoch });
            changes::record(db, &task, &how.actor, "handover_revoke", details, now)?;
            if how.anyway {
                going_on::confirm(db, &task, handover, Confirmation::TakenAnyway, &how.actor, now)?;
            }
            rows::one(db, handover)
        })
    }
}

struct Begun<'a> {
    task: &'a Standing,
    owner: &'a str,
    epoch: i64,
    reason: &'a str,
    card: &'a str,
    told: &'a str,
}

impl Begun<'_> {
    fn insert(&self, db: &Connection, how: &Revocation, now: Timestamp) -> rusqlite::Result<i64> {
        let sql = "INSERT INTO peerwatch_handovers (task_id, conversation_id, old_owner, old_epoch, wanted, card, step, reason,
              actor, told, at_ms, updated_ms) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?11)";
        let Begun { task, owner, epoch, reason, card, told } = self;
        let actor = how.actor.word();
        let row = params![
            task.id,
            task.conversation,
            owner,
            epoch,
            how.wanted,
            card,
            Step::Revoked.word(),
            reason,
            actor,
            told,
            now.0
        ];
        db.prepare_cached(sql)?.execute(row)?;
        Ok(db.last_insert_rowid())
    }
}
