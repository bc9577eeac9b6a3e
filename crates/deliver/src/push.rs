//! One message into a session's inbox, written as another session writes it.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::carry::Carrier;
use crate::door::{Door, KeyError};
use crate::wrap::{sender, wrap_all};

/// The longest message line in bytes. Claude Code 2.1.330 drops what is longer than 1 MiB without a word.
pub const LARGEST: usize = 1_000_000;

/// A message to be pushed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parcel<'a> {
    /// Its identity, a UUID. It stays the same at each repetition.
    pub uid: &'a str,
    /// Who sends it, as its reader shall see it.
    pub from_name: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The socket that hears of its fate; see [`crate::ReplyBox`].
    pub reply_to: Option<&'a Path>,
}

/// Why a message was not pushed, or not surely.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// Nobody listens at the door: the session has ended, or takes no messages.
    #[error("nobody listens at the session's inbox")]
    Gone,
    /// The session has no key that we could show.
    #[error(transparent)]
    NoKey(#[from] KeyError),
    /// The message is longer than a session takes.
    #[error("the message has {bytes} bytes; a session takes {LARGEST}")]
    TooLarge {
        /// The length of its line.
        bytes: usize,
    },
    /// The session hung up before it had read the message.
    #[error("the session hung up before it had read the message")]
    Refused,
    /// The session did not read it, or not to the end, in time. It may do so yet.
    #[error("the session did not take the message in time")]
    Slow,
    /// Something else.
    #[error("the session's inbox cannot be reached: {0}")]
    Failed(io::Error),
}

/// Pushes a message and waits until the session hangs up, as a session that sends does. `Ok` says that it was read, not
/// that it was accepted. Blocks no longer than `patience`.
///
/// # Errors
/// After [`PushError::Slow`] the message may have arrived: look into the transcript before it is pushed again.
pub fn push(door: &Door, parcel: &Parcel<'_>, patience: Duration) -> Result<(), PushError> {
    push_all(door, std::slice::from_ref(parcel), patience)
}

/// Pushes several messages as one, under the identity of the first. Those that wait for one session together start one
/// turn together.
///
/// # Errors
/// As [`push`].
pub fn push_all(door: &Door, parcels: &[Parcel<'_>], patience: Duration) -> Result<(), PushError> {
    let Some(first) = parcels.first() else { return Ok(()) };
    let message = message(door, first, wrap_all(parcels)).to_string();
    if message.len() > LARGEST {
        return Err(PushError::TooLarge { bytes: message.len() });
    }
    let carrier = Carrier::reach(&door.socket, patience)?;
    let key = door.key()?;
    let mut lines = json!({"type": "auth", "token": key.token()}).to_string();
    lines.push('\n');
    lines.push_str(&message);
    lines.push('\n');
    carrier.carry(lines.as_bytes())?;
    tracing::debug!(uid = first.uid, pid = door.pid, count = parcels.len(), "pushed");
    Ok(())
}

/// The line as Claude Code 2.1.330 sends it to another session; it adds no `session_id`, but heeds one.
fn message(door: &Door, parcel: &Parcel<'_>, content: String) -> Value {
    json!({
        "msgV": 1,
        "msg_id": parcel.uid,
        "type": "user",
        "session_id": door.session_id,
        "message": {"role": "user", "content": content},
        "priority": "next",
        "from": sender(parcel.reply_to),
    })
}

#[cfg(test)]
#[cfg(unix)]
mod tests;
