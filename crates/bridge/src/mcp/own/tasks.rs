//! Tasks: creating, handing out, taking, telling how it goes, and who has what.

mod listing;
mod owning;
mod planning;
mod written;

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Refusal, bridge, places, role, shape};
use crate::mcp::answer::Answer;
use crate::mcp::call::Call;
use crate::mcp::post::Post;
use crate::{Participant, Store, Task, TaskError};

/// Characters of a subject, as the store allows.
const SUBJECT: u64 = 200;
/// Characters of a description, a report or a result, as the store allows.
const TEXT: u64 = 50_000;
/// Characters of a reason, as the store allows.
const REASON: u64 = 2_000;

/// A tool for tasks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::mcp) enum TaskTool {
    Create,
    Assign,
    Claim,
    Report,
    Complete,
    Release,
    List,
}

impl TaskTool {
    pub(super) fn name(self) -> &'static str {
        match self {
            TaskTool::Create => "create_task",
            TaskTool::Assign => "assign_task",
            TaskTool::Claim => "claim_task",
            TaskTool::Report => "report_progress",
            TaskTool::Complete => "complete_task",
            TaskTool::Release => "release_task",
            TaskTool::List => "list_tasks",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            TaskTool::Create => {
                "Create a task: a piece of work that has one owner at a time. With assign_to that role gets it at once, \
                 and a message about it; else it is open until somebody claims it."
            }
            TaskTool::Assign => {
                "Give an open task to a role, or to a session by name. It gets a message about it, also when it sits \
                 idle; list_tasks tells how far it is."
            }
            TaskTool::Claim => {
                "Take a task, to begin it now: the one with this number; without a number the one that should be done \
                 next, of those assigned to you and the open ones. Returns all that is known of it, with what earlier \
                 owners left. Nobody else gets it while you have it."
            }
            TaskTool::Report => {
                "Say how far you are with a task of yours, what is done and what is left: so much that another could go \
                 on from it. Begins a task that was assigned to you. If the task was taken from you, you are told."
            }
            TaskTool::Complete => {
                "Hand in the result of a task of yours; it is done then. If the task was taken from you, this is refused \
                 and what you hand in is kept."
            }
            TaskTool::Release => {
                "Give back a task of yours that you will not finish: it is open for others then. Say why, and what is \
                 done already."
            }
            TaskTool::List => {
                "The tasks of a bridge and where they stand: all of them, the open ones, or yours (with description, \
                 handover card and notes). With a number: that one with all of it."
            }
        }
    }

    /// Its arguments, and which of them must be given.
    pub(super) fn input(self) -> (Value, &'static [&'static str]) {
        let task = number("Number of the task");
        let epoch =
            number("Epoch in which you had it, as claim_task told. Default: the last one in which you did.");
        match self {
            TaskTool::Create => (planning::input(), &["subject"]),
            TaskTool::Assign => (
                json!({"task": task, "to": role("Who gets it: a role, or the name of a session")}),
                &["task", "to"],
            ),
            TaskTool::Claim => (
                json!({"task": number("Number of the task. Default: the next one."), "bridge": bridge()}),
                &[],
            ),
            TaskTool::Report => (
                json!({"task": task, "text": text(TEXT, "How far you are"), "epoch": epoch}),
                &["task", "text"],
            ),
            TaskTool::Complete => (
                json!({"task": task, "result": text(TEXT, "What came of it, and where it is"), "epoch": epoch}),
                &["task", "result"],
            ),
            TaskTool::Release => (
                json!({"task": task, "reason": text(REASON, "Why, and what is done already"), "epoch": epoch}),
                &["task", "reason"],
            ),
            TaskTool::List => (
                json!({
                    "which": {"type": "string", "enum": ["all", "open", "mine"], "description": "Default: all"},
                    "task": number("Number of one task, to see all of it"),
                    "note": number("Number of one note of that task, to see it uncut"),
                    "bridge": bridge(),
                }),
                &[],
            ),
        }
    }

    pub(super) fn output(self) -> Value {
        match self {
            TaskTool::Claim => shape::task(),
            TaskTool::List => shape::tasks(),
            _ => shape::standing(),
        }
    }
}

fn text(most: u64, about: &str) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most, "description": about})
}

fn number(about: &str) -> Value {
    json!({"type": "integer", "minimum": 1, "description": about})
}

/// Does what `tool` is for.
pub(super) async fn call(tool: TaskTool, post: &Arc<Post>, call: &Arc<Call>) -> Result<Answer, Refusal> {
    match tool {
        TaskTool::Create => planning::create(post, call).await,
        TaskTool::Assign => planning::assign(post, call).await,
        TaskTool::Claim => owning::claim(post, call).await,
        TaskTool::Report | TaskTool::Complete | TaskTool::Release => owning::tell(tool, post, call).await,
        TaskTool::List => listing::list(post, call).await,
    }
}

/// A task, and the caller's place where it is kept; it joins there as `send` does. What one may not see is as what is not
/// there.
fn entered(post: &Post, call: &Call, store: &mut Store, task: i64) -> Result<(Task, Participant), Refusal> {
    let Some(found) = store.task(task)? else { return Err(TaskError::NoTask { task }.into()) };
    let mine =
        places::mine(post, call, store)?.into_iter().find(|one| one.conversation == found.conversation);
    match (mine, &found.bridge) {
        (Some(place), _) => Ok((found, place)),
        (None, Some(bridge)) if post.options.own => {
            let place = places::place(post, call, store, Some(bridge))?;
            Ok((found, place))
        }
        _ => Err(TaskError::NoTask { task }.into()),
    }
}
