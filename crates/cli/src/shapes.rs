//! What the bridge commands print as JSON. `docs/cli.md` shows each, and a test holds the page to these.

use peerwatch_wire::{DeliverMode, HandoverStep, HandoverView, TaskView};
use serde::{Deserialize, Serialize};

/// A message, whole: `peerwatch check --json` prints an array of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct MessageView {
    /// Its number in the database.
    pub(crate) id: i64,
    /// The id by which it is answered and acknowledged; `null` before it has one.
    pub(crate) uid: Option<String>,
    /// The conversation.
    pub(crate) conversation: String,
    /// The sender's letter.
    pub(crate) from: String,
    /// The sender's role.
    pub(crate) from_role: String,
    /// The recipient's letter.
    pub(crate) to: String,
    /// When it was sent; `null` when the database has no readable time.
    pub(crate) at: Option<String>,
    /// What kind of message it is.
    pub(crate) kind: Option<String>,
    /// The files that it speaks of.
    pub(crate) files: Vec<String>,
    /// The uid of the message that it answers.
    pub(crate) reply_to: Option<String>,
    /// The whole text.
    pub(crate) text: String,
}

/// A line of `peerwatch keepalive --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum PulseView {
    /// A heartbeat was written.
    Heartbeat {
        /// When.
        at: String,
        /// The conversation.
        conversation: String,
        /// The side.
        participant: String,
        /// Messages that wait for it.
        unread: usize,
        /// What proves the worker's life.
        evidence: String,
    },
    /// No heartbeat was written this time.
    Skipped {
        /// When.
        at: String,
        /// The conversation.
        conversation: String,
        /// The side.
        participant: String,
        /// Why.
        why: String,
    },
    /// There will be no more.
    End {
        /// When.
        at: String,
        /// The conversation.
        conversation: String,
        /// The side.
        participant: String,
        /// Why.
        why: String,
    },
}

/// Why a worker counts as silent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Why {
    /// Its heartbeats stopped.
    Heartbeat,
    /// It was never heard, though messages wait for it.
    NeverHeard,
    /// The time of its heartbeat cannot be read.
    Unreadable,
    /// Its heartbeat lies in the future.
    Future,
    /// Its process is proven to have ended, while it owned tasks: in `peerwatch reassign` alone.
    Gone,
    /// It left the bridge, while it owned tasks: in `peerwatch reassign` alone.
    Left,
}

/// A silent worker: `peerwatch watchdog --once --json` prints an array of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct SilentView {
    /// When it was looked.
    pub(crate) at: String,
    /// The database.
    pub(crate) database: String,
    /// The conversation.
    pub(crate) conversation: String,
    /// Its side.
    pub(crate) participant: String,
    /// Its role.
    pub(crate) role: String,
    /// What it declared last.
    pub(crate) status: Option<String>,
    /// Its last heartbeat, as the database has it.
    pub(crate) last_heartbeat: Option<String>,
    /// How long it has been silent, in seconds of awake time.
    pub(crate) silent_s: u64,
    /// Why it counts as silent.
    pub(crate) why: Why,
}

/// A line of `peerwatch watchdog --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub(crate) enum WatchdogView {
    /// A worker has fallen silent.
    Silent(SilentView),
    /// A silent worker was heard again.
    Back {
        /// When.
        at: String,
        /// The database.
        database: String,
        /// The conversation.
        conversation: String,
        /// Its side.
        participant: String,
        /// Its role.
        role: String,
        /// How long it was silent, in seconds of awake time.
        after_s: u64,
    },
    /// A silent worker need not be heard any more.
    Over {
        /// When.
        at: String,
        /// The database.
        database: String,
        /// The conversation.
        conversation: String,
        /// Its side.
        participant: String,
        /// Its role.
        role: String,
    },
    /// Nobody is silent.
    Healthy {
        /// When.
        at: String,
    },
    /// A task of a lost owner: handed over, or why not.
    Handover {
        /// When.
        at: String,
        /// The database.
        database: String,
        /// The task's number in it.
        task: String,
        /// What the task is about.
        subject: String,
        /// Who had it.
        from: String,
        /// Who has it now; `null` while nobody has.
        to: Option<String>,
        /// How far the handover is; `null` when none was begun.
        step: Option<HandoverStep>,
        /// Why it was taken from its owner, or why nothing was done.
        reason: String,
    },
    /// A database could not be looked at.
    Problem {
        /// When.
        at: String,
        /// The database.
        database: String,
        /// What is wrong; `null` when it is mended.
        what: Option<String>,
    },
}

