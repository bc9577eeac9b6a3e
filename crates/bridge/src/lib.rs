//! Peerwatch's own bridge: conversations, messages with receipts, heartbeats, tasks; and the MCP server upon it.
//!
//! Everything lives in one SQLite file, in the schema of the original bridge with tables of our own beside it, so that the
//! original's programs and ours can work on one file at once. [`Store`] is the way in.

mod coordinator;
mod letter;
pub mod mcp;
mod participant;
mod python;
mod random;
mod redact;
mod store;
mod task;

pub use coordinator::{Coordinator, CoordinatorLetter};
pub use letter::{Letter, Receipt, Trouble, TroubleKind};
pub use participant::{Bearer, Kind, Participant, Process};
pub use redact::redact;
pub use store::access::{Access, Refused};
pub use store::audit::AuditRow;
pub use store::cleaning::Cleaned;
pub use store::conversations::{Conversation, Created};
pub use store::delivery::Pending;
pub use store::fetching::Fetcher;
pub use store::joining::JoinError;
pub use store::opening::{Schema, schema_of};
pub use store::readdressing::Seat;
pub use store::sending::{Draft, Limits, SendError, Sender, Sent};
pub use store::silence::{Silence, Silent};
pub use store::statuses::PartnerStatus;
pub use store::tasks::LEASE;
pub use store::{Store, StoreError};
pub use task::error::TaskError;
pub use task::{
    Actor, Brakes, Confirmation, Handover, NewTask, Note, NoteKind, Revocation, Step as HandoverStep, Task,
    TaskState,
};
