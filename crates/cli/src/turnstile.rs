//! One heart for each side: a lock that the system releases when its holder ends, however it ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow, bail};
use peerwatch_engine::Folders;

use crate::printable::line;

/// The lock of one side, held as long as this lives.
pub(crate) struct Turnstile {
    _file: File,
}

/// Takes the lock of one side of a conversation of a database.
///
/// # Errors
/// When somebody else holds it: says who.
pub(crate) fn enter(database: &Path, conversation: &str, participant: &str) -> anyhow::Result<Turnstile> {
    take(&place("keepalive", database, conversation, participant)?, conversation, participant)
}

/// Waits until nobody else reads for this side, and keeps others waiting.
pub(crate) fn queue(database: &Path, conversation: &str, participant: &str) -> anyhow::Result<Turnstile> {
    let file = open(&place("check", database, conversation, participant)?)?;
    file.lock().context("the lock cannot be taken")?;
    Ok(Turnstile { _file: file })
}

/// The runtime folder of this user, made when it is missing.
pub(crate) fn runtime() -> anyhow::Result<PathBuf> {
    let folders = Folders::of_the_user()
        .ok_or_else(|| anyhow!("this user has no home folder that the system knows of"))?;
    make_private(&folders.runtime)
        .with_context(|| format!("the folder {} cannot be used", folders.runtime.display()))?;
    Ok(folders.runtime)
}

fn place(what: &str, database: &Path, conversation: &str, participant: &str) -> anyhow::Result<PathBuf> {
    Ok(runtime()?.join(format!("{what}-{}", name(database, conversation, participant))))
}

fn open(path: &Path) -> anyhow::Result<File> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    opened.with_context(|| format!("the lock {} cannot be opened", path.display()))
}

fn take(path: &Path, conversation: &str, participant: &str) -> anyhow::Result<Turnstile> {
    let mut file = open(path)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0)?;
            file.rewind()?;
            writeln!(file, "{}", std::process::id())?;
            Ok(Turnstile { _file: file })
        }
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            // Where a lock hides the text, the pid stays unknown.
            let _ = file.read_to_string(&mut holder);
            let pid = holder.trim().parse::<u32>().map(|pid| format!(" (pid {pid})")).unwrap_or_default();
            bail!(
                "another keepalive{pid} already beats for side {} of {}; end it, or leave this to it",
                line(participant),
                line(conversation)
            )
        }
        Err(TryLockError::Error(error)) => Err(error).context("the lock cannot be taken"),
    }
}

/// A name of bounded length, whatever the conversation is called.
fn name(database: &Path, conversation: &str, participant: &str) -> String {
    let real: PathBuf = std::fs::canonicalize(database).unwrap_or_else(|_| database.to_owned());
    let mut hash = DefaultHasher::new();
    (real, conversation, participant).hash(&mut hash);
    format!("{:016x}.lock", hash.finish())
}

#[cfg(unix)]
fn make_private(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_learns_who_was_first_and_may_follow_it() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join(name(Path::new("team.db"), "conv_1", "b"));
        let first = take(&path, "conv_1", "b").unwrap();
        let refused = take(&path, "conv_1", "b").err().unwrap().to_string();
        assert!(refused.contains(&format!("(pid {})", std::process::id())), "{refused}");
        drop(first);
        assert!(take(&path, "conv_1", "b").is_ok());
    }

    #[test]
    fn each_side_of_each_conversation_of_each_database_has_its_own() {
        let names: std::collections::BTreeSet<String> =
            [("x.db", "c", "a"), ("x.db", "c", "b"), ("x.db", "d", "a"), ("y.db", "c", "a")]
                .map(|(database, conversation, side)| name(Path::new(database), conversation, side))
                .into();
        assert_eq!(names.len(), 4);
    }
}
