//! Tasks and handovers as the view shows them.

use std::collections::BTreeMap;
use std::path::Path;

use peerwatch_bridge::{Handover, Participant};
use peerwatch_core::{Presence, Roster, Worker, WorkerId, excerpt};
use peerwatch_sources::{TaskKind, TaskSeen, TaskState as Seen};
use peerwatch_wire as wire;

use crate::board::{self, Board, Placed};
use crate::draw::whole::{bare, handover_view, task_view};
use crate::times::rfc3339;

/// Characters of a description in the view.
const DESCRIPTION: usize = 2_000;
/// Characters of a note in the view.
const NOTE: usize = 500;
/// Characters of a subject in the view.
const SUBJECT: usize = 200;

/// All tasks, the most urgent first: those that are under way, by priority; then those that are over. `edits` says whether a
/// team's files may be edited.
pub(crate) fn tasks(board: &Board, roster: &Roster, edits: bool) -> Vec<wire::TaskView> {
    let mut tasks: Vec<wire::TaskView> = board.tasks().map(|placed| own(board, roster, placed)).collect();
    tasks.extend(board.others().filter(|seen| is_due(roster, seen)).map(|seen| others(roster, seen, edits)));
    contest(&mut tasks);
    tasks.sort_by_key(|task| (is_over(task.state), std::cmp::Reverse(task.priority)));
    tasks
}

/// All handovers that are told of, the newest first.
pub(crate) fn handovers(board: &Board, roster: &Roster) -> Vec<wire::HandoverView> {
    board.handovers().into_iter().map(|(bridge, it)| handover(board, roster, bridge, it)).collect()
}

/// The tasks that each worker has to do, by its identity.
pub(crate) fn by_owner(tasks: &[wire::TaskView]) -> BTreeMap<&str, Vec<String>> {
    let mut owned: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for task in tasks.iter().filter(|task| !is_over(task.state)) {
        if let Some(owner) = &task.owner {
            owned.entry(owner).or_default().push(task.id.clone());
        }
    }
    owned
}

fn is_over(state: wire::TaskState) -> bool {
    matches!(state, wire::TaskState::Done | wire::TaskState::Cancelled)
}

fn own(board: &Board, roster: &Roster, placed: Placed<'_>) -> wire::TaskView {
    let Placed { bridge, task } = placed;
    let whole = task_view(task);
    wire::TaskView {
        id: board.named(bridge, task.id),
        subject: excerpt(&whole.subject, SUBJECT),
        description: whole.description.as_deref().map(|it| clip(it, DESCRIPTION)),
        owner: board::owner(task).filter(|it| roster.worker(it).is_some()).map(|it| it.to_string()),
        owner_name: task.owner.as_ref().map(|it| name(roster, it)),
        needs: task.what.needs.iter().map(|need| board.named(bridge, *need)).collect(),
        progress: whole.progress.map(|it| wire::ProgressView { text: clip(&it.text, NOTE), ..it }),
        late: whole.late.into_iter().map(|it| wire::LateView { text: clip(&it.text, NOTE), ..it }).collect(),
        ..whole
    }
}

/// Whether it is a task: what a side owes is one only once that side is silent or gone.
fn is_due(roster: &Roster, seen: &TaskSeen) -> bool {
    let presence = || holder(roster, seen).and_then(|id| roster.worker(id)).map(|it| it.verdict().presence);
    seen.kind == TaskKind::Team
        || matches!(presence(), Some(Presence::Quiet | Presence::Suspect | Presence::Gone))
}

/// The worker in whose hands it is: a side that a session holds is that session.
fn holder<'a>(roster: &'a Roster, seen: &'a TaskSeen) -> Option<&'a WorkerId> {
    let owner = seen.owner.as_ref()?;
    Some(roster.worker(owner).and_then(|side| side.facts().bearer()).unwrap_or(owner))
}

/// Why a task of others cannot be reassigned.
fn stuck(roster: &Roster, seen: &TaskSeen, edits: bool) -> Option<String> {
    let is_over = |id: &WorkerId| {
        let presence = roster.worker(id).map(|it| it.verdict().presence);
        matches!(presence, None | Some(Presence::Gone | Presence::Ended))
    };
    let why = match (seen.kind, &seen.owner_name) {
        (TaskKind::Team, None) => "nobody owns it",
        (TaskKind::Team, _) if seen.state == Seen::Done => "it is done",
        (TaskKind::Team, _) if !edits && seen.lead.as_ref().is_none_or(is_over) => {
            "its lead is gone; allow Peerwatch to edit the team's files in the settings"
        }
        _ => return None,
    };
    Some(why.into())
}

