//! What Peerwatch concludes from what its sources see.
//!
//! A pure state machine: inputs go into the roster, effects come out, and time is an argument. Nothing
//! in this crate reads a clock, a file or the environment, so a year of silence is tested in a microsecond.

mod ids;
mod message;
mod observation;
mod time;

pub use ids::{AlertId, ConversationId, MessageId, SourceId, WorkerId};
pub use message::{Message, Party};
pub use observation::{
    Activity, Background, Children, Declared, Evidence, Fact, Identity, Listing, Observation, Process,
    SourceKind, Status, StatusWord, Turn,
};
pub use time::{Moment, Tick, Timestamp, in_words};
