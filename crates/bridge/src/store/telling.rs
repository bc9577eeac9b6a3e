//! What Peerwatch writes to participants of its own accord, and as whom.

use peerwatch_core::Timestamp;
use rusqlite::Connection;

use super::sending::Sender;
use super::tasks::standing::Standing;
use super::{StoreError, participants};
use crate::participant::{Bearer, Kind, Participant};
use crate::{Handover, Task};

/// The role of Peerwatch itself.
pub(super) const ROLE: &str = "peerwatch";

/// Peerwatch as a sender in a conversation. It gets a letter there with its first message, as one who has left: nothing that is
/// meant for all comes to it.
pub(super) fn peerwatch(db: &Connection, conversation: &str, now: Timestamp) -> Result<Sender, StoreError> {
    let known = participants::all(db, conversation)?;
    let sender =
        |participant: &str| Sender { conversation: conversation.into(), participant: participant.into() };
    if let Some(own) = known.iter().find(|one| is_peerwatch(one)) {
        return Ok(sender(&own.participant));
    }
    let own = Participant {
        conversation: conversation.into(),
        bridge: None,
        participant: participants::letter(known.len()),
        role: ROLE.into(),
        kind: Kind::Person,
        bearer: Bearer::default(),
        joined: now,
        left: Some(now),
    };
    participants::put(db, &own)?;
    Ok(sender(&own.participant))
}

/// Everybody but Peerwatch itself.
pub(super) fn others(mut known: Vec<Participant>) -> Vec<Participant> {
    known.retain(|one| !is_peerwatch(one));
    known
}

fn is_peerwatch(one: &Participant) -> bool {
    one.kind == Kind::Person && one.role == ROLE
}

/// Tells somebody that a task is its own now.
pub(super) fn assigned(task: &Task) -> String {
    let Task { id, epoch, what, .. } = task;
    let mut text = format!("Task {id} is yours now (epoch {epoch}): {}\n", what.subject);
    if let Some(description) = &what.description {
        text += &format!("\n{description}\n");
    }
    if let Some(folder) = &what.folder {
        text += &format!("\nFolder: {folder}\n");
    }
    if task.blocked {
        let needs: Vec<String> = what.needs.iter().map(ToString::to_string).collect();
        text += &format!("\nIt must wait for other tasks: {}.\n", needs.join(", "));
    }
    text + &format!("\nClaim task {id} when you begin; report on the way, and complete it with its result.")
}

/// Tells an owner that it has lost a task.
pub(super) fn lost(task: &Standing, why: &str) -> String {
    let Standing { id, epoch, subject, .. } = task;
    let why = why.trim().trim_end_matches('.');
    format!(
        "Task {id} is not yours any more (it is in epoch {epoch} now): {subject}\n\nWhy: {why}.\n\n\
         Stop working on it, and hand in what you have by reporting on it or completing it: that is kept. \
         Then acknowledge this message."
    )
}

/// Gives the card to the heir.
pub(super) fn granted(task: &Standing, handover: &Handover) -> String {
    let Standing { id, epoch, subject, .. } = task;
    format!(
        "Task {id} is yours now (epoch {epoch}): {subject}\n\nIt was {}'s before. Claim task {id} when you begin; report on \
         the way, and complete it with its result.\n\n{}",
        handover.from.role, handover.card
    )
}

/// Tells an owner that it has a task again.
pub(super) fn returned(task: &Standing) -> String {
    let Standing { id, epoch, subject, .. } = task;
    format!(
        "Task {id} is yours again (epoch {epoch}): {subject}\n\nThe handover was undone. Go on with it; claim task {id} first."
    )
}
