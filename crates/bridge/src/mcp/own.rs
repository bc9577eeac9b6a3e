//! Our own tools: taking part by role, without tokens; sending to roles; waiting; receipts; tasks.

mod answering;
mod losses;
mod membership;
mod places;
mod receipts;
mod sending;
mod shape;
mod tasks;
mod waiting;

use std::borrow::Cow;
use std::sync::Arc;

use rmcp::model::{Tool, ToolAnnotations, object};
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::post::Post;
pub(super) use losses::Losses;
use tasks::TaskTool;

/// The longest that `wait` waits, in seconds.
pub(super) const LONGEST_WAIT_S: u64 = 600;
/// How long `wait` waits when it isn't told, in seconds.
pub(super) const WAIT_S: u64 = 60;

/// One of ours.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Own {
    Join,
    Leave,
    Peers,
    Send,
    Reply,
    Acknowledge,
    Wait,
    Receipts,
    Task(TaskTool),
}

impl Own {
    const ALL: [Own; 15] = [
        Own::Join,
        Own::Leave,
        Own::Peers,
        Own::Send,
        Own::Reply,
        Own::Acknowledge,
        Own::Wait,
        Own::Receipts,
        Own::Task(TaskTool::Create),
        Own::Task(TaskTool::Assign),
        Own::Task(TaskTool::Claim),
        Own::Task(TaskTool::Report),
        Own::Task(TaskTool::Complete),
        Own::Task(TaskTool::Release),
        Own::Task(TaskTool::List),
    ];

    /// The tool with this name, when this server has it.
    pub(super) fn named(name: &str, own_bridge: bool) -> Option<Own> {
        Own::ALL.into_iter().filter(|tool| tool.is_offered(own_bridge)).find(|tool| tool.name() == name)
    }

    /// In another's database one takes part by token, through the original's tools.
    fn is_offered(self, own_bridge: bool) -> bool {
        own_bridge || !matches!(self, Own::Join | Own::Leave)
    }

