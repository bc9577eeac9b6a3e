//! What the roster wants done.

use crate::alert::{Alert, AlertRecord, Notice};
use crate::held::HeldBack;
use crate::{ConversationId, Message, MessageId, Moment, Presence, Receipt, SourceId, WorkerId};

/// What the roster wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Show a notification, in the place of one with the same key.
    Notify(Notice),
    /// Find out whether this worker's terminal is before the person's eyes, and say so with [`Input::InFront`](crate::Input::InFront).
    /// What is to be told of the worker waits for that half a second at most. Asked of living sessions alone, and only under a
    /// policy that wants it.
    AskInFront(WorkerId),
    /// Take the notification of this key away.
    Withdraw(String),
    /// Remember over a restart that this was held back, in the place of what is remembered under its key.
    HeldBack(HeldBack),
    /// What was held back under these keys was told of, or needs no telling any more.
    LetGo(Vec<String>),
    /// Something changed that is worth a line.
    Changed(Change),
}

/// A change worth a line in a log or a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A worker's presence.
    Presence {
        /// The worker.
        worker: WorkerId,
        /// The presence before; `None` when it was seen for the first time.
        before: Option<Presence>,
        /// The presence now.
        now: Presence,
        /// From when it is judged to hold.
        at: Moment,
    },
    /// A fresh message.
    Message(Message),
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
    /// An alert was raised.
    Raised(Alert),
    /// An alert ended.
    Settled(AlertRecord),
    /// A source cannot read something any longer, or can again (`None`).
    Problem {
        /// The source.
        source: SourceId,
        /// What cannot be read.
        subject: String,
        /// What is wrong.
        what: Option<String>,
    },
}
