//! Inboxes: `<config>/teams/<team>/inboxes/<member>.json`, an array of letters (Claude Code 2.1.330).

use std::fs;
use std::path::Path;

use peerwatch_core::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::clock::{iso, uuid};
use super::lock::{Lock, PATIENCE};
use super::{LARGEST, TeamError, file, plain_name, splice};
use crate::wrap::harmless;

/// A letter. Versions before 2.1.211 had neither version, identity nor type.
#[derive(Serialize)]
struct Letter<'a> {
    from: &'a str,
    text: &'a str,
    timestamp: String,
    #[serde(rename = "msgV", skip_serializing_if = "Option::is_none")]
    version: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    msg_id: Option<&'a str>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<&'static str>,
    read: bool,
}

/// The text as it may be written: without control characters and borders of Claude Code's own, and no command of it.
///
/// JSON with a `type` inside the text would be one: a request to shut down, an approval, a permission.
pub(super) fn plain(text: &str) -> Result<String, TeamError> {
    let text = harmless(text);
    let command = serde_json::from_str::<Value>(&text).is_ok_and(|value| value.get("type").is_some());
    if text.is_empty() || command {
        return Err(TeamError::NotPlain);
    }
    if text.len() > LARGEST {
        return Err(TeamError::TooLong { bytes: text.len() });
    }
    Ok(text)
}

/// Puts a letter into an inbox whose owner is known to be in the team; the letter's identity.
pub(super) fn post(
    config: &Path,
    team: &str,
    member: &str,
    from: &str,
    text: &str,
    now: Timestamp,
) -> Result<String, TeamError> {
    let folder = config.join("teams").join(plain_name(team)?).join("inboxes");
    // Claude Code makes it with the first letter; the team's own folder is there.
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(TeamError::failed(&folder)(error));
        }
        _ => {}
    }
    let path = folder.join(format!("{}.json", plain_name(member)?));
    let id = uuid();
    let lock = Lock::take(&path, PATIENCE)?;
    let before = file::read(&path)?.unwrap_or_default();
    let letter = letter(&before, from, text, iso(now), &id);
    let after = serde_json::to_string_pretty(&letter).and_then(|letter| splice::append(&before, &letter));
    file::replace(&path, &after.map_err(|error| file::unknown(&path, error))?, &lock)?;
    let held = lock.release();
    tracing::debug!(team, member, msg_id = id, ?held, "a letter was put into an inbox");
    Ok(id)
}

/// A letter of the form that the others in the inbox have.
fn letter<'a>(inbox: &str, from: &'a str, text: &'a str, timestamp: String, id: &'a str) -> Letter<'a> {
    let others: Vec<Value> = serde_json::from_str(inbox).unwrap_or_default();
    let old = !others.is_empty() && others.iter().all(|other| other.get("msgV").is_none());
    Letter {
        from,
        text,
        timestamp,
        version: (!old).then_some(1),
        msg_id: (!old).then_some(id),
        kind: (!old).then_some("message"),
        read: false,
    }
}

/// The text by which Claude Code gives somebody a task: JSON within the letter, as `TaskUpdate` writes it (2.1.330).
pub(super) fn assignment(task: &str, subject: &str, description: &str, by: &str, now: Timestamp) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Assignment<'a> {
        r#type: &'static str,
        task_id: &'a str,
        subject: &'a str,
        description: &'a str,
        assigned_by: &'a str,
        timestamp: String,
    }
    let what = Assignment {
        r#type: "task_assignment",
        task_id: task,
        subject,
        description,
        assigned_by: by,
        timestamp: iso(now),
    };
    // Strings alone cannot fail to be written.
    serde_json::to_string(&what).unwrap_or_default()
}
