//! Why Claude Code could not be connected or disconnected, and what to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Nothing was changed that a later `disconnect` would not undo.
#[derive(Debug, Error)]
pub enum Error {
    /// There is no `claude` to ask.
    #[error(
        "Claude Code was not found: {looked}. Install it, or name its program: `peerwatch connect claude --program PATH`"
    )]
    NoClaude {
        /// Where it was looked for, in words.
        looked: String,
    },
    /// The `claude` that was found has no plugins of the kind that is needed.
    #[error("Claude Code {found} is too old: {needed} or newer is needed. Run `claude update`")]
    TooOld {
        /// Its version.
        found: String,
        /// The oldest that will do.
        needed: String,
    },
    /// The settings file is not one that can be changed safely; it was not touched.
    #[error("{} cannot be used: {why}. Mend it, then try again; nothing was changed", path.display())]
    Settings {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A marketplace of somebody else has our name.
    #[error(
        "another marketplace is called peerwatch in {}: remove it with `claude plugin marketplace remove peerwatch`, \
         then try again; nothing was changed", path.display()
    )]
    NameTaken {
        /// The settings file that names it.
        path: PathBuf,
    },
    /// A program that the plugin would start is not there.
    #[error("{} is missing: reinstall Peerwatch", path.display())]
    NoProgram {
        /// The program.
        path: PathBuf,
    },
    /// A command of Claude Code failed.
    #[error("`{command}` failed: {said}")]
    Command {
        /// The command as one would type it.
        command: String,
        /// What it said.
        said: String,
    },
    /// Claude Code reported success and its settings do not show the plugin.
    #[error("Claude Code accepted the plugin, yet {} does not name it", path.display())]
    NotShown {
        /// The settings file.
        path: PathBuf,
    },
    /// A file of Peerwatch's own could not be read or written.
    #[error("{}: {error}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What happened.
        error: io::Error,
    },
}
