//! A message with its receipt: sent, accepted, seen, acknowledged.

use peerwatch_core::Timestamp;

/// One message to one recipient.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    /// Its number in the database.
    pub id: i64,
    /// Its own id, by which it is pushed, found in transcripts, answered and acknowledged. A message that another program
    /// wrote has one as soon as it was fetched or listed for delivery.
    pub uid: Option<String>,
    /// The conversation, `conv_…`.
    pub conversation: String,
    /// The sender's letter, or `system`.
    pub from: String,
    /// The sender's role; its letter where none is known.
    pub from_role: String,
    /// The recipient's letter.
    pub to: String,
    /// The recipient's role; its letter where none is known.
    pub to_role: String,
    /// The text.
    pub text: String,
    /// What kind of message it is: `info`, `question`, …
    pub kind: Option<String>,
    /// The files it speaks of.
    pub files: Vec<String>,
    /// The uid of the message which it answers.
    pub reply_to: Option<String>,
    /// When it was sent.
    pub sent: Timestamp,
    /// The same as the database has it: naive UTC.
    pub timestamp: String,
    /// Whether it was fetched, or shown to its reader in another way.
    pub read: bool,
    /// How far it came.
    pub receipt: Receipt,
}

/// How far a message came. Four separate facts, each by its own evidence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// Stored.
    pub sent: Timestamp,
    /// In the session's queue.
    pub accepted: Option<Timestamp>,
    /// Shown to the model, or returned by a call whose result arrived.
    pub seen: Option<Timestamp>,
    /// Its reader said so.
    pub acknowledged: Option<Timestamp>,
    /// What stands in its way now.
    pub trouble: Option<Trouble>,
    /// How often it was pushed into a session.
    pub attempts: u32,
    /// When it was pushed last, and into which session.
    pub pushed: Option<(Timestamp, String)>,
}

/// What stands in a message's way.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble {
    /// Its kind.
    pub kind: TroubleKind,
    /// More about it, in words.
    pub detail: String,
}

/// The kinds of trouble on the way into a session.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum TroubleKind {
    /// The session keeps it back until its person allows it.
    Held,
    /// The session does not take messages.
    Refused,
    /// The person said no.
    Denied,
    /// It waited too long in the session.
    Expired,
    /// The session takes no more messages for now.
    RateLimited,
    /// The session threw it away.
    Dropped,
    /// There is no way into the session.
    NoWay,
}

impl TroubleKind {
    const ALL: [TroubleKind; 7] = [
        TroubleKind::Held,
        TroubleKind::Refused,
        TroubleKind::Denied,
        TroubleKind::Expired,
        TroubleKind::RateLimited,
        TroubleKind::Dropped,
        TroubleKind::NoWay,
    ];

    /// The word for it, as it is stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            TroubleKind::Held => "held",
            TroubleKind::Refused => "refused",
            TroubleKind::Denied => "denied",
            TroubleKind::Expired => "expired",
            TroubleKind::RateLimited => "rate_limited",
            TroubleKind::Dropped => "dropped",
            TroubleKind::NoWay => "no_way",
        }
    }

    pub(crate) fn of(word: &str) -> Option<TroubleKind> {
        TroubleKind::ALL.into_iter().find(|kind| kind.word() == word)
    }
}
