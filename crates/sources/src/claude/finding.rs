//! Asks one session's transcripts for one thing, without a source: was this message taken, was this result shown.

use std::fs::File;
use std::path::Path;

use serde_json::Value;

use super::lines::Line;
use super::places::{self, Placed};
use super::record::{Body, INTERRUPTED, Record, blocks, is, plain, string};
use super::{backwards, reading, sightings};
use crate::Sighted;

/// No identity that is asked for is longer.
const LONGEST: usize = 200;

/// Whether a message stands in a session's transcript, by the identity that its sender gave it, and how far it came.
///
/// Every transcript of the session under `config` is searched, the newest part first; memory stays bounded however large
/// they are. `None` says that it was not found, and also that there is no transcript to be read.
#[must_use]
pub fn find_uid(config: &Path, session_id: &str, uid: &str) -> Option<Sighted> {
    if !is_identity(uid) {
        return None;
    }
    let mut furthest = None;
    for placed in places::transcripts(config, session_id) {
        look(&placed, uid, &mut |line| {
            let seen = Record::read(line).map(|record| sightings::of(&record)).unwrap_or_default();
            let how = seen.into_iter().filter(|one| one.uid == uid).map(|one| one.how).max();
            furthest = furthest.max(how);
            furthest != Some(Sighted::Read)
        });
        if furthest == Some(Sighted::Read) {
            break;
        }
    }
    furthest
}

/// Whether the model was shown the result of a tool call, by the call's identity (`_meta["claudecode/toolUseId"]` of an
/// MCP request): the session's transcripts and those of its subagents are searched.
///
/// `Some(false)` when the result is an error or an interruption, or when the turn went on or ended without any; `None`
/// when it cannot be told: the call may still be open, or stands nowhere (yet).
#[must_use]
pub fn was_shown(config: &Path, session_id: &str, tool_use_id: &str) -> Option<bool> {
    if !is_identity(tool_use_id) {
        return None;
    }
    let own = places::transcripts(config, session_id).into_iter();
    let all: Vec<Placed> = own.chain(places::of_subagents(config, session_id)).collect();
    all.iter().find_map(|placed| match fate(placed, tool_use_id)? {
        Fate::Answered(shown) => Some(shown),
        Fate::Open(offset) => went_on(&placed.path, offset, tool_use_id).then_some(false),
    })
}

/// What a transcript says of a call.
enum Fate {
    /// It was answered, well or not.
    Answered(bool),
    /// It stands there, at this offset, and no answer.
    Open(u64),
}

fn fate(placed: &Placed, call: &str) -> Option<Fate> {
    let mut fate = None;
    look(placed, call, &mut |line| {
        fate = fate_in(line, call);
        fate.is_none()
    });
    fate
}

fn fate_in(line: &Line<'_>, call: &str) -> Option<Fate> {
    if line.end.is_none() {
        let value: Value = serde_json::from_slice(line.bytes).ok()?;
        let content = value.pointer("/message/content")?;
        let its = |block: &&Value| string(block, "tool_use_id").as_deref() == Some(call);
        if let Some(result) = blocks(content, "tool_result").find(its) {
            let text = result.get("content").map(plain).unwrap_or_default();
            return Some(Fate::Answered(!is(result, "is_error") && !is_interruption(&text)));
        }
    }
    // Of a result too long to be kept nothing says that it failed: errors are short.
    match Record::read(line).ok()?.body {
        Body::Results { tools } if tools.iter().any(|id| id == call) => Some(Fate::Answered(true)),
        Body::Answer { tools, .. } if tools.iter().any(|tool| tool.id == call) => {
            Some(Fate::Open(line.offset))
        }
        _ => None,
    }
}

/// Whether a result only stands for one: the person interrupted the call, or its session ended and was resumed.
fn is_interruption(text: &str) -> bool {
    [INTERRUPTED, "[Tool call interrupted"].iter().any(|begin| text.starts_with(begin))
}

/// Whether the records after a call show that nobody waits for its result any more: the model was asked again, something
/// else was said to it, or the turn ended. Results of other calls of the same answer say nothing.
fn went_on(path: &Path, offset: u64, call: &str) -> bool {
    let Ok(mut file) = File::open(path) else { return false };
    let Ok(length) = file.metadata().map(|metadata| metadata.len()) else { return false };
    let (mut answer, mut gone) = (None, false);
    let read = reading::each_line(&mut file, offset, length, &mut |line| {
        let Ok(record) = Record::read(line) else { return true };
        let value: Value = serde_json::from_slice(line.bytes).unwrap_or_default();
        let of_answer = value.pointer("/message/id").cloned();
        gone = match record.body {
            Body::Answer { tools, .. } if tools.iter().any(|tool| tool.id == call) => {
                answer = of_answer;
                false
            }
            // An answer is written piece by piece, each with the identity of the whole.
            Body::Answer { .. } => of_answer != answer,
            // What Claude Code adds by itself to a result is no word of anybody.
            Body::Prompt { origin, .. } => origin.kind.is_some() || !is(&value, "isMeta"),
            Body::Interrupted | Body::Failed { .. } | Body::Closed => true,
            Body::System { subtype, .. } => matches!(subtype.as_str(), "turn_duration" | "stop_hook_summary"),
            _ => false,
        };
        !gone
    });
    read.is_ok() && gone
}

fn look(placed: &Placed, needle: &str, each: &mut dyn FnMut(&Line<'_>) -> bool) {
    // Requests to the model are kept too, with all that they repeat: those are no records of what happened.
    let mut each = |line: &Line<'_>| line.is_noise() || each(line);
    if let Err(error) = backwards::search(&placed.path, needle.as_bytes(), u64::MAX, &mut each) {
        tracing::debug!(%error, "a transcript cannot be searched");
    }
}

/// Whether this can be an identity at all: what is looked for must stand in JSON as it is.
fn is_identity(text: &str) -> bool {
    let is_fine = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (8..=LONGEST).contains(&text.len()) && text.bytes().all(is_fine)
}
