//! Which tasks there are, and where they stand.

use std::sync::Arc;

use serde_json::{Value, json};

use super::written::{self, Room};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::own::membership::looked_at;
use crate::mcp::own::{Refusal, places};
use crate::mcp::post::Post;
use crate::{Store, Task, TaskError, TaskState};

/// So many tasks are told of at once.
const MOST: usize = 100;

/// Tasks as they are told of.
#[derive(Default)]
struct Listed {
    /// What they have in common, for a reader.
    heading: String,
    tasks: Vec<Value>,
    more: usize,
}

pub(super) async fn list(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let listed = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            match (call.integer("task"), call.text("which")) {
                (Some(task), _) => one(post, call, store, task),
                (None, Some("mine")) => mine(post, call, store),
                (None, which) => of_bridge(post, call, store, which == Some("open")),
            }
        })
        .await??;
    let mut lines = vec![listed.heading];
    lines.extend(listed.tasks.iter().map(written::read));
    if listed.more > 0 {
        lines.push(format!("{} more are not shown.", listed.more));
    }
    Ok(Answer::structured(lines.join("\n"), json!({"tasks": listed.tasks, "more": listed.more})))
}

/// One task with all that is known of it, or with one note in full.
fn one(post: &Post, call: &Call, store: &mut Store, id: i64) -> Result<Listed, Refusal> {
    let missing = || Refusal::from(TaskError::NoTask { task: id });
    let task = store.task(id)?.ok_or_else(missing)?;
    let places = places::mine(post, call, store)?;
    let me = places.iter().find(|place| place.conversation == task.conversation);
    if me.is_none() && !(post.options.own && task.bridge.is_some()) {
        return Err(missing());
    }
    let me = me.map(|place| place.participant.as_str());
    let whole = match call.integer("note") {
        Some(note) => written::with_note(store, &task, me, note)?,
        None => written::whole(store, &task, me, &mut Room::default())?,
    };
    Ok(Listed { heading: format!("Task {id}:"), tasks: vec![whole], more: 0 })
}

/// What the caller owns and has not finished, wherever it takes part.
fn mine(post: &Post, call: &Call, store: &mut Store) -> Result<Listed, Refusal> {
    let mut places = places::mine(post, call, store)?;
    if places.is_empty() && !post.options.own {
        return Err(Refusal(places::TOKEN_FIRST.into()));
    }
    if let Some(name) = call.text("bridge") {
        places.retain(|place| places::is_called(place, name));
    }
    let (mut listed, mut room) = (Listed::default(), Room::default());
    for place in &places {
        let me = place.participant.as_str();
        let tasks = store.tasks(Some(&place.conversation))?;
        for task in tasks.iter().filter(|task| is_unfinished(task) && written::is_owned(task, Some(me))) {
            if listed.tasks.len() == MOST {
                listed.more += 1;
            } else {
                listed.tasks.push(written::whole(store, task, Some(me), &mut room)?);
            }
        }
    }
    listed.heading = match listed.tasks.len() {
        0 => "No task is yours; claim_task takes one.".into(),
        _ => "Yours:".into(),
    };
    Ok(listed)
}

/// The tasks of one bridge; looking joins nothing.
fn of_bridge(post: &Post, call: &Call, store: &mut Store, open: bool) -> Result<Listed, Refusal> {
    let (bridge, conversation, me) = looked_at(post, call, store)?;
    let mut tasks = match conversation {
        Some(conversation) => store.tasks(Some(&conversation))?,
        None => Vec::new(),
    };
    tasks.retain(|task| !open || task.state == TaskState::Open);
    let kind = if open { "open tasks" } else { "tasks" };
    let heading = match tasks.len() {
        0 => format!("There are no {kind} in the bridge {bridge}."),
        _ => format!("The {kind} of the bridge {bridge}:"),
    };
    let more = tasks.len().saturating_sub(MOST);
    tasks.truncate(MOST);
    let handovers = written::handovers(store, &tasks)?;
    let entry = |task: &Task| written::entry(task, me.as_deref(), handovers.get(&task.id));
    Ok(Listed { heading, tasks: tasks.iter().map(entry).collect(), more })
}

fn is_unfinished(task: &Task) -> bool {
    !matches!(task.state, TaskState::Done | TaskState::Cancelled)
}
