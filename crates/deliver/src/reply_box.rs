//! The address that messages are sent from: a socket of ours among those of the sessions.
//!
//! Claude Code sends receipts only to a socket in the folder of its own inbox, so the boxes lie there. Claude Code
//! counts and compares the messages of each address for itself, and a model that answers to an address does not say what
//! it answers: a box for each sender keeps them apart.

use std::path::{Path, PathBuf};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub use unix::ReplyBox;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub use windows::ReplyBox;

/// What the names of our boxes begin with.
#[cfg_attr(windows, allow(dead_code))]
const PREFIX: &str = "peerwatch";

/// Where the box lies: names are kept short and plain, for the path of a socket has hardly more than a hundred bytes.
fn place(folder: &Path, name: &str) -> PathBuf {
    let plain = name.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(24);
    let plain: String = plain.collect();
    folder.join(if plain.is_empty() { format!("{PREFIX}.sock") } else { format!("{PREFIX}-{plain}.sock") })
}
