//! Every change of a task leaves its row in the log, and counts.

use peerwatch_core::Timestamp;
use rusqlite::Connection;
use serde_json::Value;

use super::standing::Standing;
use crate::Actor;
use crate::store::{Store, StoreError, audit};
use crate::task::error::TaskError;

impl Store {
    /// A number that grows with each change of any task or handover, and of who holds a role, by whichever process: as
    /// long as it stays the same, [`Store::tasks`] and [`Store::handovers`] tell nothing new.
    pub fn tasks_version(&self) -> Result<i64, StoreError> {
        let sql = "SELECT count FROM peerwatch_task_changes";
        self.read(|db| Ok(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?))
    }

    /// Changes something about tasks, wholly or not at all.
    pub(in crate::store) fn change_tasks<T>(
        &self,
        act: impl FnOnce(&Connection) -> Result<T, TaskError>,
    ) -> Result<T, TaskError> {
        self.write(|db| {
            let done = act(db)?;
            count(db)?;
            Ok(done)
        })
    }
}

/// Counts a change.
pub(in crate::store) fn count(db: &Connection) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE peerwatch_task_changes SET count = count + 1")?.execute([]).map(drop)
}

/// Notes what was done to a task and by whom. `more` is added to what each such row tells.
pub(in crate::store) fn record(
    db: &Connection,
    task: &Standing,
    by: &Actor,
    action: &str,
    mut more: Value,
    now: Timestamp,
) -> rusqlite::Result<()> {
    if let Some(more) = more.as_object_mut() {
        more.insert("task".into(), task.id.into());
        more.entry("epoch").or_insert_with(|| task.epoch.into());
        if by.letter().is_none() {
            more.insert("by".into(), by.word().trim_start_matches('@').into());
        }
    }
    audit::record(db, Some(&task.conversation), by.letter(), action, &more, now)
}
