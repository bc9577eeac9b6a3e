//! Why something was not done to a task, each saying what to do instead.

use jiff::tz::Offset;
use peerwatch_core::Timestamp;

use crate::StoreError;

/// Why a call about a task or a handover was refused. Nothing was changed by it, but for work that was `kept`.
#[derive(Debug, thiserror::Error)]
pub enum TaskError {
    /// There is no such task.
    #[error("there is no task {task} here; list the tasks to see which there are")]
    NoTask {
        /// What was asked for.
        task: i64,
    },
    /// Somebody else owns it, or nobody, and the caller never did.
    #[error("task {task} is not yours: {owner} owns it (epoch {epoch}); claim a task before you work on it")]
    NotYours {
        /// The task.
        task: i64,
        /// The owner's role, or `nobody`.
        owner: String,
        /// The epoch at present.
        epoch: i64,
    },
    /// The caller owned it once, and lost it.
    #[error("{}{}", TaskError::taken_over_text(by.as_deref(), *at, reason), kept_text(*kept))]
    TakenOver {
        /// The task.
        task: i64,
        /// The new owner's role; `None` while nobody has it.
        by: Option<String>,
        /// When it was taken from the caller.
        at: Timestamp,
        /// Why.
        reason: String,
        /// The note in which what the caller handed in is kept.
        kept: Option<i64>,
    },
    /// Tasks that it needs are not done.
    #[error("task {task} must wait: {} must be done first", numbered(by))]
    Blocked {
        /// The task.
        task: i64,
        /// What must be done before it.
        by: Vec<i64>,
    },
    /// It is done or cancelled.
    #[error("task {task} is {state} already; there is nothing left to do for it{}", aside_text(*kept))]
    Over {
        /// The task.
        task: i64,
        /// `done` or `cancelled`.
        state: &'static str,
        /// The note in which what the caller handed in is kept.
        kept: Option<i64>,
    },
    /// Somebody else owns it.
    #[error("task {task} is {owner}'s{}; take another one, or ask the person to hand it over", until_text(*lease))]
    Owned {
        /// The task.
        task: i64,
        /// The owner's role.
        owner: String,
        /// Until when the owner holds it without a sign of life.
        lease: Option<Timestamp>,
    },
    /// Nobody owns it, so it cannot be taken from anybody.
    #[error("nobody owns task {task}; assign it instead")]
    NoOwner {
        /// The task.
        task: i64,
    },
    /// It changed hands since the caller looked at it.
    #[error("task {task} changed hands and is in epoch {epoch} now; look at it again{}", aside_text(*kept))]
    Changed {
        /// The task.
        task: i64,
        /// The epoch at present.
        epoch: i64,
        /// The note in which what the caller handed in is kept.
        kept: Option<i64>,
    },
    /// It is on its way from one owner to the next.
    #[error("task {task} is being handed over; take another one, or wait until it has an owner")]
    HandingOver {
        /// The task.
        task: i64,
    },
    /// Its subject is empty.
    #[error("a task needs a subject: say in a few words what is to be done")]
    NoSubject,
    /// Something is too long.
    #[error("the {what} has {length} characters, {limit} are allowed; shorten it, or name a file")]
    TooLong {
        /// What is too long.
        what: &'static str,
        /// Its characters.
        length: usize,
        /// Those allowed.
        limit: usize,
    },
    /// It shall need a task that is not in its conversation.
    #[error("there is no task {need} here to wait for; create it first")]
    UnknownNeed {
        /// What it shall need.
        need: i64,
    },
    /// It would wait for itself.
    #[error("task {task} would wait for itself; take one of the tasks it needs away")]
    Circle {
        /// The task.
        task: i64,
    },
    /// Nobody of that name can get it.
    #[error("nobody here who could get the task is `{heir}`; name one who takes part and has not left")]
    UnknownHeir {
        /// Who was named.
        heir: String,
    },
    /// It was handed over too soon before, or too often.
    #[error("{why}{}", until_text(*until))]
    Braked {
        /// Why, in a sentence.
        why: String,
        /// Until when; `None` until a person decides.
        until: Option<Timestamp>,
    },
    /// There is no such handover.
    #[error("there is no handover {handover}; list the tasks to see what is under way")]
    NoHandover {
        /// What was asked for.
        handover: i64,
    },
    /// The old owner may still go on.
    #[error("the old owner has not confirmed handover {handover}; wait, or take the task anyway")]
    NotConfirmed {
        /// The handover.
        handover: i64,
    },
    /// The new owner has begun.
    #[error("the new owner has begun, so handover {handover} cannot be undone; hand the task over again")]
    Begun {
        /// The handover.
        handover: i64,
    },
    /// The handover is at another step than was asked for, or has ended.
    #[error("handover {handover} is at another step, or has ended; look at the task as it is now")]
    OtherStep {
        /// The handover.
        handover: i64,
    },
    /// No late work of that number is kept for the task.
    #[error("no late work {note} is kept for this task; list the task to see what is")]
    NoNote {
        /// What was asked for.
        note: i64,
    },
    /// The caller left the conversation.
    #[error("you left this conversation; join again to take part in its tasks")]
    Left,
    /// The store refused.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TaskError {
    /// What a former owner is told.
    #[must_use]
    pub fn taken_over_text(by: Option<&str>, at: Timestamp, reason: &str) -> String {
        let (by, at) = (by.unwrap_or("nobody yet"), clock(at));
        let reason = reason.trim().trim_end_matches('.');
        let reason = if reason.is_empty() { "no reason was given" } else { reason };
        format!(
            "this task was taken over by {by} at {at}: {reason}. Stop, and hand in what you have; it is kept."
        )
    }

    /// The note in which what the refused call handed in is kept.
    #[must_use]
    pub fn kept(&self) -> Option<i64> {
        match self {
            TaskError::TakenOver { kept, .. }
            | TaskError::Over { kept, .. }
            | TaskError::Changed { kept, .. } => *kept,
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for TaskError {
    fn from(error: rusqlite::Error) -> Self {
        TaskError::Store(error.into())
    }
}

fn kept_text(kept: Option<i64>) -> String {
    kept.map_or_else(String::new, |kept| format!(" Your work is kept as late work {kept}."))
}

fn aside_text(kept: Option<i64>) -> String {
    kept.map_or_else(String::new, |kept| format!("; what you handed in is kept as late work {kept}"))
}

fn until_text(at: Option<Timestamp>) -> String {
    at.map_or_else(String::new, |at| format!(" until {}", clock(at)))
}

fn numbered(tasks: &[i64]) -> String {
    let tasks: Vec<String> = tasks.iter().map(|task| format!("task {task}")).collect();
    tasks.join(", ")
}

/// A time as a person reads it.
fn clock(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Offset::UTC.to_datetime(instant).strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}
