//! Writes into the files of an agent team: a letter into an inbox, another owner into a task. Nothing else of Peerwatch
//! writes there, and this does so only when it is called, for that one letter or task, by the standard library and
//! serde_json alone.
//!
//! Claude Code guards each of these files by a folder beside it, `<file>.lock` (seen in 2.1.330), and so does this
//! module: `mkdir` takes the lock, `rmdir` releases it, one that is older than ten seconds was left behind. Under the
//! lock the file is read anew, a whole new one is written beside it and put in its place. Every byte that nobody asked to
//! change stays as it is, fields that we do not know included.

use std::io;
use std::path::{Path, PathBuf};

use peerwatch_core::Timestamp;

mod clock;
mod file;
mod inbox;
mod lock;
mod members;
mod request;
mod splice;
mod task;

pub use request::Request;
pub use task::{Moved, move_task, verify_task};

use members::Members;

/// As whom we write. Claude Code shows it to the reader as the sender; a letter in somebody else's name it would mark as
/// not verified.
const SENDER: &str = "peerwatch";

/// Why nothing was written, or not surely.
#[derive(Debug, thiserror::Error)]
pub enum TeamError {
    /// A name that would lead out of its folder.
    #[error("{0:?} is no name of a team, a member or a task")]
    BadName(String),
    /// There is no such team, or its file cannot be read.
    #[error("there is no agent team {team}: {why}")]
    NoTeam {
        /// Its folder name.
        team: String,
        /// What was wrong.
        why: String,
    },
    /// Nobody of this name is in the team. An inbox for somebody who is not there would never be read.
    #[error("{member} is not in the team {team}")]
    NoMember {
        /// The name.
        member: String,
        /// The team's folder name.
        team: String,
    },
    /// The task is not there (any more): Claude Code deletes a list when all of it is done.
    #[error("the team {team} has no task {task}")]
    NoTask {
        /// Its number.
        task: String,
        /// The team's folder name.
        team: String,
    },
    /// The task has another owner than whoever decided believed.
    #[error("task {task} belongs to {} by now", .owner.as_deref().unwrap_or("nobody"))]
    Changed {
        /// Its number.
        task: String,
        /// Who owns it.
        owner: Option<String>,
    },
    /// The task is done.
    #[error("task {task} is done")]
    Done {
        /// Its number.
        task: String,
    },
    /// Somebody else held the lock for as long as we wait.
    #[error("another program keeps {0} locked")]
    Locked(PathBuf),
    /// Where the lock should be, there is a file. Claude Code cannot take such a lock away either: it fails for ever.
    #[error(
        "{0} is a file, not a lock: as long as it is there nobody can write, Claude Code included; remove it"
    )]
    LockIsFile(PathBuf),
    /// Where the lock should be, there is a folder with something in it.
    #[error("{0} is a folder with something in it, not a lock; remove it")]
    LockIsFull(PathBuf),
    /// The lock was taken from us, since we stood still for too long.
    #[error("the lock {0} was taken over while it was held")]
    LockLost(PathBuf),
    /// A file is not of the form that we know.
    #[error("{path} is not of the known form: {why}")]
    Unknown {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// The text is a command of Claude Code's own protocol, or nothing at all.
    #[error("only plain text is written to a teammate")]
    NotPlain,
    /// The text is longer than anybody should read.
    #[error("the message has {bytes} bytes; {LARGEST} are the most")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// Something else.
    #[error("{path} cannot be used: {error}")]
    Failed {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

impl TeamError {
    fn failed(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::Failed { path: path.to_owned(), error }
    }
}

/// The longest letter in bytes.
pub const LARGEST: usize = 200_000;

/// Puts a letter into the inbox of a member, the lead included, and returns the letter's identity (`msg_id`). `config` is
/// the team's configuration folder (`~/.claude`), `now` dates the letter.
///
/// That it was written is all that this says. Claude Code 2.1.330 takes letters out within a second, from a teammate that
/// works only at the end of its turn; that it was read shows in the reader's transcript.
///
/// # Errors
/// When the member is not in the team, the text is not plain, or the file cannot be locked, read or written: then nothing
/// was written.
pub fn post_to_inbox(
    config: &Path,
    team: &str,
    member: &str,
    from: &str,
    text: &str,
    now: Timestamp,
) -> Result<String, TeamError> {
    let members = Members::read(config, team)?;
    members.check(member)?;
    inbox::post(config, team, member, from, &inbox::plain(text)?, now)
}

/// Asks the lead of a team to give a task to somebody else: its own `TaskUpdate` then writes the file and tells the new
/// owner, and its picture of the team stays right. Returns the letter's identity.
///
/// # Errors
/// As [`post_to_inbox`]; also when the task is not there or done, or when the new owner is not in the team.
pub fn ask_lead(
    config: &Path,
    team: &str,
    request: &Request<'_>,
    now: Timestamp,
) -> Result<String, TeamError> {
    let members = Members::read(config, team)?;
    members.check(request.to)?;
    let task = task::read(config, team, request.task)?;
    let text = request.text(&task.subject);
    inbox::post(config, team, members.lead(), SENDER, &inbox::plain(&text)?, now)
}

/// Whether a name of another program's stays within its folder and is one of a file.
fn plain_name(name: &str) -> Result<&str, TeamError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let fine = !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && name.bytes().all(is_plain);
    if fine { Ok(name) } else { Err(TeamError::BadName(name.to_owned())) }
}

#[cfg(test)]
mod tests;
