//! Creating tasks, and giving them to somebody.

use std::path::Path;
use std::sync::Arc;

use peerwatch_core::Timestamp;
use serde_json::{Value, json};

use super::{SUBJECT, TEXT, bridge, entered, number, role, written};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::own::{Refusal, places, sending};
use crate::mcp::post::Post;
use crate::{Actor, NewTask, Participant, Store, Task, TaskError};

/// Tasks that one may need.
const NEEDS: u64 = 50;
/// Characters of a folder: the longest path of any system.
const FOLDER: u64 = 4096;

/// What `create_task` takes.
pub(super) fn input() -> Value {
    json!({
        "subject": {"type": "string", "minLength": 1, "maxLength": SUBJECT,
            "description": "What is to be done, in a line"},
        "description": {"type": "string", "maxLength": TEXT,
            "description": "All that its owner must know, and when it is done"},
        "assign_to": role("Who gets it: a role, or the name of a session"),
        "needs": {"type": "array", "items": number("Number of a task"), "maxItems": NEEDS,
            "description": "Tasks that must be done before"},
        "priority": {"type": "integer", "minimum": -1000, "maximum": 1000,
            "description": "Higher goes first. Default 0."},
        "folder": {"type": "string", "minLength": 1, "maxLength": FOLDER, "description": "Where to work"},
        "deadline": {"type": "string", "maxLength": 64, "description": "RFC 3339, such as 2026-11-25T18:00:00Z"},
        "bridge": bridge(),
    })
}

pub(super) async fn create(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let (task, text, trouble) = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let what = wanted(call)?;
            let me = places::place(post, call, store, call.text("bridge"))?;
            // Who cannot get it is said before anything is stored.
            let heir = call.text("assign_to").map(|name| named(post, store, &me, name)).transpose()?;
            let now = post.surroundings.now();
            let task = store.create_task(&me.conversation, &what, &actor(&me), now)?;
            // Somebody who claims whatever is open may be quicker.
            let (task, trouble) = match heir.map(|heir| give(store, task.id, &heir, &me, now)) {
                Some(Ok(assigned)) => (assigned, None),
                Some(Err(error)) => (task, Some(error.to_string())),
                None => (task, None),
            };
            let text = told(&task, &me);
            Ok::<_, Refusal>((task, text, trouble))
        })
        .await??;
    let answer = Answer::structured(text, written::standing(&task));
    Ok(match trouble {
        Some(trouble) => answer.with_notice(&format!("It was not assigned: {trouble}.")),
        None => answer,
    })
}

pub(super) async fn assign(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let (task, text) = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let (task, me) = entered(post, call, store, call.integer("task").unwrap_or_default())?;
            let heir = named(post, store, &me, call.needed("to"))?;
            let task = give(store, task.id, &heir, &me, post.surroundings.now())?;
            let text = told(&task, &me);
            Ok::<_, Refusal>((task, text))
        })
        .await??;
    Ok(Answer::structured(text, written::standing(&task)))
}

/// The task that the arguments describe.
fn wanted(call: &Call) -> Result<NewTask, Refusal> {
    let deadline = call.text("deadline").map(time).transpose()?;
    Ok(NewTask {
        subject: call.needed("subject").to_owned(),
        description: call.text("description").filter(|text| !text.trim().is_empty()).map(str::to_owned),
        priority: call.integer("priority").and_then(|number| i32::try_from(number).ok()).unwrap_or_default(),
        needs: call.integers("needs"),
        folder: call.text("folder").map(|folder| absolute(call, folder)),
        deadline,
    })
}

/// A folder as every session understands it, seen from where the caller works.
fn absolute(call: &Call, folder: &str) -> String {
    match &call.caller.bearer.cwd {
        Some(cwd) => Path::new(cwd).join(folder).to_string_lossy().into_owned(),
        None => folder.to_owned(),
    }
}

fn time(text: &str) -> Result<Timestamp, Refusal> {
    let time: Result<jiff::Timestamp, _> = text.trim().parse();
    time.map(|time| Timestamp(time.as_millisecond())).map_err(|_| {
        Refusal(format!("the deadline {text:?} is no RFC 3339 time; write it as 2026-11-25T18:00:00Z"))
    })
}

/// Whoever is meant by a role, a letter, or the name of a living session that takes no part yet.
fn named(post: &Post, store: &mut Store, me: &Participant, name: &str) -> Result<Participant, Refusal> {
    let name = name.trim();
    sending::bring_in(post, store, me, &[name.to_owned()])?;
    let mut there = store.participants(&me.conversation)?;
    there.retain(|one| one.left.is_none());
    let by_role = there.iter().find(|one| one.role == name);
    if let Some(found) = by_role.or_else(|| there.iter().find(|one| one.participant == name)) {
        return Ok(found.clone());
    }
    let known: Vec<_> = there.iter().map(|one| one.role.as_str()).collect();
    Err(Refusal(format!("nobody here is `{name}`; known here: {}", known.join(", "))))
}

fn give(
    store: &mut Store,
    task: i64,
    heir: &Participant,
    me: &Participant,
    now: Timestamp,
) -> Result<Task, TaskError> {
    store.assign_task(task, &heir.participant, &actor(me), true, now)
}

fn actor(me: &Participant) -> Actor {
    Actor::Participant(me.participant.clone())
}

fn told(task: &Task, me: &Participant) -> String {
    match &task.owner {
        Some(owner) if owner.participant == me.participant => {
            format!("Task {} is yours; claim_task begins it.", task.id)
        }
        Some(owner) => format!("Task {} is {}'s now, who gets a message about it.", task.id, owner.role),
        None if task.blocked => format!("Task {} is open, and waits for the tasks that it needs.", task.id),
        None => format!("Task {} is open for whoever claims it.", task.id),
    }
}
