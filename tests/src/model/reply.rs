//! The forms in which the Messages API answers: a stream of events, a whole message, an error.

use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::http;
use super::script::Deed;

static COUNT: AtomicU64 = AtomicU64::new(1);

/// Streams the answer, block by block.
pub(super) fn stream(stream: &mut TcpStream, question: &Value, deed: &Deed) -> std::io::Result<()> {
    http::begin_events(stream)?;
    let mut message = message(question, json!([]));
    message["stop_reason"] = Value::Null;
    http::send_event(stream, &json!({"type": "message_start", "message": message}))?;
    match deed {
        Deed::Say { pieces, every } => stream_text(stream, 0, pieces, *every)?,
        Deed::Call { tool, input } => {
            stream_text(stream, 0, &["I shall do that.".to_owned()], Duration::ZERO)?;
            stream_call(stream, 1, tool, input)?;
        }
        Deed::Fail { .. } => {}
    }
    let delta = json!({"stop_reason": stop_reason(deed), "stop_sequence": null});
    http::send_event(
        stream,
        &json!({"type": "message_delta", "delta": delta, "usage": {"output_tokens": 12}}),
    )?;
    http::send_event(stream, &json!({"type": "message_stop"}))
}

/// The same answer in one piece.
pub(super) fn whole(question: &Value, deed: &Deed) -> Value {
    let content = match deed {
        Deed::Say { pieces, .. } => json!([{"type": "text", "text": pieces.concat()}]),
        Deed::Call { tool, input } => json!([tool_use(tool, input.clone())]),
        Deed::Fail { .. } => json!([]),
    };
    let mut message = message(question, content);
    message["stop_reason"] = json!(stop_reason(deed));
    message
}

/// The body that goes with an error status.
pub(super) fn error(status: u16) -> Value {
    let kind = match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    json!({"type": "error", "error": {"type": kind, "message": format!("Scripted failure {status}")}})
}

fn stop_reason(deed: &Deed) -> &'static str {
    if matches!(deed, Deed::Call { .. }) { "tool_use" } else { "end_turn" }
}

fn message(question: &Value, content: Value) -> Value {
    let id = format!("msg_{:020}", COUNT.fetch_add(1, Ordering::Relaxed));
    json!({
        "id": id, "type": "message", "role": "assistant", "model": question["model"], "content": content,
        "stop_sequence": null, "usage": {"input_tokens": 10, "output_tokens": 1},
    })
}

fn tool_use(tool: &str, input: Value) -> Value {
    let id = format!("toolu_{:020}", COUNT.fetch_add(1, Ordering::Relaxed));
    json!({"type": "tool_use", "id": id, "name": tool, "input": input})
}

fn stream_text(
    stream: &mut TcpStream,
    index: usize,
    pieces: &[String],
    every: Duration,
) -> std::io::Result<()> {
    let block = json!({"type": "text", "text": ""});
    http::send_event(
        stream,
        &json!({"type": "content_block_start", "index": index, "content_block": block}),
    )?;
    for piece in pieces {
        let delta = json!({"type": "text_delta", "text": piece});
        http::send_event(stream, &json!({"type": "content_block_delta", "index": index, "delta": delta}))?;
        std::thread::sleep(every);
    }
    http::send_event(stream, &json!({"type": "content_block_stop", "index": index}))
}

fn stream_call(stream: &mut TcpStream, index: usize, tool: &str, input: &Value) -> std::io::Result<()> {
    let block = tool_use(tool, json!({}));
    http::send_event(
        stream,
        &json!({"type": "content_block_start", "index": index, "content_block": block}),
    )?;
    let delta = json!({"type": "input_json_delta", "partial_json": input.to_string()});
    http::send_event(stream, &json!({"type": "content_block_delta", "index": index, "delta": delta}))?;
    http::send_event(stream, &json!({"type": "content_block_stop", "index": index}))
}
