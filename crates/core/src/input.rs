//! What can happen to the roster.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::held::HeldBack;
use crate::{
    AlertId, ConversationId, Message, MessageId, Moment, Observation, Policy, Receipt, SourceId, Timestamp,
    WorkerId,
};

/// What can happen to the roster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// What a source saw at one look; judged together, so no half-known worker is ever judged.
    Observed(Vec<Observation>),
    /// A source saw a message.
    Arrived(Message),
    /// More is known of where a message stands.
    Receipt {
        /// The conversation.
        conversation: ConversationId,
        /// The message.
        id: MessageId,
        /// What.
        receipt: Receipt,
        /// When that was seen.
        at: Moment,
    },
    /// Messages of a conversation cannot be brought to a worker, in a sentence that says why; `None` when they can again.
    Undelivered {
        /// The conversation.
        conversation: ConversationId,
        /// Whom they are for.
        to: Option<WorkerId>,
        /// Why.
        why: Option<String>,
    },
    /// How many tasks each worker has in its hands; all others have none.
    Entrusted(BTreeMap<WorkerId, usize>),
    /// All that a source cannot read at present.
    Troubled(SourceId, Vec<Problem>),
    /// Nothing could be seen for a while: the machine slept, or Peerwatch itself was late. Nobody is judged by it.
    Woke,
    /// A person did something.
    Person(Person),
    /// The notification of this key was closed by the person or the system.
    NotificationClosed(String),
    /// An earlier run told the person of this cause.
    Remembered(String),
    /// An earlier run held this back, and did not tell of it. It is not told of before [`Input::Looked`].
    HeldBefore(Vec<HeldBack>),
    /// Something happened that no alert stands for, while nothing is to be shown: see [`Roster::still`](crate::Roster::still).
    HeldBack(HeldBack),
    /// Every source has been read: what does not stand by now is over.
    Looked,
    /// The minute of the day by the local clock, whenever it changes.
    MinuteOfDay(u16),
    /// Whether a worker's terminal is before the person's eyes: the answer to [`Effect::AskInFront`](crate::Effect::AskInFront).
    InFront(WorkerId, bool),
    /// Whether the desktop was told not to disturb, where it says so.
    DoNotDisturb(bool),
    /// Alerts are numbered on from here.
    NumberFrom(u64),
    /// The thresholds and wishes that hold from now on.
    Policy(Policy),
}

/// What a person can do to the roster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Person {
    /// No notifications until then; `None` resumes.
    Pause(Option<Timestamp>),
    /// No notifications about this worker until then; `None` unmutes.
    Mute(WorkerId, Option<Timestamp>),
    /// No notifications about any worker in this folder or below it until then; `None` unmutes.
    MuteFolder(String, Option<Timestamp>),
    /// Show the alert's notification again after this long.
    Snooze(AlertId, Duration),
    /// Take the alert off the list.
    Dismiss(AlertId),
    /// The silence is fine: the alert is off the list, and so long a pause is usual for the worker from now on.
    Fine(AlertId),
    /// Looks at this worker in Peerwatch's own window now, or at none.
    LookingAt(Option<WorkerId>),
    /// Looks at this conversation between workers now, or with one.
    LookingInto(ConversationId),
}

/// Something that a source cannot read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// What cannot be read.
    pub subject: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
}
