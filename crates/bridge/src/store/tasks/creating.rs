//! Creates tasks.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::notes::{TEXT, bounded};
use super::standing::{Standing, may_act};
use super::{changes, needs, rows};
use crate::store::{Store, conversations};
use crate::task::error::TaskError;
use crate::{Actor, NewTask, Task};

/// Characters of a subject.
const SUBJECT: usize = 200;
/// Characters of a folder: the longest path of any system.
const FOLDER: usize = 4096;

impl Store {
    /// Creates a task, which nobody owns yet. Its texts are kept without secrets.
    pub fn create_task(
        &mut self,
        conversation: &str,
        what: &NewTask,
        by: &Actor,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        let subject = one_line(&bounded("subject", &what.subject, SUBJECT)?);
        if subject.is_empty() {
            return Err(TaskError::NoSubject);
        }
        let description = what.description.as_deref().filter(|text| !text.trim().is_empty());
        let description = description.map(|text| bounded("description", text, TEXT)).transpose()?;
        if let Some(length) = what.folder.as_ref().map(|it| it.chars().count()).filter(|it| *it > FOLDER) {
            return Err(TaskError::TooLong { what: "folder", length, limit: FOLDER });
        }
        let what = NewTask { subject, description, ..what.clone() };
        self.change_tasks(|db| {
            conversations::name_of(db, conversation)?;
            may_act(db, conversation, by)?;
            let id = insert(db, conversation, &what, by, now)?;
            let task = Standing::of(db, id)?;
            needs::set(db, &task, &what.needs)?;
            changes::record(db, &task, by, "task_create", json!({ "subject": what.subject }), now)?;
            rows::one(db, id)
        })
    }
}

fn insert(
    db: &Connection,
    conversation: &str,
    what: &NewTask,
    by: &Actor,
    now: Timestamp,
) -> rusqlite::Result<i64> {
    let sql = "INSERT INTO peerwatch_tasks (conversation_id, subject, description, priority, folder, deadline_ms, state,
          created_by, created_ms, updated_ms) VALUES (?1,?2,?3,?4,?5,?6,'open',?7,?8,?8)";
    let NewTask { subject, description, priority, folder, deadline, .. } = what;
    let deadline = deadline.map(|at| at.0);
    let row = params![conversation, subject, description, priority, folder, deadline, by.word(), now.0];
    db.prepare_cached(sql)?.execute(row)?;
    Ok(db.last_insert_rowid())
}

/// A subject is shown in lists.
fn one_line(text: &str) -> String {
    let plain = text.split(|character: char| character.is_whitespace() || character.is_control());
    plain.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
