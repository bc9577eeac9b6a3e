//! The database whose tasks are meant: Peerwatch's own bridge, or the one that is named.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use peerwatch_bridge::{Conversation, Handover, Participant, Store, Task};
use peerwatch_core::Timestamp;
use peerwatch_engine::Folders;

use crate::args::Global;
use crate::ending::WrongUse;
use crate::printable::line;
use crate::reach;

/// The bridge that is meant when none is named.
pub(crate) const MAIN: &str = "main";
/// Handovers of all tasks among which those of one are looked for.
const HANDOVERS: usize = 100_000;

/// A task as it is named on the command line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Name {
    /// One that a bridge keeps: where that is, when it is named, and its number there.
    Kept(Option<PathBuf>, i64),
    /// One that others keep, as a view names it.
    Others(String),
}

impl Name {
    /// Reads `12`, `PATH#12`, `team:…`, `owed:…` or `session:…`.
    pub(crate) fn parse(text: &str) -> Result<Self, WrongUse> {
        let text = text.trim();
        if ["team:", "owed:", "session:"].iter().any(|kind| text.starts_with(kind)) {
            return Ok(Self::Others(text.into()));
        }
        let (path, number) = match text.rsplit_once('#') {
            Some(("", number)) => (None, number),
            Some((path, number)) => (Some(PathBuf::from(path)), number),
            None => (None, text),
        };
        match number.parse() {
            Ok(number) => Ok(Self::Kept(path, number)),
            Err(_) => {
                Err(WrongUse(format!("no task is called “{}”; `peerwatch tasks` lists them", line(text))))
            }
        }
    }
}

/// A database with tasks.
pub(crate) struct Ledger {
    pub(crate) store: Store,
    own: bool,
}

impl Ledger {
    /// The database that is meant. It must be there.
    pub(crate) fn open(global: &Global) -> anyhow::Result<Self> {
        let path = path(global)?;
        Ok(Self { store: Store::open_existing(&path)?, own: is_own(&path) })
    }

    /// The same; Peerwatch's own bridge is made when it is missing.
    pub(crate) fn open_or_make(global: &Global) -> anyhow::Result<Self> {
        let path = path(global)?;
        let own = is_own(&path);
        let store = if own { Store::open(&path)? } else { Store::open_existing(&path)? };
        Ok(Self { store, own })
    }

    /// The database at this path, which must be there.
    pub(crate) fn at(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { store: Store::open_existing(path)?, own: is_own(path) })
    }

    /// The database of a task that is named, and its number in it.
    pub(crate) fn of_task(global: &Global, name: &str) -> anyhow::Result<(Self, i64)> {
        match Name::parse(name)? {
            Name::Kept(Some(path), id) => Ok((Self::at(&std::path::absolute(path)?)?, id)),
            Name::Kept(None, id) => Ok((Self::open(global)?, id)),
            Name::Others(name) => Err(WrongUse(format!(
                "{} is kept by others, who change it themselves; `peerwatch reassign` can move it",
                line(&name)
            ))
            .into()),
        }
    }

    /// A task that is there.
    pub(crate) fn task(&self, id: i64) -> anyhow::Result<Task> {
        self.store.task(id)?.ok_or_else(|| peerwatch_bridge::TaskError::NoTask { task: id }.into())
    }

    /// The handovers of a task, newest first.
    pub(crate) fn handovers(&self, task: &Task) -> anyhow::Result<Vec<Handover>> {
        let mut all = self.store.handovers(Some(&task.conversation), HANDOVERS)?;
        all.retain(|it| it.task == task.id);
        Ok(all)
    }

    /// The conversation of a bridge that is there; `None` when none of that name is.
    pub(crate) fn known(&self, bridge: Option<&str>) -> anyhow::Result<Option<String>> {
        let all = self.store.conversations()?;
        let called = |name: &str| all.iter().find(|one| one.name.as_deref() == Some(name) || one.id == name);
        if let Some(found) = called(bridge.unwrap_or(MAIN)) {
            return Ok(Some(found.id.clone()));
        }
        match (bridge, all.as_slice()) {
            // Somebody else's database with one conversation leaves no doubt.
            (None, [only]) if !self.own => Ok(Some(only.id.clone())),
            (None, _) if self.own => Ok(None),
            (Some(_), _) if self.own => Ok(None),
            _ => Err(no_bridge(bridge, &all).into()),
        }
    }

    /// The conversation of a bridge; in Peerwatch's own it is made when it is missing.
    pub(crate) fn bridge(&mut self, bridge: Option<&str>, now: Timestamp) -> anyhow::Result<String> {
        match self.known(bridge)? {
            Some(found) => Ok(found),
            None => Ok(self.store.bridge(bridge.unwrap_or(MAIN), now)?),
        }
    }

    /// Whoever has this role, or this letter, in a conversation.
    pub(crate) fn participant(&self, conversation: &str, role: &str) -> anyhow::Result<Participant> {
        let all = self.store.participants(conversation)?;
        let found = all
            .iter()
            .find(|one| one.role == role)
            .or_else(|| all.iter().find(|one| one.participant == role));
        found.cloned().ok_or_else(|| no_role(role, &all).into())
    }
}

