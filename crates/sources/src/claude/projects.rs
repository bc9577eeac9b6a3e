//! Which transcripts there are: `<config>/projects/<project>/<session>.jsonl`.
//!
//! They are found by listing, never by decoding the names of project folders, which are lossy. A session may have moved to
//! another project's folder: of several transcripts of one session the newest counts.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::Moment;

use super::scope::Scope;
use super::transcript::modified;

/// So often the date of every transcript is looked at, even in folders where none came or went.
const COMPLETE: Duration = Duration::from_secs(30);

/// A folder that changed within so many milliseconds is listed again.
const UNSETTLED: i64 = 2_000;

/// The transcripts, as far as they have been listed.
#[derive(Debug)]
pub(super) struct Projects {
    folder: PathBuf,
    folders: BTreeMap<PathBuf, Folder>,
    /// When a project's folder came or went last, as far as they have been listed.
    modified: i64,
    completed: Option<Moment>,
    /// Counts the lists that were made anew.
    listed: u64,
}

#[derive(Debug, Default)]
struct Folder {
    modified: i64,
    transcripts: BTreeMap<String, i64>,
}

/// One transcript.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) session: String,
    pub(super) path: PathBuf,
    /// When it was last written, in milliseconds since the epoch.
    pub(super) modified: i64,
}

impl Projects {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, folders: BTreeMap::new(), modified: 0, completed: None, listed: 0 }
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The newest transcript of a session.
    pub(super) fn of(&self, session: &str) -> Option<Found> {
        let places =
            self.folders.iter().filter_map(|(path, folder)| Some((folder.transcripts.get(session)?, path)));
        let (modified, path) = places.max_by_key(|(modified, _)| **modified)?;
        Some(Found {
            session: session.to_owned(),
            path: path.join(format!("{session}.jsonl")),
            modified: *modified,
        })
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = Found> {
        self.folders.iter().flat_map(|(path, folder)| {
            folder.transcripts.iter().map(|(session, modified)| Found {
                session: session.clone(),
                path: path.join(format!("{session}.jsonl")),
                modified: *modified,
            })
        })
    }

    /// A number that stays while no transcript is known to have come or gone.
    pub(super) fn listed(&self) -> u64 {
        self.listed
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.folders.values().map(|folder| folder.transcripts.len()).sum()
    }

    /// Lists what `scope` concerns.
    pub(super) fn look(&mut self, scope: &Scope, now: Moment) {
        for path in &scope.transcripts {
            self.touch(path);
        }
        if !scope.projects {
            return;
        }
        let complete = self.completed.is_none_or(|then| now.tick.since(then.tick) >= COMPLETE);
        if complete {
            self.completed = Some(now);
        }
        let folder = fs::metadata(&self.folder).map(|metadata| modified(&metadata)).unwrap_or_default();
        let settled = now.wall.0.saturating_sub(folder) > UNSETTLED;
        let mut before = std::mem::take(&mut self.folders);
        // Listing a folder is an event for whoever watches it; while none came or went, the known ones are all there are.
        let projects: Vec<PathBuf> = if settled && folder == self.modified {
            before.keys().cloned().collect()
        } else {
            fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|project| project.path()).collect()
        };
        self.modified = if settled { folder } else { 0 };
        for path in projects {
            // A project folder may be a symbolic link.
            let Ok(metadata) = fs::metadata(&path) else { continue };
            if !metadata.is_dir() {
                continue;
            }
            let known = before.remove(&path).filter(|folder| folder.modified == modified(&metadata));
            // Of two changes within one tick of the file system's clock the second leaves no trace: not settled yet.
            let settled = now.wall.0.saturating_sub(modified(&metadata)) > UNSETTLED;
            let stamp = if settled { modified(&metadata) } else { 0 };
            self.listed += u64::from(complete || known.is_none());
            let mut folder = known.unwrap_or_else(|| list(&path, stamp));
            if complete {
                folder.date(&path);
            }
            self.folders.insert(path, folder);
        }
        self.listed += before.len() as u64;
    }

    /// Looks at one transcript, wherever it is: it came, grew or went.
    fn touch(&mut self, path: &Path) {
        let Some(session) = path.file_name().and_then(|name| session_of(name.to_str()?)) else { return };
        let Some(folder) = path.parent().and_then(Path::file_name).map(|name| self.folder.join(name)) else {
            return;
        };
        match fs::metadata(path) {
            Ok(metadata) => {
                let folder = self.folders.entry(folder).or_default();
                let known = folder.transcripts.insert(session.to_owned(), modified(&metadata));
                self.listed += u64::from(known.is_none());
            }
            Err(_) => {
                if let Some(folder) = self.folders.get_mut(&folder) {
                    folder.transcripts.remove(session);
                }
            }
        }
    }
}

impl Folder {
    /// Dates its transcripts anew, without listing it.
    fn date(&mut self, path: &Path) {
        self.transcripts.retain(|session, changed| {
            let found = fs::metadata(path.join(format!("{session}.jsonl")));
            found.inspect(|metadata| *changed = modified(metadata)).is_ok()
        });
    }
}

fn list(path: &Path, changed: i64) -> Folder {
    let mut folder = Folder { modified: changed, transcripts: BTreeMap::new() };
    for file in fs::read_dir(path).into_iter().flatten().flatten() {
        let name = file.file_name();
        let Some(session) = name.to_str().and_then(session_of) else { continue };
        let Ok(metadata) = fs::metadata(file.path()) else { continue };
        if metadata.is_file() {
            folder.transcripts.insert(session.to_owned(), modified(&metadata));
        }
    }
    folder
}

/// The session in the name of a transcript. Older versions kept subagents' transcripts beside it, and a restarted
/// background session leaves `….orphaned-…` behind.
fn session_of(name: &str) -> Option<&str> {
    name.strip_suffix(".jsonl")
        .filter(|stem| !stem.is_empty() && !stem.starts_with("agent-") && !stem.contains('.'))
}
