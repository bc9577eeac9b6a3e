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
