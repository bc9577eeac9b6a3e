//! Tasks: what stands in the bridges of them, and the next step of every handover.
//!
//! A handover is driven from what the store says alone, so a step that a `kill -9` cut off is taken by the next engine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use peerwatch_bridge::{
    Actor, Confirmation, Handover, HandoverStep, JoinError, Process, Revocation, Store, StoreError, Task,
    TaskError,
};
use peerwatch_core::{ConversationId, Moment, Timestamp};
use peerwatch_sources::process::Processes;
use peerwatch_wire::Reply;

use super::Finding;
use super::bridges::Bridge;
use super::living::Living;
use super::post::Post;
use crate::handing;

/// Handovers that ended and are still told of, in each bridge.
const REMEMBERED: usize = 50;
/// So many sessions of one name find a role each.
const NAMESAKES: usize = 50;

/// What a bridge says of its tasks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Tasks {
    pub(crate) bridge: PathBuf,
    pub(crate) tasks: Vec<Task>,
    pub(crate) handovers: Vec<Handover>,
    /// What its conversations are called, those that have a name.
    pub(crate) names: BTreeMap<ConversationId, String>,
}

/// Something that a person, or the loop, wants done to a task.
#[derive(Debug)]
pub(crate) enum TaskAct {
    /// Begin a handover.
    Revoke { task: i64, how: Box<Revocation> },
    /// Go on without the old owner's confirmation.
    TakeAnyway { handover: i64 },
    /// Choose who gets it.
    Choose { handover: i64, worker: String },
    /// Take it back.
    Undo { handover: i64 },
    /// Take late work as the result.
    Adopt { task: i64, note: i64 },
}

/// What is known of each bridge's tasks since the last look.
#[derive(Default)]
pub(super) struct Seen(BTreeMap<PathBuf, Stand>);

#[derive(Clone, Copy, PartialEq, Eq)]
struct Stand {
    version: i64,
    open: bool,
}

impl Post {
    /// Takes the next step of every handover, and tells what has changed of tasks.
    pub(super) fn hand_over(&mut self, now: Moment) {
        let (living, processes) = (&self.living, &*self.processes);
        let mut news = Vec::new();
        for bridge in self.bridges.all() {
            let known = self.tasks.0.get(&bridge.path).copied();
            match look(bridge, known, living, processes, now.wall) {
                Ok(Some((stand, tasks))) => {
                    self.tasks.0.insert(bridge.path.clone(), stand);
                    news.push(tasks);
                }
                Ok(None) => {}
                Err(error) => tracing::warn!("tasks in {}: {error}", bridge.path.display()),
            }
        }
        for tasks in news {
            self.told.say(Finding::Tasks(tasks));
        }
    }

    /// Whether anything about the tasks of our own bridge has changed since they were looked at.
    pub(super) fn has_news_of_tasks(&mut self) -> bool {
        let own = self.own.clone();
        let known = self.tasks.0.get(&own).map(|stand| stand.version);
        let version = self.bridges.at(&own).and_then(|bridge| bridge.store.tasks_version().ok());
        version != known
    }

    /// Does what somebody wants done to a task.
    pub(super) fn act_on_task(&mut self, bridge: &Path, act: TaskAct, now: Moment) -> Reply {
        let Some(bridge) = self.bridges.at(bridge) else {
            let why = "that bridge cannot be opened; `peerwatch doctor` says why";
            return Reply::Refused { why: why.into() };
        };
        act_on(&mut bridge.store, act, now.wall)
            .unwrap_or_else(|error| Reply::Refused { why: error.to_string() })
    }
}

fn act_on(store: &mut Store, act: TaskAct, now: Timestamp) -> Result<Reply, TaskError> {
    let handover = match act {
        TaskAct::Revoke { task, how } => store.revoke_task(task, &how, now)?,
        TaskAct::TakeAnyway { handover } => {
            store.confirm_handover(handover, Confirmation::TakenAnyway, now)?
        }
        TaskAct::Choose { handover, worker } => store.choose_heir(handover, Some(&worker), now)?,
        TaskAct::Undo { handover } => store.undo_handover(handover, &Actor::Person, now)?,
        TaskAct::Adopt { task, note } => {
            store.adopt(task, note, &Actor::Person, now)?;
            return Ok(Reply::Done);
        }
    };
    let number = u64::try_from(handover.id).unwrap_or_default();
    Ok(Reply::HandingOver { handover: number, summary: handing::summary(&handover) })
}