/// A task that a team keeps, or what a side owes.
fn others(roster: &Roster, seen: &TaskSeen, edits: bool) -> wire::TaskView {
    let owner = holder(roster, seen);
    let named = owner.and_then(|it| roster.worker(it)).map(|it| excerpt(it.name(), SUBJECT));
    let source = match seen.kind {
        TaskKind::Team => wire::TaskSource::Team,
        TaskKind::Owed => wire::TaskSource::Owed,
    };
    wire::TaskView {
        description: seen.description.as_deref().map(|it| clip(it, DESCRIPTION)),
        state: match &seen.state {
            Seen::Open | Seen::Unknown(_) => wire::TaskState::Open,
            Seen::Assigned => wire::TaskState::Assigned,
            Seen::InProgress => wire::TaskState::InProgress,
            Seen::Done => wire::TaskState::Done,
        },
        owner: owner.map(ToString::to_string),
        owner_name: named.or_else(|| seen.owner_name.clone()),
        needs: seen.needs.clone(),
        blocked: seen.blocked,
        updated: seen.updated.map(rfc3339),
        fixed: stuck(roster, seen, edits),
        ..bare(&seen.id, source, &seen.place, &excerpt(&seen.subject, SUBJECT))
    }
}

/// Whatever a session is at that owns no task.
pub(crate) fn of_session(id: &str, worker: &Worker) -> wire::TaskView {
    let name = worker_name(worker);
    wire::TaskView {
        state: wire::TaskState::InProgress,
        owner: Some(worker.id().to_string()),
        folder: worker.identity().and_then(|it| it.cwd.clone()),
        ..bare(id, wire::TaskSource::Session, &name, &format!("The work of {name}"))
    }
}

/// Warns where two workers claim the same work: the same subject, in whatever list each of them has it.
fn contest(tasks: &mut [wire::TaskView]) {
    let plain = |subject: &str| subject.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let mut claims: BTreeMap<String, Vec<(Option<String>, String)>> = BTreeMap::new();
    let is_claimed = |task: &wire::TaskView| {
        !matches!(task.source, wire::TaskSource::Owed | wire::TaskSource::Session)
            && !is_over(task.state)
            && task.owner_name.is_some()
    };
    for task in tasks.iter().filter(|task| is_claimed(task)) {
        let claim = (task.owner.clone(), task.owner_name.clone().unwrap_or_default());
        claims.entry(plain(&task.subject)).or_default().push(claim);
    }
    for task in tasks.iter_mut().filter(|task| is_claimed(task)) {
        let mine = (task.owner.clone(), task.owner_name.clone().unwrap_or_default());
        let others = claims.get(&plain(&task.subject)).into_iter().flatten();
        let mut names: Vec<&str> = others.filter(|it| **it != mine).map(|(_, name)| name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        if !names.is_empty() {
            task.contested = Some(format!("{} has a task of the same subject", names.join(", ")));
        }
    }
}

fn handover(board: &Board, roster: &Roster, bridge: &Path, it: &Handover) -> wire::HandoverView {
    let known = |participant: &Participant| {
        board::holder(participant).filter(|id| roster.worker(id).is_some()).map(|id| id.to_string())
    };
    let wanted = it.wanted.as_deref().and_then(|id| roster.workers().find(|one| one.id().as_str() == id));
    let whole = handover_view(it);
    wire::HandoverView {
        task: board.named(bridge, it.task),
        subject: excerpt(&it.subject, SUBJECT),
        from: known(&it.from),
        from_name: name(roster, &it.from),
        to: it.to.as_ref().and_then(known).or_else(|| wanted.map(|one| one.id().to_string())),
        to_name: it.to.as_ref().map(|to| name(roster, to)).or_else(|| wanted.map(worker_name)),
        reason: clip(&it.reason, NOTE),
        ..whole
    }
}

/// A participant as a person knows it: its session's name with its role, where they differ.
fn name(roster: &Roster, participant: &Participant) -> String {
    let role = excerpt(&participant.role, 100);
    let worker = board::holder(participant).and_then(|id| roster.worker(&id).map(worker_name));
    match worker {
        Some(worker) if worker != role => format!("{worker} ({role})"),
        _ => role,
    }
}

fn worker_name(worker: &Worker) -> String {
    excerpt(worker.name(), 100)
}

/// Text with its lines kept, bounded; control characters are the window's matter.
fn clip(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
