//! What the command line alone reports: one worker in full, and the state of Peerwatch itself.

use serde::{Deserialize, Serialize};

use crate::{ConnectionView, Entry, ProblemView, WorkerView};

/// The body of `peerwatch show --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct ShowView {
    /// The shape's version; 1.
    pub schema: u32,
    /// When it was read.
    pub at: String,
    /// The worker.
    pub worker: WorkerView,
    /// The newest entries of its conversation, oldest first.
    pub entries: Vec<Entry>,
    /// Why something of the conversation is missing, in words, when something is.
    pub note: Option<String>,
}

/// The body of `peerwatch doctor --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DoctorView {
    /// The shape's version; 1.
    pub schema: u32,
    /// When it was looked at.
    pub at: String,
    /// Peerwatch's own version.
    pub version: String,
    /// Whether nothing needs a person.
    pub healthy: bool,
    /// The engine.
    pub engine: EngineView,
    /// Workers found.
    pub workers: u32,
    /// What is connected, or was looked for and not found.
    pub connections: Vec<ConnectionView>,
    /// What could not be read.
    pub problems: Vec<ProblemView>,
    /// Peerwatch's own files and folders.
    pub paths: Vec<PathView>,
}

/// Whether an engine keeps watch.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EngineView {
    /// Whether one runs and answers.
    pub running: bool,
    /// In words.
    pub summary: String,
    /// What would make it work.
    pub remedy: Option<String>,
}

/// One of Peerwatch's own files or folders.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct PathView {
    /// What it is: "settings", "store", "logs", "socket".
    pub kind: String,
    /// Where it is.
    pub path: String,
    /// Whether it is there.
    pub exists: bool,
}
