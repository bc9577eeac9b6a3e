//! All tasks that are known: those of the bridges that are written, and those that others keep.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use peerwatch_bridge::{Handover, Task, TaskState};
use peerwatch_core::{ConversationId, SourceId, WorkerId};
use peerwatch_sources::TaskSeen;

use crate::delivery::Tasks;

/// What is known of tasks.
#[derive(Default)]
pub(crate) struct Board {
    own: PathBuf,
    bridges: BTreeMap<PathBuf, Tasks>,
    others: BTreeMap<SourceId, Vec<TaskSeen>>,
}

/// A task of a bridge, and where that bridge is.
#[derive(Clone, Copy)]
pub(crate) struct Placed<'a> {
    pub(crate) bridge: &'a Path,
    pub(crate) task: &'a Task,
}

impl Board {
    /// `own` is Peerwatch's own bridge.
    pub(crate) fn new(own: PathBuf) -> Self {
        Self { own, ..Self::default() }
    }

    /// Whether this bridge's tasks were told before.
    pub(crate) fn knows(&self, bridge: &Path) -> bool {
        self.bridges.contains_key(bridge)
    }

    pub(crate) fn learn(&mut self, tasks: Tasks) {
        self.bridges.insert(tasks.bridge.clone(), tasks);
    }

    pub(crate) fn learn_of_others(&mut self, source: SourceId, tasks: Vec<TaskSeen>) {
        self.others.insert(source, tasks);
    }

    /// Only these sources are watched any longer.
    pub(crate) fn keep(&mut self, watched: impl Fn(&SourceId) -> bool) {
        self.others.retain(|source, _| watched(source));
    }

    /// The tasks of all bridges.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = Placed<'_>> {
        self.bridges
            .values()
            .flat_map(|tasks| tasks.tasks.iter().map(|task| Placed { bridge: &tasks.bridge, task }))
    }

    /// What a conversation of a bridge is called, if it has a name.
    pub(crate) fn name_of(&self, conversation: &ConversationId) -> Option<&str> {
        self.bridges.values().find_map(|tasks| tasks.names.get(conversation)).map(String::as_str)
    }

    /// The tasks that others keep.
    pub(crate) fn others(&self) -> impl Iterator<Item = &TaskSeen> {
        self.others.values().flatten()
    }

    /// The handovers of all bridges, newest first.
    pub(crate) fn handovers(&self) -> Vec<(&Path, &Handover)> {
        let all = self.bridges.values();
        let mut all: Vec<(&Path, &Handover)> =
            all.flat_map(|tasks| tasks.handovers.iter().map(|it| (tasks.bridge.as_path(), it))).collect();
        all.sort_by_key(|(_, handover)| std::cmp::Reverse((handover.at, handover.id)));
        all
    }

    /// Whether something is being handed over that this worker had.
    pub(crate) fn hands_over(&self, worker: &str) -> bool {
        let open = |it: &&Handover| crate::delivery::is_open(it.step);
        let mut from = self.bridges.values().flat_map(|tasks| &tasks.handovers).filter(open);
        from.any(|it| holder(&it.from).is_some_and(|id| id.as_str() == worker))
    }

    /// A task as the view names it: its number in our own bridge, with the bridge's path before it elsewhere.
    pub(crate) fn named(&self, bridge: &Path, task: i64) -> String {
        if bridge == self.own { task.to_string() } else { format!("{}#{task}", bridge.display()) }
    }

    /// The task of this name.
    pub(crate) fn task(&self, name: &str) -> Option<Placed<'_>> {
        self.tasks().find(|placed| self.named(placed.bridge, placed.task.id) == name)
    }

    /// The handover with this number; our own bridge's goes first.
    pub(crate) fn handover(&self, number: u64) -> Option<(&Path, &Handover)> {
        let mut found = self.handovers();
        found.retain(|(_, handover)| u64::try_from(handover.id) == Ok(number));
        found.iter().find(|(bridge, _)| *bridge == self.own).or_else(|| found.first()).copied()
    }

    /// The tasks in a worker's hands.
    pub(crate) fn owned_by<'a>(&'a self, worker: &'a WorkerId) -> impl Iterator<Item = Placed<'a>> {
        self.tasks()
            .filter(move |placed| is_in_hand(placed.task) && owner(placed.task).as_ref() == Some(worker))
    }
}

/// Whether somebody has it to do.
pub(crate) fn is_in_hand(task: &Task) -> bool {
    matches!(task.state, TaskState::Assigned | TaskState::InProgress)
}

/// The worker that owns a task: the session whose process holds the role.
pub(crate) fn owner(task: &Task) -> Option<WorkerId> {
    task.owner.as_ref().and_then(holder)
}

/// The workers who had a task and gave it back.
pub(crate) fn declined(placed: Placed<'_>) -> BTreeSet<WorkerId> {
    placed.task.declined.iter().filter_map(holder).collect()
}

/// The session that holds a role, or held it last.
pub(crate) fn holder(participant: &peerwatch_bridge::Participant) -> Option<WorkerId> {
    let process = participant.bearer.process.as_ref()?;
    Some(WorkerId::session(process.pid, &process.start))
}
