//! The tasks of owners who are proven gone.

use std::path::{Path, PathBuf};

use peerwatch_bridge::{Participant, Schema, Store, Task, schema_of};
use peerwatch_core::Timestamp;
use peerwatch_sources::process::Processes;

use crate::fare::{self, Fare};
use crate::hands;

/// A task that somebody has in hand, and how that one fares.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) database: PathBuf,
    pub(crate) task: Task,
    pub(crate) owner: Participant,
    pub(crate) fare: Fare,
}

/// All tasks of a database that somebody has in hand. A database of the coordinator schema has none.
pub(crate) fn held(path: &Path, processes: &dyn Processes, now: Timestamp) -> anyhow::Result<Vec<Held>> {
    if schema_of(path)? == Schema::Coordinator {
        return Ok(Vec::new());
    }
    let store = Store::open_existing(path)?;
    let mut held = Vec::new();
    for task in store.tasks(None)?.into_iter().filter(hands::is_in_hand) {
        let Some(owner) = task.owner.clone() else { continue };
        let fare = fare::of(&store, &owner, processes, now)?;
        held.push(Held { database: path.to_owned(), task, owner, fare });
    }
    Ok(held)
}

/// How the command line names a task of a database; a number is enough in Peerwatch's own bridge and with `--db`.
pub(crate) fn command(database: Option<&Path>, tasks: &[String]) -> String {
    let tasks = tasks.join(" ");
    match database {
        None => format!("peerwatch reassign {tasks}"),
        Some(path) => {
            format!("peerwatch --db {} reassign {tasks}", crate::printable::quoted(&path.to_string_lossy()))
        }
    }
}
