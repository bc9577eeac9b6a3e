//! Reads what other programs write, and never writes there.
//!
//! A [`Source`] is told to look, returns what it could read and what it could not, and is correct when nobody ever
//! tells it that something changed: hints only make it fast.

use std::path::PathBuf;
use std::time::Duration;

use peerwatch_core::{ConversationId, Message, MessageId, Moment, Observation, SourceId};

mod bell;
pub mod bridge;
pub mod claude;
mod printable;
pub mod process;
mod reading;
pub mod runner;
mod sighting;
mod task;
mod watch;

pub use bell::{Bell, Call};
pub use peerwatch_core::Receipt as ReceiptKind;
pub use reading::{Entry, EntryKind, Page, Place};
pub use sighting::{SideSeen, Sighted, Sighting, marker};
pub use task::{TaskKind, TaskSeen, TaskState};
pub use watch::Lookout;

/// Where a source wants to be told of changes. A watcher only says "look again".
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Watch {
    /// A folder. It need not exist yet.
    pub folder: PathBuf,
    /// Whether its subfolders matter too.
    pub deep: bool,
}

/// Why a source is asked to look.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hint {
    /// The slow poll: everything may have changed.
    Everything,
    /// The watcher saw something happen to these paths; it may have missed others.
    Paths(Vec<PathBuf>),
}

/// Something a source could not read: shown to the person, never fatal. A source reports all that hold at each look.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Trouble {
    /// What could not be read: a path, bounded and printable.
    pub subject: String,
    /// What is wrong, in a sentence.
    pub what: String,
    /// What to do about it, when there is something.
    pub remedy: Option<String>,
}

/// What a source has connected to, for the page and the `doctor` that show it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Connection {
    /// What was looked for: `Claude Code sessions`, `Bridge database`.
    pub kind: &'static str,
    /// Where.
    pub path: PathBuf,
    /// Whether it is there.
    pub found: bool,
    /// In words: `4 sessions, 2 teams`, `original bridge, 3 conversations`, `not there yet`.
    pub summary: String,
}

/// More is known of where a message stands than when it was reported.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Receipt {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message.
    pub id: MessageId,
    /// What is known now.
    pub what: ReceiptKind,
    /// Since when, as far as the source knows; never later than the look that found it.
    pub at: Moment,
}

/// What one look found. Reading never fails as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reading {
    /// New or changed facts; repeating an unchanged one is allowed and harmless.
    pub observations: Vec<Observation>,
    /// Messages, each identity once in the life of the source.
    pub messages: Vec<Message>,
    /// What became of messages since they were reported.
    pub receipts: Vec<Receipt>,
    /// Messages of peers that were found in transcripts, by their senders' identities: also those of history, when a
    /// transcript is read for the first time.
    pub sightings: Vec<Sighting>,
    /// Proof of who holds which side of a bridge's conversation; of each side that a transcript shows, the newest.
    pub sides: Vec<SideSeen>,
    /// All tasks of others that this source sees now; `None` while they are as they were told last.
    pub tasks: Option<Vec<TaskSeen>>,
    /// Everything that cannot be read at present.
    pub troubles: Vec<Trouble>,
    /// Look again after this long even without a hint (a row that is not visible yet, a torn line, a late poll).
    pub again: Option<Duration>,
}

/// An adapter that reads what other programs write.
pub trait Source: Send {
    /// Its identity: `claude:<folder>`, `bridge:<file>`.
    fn id(&self) -> SourceId;

    /// Where it wants hints from; asked again after each look.
    fn watches(&self) -> Vec<Watch>;

    /// The only paths within its watches that it wants to be told of; empty when all of them matter.
    fn paths(&self) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Reads what has changed. `now` dates what it finds.
    fn look(&mut self, now: Moment, hint: &Hint) -> Reading;

    /// What it is connected to at present.
    fn connections(&self) -> Vec<Connection>;

    /// Where to go on after a restart, opaque to everybody else; `None` when there is nothing to keep.
    fn cursor(&self) -> Option<String>;
}
