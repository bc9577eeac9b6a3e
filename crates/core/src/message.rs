//! Messages between workers, as sources see them.

use crate::{ConversationId, MessageId, Moment, WorkerId};

/// One end of a message: the worker where it is known, and the name it goes by.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Party {
    /// The worker, when there is proof of who it is.
    pub worker: Option<WorkerId>,
    /// The name that the conversation gives it.
    pub name: String,
}

/// Something one worker wrote to another.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Message {
    /// The conversation it belongs to.
    pub conversation: ConversationId,
    /// Its identity within the conversation; a source reports each identity once.
    pub id: MessageId,
    /// Who wrote it.
    pub from: Party,
    /// To whom.
    pub to: Party,
    /// Whether the person wrote it, who then needs not be told of it.
    pub by_person: bool,
    /// Whether Peerwatch brings it to its reader at once; then it is news only when that takes a while.
    pub brought: bool,
    /// The text, bounded by the source (the whole text stays where it was written).
    pub text: String,
    /// What the sender called it: `question`, `proposal`, `info`…
    pub kind: Option<String>,
    /// When it was written.
    pub sent: Moment,
    /// Whether the recipient had fetched it when it was seen; `None` where the medium does not say.
    pub read: Option<bool>,
    /// Whether it arrived after the last look of this or an earlier run; older ones are history and raise nothing.
    pub fresh: bool,
}

/// Where a message stands, as far as it is known.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Receipt {
    /// It was fetched, in a medium that says no more.
    Fetched,
    /// The recipient's session has taken it into its queue.
    Accepted,
    /// It stands before the recipient's model.
    Seen,
    /// The recipient said that it has it.
    Acknowledged,
    /// Something is in the way, in the wire's word for it: `held`, `denied`, `refused`, `expired`, `rate_limited`, `dropped`, `no_way`.
    Trouble(String),
}

impl Receipt {
    /// Whether the recipient has the message.
    #[must_use]
    pub fn has_it(&self) -> bool {
        matches!(self, Receipt::Fetched | Receipt::Seen | Receipt::Acknowledged)
    }

    /// The word that the wire and the store use.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Receipt::Fetched | Receipt::Seen => "seen",
            Receipt::Accepted => "accepted",
            Receipt::Acknowledged => "acknowledged",
            Receipt::Trouble(word) => word,
        }
    }
}
