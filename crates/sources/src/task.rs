//! Tasks that others keep, as a source sees them: those of agent teams, and what somebody still owes in a bridge that
//! knows no tasks.

use std::path::PathBuf;

use peerwatch_core::{ConversationId, Timestamp, WorkerId};

/// A piece of work that another program keeps. Texts are bounded and plain.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskSeen {
    /// Its identity: `team:<team>:<number>`, or `owed:<conversation>:<side>`.
    pub id: String,
    /// What it is.
    pub kind: TaskKind,
    /// The team's folder name, or the conversation's name within its database.
    pub place: String,
    /// The configuration folder of Claude Code, or the database.
    pub kept_in: PathBuf,
    /// The conversation in which it is owed.
    pub conversation: Option<ConversationId>,
    /// What is to be done, in a line.
    pub subject: String,
    /// More about it.
    pub description: Option<String>,
    /// Where it stands.
    pub state: TaskState,
    /// The worker that owns it, when its owner is one that this source knows.
    pub owner: Option<WorkerId>,
    /// What its owner is called, known or not.
    pub owner_name: Option<String>,
    /// The worker that leads the team.
    pub lead: Option<WorkerId>,
    /// The identities of the tasks that must be done before it. One that is not listed any more is done.
    pub needs: Vec<String>,
    /// Whether one of those is listed and not done.
    pub blocked: bool,
    /// When anything about it changed last, as far as that is known.
    pub updated: Option<Timestamp>,
}

/// What a task of somebody else's is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TaskKind {
    /// A task of an agent team.
    Team,
    /// Unread messages, open questions and proposals.
    Owed,
}

/// Where a task of somebody else's stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TaskState {
    /// Nobody owns it.
    Open,
    /// It has an owner, who has not begun.
    Assigned,
    /// It was begun.
    InProgress,
    /// It is done.
    Done,
    /// A word that we do not know.
    Unknown(String),
}

/// Which tasks were told last, so that only a change is told again.
#[derive(Debug, Default)]
pub(crate) struct TasksTold(Option<Vec<TaskSeen>>);

impl TasksTold {
    /// These are all tasks now: to be told, unless they were told so before.
    pub(crate) fn tell(&mut self, tasks: Vec<TaskSeen>) -> Option<Vec<TaskSeen>> {
        if self.0.as_ref() == Some(&tasks) {
            return None;
        }
        self.0 = Some(tasks.clone());
        Some(tasks)
    }
}
