//! `peerwatch status --json`, read by the published contract and not by the product's own types.

use std::process::Output;

use serde::Deserialize;
use serde_json::Value;

/// The whole answer.
#[derive(Debug, Clone, Deserialize)]
pub struct Status {
    /// The shape's version.
    pub schema: u32,
    /// When it was read.
    pub at: String,
    /// All workers.
    pub workers: Vec<Worker>,
    /// What could not be read.
    pub problems: Vec<Value>,
}

/// One worker.
#[derive(Debug, Clone, Deserialize)]
pub struct Worker {
    /// Its identity.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `claude`, `team` or `bridge`.
    pub source: String,
    /// The verdict.
    pub presence: String,
    /// For what it waits.
    pub waiting_for: Option<String>,
    /// Since when the verdict holds.
    pub since: Option<String>,
    /// When life was last heard of.
    pub last_heard: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// The session id.
    pub session_id: Option<String>,
    /// Its folder.
    pub cwd: Option<String>,
    /// What the verdict rests on.
    pub witnesses: Vec<Witness>,
    /// Messages that wait for it.
    pub unread: Option<u32>,
    /// Tasks that it owns.
    pub tasks: Vec<Value>,
}

/// One piece of evidence.
#[derive(Debug, Clone, Deserialize)]
pub struct Witness {
    /// In words.
    pub what: String,
    /// How old it is, in seconds.
    pub age_s: u64,
}

impl Status {
    /// Reads what `status --json` printed.
    ///
    /// # Panics
    /// When it is not what the contract says.
    pub fn read(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout);
        let complaint = String::from_utf8_lossy(&output.stderr);
        serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{error} in the status {text:?}; {complaint}"))
    }

    /// The worker with this process.
    pub fn of_pid(&self, pid: u32) -> Option<&Worker> {
        self.workers.iter().find(|worker| worker.pid == Some(pid))
    }

    /// The first worker with this verdict.
    pub fn with_presence(&self, presence: &str) -> Option<&Worker> {
        self.workers.iter().find(|worker| worker.presence == presence)
    }
}

impl Worker {
    /// Whether some piece of evidence contains these words.
    pub fn has_witness(&self, words: &str) -> bool {
        self.witnesses.iter().any(|witness| witness.what.contains(words))
    }
}
