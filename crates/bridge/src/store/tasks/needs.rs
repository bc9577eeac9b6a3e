//! What must be done before a task.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::standing::{Standing, may_act};
use super::{changes, rows};
use crate::store::Store;
use crate::task::error::TaskError;
use crate::{Actor, Task};

/// Tasks that one task may need.
const MOST: usize = 100;

impl Store {
    /// Lets a task wait for these tasks of its conversation, and for no others. It may not wait for itself, not even by
    /// way of others.
    pub fn set_needs(
        &mut self,
        id: i64,
        needs: &[i64],
        by: &Actor,
        now: Timestamp,
    ) -> Result<Task, TaskError> {
        self.change_tasks(|db| {
            let task = Standing::of(db, id)?;
            may_act(db, &task.conversation, by)?;
            if task.is_over() {
                return Err(task.over(None));
            }
            set(db, &task, needs)?;
            task.save(db, now)?;
            changes::record(db, &task, by, "task_needs", json!({ "needs": needs }), now)?;
            rows::one(db, id)
        })
    }
}

/// Writes what a task waits for.
pub(super) fn set(db: &Connection, task: &Standing, needs: &[i64]) -> Result<(), TaskError> {
    if needs.len() > MOST {
        return Err(TaskError::TooLong { what: "list of needed tasks", length: needs.len(), limit: MOST });
    }
    db.prepare_cached("DELETE FROM peerwatch_task_needs WHERE task_id = ?")?.execute([task.id])?;
    for need in needs {
        let known = match Standing::of(db, *need) {
            Ok(known) => known.conversation == task.conversation,
            Err(TaskError::NoTask { .. }) => false,
            Err(error) => return Err(error),
        };
        if !known {
            return Err(TaskError::UnknownNeed { need: *need });
        }
        let sql = "INSERT OR IGNORE INTO peerwatch_task_needs VALUES (?,?)";
        db.prepare_cached(sql)?.execute([task.id, *need])?;
    }
    let sql = "WITH RECURSIVE before (task) AS (SELECT needs FROM peerwatch_task_needs WHERE task_id = ?1
          UNION SELECT n.needs FROM peerwatch_task_needs n JOIN before b ON n.task_id = b.task)
        SELECT EXISTS (SELECT 1 FROM before WHERE task = ?1)";
    let is_circle: bool = db.prepare_cached(sql)?.query_row([task.id], |row| row.get(0))?;
    if is_circle { Err(TaskError::Circle { task: task.id }) } else { Ok(()) }
}

/// What still must be done before a task. A task that was given up holds nothing back.
pub(super) fn open(db: &Connection, task: i64) -> rusqlite::Result<Vec<i64>> {
    let sql = "SELECT n.needs FROM peerwatch_task_needs n JOIN peerwatch_tasks t ON t.task_id = n.needs
        WHERE n.task_id = ? AND t.over_ms IS NULL ORDER BY n.needs";
    db.prepare_cached(sql)?.query_map(params![task], |row| row.get(0))?.collect()
}

/// Refuses a task that has to wait.
pub(super) fn none_open(db: &Connection, task: i64) -> Result<(), TaskError> {
    let by = open(db, task)?;
    if by.is_empty() { Ok(()) } else { Err(TaskError::Blocked { task, by }) }
}
