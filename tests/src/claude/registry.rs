//! The client's own account of a session: `sessions/<pid>.json`, read with the tolerance that its writer demands.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

/// What the registry says of one session.
#[derive(Debug, Clone, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// The process.
    pub pid: u32,
    /// The session's id; changes on `/clear`.
    pub session_id: String,
    /// `idle`, `busy`, `waiting`, `shell`; absent for a moment after the start.
    pub status: Option<String>,
    /// What it waits for, while `waiting`.
    pub waiting_for: Option<String>,
    /// When `status` changed, in milliseconds of wall time.
    pub status_updated_at: Option<u64>,
    /// The name that other sessions see.
    pub name: Option<String>,
    /// The socket at which it takes messages.
    pub messaging_socket_path: Option<PathBuf>,
}

impl Entry {
    /// Reads an entry; `None` while it is absent or half written. The tail of a longer, older text may follow it.
    pub fn read(path: &Path) -> Option<Self> {
        let text = fs::read_to_string(path).ok()?;
        serde_json::Deserializer::from_str(&text).into_iter().next()?.ok()
    }

    /// The wall time of the last change of status.
    pub fn changed_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.status_updated_at.unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_although_an_older_tail_follows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("1.json");
        fs::write(&path, r#"{"pid":1,"sessionId":"s","status":"busy"}or":"permission prompt"}"#).unwrap();
        assert_eq!(Entry::read(&path).unwrap().status.as_deref(), Some("busy"));
        fs::write(&path, "").unwrap();
        assert_eq!(Entry::read(&path), None);
    }
}
