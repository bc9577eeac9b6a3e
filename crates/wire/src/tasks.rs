//! Tasks, who owns them, and how they move from one owner to another.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A piece of work with at most one owner.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct TaskView {
    /// Its identity: `12` in Peerwatch's own bridge, `team:<team>:<number>`, `owed:<conversation>:<side>`; in a plan also
    /// `session:<worker>`.
    pub id: String,
    /// What keeps it.
    pub source: TaskSource,
    /// The bridge, the team or the conversation it belongs to.
    pub place: String,
    /// What is to be done, in a few words.
    pub subject: String,
    /// More about it; bounded.
    pub description: Option<String>,
    /// Where it stands.
    pub state: TaskState,
    /// The id of the worker that owns it, where one is known.
    pub owner: Option<String>,
    /// What its owner is called.
    pub owner_name: Option<String>,
    /// Grows with each change of hands; `null` where the medium has none.
    pub epoch: Option<u64>,
    /// Until when its owner holds it without a sign of life.
    pub lease_until: Option<String>,
    /// Higher goes first; 0 is usual.
    pub priority: i32,
    /// Tasks that must be done before it.
    pub needs: Vec<String>,
    /// Whether one of those is not done.
    pub blocked: bool,
    /// The folder to work in.
    pub folder: Option<String>,
    /// When it should be done.
    pub deadline: Option<String>,
    /// Owners who began it so far.
    pub attempts: u32,
    /// When anything about it changed.
    pub updated: Option<String>,
    /// The newest report of its owner.
    pub progress: Option<ProgressView>,
    /// Work that a former owner handed in after the task was taken from it: kept for adoption.
    pub late: Vec<LateView>,
    /// The handover that is under way.
    pub handover: Option<u64>,
    /// Who would take it over best, by name, while its owner is lost or suspect and somebody is free.
    pub proposed: Option<String>,
    /// Who else claims the same work, in a sentence: a warning.
    pub contested: Option<String>,
    /// Why it cannot be reassigned from here; `null` when it can.
    pub fixed: Option<String>,
}

/// What keeps a task.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TaskSource {
    /// Peerwatch's own bridge.
    Bridge,
    /// The task list of an agent team.
    Team,
    /// What a silent side of a bridge without tasks still owes: unread messages, open questions and proposals.
    Owed,
    /// Whatever a session without tasks is at. Never in a list: only a plan shows it.
    Session,
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Nobody owns it.
    Open,
    /// It has an owner, who has not begun.
    Assigned,
    /// Its owner has begun.
    InProgress,
    /// It was taken from its owner, and its next one has not got it.
    HandingOver,
    /// It is done.
    Done,
    /// It was given up.
    Cancelled,
}

/// A report on a task.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct ProgressView {
    /// By whom.
    pub by: String,
    /// When.
    pub at: String,
    /// What was said; bounded.
    pub text: String,
}

/// Late work.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct LateView {
    /// Its number, to adopt it by.
    pub id: u64,
    /// By whom.
    pub by: String,
    /// When.
    pub at: String,
    /// Whether it claims to be the whole: a completion, not only progress.
    pub completes: bool,
    /// What was handed in; bounded.
    pub text: String,
}

/// A reassignment: under way, or one of the last that ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct HandoverView {
    /// Its number.
    pub id: u64,
    /// The task.
    pub task: String,
    /// What the task is about.
    pub subject: String,
    /// Who had it: worker id where known, and name.
    pub from: Option<String>,
    /// What that one is called.
    pub from_name: String,
    /// Who gets it: worker id where known, and name.
    pub to: Option<String>,
    /// What that one is called; `null` until one is chosen.
    pub to_name: Option<String>,
    /// How far it is.
    pub step: HandoverStep,
    /// When it was begun.
    pub at: String,
    /// When its last step was done.
    pub updated: String,
    /// Why.
    pub reason: String,
    /// Who began it: `you`, `Peerwatch`, or a worker's name.
    pub actor: String,
    /// What it rests on, or what it waits for, in a sentence.
    pub summary: String,
    /// Whether the old owner cannot be kept from going on: its late result would be set aside.
    pub advisory: bool,
    /// Whether it can be undone still.
    pub undoable: bool,
}

/// The steps of a handover, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum HandoverStep {
    /// The old owner has lost it and has been told; it has not confirmed.
    Revoked,
    /// The old owner has confirmed, is proven gone, or a person took it anyway; nobody has it yet.
    Confirmed,
    /// The new owner has it and has not begun.
    Granted,
    /// The new owner has begun.
    Begun,
    /// It was taken back.
    Undone,
}

/// What a handover would do, before it is done.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct HandoverPlan {
    /// The task.
    pub task: TaskView,
    /// How its owner fares, in a sentence: "backend is gone: process 4121 has ended".
    pub owner: String,
    /// Whether the owner is proven gone: then nothing has to be confirmed.
    pub proven_gone: bool,
    /// What will happen, step by step, in words.
    pub steps: Vec<String>,
    /// Who could take over, the best first.
    pub heirs: Vec<HeirView>,
    /// The handover card as its new owner will read it; a person may edit it.
    pub card: String,
    /// What holds it back: too soon after the last one, too many attempts. A person may go on nevertheless.
    pub brake: Option<String>,
}

/// One who could take over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct HeirView {
    /// The worker.
    pub worker: String,
    /// What it is called.
    pub name: String,
    /// What speaks for it: "idle", "same folder".
    pub reasons: Vec<String>,
    /// What speaks against it: "owns 2 tasks", "had this task before".
    pub doubts: Vec<String>,
}
