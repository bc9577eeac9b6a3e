//! Why a demonstration cannot be played.

use std::io;
use std::path::{Path, PathBuf};

/// Why a demonstration cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A file of the scratch folder cannot be written.
    #[error("cannot write {path}: {source}")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A process that plays a session cannot be started or asked about.
    #[error("cannot start the process that plays {who}: {source}")]
    Process {
        /// The session it plays.
        who: String,
        /// What the system says.
        source: io::Error,
    },
    /// The bridge database cannot be written.
    #[error("cannot write the bridge database: {0}")]
    Database(#[from] rusqlite::Error),
    /// Peerwatch's own bridge cannot be written.
    #[error("cannot write Peerwatch's bridge: {0}")]
    Bridge(String),
    /// The screenplay has a mistake.
    #[error("line {line} of the screenplay: {why}")]
    Screenplay {
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// An actor cannot do what the screenplay asks of it.
    #[error("{who} {why}")]
    OutOfPlace {
        /// The actor.
        who: String,
        /// What is wrong.
        why: String,
    },
}

pub(crate) type Result<T> = std::result::Result<T, DemoError>;

/// Names the file in an error of the system.
pub(crate) fn at(path: &Path) -> impl FnOnce(io::Error) -> DemoError {
    let path = path.to_path_buf();
    move |source| DemoError::File { path, source }
}

/// An error of Peerwatch's own bridge.
pub(crate) fn kept(error: impl std::fmt::Display) -> DemoError {
    DemoError::Bridge(error.to_string())
}
