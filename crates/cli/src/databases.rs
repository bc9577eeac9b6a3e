//! Which bridge databases a command means: those that are named, else those that were found.

use std::path::PathBuf;

use anyhow::bail;
use peerwatch_sources::bridge;
use peerwatch_wire::View;

use crate::args::Global;
use crate::ending::WrongUse;
use crate::ledger;
use crate::printable::line;
use crate::reach::Reach;

/// The kind by which a view calls a database that it reads.
const DATABASE: &str = "Bridge database";

/// The databases that a command looks at who asks for lost workers.
pub(crate) struct Found {
    /// Those in which workers send heartbeats.
    pub(crate) databases: Vec<PathBuf>,
    /// Peerwatch's own bridge, where it is meant too. Nobody need beat there; a worker is lost when its process is gone.
    own: Option<PathBuf>,
}

impl Found {
    /// All that may have tasks.
    pub(crate) fn with_tasks(&self) -> Vec<PathBuf> {
        self.databases.iter().chain(&self.own).cloned().collect()
    }
}

/// The databases that are meant: those named with `--db`, else every one that was found and Peerwatch's own.
///
/// # Errors
/// When none is named and none is found.
pub(crate) fn found(global: &Global) -> anyhow::Result<Found> {
    if !global.db.is_empty() {
        return Ok(Found { databases: absolute(&global.db), own: None });
    }
    let databases = connected(&Reach::open(global)?.view()?);
    let own = ledger::own().ok().filter(|own| own.exists());
    if databases.is_empty() && own.is_none() {
        bail!(NONE);
    }
    Ok(Found { databases, own })
}

/// The databases with tasks that are meant, as a view that was read already knows them.
pub(crate) fn with_tasks(global: &Global, view: &View) -> anyhow::Result<Vec<PathBuf>> {
    if !global.db.is_empty() {
        return Ok(absolute(&global.db));
    }
    let own = ledger::own().ok().filter(|own| own.exists());
    Ok(own.into_iter().chain(connected(view)).collect())
}

const NONE: &str = "no bridge database was found; name one with --db";

/// The databases that are meant: those named with `--db`, else every one that was found.
///
/// # Errors
/// When none is named and none is found: nothing to look at is no good news.
pub(crate) fn all(global: &Global) -> anyhow::Result<Vec<PathBuf>> {
    if !global.db.is_empty() {
        return Ok(absolute(&global.db));
    }
    let found = connected(&Reach::open(global)?.view()?);
    if found.is_empty() {
        bail!(NONE);
    }
    Ok(found)
}

/// The database that holds a conversation.
pub(crate) fn holding(global: &Global, conversation: &str) -> anyhow::Result<PathBuf> {
    if let [one] = global.db.as_slice() {
        return Ok(absolute(std::slice::from_ref(one)).remove(0));
    }
    let mut reach = Reach::open(global)?;
    let found = holders(&reach.view()?, conversation);
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => bail!("no database that is known holds {}; name it with --db", line(conversation)),
        several => {
            let paths: Vec<String> = several.iter().map(|path| line(&path.to_string_lossy())).collect();
            let text = format!("{} is in several databases; name one with --db: ", line(conversation));
            Err(WrongUse(text + &paths.join(", ")).into())
        }
    }
}

/// Every database that is read.
fn connected(view: &View) -> Vec<PathBuf> {
    let databases = view.connections.iter().filter(|one| one.kind == DATABASE && one.connected);
    databases.filter_map(|one| one.path.as_deref().map(PathBuf::from)).collect()
}

/// The databases in which a conversation of that name is known, by its messages or its sides.
fn holders(view: &View, conversation: &str) -> Vec<PathBuf> {
    let mut found = connected(view);
    found.retain(|path| {
        let id = bridge::named(path, conversation);
        let sides = format!("{id}:");
        view.conversations.iter().any(|known| known.id == id.as_str())
            || view.workers.iter().any(|worker| worker.id.starts_with(&sides))
    });
    found
}

fn absolute(paths: &[PathBuf]) -> Vec<PathBuf> {
    paths.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())).collect()
}