    fn name(self) -> &'static str {
        match self {
            Own::Join => "join",
            Own::Leave => "leave",
            Own::Peers => "peers",
            Own::Send => "send",
            Own::Reply => "reply",
            Own::Acknowledge => "acknowledge",
            Own::Wait => "wait",
            Own::Receipts => "receipts",
            Own::Task(tool) => tool.name(),
        }
    }

    fn description(self) -> &'static str {
        match self {
            Own::Join => {
                "Take part in a bridge under a role of your choice. Not needed before send or wait: those join by \
                 themselves under your session's name. A role outlives its session: its unread messages go to whoever \
                 joins under it next."
            }
            Own::Leave => "Leave a bridge. Your role stays free for others, with its unread messages.",
            Own::Peers => {
                "List who takes part in a bridge, how each of them fares, and which other sessions here can be sent to by \
                 name."
            }
            Own::Send => {
                "Send a message to one role, to several, or to \"all\". It is put into the recipient's session, also \
                 when that sits idle. Secrets are replaced. `receipts` tells where it stands."
            }
            Own::Reply => "Answer a message by its id. The message counts as acknowledged.",
            Own::Acknowledge => {
                "Tell the senders that you have dealt with these messages, where no answer is needed."
            }
            Own::Wait => {
                "Wait for messages to you. Returns at once with those that are waiting, else with the first to come, \
                 or with none when the time is over."
            }
            Own::Receipts => {
                "Where the messages you sent stand: sent (stored), accepted (in the recipient's queue), seen (shown to \
                 it), acknowledged; and what is in the way. Without ids: your last 20."
            }
            Own::Task(tool) => tool.description(),
        }
    }

    fn input(self) -> Value {
        let bridge = bridge();
        let text = json!({"type": "string", "minLength": 1, "maxLength": 50_000});
        let uid =
            |about: &str| json!({"type": "string", "minLength": 1, "maxLength": 100, "description": about});
        let uids = json!({"type": "array", "items": uid("Id of a message"), "minItems": 1, "maxItems": 100});
        let (properties, required): (Value, &[&str]) = match self {
            Own::Join => {
                (json!({"role": role("What you are here, such as \"backend\""), "bridge": bridge}), &["role"])
            }
            Own::Leave | Own::Peers => (json!({"bridge": bridge}), &[]),
            Own::Send => (
                json!({
                    "to": {
                        "type": ["string", "array"], "items": {"type": "string"}, "minItems": 1, "maxItems": 50,
                        "description": "A role or the name of a session, a list of them, or \"all\" for everybody else in the bridge",
                    },
                    "text": text,
                    "kind": {"type": "string", "minLength": 1, "maxLength": 50,
                        "description": "Such as question, info, proposal, blocked, complete, task_assignment"},
                    "bridge": bridge,
                    "files": {"type": "array", "items": {"type": "string"}, "maxItems": 20,
                        "description": "Paths of the files it is about"},
                    "reply_to": uid("Id of the message this answers"),
                }),
                &["to", "text"],
            ),
            Own::Reply => {
                (json!({"message": uid("Id of the message you answer"), "text": text}), &["message", "text"])
            }
            Own::Acknowledge => (json!({"messages": uids}), &["messages"]),
            Own::Wait => (
                json!({
                    "timeout_s": {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT_S,
                        "description": "Seconds to wait at most. Default 60."},
                    "bridge": {"type": "string", "minLength": 1, "maxLength": 100,
                        "description": "Only messages of this bridge. Default: all that you take part in."},
                }),
                &[],
            ),
            Own::Receipts => (json!({"messages": uids}), &[]),
            Own::Task(tool) => tool.input(),
        };
        json!({"type": "object", "properties": properties, "required": required})
    }

    fn output(self) -> Value {
        shape::with_notice(match self {
            Own::Join | Own::Leave => shape::membership(),
            Own::Peers => shape::peers(),
            Own::Send | Own::Reply => shape::sent(),
            Own::Acknowledge => shape::acknowledged(),
            Own::Wait => shape::messages(),
            Own::Receipts => shape::receipts(),
            Own::Task(tool) => tool.output(),
        })
    }

    /// Whether it only looks.
    fn is_read_only(self) -> bool {
        matches!(self, Own::Peers | Own::Receipts | Own::Task(TaskTool::List))
    }

    fn tool(self) -> Tool {
        let annotations =
            ToolAnnotations::new().read_only(self.is_read_only()).destructive(false).open_world(false);
        Tool::new(Cow::Borrowed(self.name()), self.description(), Arc::new(object(self.input())))
            .with_raw_output_schema(Arc::new(object(self.output())))
            .with_annotations(annotations)
    }
}

fn role(about: &str) -> Value {
    json!({"type": "string", "minLength": 3, "maxLength": 100, "description": about})
}

/// The bridge that a call is about.
fn bridge() -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": 100,
        "description": "Name of the bridge. Default: the one you take part in, else \"main\"."})
}

/// Ours as `tools/list` shows them.
pub(super) fn tools(own_bridge: bool) -> Vec<Tool> {
    Own::ALL.into_iter().filter(|tool| tool.is_offered(own_bridge)).map(Own::tool).collect()
}

/// Does what `tool` is for. Whoever lost a task and may not know is told, whatever it asked for.
pub(super) async fn call(tool: Own, post: &Arc<Post>, call: &Arc<Call>) -> Answer {
    losses::confirm(post, call).await;
    let answer = match tool {
        Own::Join => membership::join(post, call).await,
        Own::Leave => membership::leave(post, call).await,
        Own::Peers => membership::peers(post, call).await,
        Own::Send => sending::send(post, call).await,
        Own::Reply => sending::reply(post, call).await,
        Own::Acknowledge => answering::acknowledge(post, call).await,
        Own::Wait => waiting::wait(post, call).await,
        Own::Receipts => receipts::receipts(post, call).await,
        Own::Task(tool) => tasks::call(tool, post, call).await,
    };
    let answer = answer.unwrap_or_else(|refusal| Answer::error(refusal.0));
    losses::tell(post, call, answer).await
}

/// Why a call cannot be done, and what to do.
#[derive(Debug)]
struct Refusal(String);

impl<E: std::error::Error> From<E> for Refusal {
    fn from(error: E) -> Refusal {
        Refusal(error.to_string())
    }
}
