//! Whether a session runs its tools without asking: such a session holds messages of peers back, in a dialog.

use std::path::Path;

use serde_json::Value;

use super::backwards;
use super::caller::verified;
use super::lines::Line;
use super::places::{self, Placed};
use super::record::{is, string, time};
use super::registry::{Entry, bounded, entry_of, first_value};
use crate::process::{Processes, System};

/// The mode in which nothing is asked.
const BYPASS: &str = "bypassPermissions";
/// What stands in every record that tells the mode.
const MODE: &[u8] = br#""permissionMode":""#;

/// Whether a session bypasses permissions, looked up now: by the newest word of its transcript (a `permission-mode` record,
/// or the `permissionMode` of a prompt) that this process wrote, else by how the process was started, else by the settings
/// that then hold. `None` when none of them can be read.
#[must_use]
pub fn bypasses_permissions(config: &Path, session_id: &str, pid: u32) -> Option<bool> {
    bypasses(config, session_id, pid, &System::new())
}

fn bypasses(config: &Path, session_id: &str, pid: u32, processes: &dyn Processes) -> Option<bool> {
    let entry = entry_of(config, pid).filter(|entry| verified(entry, processes).is_some());
    let since = entry.as_ref().and_then(|entry| entry.started).unwrap_or(i64::MIN);
    let written = places::transcripts(config, session_id).iter().find_map(|placed| mode_in(placed, since));
    let mode = written.or_else(|| {
        let entry = entry.as_ref()?;
        let words = processes.arguments(entry.pid);
        let said = words.as_deref().and_then(mode_of_arguments);
        said.or_else(|| mode_of_settings(config, entry)).or_else(|| words.map(|_| "default".to_owned()))
    });
    mode.map(|mode| mode == BYPASS)
}

/// The newest mode in a transcript; what is older than the process was true of another one.
fn mode_in(placed: &Placed, since: i64) -> Option<String> {
    if placed.modified < since {
        return None;
    }
    let mut found = None;
    let mut each = |line: &Line<'_>| match told(line) {
        Some((mode, at)) => {
            found = at.is_none_or(|at| at >= since).then_some(mode);
            false
        }
        None => true,
    };
    if let Err(error) = backwards::search(&placed.path, MODE, u64::MAX, &mut each) {
        tracing::debug!(%error, "a transcript cannot be searched");
    }
    found
}

/// The mode that a record tells, and when it was written where it says so.
fn told(line: &Line<'_>) -> Option<(String, Option<i64>)> {
    let value: Value = serde_json::from_slice(line.bytes).ok().filter(|_| line.end.is_none())?;
    let kind = value.get("type")?.as_str()?;
    if !matches!(kind, "permission-mode" | "user") || is(&value, "isSidechain") {
        return None;
    }
    Some((string(&value, "permissionMode")?, string(&value, "timestamp").and_then(|text| time(&text))))
}

fn mode_of_arguments(words: &[String]) -> Option<String> {
    if words.iter().any(|word| word == "--dangerously-skip-permissions") {
        return Some(BYPASS.to_owned());
    }
    // Of several the last counts.
    let parted =
        words.windows(2).filter(|pair| pair[0] == "--permission-mode").map(|pair| &*pair[1]).next_back();
    let joined = words.iter().filter_map(|word| word.strip_prefix("--permission-mode=")).next_back();
    joined.or(parted).map(str::to_owned)
}

/// The mode that sessions begin in by the settings of the folder and of the user, the nearest first.
fn mode_of_settings(config: &Path, entry: &Entry) -> Option<String> {
    let folder = entry.cwd.as_ref().map(|cwd| Path::new(cwd).join(".claude"));
    let near =
        folder.iter().flat_map(|folder| ["settings.local.json", "settings.json"].map(|it| folder.join(it)));
    near.chain([config.join("settings.json")]).find_map(|path| {
        let settings = first_value(&bounded(&path).ok()?)?;
        string(settings.get("permissions")?, "defaultMode")
    })
}
