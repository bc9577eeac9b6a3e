//! Where a session's transcripts are, found by listing now: for looks that no source has prepared.

use std::fs;
use std::path::{Path, PathBuf};

use super::transcript::modified;

/// A transcript, and when it was last written, in milliseconds since the epoch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Placed {
    pub(super) path: PathBuf,
    pub(super) modified: i64,
}

/// Whether a name of another program's stays within its folder.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// The transcripts of a session itself, the newest first: it may have moved to another project's folder.
pub(super) fn transcripts(config: &Path, session: &str) -> Vec<Placed> {
    if !is_plain(session) {
        return Vec::new();
    }
    newest_first(projects(config).filter_map(|project| placed(project.join(format!("{session}.jsonl")))))
}

/// The transcripts of a session's subagents and of the teammates inside its process, the newest first.
pub(super) fn of_subagents(config: &Path, session: &str) -> Vec<Placed> {
    if !is_plain(session) {
        return Vec::new();
    }
    let folders = projects(config).map(|project| project.join(session).join("subagents"));
    // Each run of a workflow keeps its subagents in a folder of its own.
    let folders = folders.flat_map(|folder| {
        let runs: Vec<PathBuf> = inside(&folder.join("workflows")).collect();
        std::iter::once(folder).chain(runs)
    });
    let files: Vec<PathBuf> = folders.flat_map(|folder| inside(&folder).collect::<Vec<_>>()).collect();
    newest_first(files.into_iter().filter(|path| agent_in(path).is_some()).filter_map(placed))
}

/// The subagent in the name of its transcript, `agent-<id>.jsonl`.
pub(super) fn agent_in(path: &Path) -> Option<&str> {
    path.file_name()?.to_str()?.strip_suffix(".jsonl")?.strip_prefix("agent-")
}

fn projects(config: &Path) -> impl Iterator<Item = PathBuf> {
    inside(&config.join("projects"))
}

fn inside(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn placed(path: PathBuf) -> Option<Placed> {
    let metadata = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
    Some(Placed { modified: modified(&metadata), path })
}

fn newest_first(all: impl Iterator<Item = Placed>) -> Vec<Placed> {
    let mut all: Vec<Placed> = all.collect();
    all.sort_by_key(|placed| std::cmp::Reverse(placed.modified));
    all
}
