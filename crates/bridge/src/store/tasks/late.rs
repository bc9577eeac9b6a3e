//! Late work: what a former owner hands in is set aside, and may be adopted.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::json;

use super::notes::Said;
use super::standing::{Standing, may_act, role};
use super::{changes, rows};
use crate::store::sending::tell;
use crate::store::{Store, handovers, telling};
use crate::task::error::TaskError;
use crate::{Actor, NoteKind, Task, TaskState};

/// What somebody is to the task it speaks of.
pub(super) enum Caller {
    /// Its owner.
    Owner,
    /// Its owner in this epoch, which is over.
    Former(i64),
    /// Its owner, who names an epoch that it never had.
    Mistaken,
    /// It never had it.
    Stranger,
}

impl Store {
    /// Takes late work for good: a late result becomes the task's result, and the task is done; whoever owns it otherwise is told
    /// and loses it. A late report becomes a report.
    pub fn adopt(&mut self, task: i64, note: i64, by: &Actor, now: Timestamp) -> Result<Task, TaskError> {
        self.change_tasks(|db| {
            let mut task = Standing::of(db, task)?;
            may_act(db, &task.conversation, by)?;
            let sql = "SELECT kind, author FROM peerwatch_task_notes WHERE note_id = ? AND task_id = ?";
            let found: Option<(String, String)> = db
                .prepare_cached(sql)?
                .query_row([note, task.id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let (kind, author) = found.ok_or(TaskError::NoNote { note })?;
            let kind = match NoteKind::of(&kind) {
                Some(NoteKind::LateProgress) => NoteKind::Progress,
                Some(NoteKind::LateResult) => NoteKind::Result,
                _ => return Err(TaskError::NoNote { note }),
            };
            let sql = "UPDATE peerwatch_task_notes SET kind = ?2, counts_ms = ?3 WHERE note_id = ?1";
            db.prepare_cached(sql)?.execute(params![note, kind.word(), now.0])?;
            if kind == NoteKind::Result {
                is_done_by(db, &mut task, &author, by, now)?;
            }
            task.save(db, now)?;
            changes::record(db, &task, by, "task_adopt", json!({ "note": note, "from": author }), now)?;
            rows::one(db, task.id)
        })
    }
}

/// The task is done by the work of `author`.
fn is_done_by(
    db: &Connection,
    task: &mut Standing,
    author: &str,
    by: &Actor,
    now: Timestamp,
) -> Result<(), TaskError> {
    task.closes_handover(db, by, "late work was adopted", now)?;
    if task.owner.as_deref() != Some(author) {
        let role = role(db, &task.conversation, author)?;
        let why = format!("what {role} handed in late was adopted, so it is done");
        if let Some(owner) = task.loses(db, &why, now)? {
            let from = telling::peerwatch(db, &task.conversation, now)?;
            tell(db, &from, &owner, "task_adopted", &telling::lost(task, &why), now)?;
        }
        task.gains(db, author, now)?;
    }
    task.ends(TaskState::Done);
    Ok(())
}

/// What `letter` is to a task, when it speaks of it as of its own in `epoch`.
pub(super) fn caller(
    db: &Connection,
    task: &Standing,
    letter: &str,
    epoch: Option<i64>,
) -> Result<Caller, TaskError> {
    let is_owner = task.owner.as_deref() == Some(letter);
    if is_owner && epoch.is_none_or(|epoch| epoch == task.epoch) {
        return Ok(Caller::Owner);
    }
    let sql =
        "SELECT epoch FROM peerwatch_task_owners WHERE task_id = ? AND participant = ? ORDER BY epoch DESC";
    let mut statement = db.prepare_cached(sql)?;
    let had = statement
        .query_map(params![task.id, letter], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<i64>>>()?;
    Ok(match epoch.filter(|epoch| had.contains(epoch)).or(had.first().copied()) {
        // It has the task again, and means the time before.
        Some(epoch) if epoch < task.epoch => Caller::Former(epoch),
        Some(_) if is_owner => Caller::Mistaken,
        Some(epoch) => Caller::Former(epoch),
        None => Caller::Stranger,
    })
}

/// Keeps what a former owner handed in, and tells how it lost the task. By that it has heard of its loss, so that a handover
/// need not wait for it any longer.
pub(super) fn keep(
    db: &Connection,
    task: &Standing,
    said: &Said<'_>,
    now: Timestamp,
) -> Result<TaskError, TaskError> {
    let kept = set_aside(db, task, said, now)?;
    handovers::heard(db, task, said.by, now)?;
    if task.owner.as_deref() == said.by.letter() {
        return Ok(TaskError::Changed { task: task.id, epoch: task.epoch, kept });
    }
    if task.state == TaskState::Cancelled {
        return Ok(task.over(kept));
    }
    let sql = "SELECT lost_ms, reason FROM peerwatch_task_owners WHERE task_id = ? AND epoch = ?";
    let (at, reason): (Option<i64>, Option<String>) = db
        .prepare_cached(sql)?
        .query_row([task.id, said.epoch], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    Ok(TaskError::TakenOver {
        task: task.id,
        by: task.owner_role(db)?,
        at: at.map_or(now, Timestamp),
        reason: reason.unwrap_or_default(),
        kept,
    })
}

/// Sets work aside; what is said again is kept once. A report without a word is nothing to be kept.
pub(super) fn set_aside(
    db: &Connection,
    task: &Standing,
    said: &Said<'_>,
    now: Timestamp,
) -> rusqlite::Result<Option<i64>> {
    let kind = match said.kind {
        NoteKind::Result | NoteKind::LateResult => NoteKind::LateResult,
        _ if said.text.is_empty() => return Ok(None),
        _ => NoteKind::LateProgress,
    };
    let late = Said { kind, ..*said };
    if let Some(kept) = late.said_before(db)? {
        return Ok(Some(kept));
    }
    let kept = late.keep(db, now)?;
    task.save(db, now)?;
    let details = json!({ "epoch": said.epoch, "note": kept });
    changes::record(db, task, said.by, "task_late", details, now)?;
    Ok(Some(kept))
}
