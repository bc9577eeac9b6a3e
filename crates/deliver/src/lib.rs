//! Ways to get a message into a session, and receipts.
//!
//! [`push`] writes one message into a session's inbox socket, as another session would; [`ReplyBox`] hears what becomes
//! of messages that were not simply taken; [`plan`] says what to do next, without a clock of its own. That a push
//! succeeded proves nothing: a message is accepted when the recipient's transcript shows it. [`team`] writes into the files
//! of an agent team.

mod carry;
mod door;
pub mod plan;
mod push;
mod reply_box;
mod returned;
pub mod team;
mod wrap;

pub use door::{Door, KeyError};
pub use push::{LARGEST, Parcel, PushError, push, push_all};
pub use reply_box::ReplyBox;
pub use returned::{Letter, Receipt, Returned, Verdict};
pub use wrap::{unwrap_uid, wrap, wrap_all};
