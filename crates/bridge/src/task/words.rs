//! The words for what tables hold of tasks.

use super::{Actor, Confirmation, NoteKind, Step, TaskState};

/// Pairs a type with its words, both ways.
macro_rules! words {
    ($kind:ty, $($one:ident = $word:literal),+ $(,)?) => {
        impl $kind {
            pub(crate) fn word(self) -> &'static str {
                match self { $(Self::$one => $word),+ }
            }

            pub(crate) fn of(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$one),)+ _ => None }
            }
        }
    };
}

words!(
    TaskState,
    Open = "open",
    Assigned = "assigned",
    InProgress = "in_progress",
    HandingOver = "handing_over",
    Done = "done",
    Cancelled = "cancelled",
);
words!(
    NoteKind,
    Progress = "progress",
    Result = "result",
    Reason = "reason",
    LateProgress = "late_progress",
    LateResult = "late_result",
);
words!(
    Step,
    Revoked = "revoked",
    Confirmed = "confirmed",
    Granted = "granted",
    Begun = "begun",
    Undone = "undone"
);
words!(Confirmation, Acknowledged = "acknowledged", Gone = "gone", TakenAnyway = "taken_anyway");

/// No letter of a participant begins like this.
const PERSON: &str = "@person";
const PEERWATCH: &str = "@peerwatch";

impl Actor {
    pub(crate) fn word(&self) -> &str {
        match self {
            Actor::Participant(letter) => letter,
            Actor::Person => PERSON,
            Actor::Peerwatch => PEERWATCH,
        }
    }

    pub(crate) fn of(word: &str) -> Actor {
        match word {
            PERSON => Actor::Person,
            PEERWATCH => Actor::Peerwatch,
            letter => Actor::Participant(letter.to_owned()),
        }
    }

    /// The participant, if it is one.
    #[must_use]
    pub fn letter(&self) -> Option<&str> {
        match self {
            Actor::Participant(letter) => Some(letter),
            Actor::Person | Actor::Peerwatch => None,
        }
    }
}
