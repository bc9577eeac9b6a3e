//! What a hint concerns, so that only that is looked at again.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use crate::Hint;

/// The parts of a configuration folder to look at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Scope {
    /// The slow poll: everything.
    pub(super) all: bool,
    /// The list of registry files.
    pub(super) registry: bool,
    /// Single registry files, by pid.
    pub(super) pids: BTreeSet<u32>,
    /// The list of transcripts.
    pub(super) projects: bool,
    /// Single transcripts.
    pub(super) transcripts: BTreeSet<PathBuf>,
    /// Sessions whose subagents wrote something.
    pub(super) subagents: BTreeSet<String>,
    /// The team folders.
    pub(super) teams: bool,
    /// The task lists of teams.
    pub(super) tasks: bool,
}

impl Scope {
    /// Everything.
    pub(super) fn everything() -> Self {
        Self { all: true, registry: true, projects: true, teams: true, tasks: true, ..Self::default() }
    }

    /// What `hint` concerns in the configuration folder that goes by these names.
    pub(super) fn of(hint: &Hint, folders: &[&Path]) -> Self {
        let Hint::Paths(paths) = hint else { return Self::everything() };
        let mut scope = Self::default();
        for path in paths {
            for folder in folders {
                if let Ok(inside) = path.strip_prefix(folder) {
                    scope.add(path, inside);
                    break;
                }
                // Something happened to a folder above: it may have come or gone with all that is in it.
                if folder.starts_with(path) {
                    scope = Self::everything();
                }
            }
        }
        scope
    }

    fn add(&mut self, path: &Path, inside: &Path) {
        let parts: Vec<&str> = inside.components().filter_map(name).collect();
        match parts.as_slice() {
            [] => *self = Self::everything(),
            ["sessions", file] => match super::registry::pid_of(file) {
                Some(pid) => _ = self.pids.insert(pid),
                None => self.registry = true,
            },
            ["sessions", ..] => self.registry = true,
            ["projects"] | ["projects", _] => self.projects = true,
            ["projects", _, file] if file.ends_with(".jsonl") => {
                _ = self.transcripts.insert(path.to_path_buf())
            }
            ["projects", _, session, ..] => _ = self.subagents.insert((*session).to_owned()),
            ["teams", ..] => self.teams = true,
            ["tasks"] | ["tasks", _] => self.tasks = true,
            // Every change comes with locks and files half written, which are no tasks.
            ["tasks", _, file] if file.ends_with(".json") => self.tasks = true,
            _ => {}
        }
    }
}

fn name(part: Component<'_>) -> Option<&str> {
    match part {
        Component::Normal(name) => name.to_str(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> Scope {
        Scope::of(&Hint::Paths(paths.iter().map(PathBuf::from).collect()), &[Path::new("/c")])
    }

    #[test]
    fn a_hint_concerns_what_it_names() {
        assert_eq!(of(&["/elsewhere/x", "/c/history.jsonl"]), Scope::default());
        assert_eq!(of(&["/c/sessions/41.json"]).pids, BTreeSet::from([41]));
        assert!(of(&["/c/sessions/41.0a.key"]).registry);
        assert_eq!(of(&["/c/projects/p/s.jsonl"]).transcripts.len(), 1);
        assert_eq!(
            of(&["/c/projects/p/s/subagents/agent-1.jsonl"]).subagents,
            BTreeSet::from(["s".to_owned()])
        );
        assert!(of(&["/c/teams/t/inboxes/a.json"]).teams);
        assert!(of(&["/c/tasks/t/1.json"]).tasks && of(&["/c/tasks/t"]).tasks);
        assert_eq!(
            of(&["/c/tasks/t/1.json.lock", "/c/tasks/t/1.json.tmp.0a", "/c/tasks/t/.lock"]),
            Scope::default()
        );
        assert!(of(&["/c"]).all && of(&["/"]).all);
    }
}
