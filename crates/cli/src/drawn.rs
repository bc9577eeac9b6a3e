//! Tasks and handovers of a database in the shapes of the wire, as a running engine shows them.

use peerwatch_bridge::{
    Actor, Confirmation, Handover, HandoverStep, Note, NoteKind, Participant, Task, TaskState,
};
use peerwatch_core::WorkerId;
use peerwatch_engine::rfc3339;
use peerwatch_wire as wire;

/// A task. Texts stand whole.
pub(crate) fn task(task: &Task) -> wire::TaskView {
    wire::TaskView {
        id: task.id.to_string(),
        source: wire::TaskSource::Bridge,
        place: task.bridge.clone().unwrap_or_else(|| task.conversation.clone()),
        subject: task.what.subject.clone(),
        description: task.what.description.clone(),
        state: state(task.state),
        owner: task.owner.as_ref().and_then(worker),
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
        progress: task.progress.as_ref().map(said),
        late: task.late.iter().map(late).collect(),
        handover: task.handover.and_then(|id| u64::try_from(id).ok()),
        proposed: None,
        contested: None,
        fixed: fixed(task.state).map(Into::into),
    }
}

/// Why a task cannot be reassigned now.
fn fixed(state: TaskState) -> Option<&'static str> {
    match state {
        TaskState::Assigned | TaskState::InProgress => None,
        TaskState::Open => Some("nobody owns it"),
        TaskState::HandingOver => Some("it is being handed over"),
        TaskState::Done => Some("it is done"),
        TaskState::Cancelled => Some("it was given up"),
    }
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

fn said(note: &Note) -> wire::ProgressView {
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

/// The session that holds a role, or held it last.
pub(crate) fn worker(one: &Participant) -> Option<String> {
    let process = one.bearer.process.as_ref()?;
    Some(WorkerId::session(process.pid, &process.start).to_string())
}

/// A handover.
pub(crate) fn handover(it: &Handover) -> wire::HandoverView {
    wire::HandoverView {
        id: u64::try_from(it.id).unwrap_or_default(),
        task: it.task.to_string(),
        subject: it.subject.clone(),
        from: worker(&it.from),
        from_name: it.from.role.clone(),
        to: it.to.as_ref().and_then(worker).or_else(|| it.wanted.clone()),
        to_name: it.to.as_ref().map(|to| to.role.clone()),
        step: step(it.step),
        at: rfc3339(it.at),
        updated: rfc3339(it.updated),
        reason: it.reason.clone(),
        actor: match &it.actor {
            Actor::Person => "you".into(),
            Actor::Peerwatch => "Peerwatch".into(),
            Actor::Participant(letter) if *letter == it.from.participant => it.from.role.clone(),
            Actor::Participant(letter) => letter.clone(),
        },
        summary: summary(it),
        advisory: it.step != HandoverStep::Undone
            && matches!(it.confirmed, None | Some(Confirmation::TakenAnyway)),
        undoable: is_open(it.step),
    }
}

/// Whether a handover has steps to come.
pub(crate) fn is_open(step: HandoverStep) -> bool {
    matches!(step, HandoverStep::Revoked | HandoverStep::Confirmed | HandoverStep::Granted)
}

fn step(step: HandoverStep) -> wire::HandoverStep {
    match step {
        HandoverStep::Revoked => wire::HandoverStep::Revoked,
        HandoverStep::Confirmed => wire::HandoverStep::Confirmed,
        HandoverStep::Granted => wire::HandoverStep::Granted,
        HandoverStep::Begun => wire::HandoverStep::Begun,
        HandoverStep::Undone => wire::HandoverStep::Undone,
    }
}

/// How it stands, in a sentence.
fn summary(it: &Handover) -> String {
    let from = &it.from.role;
    let ground = match it.confirmed {
        Some(Confirmation::Acknowledged) => format!("{from} has confirmed"),
        Some(Confirmation::Gone) => format!("{from} is proven gone"),
        Some(Confirmation::TakenAnyway) => format!("taken without an answer of {from}"),
        None => format!("{from} was told and has not confirmed"),
    };
    let to = it.to.as_ref().map_or("its next owner", |to| &to.role);
    match it.step {
        HandoverStep::Revoked => ground,
        HandoverStep::Confirmed => format!("{ground}; nobody has it yet"),
        HandoverStep::Granted => format!("{ground}; {to} has the card and has not begun"),
        HandoverStep::Begun => format!("{ground}; {to} has begun"),
        HandoverStep::Undone => format!("taken back; {from} has it again"),
    }
}
