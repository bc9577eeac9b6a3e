//! What Peerwatch concludes from what its sources see.
//!
//! A pure state machine: [`Input`]s go into the [`Roster`], [`Effect`]s come out, and time is an argument. Nothing
//! in this crate reads a clock, a file or the environment, so a year of silence is tested in a microsecond.

mod alert;
mod awake;
mod cause;
mod desk;
mod effect;
mod facts;
mod heirs;
mod held;
mod ids;
mod input;
mod judge;
mod message;
mod observation;
mod presence;
mod quiet;
mod recovery;
mod rhythm;
mod roster;
mod shown;
mod summary;
mod text;
mod time;
mod timeline;
mod witness;
mod worker;

pub use alert::{Alert, AlertRecord, Ending, Notice, Severity, Token};
pub use awake::{AwakeClock, Waking};
pub use cause::Cause;
pub use effect::{Change, Effect};
pub use facts::{Facts, Seen};
pub use heirs::{Candidate, Heir, Seeking, heirs};
pub use held::HeldBack;
pub use ids::{AlertId, ConversationId, MessageId, SourceId, WorkerId};
pub use input::{Input, Person, Problem};
pub use message::{Message, Party, Receipt};
pub use observation::{
    Activity, Background, Children, Declared, Evidence, Fact, Identity, Listing, Observation, Process,
    SourceKind, Status, StatusWord, Turn,
};
pub use presence::{Limit, Policy, Presence, Verdict, Waiting};
pub use quiet::{QuietHours, Still};
pub use recovery::{Choice, Hold, Loss, Lost, Pace, Switched, next as next_recovery};
pub use rhythm::Rhythm;
pub use roster::Roster;
pub use roster::sides::Room;
pub use roster::talks::Talk;
pub use summary::summary;
pub use text::{excerpt, plain};
pub use time::{Moment, Tick, Timestamp, in_words};
pub use witness::Witness;
pub use worker::Worker;
