//! Where a session takes messages in: its own inbox socket, as its registry entry names it now.

use std::path::{Path, PathBuf};

use super::caller::verified;
use super::registry::entry_of;
use crate::process::{Processes, System};

/// The inbox of a living session. Its key is not opened here: Claude Code takes messages of the same user without.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InboxDoor {
    /// Its socket.
    pub socket: PathBuf,
    /// Its session id at present, by which a message for it is told from one for whoever comes after `/clear`.
    pub session_id: String,
    /// The configuration folder that it runs with.
    pub config: PathBuf,
    /// Its process.
    pub pid: u32,
    /// When that started, as Claude Code writes it.
    pub start: String,
}

/// The inbox of the session whose process is `pid`, when that process lives, by its start time, and its socket is there.
#[must_use]
pub fn door(config: &Path, pid: u32) -> Option<InboxDoor> {
    door_of(config, pid, &System::new())
}

fn door_of(config: &Path, pid: u32, processes: &dyn Processes) -> Option<InboxDoor> {
    let entry = entry_of(config, pid)?;
    let start = verified(&entry, processes)?;
    let (socket, session_id) = (entry.socket.filter(|path| is_socket(path))?, entry.session?);
    Some(InboxDoor { socket, session_id, config: config.to_path_buf(), pid, start })
}

#[cfg(unix)]
fn is_socket(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;
    path.is_absolute() && std::fs::metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// A named pipe is there when it can be opened, and opening it already is a visit.
#[cfg(not(unix))]
fn is_socket(_path: &Path) -> bool {
    true
}
