//! Work on a task by its owner; and by one who was its owner, whose work is kept.

use peerwatch_core::Timestamp;
use rusqlite::Connection;
use serde_json::json;

use super::late::{self, Caller};
use super::notes::{REASON, Said, TEXT, bounded};
use super::standing::Standing;
use super::{changes, rows};
use crate::store::Store;
use crate::task::error::TaskError;
use crate::{Actor, NoteKind, Task, TaskState};

/// A call by somebody who says that a task is its own.
struct Call<'a> {
    task: i64,
    epoch: Option<i64>,
    by: &'a Actor,
    kind: NoteKind,
    text: &'a str,
}

impl Store {
    /// Reports how a task goes on: it is begun by that, and held for longer. `epoch` is the one in which the caller got the
    /// task; without one, that in which it owns or last owned it. What a former owner reports is refused and kept.
    pub fn progress_task(
        &mut self,
        id: i64,
        epoch: Option<i64>,
        by: &str,
        text: &str,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        let text = bounded("report", text, TEXT)?;
        let by = Actor::Participant(by.into());
        let call = Call { task: id, epoch, by: &by, kind: NoteKind::Progress, text: &text };
        self.work(&call, now, |db, task| {
            task.goes_on(db, now)?;
            task.save(db, now)?;
            if !text.is_empty() {
                call.said(task).keep(db, now)?;
            }
            changes::record(db, task, &by, "task_progress", json!({}), now)
        })
    }

    /// Completes a task. What a former owner hands in is refused and kept, for [`Store::adopt`].
    pub fn complete_task(
        &mut self,
        id: i64,
        epoch: Option<i64>,
        by: &str,
        result: &str,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        let text = bounded("result", result, TEXT)?;
        let by = Actor::Participant(by.into());
        let call = Call { task: id, epoch, by: &by, kind: NoteKind::Result, text: &text };
        self.work(&call, now, |db, task| {
            task.goes_on(db, now)?;
            task.ends(TaskState::Done);
            task.save(db, now)?;
            call.said(task).keep(db, now)?;
            changes::record(db, task, &by, "task_complete", json!({}), now)
        })
    }

    /// Gives a task back: nobody owns it then.
    pub fn release_task(
        &mut self,
        id: i64,
        epoch: Option<i64>,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        let text = bounded("reason", reason, REASON)?;
        let by = Actor::Participant(by.into());
        let call = Call { task: id, epoch, by: &by, kind: NoteKind::Reason, text: &text };
        self.work(&call, now, |db, task| {
            let said = call.said(task);
            let why = format!("you released it: {text}");
            task.closes_handover(db, &by, "its new owner released it", now)?;
            task.loses(db, &why, now)?;
            task.save(db, now)?;
            said.keep(db, now)?;
            changes::record(
                db,
                task,
                &by,
                "task_release",
                json!({ "epoch": said.epoch, "reason": text }),
                now,
            )
        })
    }

    /// Lets the owner do its work. Everybody else is refused, which is noted where something was handed in.
    fn work(
        &self,
        call: &Call<'_>,
        now: Timestamp,
        act: impl FnOnce(&Connection, &mut Standing) -> rusqlite::Result<()>,
    ) -> Result<Task, TaskError> {
        self.change_tasks(|db| {
            let mut task = Standing::of(db, call.task)?;
            let letter = call.by.letter().unwrap_or_default();
            match late::caller(db, &task, letter, call.epoch)? {
                Caller::Owner if task.is_over() => over(db, &task, call, now),
                Caller::Owner => {
                    act(db, &mut task)?;
                    Ok(Ok(rows::one(db, call.task)?))
                }
                Caller::Former(epoch) => {
                    let said = Said { epoch, ..call.said(&task) };
                    late::keep(db, &task, &said, now).map(Err)
                }
                Caller::Stranger => {
                    let owner = task.owner_role(db)?.unwrap_or_else(|| "nobody".into());
                    Err(TaskError::NotYours { task: task.id, owner, epoch: task.epoch })
                }
                Caller::Mistaken => Err(TaskError::Changed { task: task.id, epoch: task.epoch, kept: None }),
            }
        })?
    }
}

impl<'a> Call<'a> {
    fn said(&self, task: &Standing) -> Said<'a> {
        Said { task: task.id, kind: self.kind, by: self.by, epoch: task.epoch, text: self.text }
    }
}

/// The owner speaks of a task that it has completed. Only the same result again is no news.
fn over(
    db: &Connection,
    task: &Standing,
    call: &Call<'_>,
    now: Timestamp,
) -> Result<Result<Task, TaskError>, TaskError> {
    let said = call.said(task);
    if said.kind == NoteKind::Result && said.said_before(db)?.is_some() {
        return Ok(Ok(rows::one(db, task.id)?));
    }
    let kept = late::set_aside(db, task, &said, now)?;
    Ok(Err(task.over(kept)))
}
