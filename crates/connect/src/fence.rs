//! The fence at a worker: a file for each task that was taken from a session, which the plugin's hook finds before the
//! session edits or pushes.
//!
//! They lie in the folder `fences` beside the engine's socket, so that the hook needs no engine: it looks for the folder
//! before each edit and each shell command, and refuses while a file in it fits. What is not said there is not refused: a
//! fence stops the editing tools and `git push`, and not what a shell command may write by itself.
//!
//! A fence stands until it is lowered, also when the session was cleared or resumed by another process. Whoever raises it
//! owes that: when the session has handed in what it has (its text says so), when it gets the task back, and when a
//! person lifts it.

mod text;

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::files::{self, at};

/// The folder's name in the runtime folder; the hook has it too.
const FOLDER: &str = "fences";
/// Longer than any that is written here.
const LONGEST: u64 = 64 << 10;
/// The file's shape; a hook of another version still finds in it what it needs.
const SCHEMA: u32 = 1;

/// A task that was taken from a session, which is not to edit or push any more until it has let go of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fence {
    /// Whose edits are refused.
    #[serde(flatten)]
    pub holder: Holder,
    /// Which of the session's agents.
    pub whom: Whom,
    /// The task, as it is called on the wire: `12`, `team:<team>:<n>`, `owed:<conversation>:<side>`.
    pub task: String,
    /// The last epoch in which the session had it, where tasks have epochs.
    pub epoch: Option<i64>,
    /// What the task is about.
    pub subject: String,
    /// Who has it now; `None` while nobody has.
    pub by: Option<String>,
    /// When it was taken, in milliseconds since 1970.
    pub at: i64,
    /// Why, in words.
    pub why: String,
}

/// A session, by its process and by its conversation: either of them is proof enough. So the fence holds after `/clear`,
/// which changes the session id, and for a process that resumes the conversation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// When that started, as Claude Code writes it; without it the pid proves nothing.
    pub started: Option<String>,
    /// Its session id when the fence was raised.
    pub session_id: String,
}

/// The agents of a session. Claude Code says in a hook's account which one calls, except for the session's own.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Whom {
    /// The session's own agent alone.
    Own,
    /// The session's own agent and the subagents that work for it, but not teammates in the same process, who are workers
    /// of their own.
    OwnAndSubagents,
    /// This subagent or teammate alone, by its `agent_id`.
    Agent(String),
}

/// What stands in the file.
#[derive(Serialize)]
struct Written<'f> {
    schema: u32,
    #[serde(flatten)]
    fence: &'f Fence,
    /// What the session is told, made here so that the hook need not.
    text: String,
}

/// Raises a fence, or writes it anew.
///
/// # Errors
/// When its file cannot be written.
pub fn raise(runtime: &Path, fence: &Fence) -> Result<(), Error> {
    let written = Written { schema: SCHEMA, fence, text: text::of(fence) };
    let path = path(runtime, fence);
    let bytes = serde_json::to_vec(&written).map_err(|error| at(&path)(error.into()))?;
    files::write(&path, &bytes)
}

/// Lowers the fence of this holder, these agents and this task. That none stands is no error.
///
/// # Errors
/// When its file cannot be removed.
pub fn lower(runtime: &Path, fence: &Fence) -> Result<(), Error> {
    let path = path(runtime, fence);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&path)(error)),
        _ => Ok(()),
    }
}

/// Every fence that stands; one that cannot be read is left out, and stands for nobody.
#[must_use]
pub fn standing(runtime: &Path) -> Vec<Fence> {
    let entries = fs::read_dir(runtime.join(FOLDER)).into_iter().flatten().flatten();
    entries.filter_map(|entry| read(&entry.path())).collect()
}

/// The folder of all fences, where there is one.
pub(crate) fn folder(runtime: &Path) -> Option<PathBuf> {
    Some(runtime.join(FOLDER)).filter(|folder| folder.is_dir())
}

fn read(path: &Path) -> Option<Fence> {
    path.extension().filter(|extension| *extension == "json")?;
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).inspect_err(|error| tracing::warn!("{}: {error}", path.display())).ok()
}

/// One file for each holder, agent and task, so that raising and lowering need not know of each other.
fn path(runtime: &Path, fence: &Fence) -> PathBuf {
    let Holder { pid, started, session_id } = &fence.holder;
    let agent = match &fence.whom {
        Whom::Own => "own",
        Whom::OwnAndSubagents => "subagents",
        Whom::Agent(id) => id,
    };
    let started = started.as_deref().unwrap_or_default();
    let mark = mark(&[started, session_id, agent, &fence.task]);
    runtime.join(FOLDER).join(format!("{pid}-{mark:016x}.json"))
}

/// FNV-1a: the same in every version of this program, and no more than a name.
fn mark(words: &[&str]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |mark, byte| (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn fence(task: &str) -> Fence {
        Fence {
            holder: Holder { pid: 42, started: Some("686325".into()), session_id: "s-1".into() },
            whom: Whom::Own,
            task: task.to_owned(),
            epoch: Some(3),
            subject: "Write the parser".into(),
            by: Some("frontend".into()),
            at: 1_795_425_120_000,
            why: "backend was silent for 40 min".into(),
        }
    }

    #[test]
    fn what_is_raised_stands_until_it_is_lowered() {
        let runtime = tempfile::tempdir().unwrap();
        assert_eq!(standing(runtime.path()), []);
        let agent = |whom| Fence { whom, ..fence("12") };
        let all =
            [fence("12"), agent(Whom::OwnAndSubagents), agent(Whom::Agent("a1".into())), fence("team:x:12")];
        for fence in &all {
            raise(runtime.path(), fence).unwrap();
            raise(runtime.path(), fence).unwrap();
        }
        let mut found = standing(runtime.path());
        assert_eq!(found.len(), all.len());
        for fence in &all {
            assert!(found.contains(fence), "{fence:?}");
            lower(runtime.path(), fence).unwrap();
            lower(runtime.path(), fence).unwrap();
            found.retain(|other| other != fence);
            assert_eq!(standing(runtime.path()).len(), found.len());
        }
    }

    #[test]
    fn a_fence_may_be_told_anew_without_a_second_one() {
        let runtime = tempfile::tempdir().unwrap();
        let revoked = Fence { by: None, ..fence("12") };
        raise(runtime.path(), &revoked).unwrap();
        raise(runtime.path(), &fence("12")).unwrap();
        assert_eq!(standing(runtime.path()), [fence("12")]);
        lower(runtime.path(), &revoked).unwrap();
        assert_eq!(standing(runtime.path()), []);
    }

    #[test]
    fn what_others_left_in_the_folder_is_no_fence() {
        let runtime = tempfile::tempdir().unwrap();
        raise(runtime.path(), &fence("12")).unwrap();
        let folder = runtime.path().join(FOLDER);
        fs::write(folder.join("1.json"), "{\"pid\":").unwrap();
        fs::write(folder.join("2.json"), "{}").unwrap();
        fs::write(folder.join("notes.txt"), "mine").unwrap();
        fs::create_dir(folder.join("3.json")).unwrap();
        assert_eq!(standing(runtime.path()), [fence("12")]);
    }

    #[cfg(unix)]
    #[test]
    fn a_fence_is_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let runtime = tempfile::tempdir().unwrap();
        raise(runtime.path(), &fence("12")).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&runtime.path().join(FOLDER)), 0o700);
        assert_eq!(mode(&path(runtime.path(), &fence("12"))), 0o600);
    }
}
