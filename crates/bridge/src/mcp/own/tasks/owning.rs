//! Taking a task, and telling how it goes: accepted from its owner alone, kept from whoever had it before.

use std::sync::Arc;

use serde_json::{Value, json};

use super::written::{self, Room};
use super::{TaskTool, entered};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::own::receipts::rfc3339;
use crate::mcp::own::{Refusal, places};
use crate::mcp::post::Post;
use crate::{LEASE, Store, Task, TaskError};

pub(super) async fn claim(post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let claimed = post
        .store(call, |post, call, store| {
            post.confirm_earlier(store, call)?;
            let now = post.surroundings.now();
            let (task, me) = match call.integer("task") {
                Some(task) => {
                    let (_, me) = entered(post, call, store, task)?;
                    (Some(store.claim_task(task, &me.participant, now)?), me)
                }
                None => {
                    let me = places::place(post, call, store, call.text("bridge"))?;
                    (store.claim_next(&me.conversation, &me.participant, now)?, me)
                }
            };
            let Some(task) = task else { return Ok((places::name(&me).to_owned(), None)) };
            let whole = written::whole(store, &task, Some(&me.participant), &mut Room::default())?;
            Ok::<_, Refusal>((places::name(&me).to_owned(), Some((task, whole))))
        })
        .await??;
    Ok(match claimed {
        (bridge, None) => {
            let text = format!("No task in {bridge} can be begun now: none is open that waits for no other.");
            let structured = json!({"task": null, "notice": text});
            Answer::structured(text, structured)
        }
        (_, Some((task, whole))) => {
            let text = format!(
                "Task {} is yours (epoch {}). report_progress at least every {} minutes, then complete_task.\n\n{}",
                task.id,
                task.epoch,
                LEASE.as_secs() / 60,
                written::read(&whole),
            );
            Answer::structured(text, whole)
        }
    })
}

/// What a call that tells how it goes came to: a former owner's is refused, and kept.
enum Told {
    Accepted(Box<Task>),
    Refused(String, Value),
}

pub(super) async fn tell(tool: TaskTool, post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    let told = post.store(call, move |post, call, store| take_note(tool, post, call, store)).await??;
    Ok(match told {
        Told::Accepted(task) => Answer::structured(accepted(tool, &task), written::standing(&task)),
        Told::Refused(text, structured) => Answer::refused(text, structured),
    })
}

fn take_note(tool: TaskTool, post: &Post, call: &Call, store: &mut Store) -> Result<Told, Refusal> {
    post.confirm_earlier(store, call)?;
    let (task, me) = entered(post, call, store, call.integer("task").unwrap_or_default())?;
    let (id, epoch, me, now) = (task.id, call.integer("epoch"), &me.participant, post.surroundings.now());
    let done = match tool {
        TaskTool::Complete => store.complete_task(id, epoch, me, call.needed("result"), now),
        TaskTool::Release => store.release_task(id, epoch, me, call.needed("reason"), now),
        _ => store.progress_task(id, epoch, me, call.needed("text"), now),
    };
    match done {
        Ok(task) => Ok(Told::Accepted(Box::new(task))),
        Err(error) => refused(id, error),
    }
}

/// A refusal that a program can read where something was kept.
fn refused(task: i64, error: TaskError) -> Result<Told, Refusal> {
    let text = error.to_string();
    match error {
        TaskError::TakenOver { by, at, kept, .. } => {
            let structured = json!({"task": task, "taken_over_by": by, "at": rfc3339(at), "kept": kept});
            Ok(Told::Refused(text, structured))
        }
        other => match other.kept() {
            Some(kept) => Ok(Told::Refused(text, json!({"task": task, "kept": kept}))),
            None => Err(other.into()),
        },
    }
}

fn accepted(tool: TaskTool, task: &Task) -> String {
    match tool {
        TaskTool::Complete => format!("Task {} is done.", task.id),
        TaskTool::Release => format!("Task {} is open for others again.", task.id),
        _ => match task.lease {
            Some(lease) => format!("Noted. Task {} is yours until {} at least.", task.id, rfc3339(lease)),
            None => format!("Noted. Task {} is yours.", task.id),
        },
    }
}