/// Takes the next steps in one bridge; returns how its tasks stand when that has changed.
fn look(
    bridge: &mut Bridge,
    known: Option<Stand>,
    living: &[Living],
    processes: &dyn Processes,
    now: Timestamp,
) -> Result<Option<(Stand, Tasks)>, TaskError> {
    let store = &mut bridge.store;
    let version = store.tasks_version()?;
    if known == Some(Stand { version, open: false }) {
        return Ok(None);
    }
    let open = store.open_handovers()?;
    for handover in &open {
        if let Err(error) = advance(store, handover, living, processes, now) {
            tracing::info!(handover = handover.id, "a handover does not go on: {error}");
        }
    }
    let version = store.tasks_version()?;
    if known == Some(Stand { version, open: true }) {
        return Ok(None);
    }
    let tasks = Tasks {
        bridge: bridge.path.clone(),
        tasks: store.tasks(None)?,
        handovers: store.handovers(None, REMEMBERED)?,
        names: names(&bridge.path, store)?,
    };
    let open = tasks.handovers.iter().any(|it| is_open(it.step));
    Ok(Some((Stand { version, open }, tasks)))
}

/// The tasks of a bridge, read without an engine; `None` where there is no such bridge.
pub(crate) fn tasks_of(bridge: &Path) -> Option<Tasks> {
    let store = Store::open_existing(bridge).ok()?;
    Some(Tasks {
        bridge: bridge.to_owned(),
        tasks: store.tasks(None).ok()?,
        handovers: store.handovers(None, REMEMBERED).ok()?,
        names: names(bridge, &store).ok()?,
    })
}

fn names(bridge: &Path, store: &Store) -> Result<BTreeMap<ConversationId, String>, StoreError> {
    let named = |(id, name): (String, String)| (peerwatch_sources::bridge::named(bridge, &id), name);
    Ok(store.bridge_names()?.into_iter().map(named).collect())
}

/// Whether a handover has steps to come.
pub(crate) fn is_open(step: HandoverStep) -> bool {
    matches!(step, HandoverStep::Revoked | HandoverStep::Confirmed | HandoverStep::Granted)
}

/// All steps that can be taken now.
fn advance(
    store: &mut Store,
    handover: &Handover,
    living: &[Living],
    processes: &dyn Processes,
    now: Timestamp,
) -> Result<(), TaskError> {
    let mut handover = handover.clone();
    if handover.step == HandoverStep::Revoked {
        let Some(what) = confirmation(store, &handover, processes)? else { return Ok(()) };
        handover = store.confirm_handover(handover.id, what, now)?;
    }
    if handover.step == HandoverStep::Confirmed {
        let heir = living.iter().find(|one| Some(one.worker.as_str()) == handover.wanted.as_deref());
        let Some(heir) = heir else { return Ok(()) };
        let letter = seat(store, &handover.conversation, heir, processes, now)?;
        handover = store.grant_handover(handover.id, &letter, now)?;
    }
    if handover.step == HandoverStep::Granted
        && let Some(uid) = &handover.granted
        && store.by_uid(uid)?.is_some_and(|letter| letter.receipt.seen.is_some())
    {
        // The card is before its model: whoever reads it has begun.
        store.begin_handover(handover.id, now)?;
    }
    Ok(())
}

/// What makes sure that the old owner does not go on, when something does.
fn confirmation(
    store: &Store,
    handover: &Handover,
    processes: &dyn Processes,
) -> Result<Option<Confirmation>, StoreError> {
    if let Some(process) = &handover.from.bearer.process
        && processes.look(process.pid, Some(&process.start)).is_dead()
    {
        return Ok(Some(Confirmation::Gone));
    }
    let Some(uid) = &handover.told else { return Ok(None) };
    let told = store.by_uid(uid)?;
    let acknowledged = told.is_some_and(|letter| letter.receipt.acknowledged.is_some());
    Ok(acknowledged.then_some(Confirmation::Acknowledged))
}

/// The letter of a session in a conversation; it gets a role of its name where it takes no part yet.
fn seat(
    store: &mut Store,
    conversation: &str,
    session: &Living,
    processes: &dyn Processes,
    now: Timestamp,
) -> Result<String, TaskError> {
    let bearer = session.bearer();
    let here = store.participations(&bearer)?.into_iter().find(|place| place.conversation == conversation);
    if let Some(place) = here
        && place.left.is_none()
    {
        return Ok(place.participant);
    }
    let is_dead = |process: &Process| processes.look(process.pid, Some(&process.start)).is_dead();
    let base = match session.name.chars().count() {
        3..=90 => session.name.clone(),
        _ => format!("session-{}", session.process.pid),
    };
    let mut role = base.clone();
    for number in 2..=NAMESAKES {
        match store.join(conversation, &role, &bearer, &is_dead, now) {
            Ok(place) => return Ok(place.participant),
            Err(JoinError::Held { .. }) => role = format!("{base}-{number}"),
            Err(JoinError::Store(error)) => return Err(error.into()),
            Err(error) => {
                tracing::info!("{} gets no place: {error}", session.name);
                break;
            }
        }
    }
    Err(TaskError::UnknownHeir { heir: session.name.clone() })
}