fn no_role(role: &str, all: &[Participant]) -> WrongUse {
    let roles: Vec<String> = all.iter().filter(|one| one.left.is_none()).map(|one| line(&one.role)).collect();
    let known =
        if roles.is_empty() { "nobody does yet".into() } else { format!("these do: {}", roles.join(", ")) };
    WrongUse(format!("nobody takes part there as “{}”; {known}", line(role)))
}

fn no_bridge(bridge: Option<&str>, all: &[Conversation]) -> WrongUse {
    let there: Vec<String> = all.iter().map(|one| line(one.name.as_deref().unwrap_or(&one.id))).collect();
    let there = if there.is_empty() { "none".into() } else { there.join(", ") };
    match bridge {
        Some(name) => {
            WrongUse(format!("this database has no conversation “{}”; there are: {there}", line(name)))
        }
        None => WrongUse(format!("this database has several conversations; name one with --bridge: {there}")),
    }
}

/// Where the database is that is meant.
pub(crate) fn path(global: &Global) -> anyhow::Result<PathBuf> {
    match reach::options(global).databases.as_slice() {
        [] => own(),
        [one] => Ok(one.clone()),
        _ => Err(WrongUse("several databases are named; tasks are kept in one: name that".into()).into()),
    }
}

/// Where Peerwatch's own bridge is.
pub(crate) fn own() -> anyhow::Result<PathBuf> {
    let folders = Folders::of_the_user();
    Ok(folders.ok_or_else(|| anyhow!("this user has no home folder that the system knows of"))?.bridge())
}

/// Whether it is Peerwatch's own bridge.
pub(crate) fn is_own(path: &Path) -> bool {
    own().is_ok_and(|own| own == path || same_file(&own, path))
}

fn same_file(one: &Path, other: &Path) -> bool {
    matches!((std::fs::canonicalize(one), std::fs::canonicalize(other)), (Ok(one), Ok(other)) if one == other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_named_by_its_number_by_its_place_or_as_others_call_it() {
        let kept = |path: Option<&str>, id| Name::Kept(path.map(PathBuf::from), id);
        assert_eq!(Name::parse("12").unwrap(), kept(None, 12));
        assert_eq!(Name::parse("#12").unwrap(), kept(None, 12));
        assert_eq!(Name::parse("/home/dev/a#b.db#7").unwrap(), kept(Some("/home/dev/a#b.db"), 7));
        assert_eq!(Name::parse("team:acme:3").unwrap(), Name::Others("team:acme:3".into()));
        assert!(Name::parse("parser").unwrap_err().0.contains("“parser”"));
    }
}
