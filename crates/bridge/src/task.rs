//! Tasks, their owners and epochs, and the handovers that move them.

use peerwatch_core::Timestamp;

use crate::Participant;

pub(crate) mod error;
mod words;

/// Who does something to a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Actor {
    /// A participant of the task's bridge, by its letter.
    Participant(String),
    /// The person.
    Person,
    /// Peerwatch, of its own accord.
    Peerwatch,
}

/// Where a task stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TaskState {
    /// Nobody owns it.
    Open,
    /// It has an owner, who has not begun.
    Assigned,
    /// Its owner has begun.
    InProgress,
    /// It was revoked, and nobody has got it yet.
    HandingOver,
    /// It is done.
    Done,
    /// It was given up.
    Cancelled,
}

/// A task to be created.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NewTask {
    /// What is to be done, in at most 200 characters.
    pub subject: String,
    /// More about it, at most 50,000 characters.
    pub description: Option<String>,
    /// Higher goes first; 0 is usual.
    pub priority: i32,
    /// Tasks of the same bridge that must be done before it.
    pub needs: Vec<i64>,
    /// The folder to work in.
    pub folder: Option<String>,
    /// When it should be done.
    pub deadline: Option<Timestamp>,
}

/// A task as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Task {
    /// Its number in the database.
    pub id: i64,
    /// The conversation it belongs to, `conv_…`.
    pub conversation: String,
    /// The name of the own bridge which that conversation is, such as `main`.
    pub bridge: Option<String>,
    /// What is to be done, and what else was said when it was created.
    pub what: NewTask,
    /// Where it stands.
    pub state: TaskState,
    /// Who owns it, with whoever holds that role at present.
    pub owner: Option<Participant>,
    /// Grows by one whenever its owner loses it; begins at 1. In one epoch it has at most one owner.
    pub epoch: i64,
    /// Until when the owner holds it without a sign of life.
    pub lease: Option<Timestamp>,
    /// Whether a task that it needs is neither done nor given up.
    pub blocked: bool,
    /// Owners who began it so far.
    pub attempts: u32,
    /// Who created it.
    pub created_by: Actor,
    /// When it was created.
    pub created: Timestamp,
    /// When anything about it changed.
    pub updated: Timestamp,
    /// When the last handover of it was begun.
    pub revoked: Option<Timestamp>,
    /// The result; while there is none the newest report, whoever gave it.
    pub progress: Option<Note>,
    /// Work handed in by former owners, not adopted; oldest first.
    pub late: Vec<Note>,
    /// Those who had it and gave it back, in the order of their letters.
    pub declined: Vec<Participant>,
    /// The handover under way.
    pub handover: Option<i64>,
}

/// Something said on a task.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    /// Its number in the database.
    pub id: i64,
    /// What kind it is.
    pub kind: NoteKind,
    /// The role of whoever said it; `you` for the person.
    pub by: String,
    /// In which epoch its author believed to be.
    pub epoch: i64,
    /// When.
    pub at: Timestamp,
    /// The text, secrets taken out.
    pub text: String,
}

/// What kind of note it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum NoteKind {
    /// A report on the way.
    Progress,
    /// The result.
    Result,
    /// Why it was released or cancelled.
    Reason,
    /// A report of a former owner.
    LateProgress,
    /// A result of a former owner.
    LateResult,
}

/// A reassignment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handover {
    /// Its number in the database.
    pub id: i64,
    /// The task.
    pub task: i64,
    /// What the task is about.
    pub subject: String,
    /// The conversation of the task.
    pub conversation: String,
    /// Who had the task.
    pub from: Participant,
    /// The epoch that its owner had.
    pub from_epoch: i64,
    /// Who was chosen to get it: a letter; `None` until one is.
    pub to: Option<Participant>,
    /// The worker that a person chose, in words of the engine (a worker id); kept until it has a place in the bridge.
    pub wanted: Option<String>,
    /// The handover card.
    pub card: String,
    /// How far it is.
    pub step: Step,
    /// Why.
    pub reason: String,
    /// Who began it.
    pub actor: Actor,
    /// What confirmed it.
    pub confirmed: Option<Confirmation>,
    /// The uid of the message that tells the old owner.
    pub told: Option<String>,
    /// The uid of the message with the card.
    pub granted: Option<String>,
    /// Why it ended as undone although nobody undid it, such as "the task was given up".
    pub closed: Option<String>,
    /// When it was begun.
    pub at: Timestamp,
    /// When its last step was done.
    pub updated: Timestamp,
}

/// How far a handover is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// The owner has lost the task, and a message that says so is stored for it.
    Revoked,
    /// The old owner cannot or will not go on.
    Confirmed,
    /// The new owner has it, and the card is stored for it.
    Granted,
    /// The new owner has begun.
    Begun,
    /// It was taken back: the old owner has the task again. Or it ended otherwise, which `closed` tells.
    Undone,
}

/// What makes sure that an old owner does not go on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Confirmation {
    /// It acknowledged, or heard of it in the answer to a call.
    Acknowledged,
    /// Its process is proven dead.
    Gone,
    /// A person took the task anyway.
    TakenAnyway,
}

/// A handover to be begun.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Revocation {
    /// The epoch that whoever decides has seen: another one means that the task changed hands meanwhile.
    pub epoch: i64,
    /// Why.
    pub reason: String,
    /// Who decides.
    pub actor: Actor,
    /// The handover card, at most 50,000 characters.
    pub card: String,
    /// The worker that shall get it, as the engine names workers; `None` for whoever is best when it is free.
    pub wanted: Option<String>,
    /// Whether the person takes it without the old owner's confirmation.
    pub anyway: bool,
    /// What holds it back; [`Brakes::NONE`] for a person who passes over that.
    pub brakes: Brakes,
}

/// What holds handovers back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brakes {
    /// Milliseconds between two handovers of one task.
    pub pause_ms: i64,
    /// Handovers of one task, after which a person must decide.
    pub most: u32,
    /// Milliseconds between two handovers that Peerwatch begins by itself, in all.
    pub own_pause_ms: i64,
}

impl Brakes {
    /// None at all: for a person who goes on nevertheless.
    pub const NONE: Brakes = Brakes { pause_ms: 0, most: u32::MAX, own_pause_ms: 0 };
}

impl Default for Brakes {
    fn default() -> Self {
        Self { pause_ms: 300_000, most: 3, own_pause_ms: 60_000 }
    }
}
