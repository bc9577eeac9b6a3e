//! Tasks: pieces of work with at most one owner each. Every change is one transaction with its row in the log.

use std::time::Duration;

use super::{Store, StoreError};
use crate::{Note, Task};

mod cancelling;
pub(super) mod changes;
mod creating;
mod late;
mod needs;
pub(super) mod notes;
mod owning;
pub(super) mod rows;
pub(super) mod standing;
mod working;

/// How long an owner holds a task without a sign of life.
pub const LEASE: Duration = Duration::from_secs(30 * 60);

impl Store {
    /// The tasks of one conversation or of all: first those that are not over, the highest priority first and the older
    /// before the newer; then the last 50 that are, the newest first.
    pub fn tasks(&self, conversation: Option<&str>) -> Result<Vec<Task>, StoreError> {
        self.read(|db| {
            let moment = db.unchecked_transaction()?;
            Ok(rows::listed(&moment, conversation)?)
        })
    }

    /// One task.
    pub fn task(&self, id: i64) -> Result<Option<Task>, StoreError> {
        self.read(|db| {
            let moment = db.unchecked_transaction()?;
            Ok(rows::of(&moment, id)?)
        })
    }

    /// All that was said on a task, oldest first.
    pub fn notes(&self, id: i64) -> Result<Vec<Note>, StoreError> {
        self.read(|db| {
            let moment = db.unchecked_transaction()?;
            Ok(rows::notes(&moment, id)?)
        })
    }
}
