//! Tasks and handovers as a bridge alone tells of them: without an engine, which knows the workers, and with all texts whole.

use peerwatch_bridge::{Handover, HandoverStep, Note, NoteKind, Task, TaskState};
use peerwatch_wire as wire;

use crate::board;
use crate::delivery::is_open;
use crate::handing;
use crate::times::rfc3339;

/// A task in the shape of the wire.
#[must_use]
pub fn task_view(task: &Task) -> wire::TaskView {
    let place = task.bridge.as_ref().unwrap_or(&task.conversation);
    wire::TaskView {
        description: task.what.description.clone(),
        state: state(task.state),
        owner: board::owner(task).map(|it| it.to_string()),
        owner_name: task.owner.as_ref().map(|owner| owner.role.clone()),
        epoch: u64::try_from(task.epoch).ok(),
        lease_until: task.lease.map(rfc3339),
        priority: task.what.priority,
        needs: task.what.needs.iter().map(ToString::to_string).collect(),
        blocked: task.blocked,
        folder: task.what.folder.clone(),
        deadline: task.what.deadline.map(rfc3339),
        attempts: task.attempts,
        updated: Some(rfc3339(task.updated)),
        progress: task.progress.as_ref().map(progress),
        late: task.late.iter().map(late).collect(),
        handover: task.handover.and_then(|it| u64::try_from(it).ok()),
        fixed: fixed(task),
        ..bare(&task.id.to_string(), wire::TaskSource::Bridge, place, &task.what.subject)
    }
}

/// A handover in the shape of the wire.
#[must_use]
pub fn handover_view(it: &Handover) -> wire::HandoverView {
    let role_of = |letter: &str| (it.from.participant == letter).then(|| it.from.role.clone());
    let holder = |participant| board::holder(participant).map(|id| id.to_string());
    wire::HandoverView {
        id: u64::try_from(it.id).unwrap_or_default(),
        task: it.task.to_string(),
        subject: it.subject.clone(),
        from: holder(&it.from),
        from_name: it.from.role.clone(),
        to: it.to.as_ref().and_then(holder).or_else(|| it.wanted.clone()),
        to_name: it.to.as_ref().map(|to| to.role.clone()),
        step: step(it.step),
        at: rfc3339(it.at),
        updated: rfc3339(it.updated),
        reason: it.reason.clone(),
        actor: handing::actor(&it.actor, role_of),
        summary: handing::summary(it),
        advisory: handing::is_advisory(it),
        undoable: is_open(it.step),
    }
}

/// A task of which only this is known.
pub(super) fn bare(id: &str, source: wire::TaskSource, place: &str, subject: &str) -> wire::TaskView {
    wire::TaskView {
        id: id.into(),
        source,
        place: place.into(),
        subject: subject.into(),
        description: None,
        state: wire::TaskState::Open,
        owner: None,
        owner_name: None,
        epoch: None,
        lease_until: None,
        priority: 0,
        needs: Vec::new(),
        blocked: false,
        folder: None,
        deadline: None,
        attempts: 0,
        updated: None,
        progress: None,
        late: Vec::new(),
        handover: None,
        proposed: None,
        contested: None,
        fixed: None,
    }
}

/// Why a task cannot be handed over now.
fn fixed(task: &Task) -> Option<String> {
    let why = match task.state {
        TaskState::Assigned | TaskState::InProgress => return None,
        TaskState::Open => "nobody owns it",
        TaskState::HandingOver => "it is being handed over",
        TaskState::Done => "it is done",
        TaskState::Cancelled => "it was given up",
    };
    Some(why.into())
}

fn state(state: TaskState) -> wire::TaskState {
    match state {
        TaskState::Open => wire::TaskState::Open,
        TaskState::Assigned => wire::TaskState::Assigned,
        TaskState::InProgress => wire::TaskState::InProgress,
        TaskState::HandingOver => wire::TaskState::HandingOver,
        TaskState::Done => wire::TaskState::Done,
        TaskState::Cancelled => wire::TaskState::Cancelled,
    }
}

fn progress(note: &Note) -> wire::ProgressView {
    wire::ProgressView { by: note.by.clone(), at: rfc3339(note.at), text: note.text.clone() }
}

fn late(note: &Note) -> wire::LateView {
    wire::LateView {
        id: u64::try_from(note.id).unwrap_or_default(),
        by: note.by.clone(),
        at: rfc3339(note.at),
        completes: note.kind == NoteKind::LateResult,
        text: note.text.clone(),
    }
}

/// How far a handover is, in the words of the wire.
pub(crate) fn step(step: HandoverStep) -> wire::HandoverStep {
    match step {
        HandoverStep::Revoked => wire::HandoverStep::Revoked,
        HandoverStep::Confirmed => wire::HandoverStep::Confirmed,
        HandoverStep::Granted => wire::HandoverStep::Granted,
        HandoverStep::Begun => wire::HandoverStep::Begun,
        HandoverStep::Undone => wire::HandoverStep::Undone,
    }
}
