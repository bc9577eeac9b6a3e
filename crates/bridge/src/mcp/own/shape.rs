//! What our tools' structured results look like, as JSON Schema.

use serde_json::{Value, json};

pub(super) fn membership() -> Value {
    object(json!({
        "bridge": text("Name of the bridge"),
        "role": text("Your role in it"),
        "participant": text("Your letter in it"),
    }))
}

pub(super) fn peers() -> Value {
    let peer = object(json!({
        "role": text("What to send to"),
        "participant": text("Its letter in the bridge"),
        "kind": {"type": "string", "enum": ["session", "person", "token"]},
        "presence": text("working, idle, waiting_for_you, gone, … as Peerwatch concludes it; alive, gone, left or unknown when no Peerwatch runs"),
        "summary": text("Why, in a line"),
        "me": {"type": "boolean"},
    }));
    let others = json!({"type": "array", "items": text("Name of a session here that takes no part; send to it by this name")});
    object(json!({
        "bridge": text("Name of the bridge"),
        "peers": {"type": "array", "items": peer},
        "others": others,
    }))
}

pub(super) fn sent() -> Value {
    let one = object(json!({"to": text("Role"), "uid": text("The message's id, for `receipts`")}));
    object(json!({
        "bridge": text("Name of the bridge"),
        "from": text("Your role"),
        "sent": {"type": "array", "items": one},
        "redacted": {"type": "boolean", "description": "Whether secrets in the text were replaced"},
    }))
}

pub(super) fn acknowledged() -> Value {
    object(json!({
        "acknowledged": {"type": "array", "items": text("Id")},
        "unknown": {"type": "array", "items": text("Id of no message to you")},
    }))
}

pub(super) fn messages() -> Value {
    let message = object(json!({
        "uid": nullable("The message's id, for `reply` and `acknowledge`"),
        "bridge": text("Name of the bridge"),
        "from": text("The sender's role"),
        "kind": nullable("What kind of message the sender says it is"),
        "reply_to": nullable("Id of the message it answers"),
        "text": text("The message"),
        "files": {"type": "array", "items": text("Path")},
        "sent": text("RFC 3339, UTC"),
    }));
    object(json!({
        "messages": {"type": "array", "items": message},
        "coming": {"type": "integer", "description": "Messages that are about to be shown in your conversation by themselves"},
        "timed_out": {"type": "boolean", "description": "Whether the time was over before any came"},
    }))
}

pub(super) fn receipts() -> Value {
    let receipt = object(json!({
        "uid": text("The message's id"),
        "bridge": text("Name of the bridge"),
        "to": text("The recipient's role"),
        "state": {"type": "string", "enum": ["sent", "accepted", "seen", "acknowledged"]},
        "sent": text("RFC 3339, UTC"),
        "accepted": nullable("When it was put into the recipient's queue"),
        "seen": nullable("When it was shown to the recipient"),
        "acknowledged": nullable("When the recipient acknowledged it"),
        "trouble": nullable("What is in the way"),
    }));
    object(json!({
        "receipts": {"type": "array", "items": receipt},
        "unknown": {"type": "array", "items": text("Id of no message of yours")},
    }))
}

/// How a task stands after a call.
pub(super) fn standing() -> Value {
    let mut shape = object(json!({"task": {"type": "integer", "description": "The task's number"}}));
    extend(
        &mut shape,
        json!({
            "subject": text("What is to be done"),
            "state": state(),
            "owner": nullable("Role of its owner"),
            "epoch": {"type": "integer", "description": "Grows whenever an owner loses it"},
            "lease_until": nullable("Until when the owner holds it without a sign of life"),
            "taken_over_by": nullable("When refused because it was taken from you: who has it; null for nobody yet"),
            "at": text("When it was taken from you"),
            "kept": nullable_number("Number under which what you handed in is kept"),
        }),
    );
    shape
}

/// One task, or `null` in place of its number.
pub(super) fn task() -> Value {
    let mut shape = object(json!({"task": nullable_number("The task's number; null when there is none")}));
    extend(&mut shape, task_members());
    shape
}

pub(super) fn tasks() -> Value {
    let mut task = object(json!({"task": {"type": "integer", "description": "The task's number"}}));
    extend(&mut task, task_members());
    object(json!({
        "tasks": {"type": "array", "items": task},
        "more": {"type": "integer", "description": "Tasks that are left out here"},
    }))
}

/// What is said of a task; what there is nothing to say of is left out.
fn task_members() -> Value {
    let number = |about: &str| json!({"type": "integer", "description": about});
    json!({
        "subject": text("What is to be done"),
        "state": state(),
        "owner": text("Role of its owner"),
        "mine": {"type": "boolean", "description": "Whether it is yours"},
        "epoch": number("Grows whenever an owner loses it"),
        "priority": number("Higher goes first"),
        "needs": {"type": "array", "items": number("Task that must be done before")},
        "blocked": {"type": "boolean", "description": "Whether one of those is not done"},
        "folder": text("Where to work"),
        "deadline": text("RFC 3339, UTC"),
        "lease_until": text("Until when the owner holds it without a sign of life"),
        "attempts": number("Owners who began it"),
        "updated": text("RFC 3339, UTC"),
        "handover": text("From whom it was taken, when and why"),
        "last_note": text("The newest report, or the result"),
        "late": number("Pieces of work that former owners handed in too late"),
        "bridge": text("Name of the bridge"),
        "created_by": text("Role of whoever created it"),
        "description": text("More about it"),
        "card": text("The handover card for its new owner"),
        "notes": {"type": "array", "items": object(json!({
            "note": number("Its number"),
            "kind": {"type": "string", "enum": ["progress", "result", "reason", "late_progress", "late_result"]},
            "by": text("Role"),
            "epoch": number("In which its author had the task"),
            "at": text("RFC 3339, UTC"),
            "text": text("What was said"),
        }))},
        "clipped": {"type": "boolean", "description": "Whether texts were cut; list_tasks with task and note has a note in full"},
    })
}

fn state() -> Value {
    let states = ["open", "assigned", "in_progress", "handing_over", "done", "cancelled"];
    json!({"type": "string", "enum": states})
}

/// Adds what every result of ours may say.
pub(super) fn with_notice(mut shape: Value) -> Value {
    extend(&mut shape, json!({"notice": text("What you must know before you go on")}));
    shape
}

/// Adds members that may be absent.
fn extend(shape: &mut Value, members: Value) {
    if let (Some(Value::Object(known)), Value::Object(members)) = (shape.get_mut("properties"), members) {
        known.extend(members);
    }
}

/// An object that has all of `properties`.
fn object(properties: Value) -> Value {
    let required: Vec<_> =
        properties.as_object().map(|all| all.keys().cloned().collect()).unwrap_or_default();
    json!({"type": "object", "properties": properties, "required": required})
}

fn text(about: &str) -> Value {
    json!({"type": "string", "description": about})
}

fn nullable(about: &str) -> Value {
    json!({"type": ["string", "null"], "description": about})
}

fn nullable_number(about: &str) -> Value {
    json!({"type": ["integer", "null"], "description": about})
}
