//! Tasks that were taken from the caller: it is told so in the answer to whatever it calls.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peerwatch_core::Timestamp;

use super::{Refusal, places};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Confirmation, Fetcher, Handover, HandoverStep, Letter, Store, TaskError};

/// What happened longer ago is told by its message alone.
const RECENT: Duration = Duration::from_secs(24 * 60 * 60);
/// So many of the last handovers that ended are looked at.
const LAST: usize = 50;
/// The kind of the message by which a former owner is told.
const REVOKED: &str = "task_revoked";

/// What this server knows of it.
#[derive(Default)]
pub(in crate::mcp) struct Losses(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// By agent: the store's version of the tasks at which there was nothing to tell.
    quiet: BTreeMap<String, i64>,
    /// Handovers that were confirmed and told of, so that they are told of once.
    told: Vec<(String, i64)>,
    /// Handovers that were not confirmed yet, with the calls whose answers tell of them.
    hearing: Vec<Hearing>,
}

/// An answer that tells of a handover.
struct Hearing {
    agent: String,
    handover: i64,
    by: Fetcher,
}

impl Losses {
    /// A panic in between leaves the lists whole.
    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same worker calls again, so it has read the earlier answers: who was told in one of them of a handover has heard
/// of it.
pub(super) async fn confirm(post: &Arc<Post>, call: &Arc<Call>) {
    let agent = &call.caller.bearer.agent;
    let heard: Vec<Hearing> =
        post.losses.lock().hearing.extract_if(.., |hearing| hearing.agent == *agent).collect();
    if heard.is_empty() {
        return;
    }
    let confirmed = post
        .store(call, |post, call, store| {
            for hearing in heard {
                if post.was_shown(&hearing.by, call) != Some(false) {
                    store.confirm_handover(
                        hearing.handover,
                        Confirmation::Acknowledged,
                        post.surroundings.now(),
                    )?;
                }
            }
            Ok::<_, Refusal>(())
        })
        .await;
    unless_done(confirmed.map_err(Refusal::from).flatten());
}

/// The reader of this message has acknowledged it: when it tells of a handover, that is confirmed.
pub(super) fn acknowledged(store: &mut Store, letter: &Letter, now: Timestamp) -> Result<(), Refusal> {
    if letter.kind.as_deref() != Some(REVOKED) {
        return Ok(());
    }
    let open = store.open_handovers()?;
    if let Some(handover) = open.iter().find(|one| one.told.is_some() && one.told == letter.uid) {
        store.confirm_handover(handover.id, Confirmation::Acknowledged, now)?;
    }
    Ok(())
}

/// Adds what the caller lost to an answer.
pub(super) async fn tell(post: &Arc<Post>, call: &Arc<Call>, answer: Answer) -> Answer {
    // A late call is answered by the very thing.
    let said = call.integer("task").filter(|_| answer.is_error());
    let lost = post.store(call, move |post, call, store| look(post, call, store, said)).await;
    match lost.map_err(Refusal::from).flatten() {
        Ok(lost) if lost.is_empty() => answer,
        Ok(lost) => answer.with_notice(&lost.join("\n")),
        Err(refusal) => {
            unless_done(Err(refusal));
            answer
        }
    }
}

fn unless_done(done: Result<(), Refusal>) {
    if let Err(Refusal(reason)) = done {
        tracing::warn!(
            reason,
            "a former owner could not be told of a handover, or not be noted to have heard"
        );
    }
}

/// What is to be told: what is not confirmed at every call, what is confirmed by other means once.
fn look(post: &Post, call: &Call, store: &mut Store, said: Option<i64>) -> Result<Vec<String>, Refusal> {
    let agent = &call.caller.bearer.agent;
    let version = store.tasks_version()?;
    if post.losses.lock().quiet.get(agent) == Some(&version) {
        return Ok(Vec::new());
    }
    let lost = lost(post, call, store)?;
    let mut known = post.losses.lock();
    let mut lines = Vec::new();
    for (handover, by) in lost {
        if handover.step == HandoverStep::Revoked {
            known.hearing.push(Hearing { agent: agent.clone(), handover: handover.id, by: call.fetcher() });
        } else if known.told.contains(&(agent.clone(), handover.id)) {
            continue;
        } else {
            known.told.push((agent.clone(), handover.id));
        }
        if said != Some(handover.task) {
            lines.push(line(&handover, by.as_deref()));
        }
    }
    if lines.is_empty() {
        known.quiet.insert(agent.clone(), version);
    }
    Ok(lines)
}

/// The handovers by which the caller lost what it has not got back, with the role of who has it now; without those of
/// which it has heard.
fn lost(post: &Post, call: &Call, store: &mut Store) -> Result<Vec<(Handover, Option<String>)>, Refusal> {
    let now = post.surroundings.now();
    let mut lost = Vec::new();
    for place in places::mine(post, call, store)? {
        for handover in store.handovers(Some(&place.conversation), LAST)? {
            let is_mine = handover.from.participant == place.participant;
            let has_heard = handover.confirmed == Some(Confirmation::Acknowledged);
            let is_past = handover.step == HandoverStep::Undone || handover.at.plus(RECENT) < now;
            if !is_mine || has_heard || is_past {
                continue;
            }
            let owner = store.task(handover.task)?.and_then(|task| task.owner);
            if owner.as_ref().is_none_or(|owner| owner.participant != place.participant) {
                lost.push((handover, owner.map(|owner| owner.role)));
            }
        }
    }
    Ok(lost)
}

fn line(handover: &Handover, by: Option<&str>) -> String {
    let Handover { task, subject, at, reason, .. } = handover;
    let text = TaskError::taken_over_text(by, *at, reason);
    format!("Task {task} ({subject}) is no longer yours: {text}")
}