/// A silent worker and what it owes: `peerwatch reassign --json` prints an array of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct OwedView {
    /// Who is silent.
    #[serde(flatten)]
    pub(crate) silent: SilentView,
    /// Messages that wait for it.
    pub(crate) unread: usize,
    /// Questions and proposals that it has not answered.
    pub(crate) open: Vec<MessageView>,
    /// The tasks that it owns, by their numbers in the database.
    pub(crate) tasks: Vec<String>,
    /// The name of the bridge that the conversation is, where it owns tasks of one.
    pub(crate) bridge: Option<String>,
    /// Whether this look wrote the audit row of this silence; `false` when an earlier one did.
    pub(crate) recorded: bool,
}

/// What holds for one conversation: `peerwatch conversations NAME --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct HoldsView {
    /// The conversation.
    pub(crate) conversation: String,
    /// How its messages reach sessions; `null` is what holds for all.
    pub(crate) deliver: Option<DeliverMode>,
    /// Whether heartbeats are written there for workers that are proven alive.
    pub(crate) heartbeats: bool,
    /// Whether tasks of workers that are proven gone are reassigned without a person; `null` is what holds for all.
    pub(crate) recover: Option<bool>,
}

/// A token: `peerwatch conversations --show-tokens --json` prints an array of the two.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct TokenView {
    /// The side that it opens.
    pub(crate) side: String,
    /// Its role.
    pub(crate) role: String,
    /// The token.
    pub(crate) token: String,
}

/// A row of the audit log: `peerwatch audit --json` prints an array of them, newest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct AuditView {
    /// The database.
    pub(crate) database: String,
    /// Its number there.
    pub(crate) id: i64,
    /// When.
    pub(crate) at: Option<String>,
    /// The conversation.
    pub(crate) conversation: Option<String>,
    /// The side that did it.
    pub(crate) participant: Option<String>,
    /// What was done.
    pub(crate) action: String,
    /// More about it.
    pub(crate) details: serde_json::Value,
}

/// What went from one database: `peerwatch cleanup --json` prints an array of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct CleanupView {
    /// When.
    pub(crate) at: String,
    /// The database.
    pub(crate) database: String,
    /// Whether it was only looked at.
    pub(crate) dry_run: bool,
    /// Conversations that went, or would go.
    pub(crate) conversations: Vec<String>,
    /// Their messages.
    pub(crate) messages: u64,
    /// Expired conversations that stay because somebody has not read a message of theirs.
    pub(crate) kept: Vec<String>,
}

/// Something said on a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct NoteView {
    /// Its number.
    pub(crate) id: u64,
    /// `progress`, `result`, `reason`, `late_progress` or `late_result`.
    pub(crate) kind: String,
    /// The role of whoever said it.
    pub(crate) by: String,
    /// The epoch in which its author believed to be.
    pub(crate) epoch: u64,
    /// When.
    pub(crate) at: String,
    /// The text.
    pub(crate) text: String,
}

/// A task with all that was said on it: `peerwatch tasks show --json` prints one.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct TaskDetailView {
    /// The task, as the list has it.
    #[serde(flatten)]
    pub(crate) task: TaskView,
    /// Reports, results and late work, oldest first.
    pub(crate) notes: Vec<NoteView>,
    /// Its handovers, newest first.
    pub(crate) handovers: Vec<HandoverView>,
}

/// A task that an import would create: `peerwatch tasks import --dry-run --json` prints an array of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct PlannedView {
    /// Its name in the list.
    pub(crate) key: String,
    /// What is to be done.
    pub(crate) subject: String,
    /// More about it.
    pub(crate) description: Option<String>,
    /// Higher goes first.
    pub(crate) priority: i32,
    /// The names of those that must be done before it.
    pub(crate) needs: Vec<String>,
    /// The folder to work in.
    pub(crate) folder: Option<String>,
    /// When it should be done.
    pub(crate) deadline: Option<String>,
    /// The role that gets it.
    pub(crate) assign: Option<String>,
    /// The number of the task that it is already, and so is not created.
    pub(crate) known: Option<String>,
}

/// What became of a task: `peerwatch reassign TASK --json` prints an array of them.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct MovedView {
    /// The task, as it was named.
    pub(crate) task: String,
    /// The handover, where its bridge has one.
    pub(crate) handover: Option<HandoverView>,
    /// What was done otherwise, in words: a team's lead was asked.
    pub(crate) steps: Vec<String>,
    /// Why nothing was done.
    pub(crate) refused: Option<String>,
}
