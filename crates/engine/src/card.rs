//! The handover card: what the next owner of a task should know, on one page.
//!
//! Goal, who had it and why it moves, who tried before, the last progress, the last words of the old owner's session, and its
//! working folder as it was left. Everything is looked at and nothing touched; gathering may take seconds, so it is done on
//! a thread that may wait.

use std::path::{Path, PathBuf};
use std::slice;

use peerwatch_bridge::{Note, Store, Task};
use peerwatch_core::{ConversationId, Timestamp};
use peerwatch_sources::TaskKind;
use peerwatch_wire::TaskSource;

use crate::brief::{Brief, Kept};

mod folder;
mod git;
mod history;
mod last;
mod text;
mod writing;

#[cfg(test)]
mod tests;

pub(crate) use folder::{FolderState, look_at_folder};
pub(crate) use history::{Attempt, Report, history};
pub(crate) use last::{LastWords, Sources, last_words};
pub(crate) use writing::write;

/// What a card tells.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct CardFacts {
    /// The task, as a model and a person name it: "task 12".
    pub(crate) task: String,
    /// What is to be done, in a line.
    pub(crate) subject: String,
    /// More about it.
    pub(crate) description: Option<String>,
    /// When it should be done.
    pub(crate) deadline: Option<Timestamp>,
    /// What its old owner is called.
    pub(crate) owner: Option<String>,
    /// How that one fares, in a sentence.
    pub(crate) fares: String,
    /// Whether the old owner is sure not to go on: proven gone.
    pub(crate) certain: bool,
    /// Why the task moves.
    pub(crate) reason: String,
    /// How often it was begun.
    pub(crate) begun: u32,
    /// Those who had it before the old owner, oldest first.
    pub(crate) attempts: Vec<Attempt>,
    /// What the old owner reported, oldest first.
    pub(crate) reports: Vec<Report>,
    /// What was said last in its session.
    pub(crate) last: Option<LastWords>,
    /// Its working folder.
    pub(crate) folder: Option<FolderState>,
    /// What the new owner should do with it, a line each.
    pub(crate) next: Vec<String>,
    /// When the card is written.
    pub(crate) now: Timestamp,
}

/// The card of a task that shall change hands for this reason. Reads the old owner's transcript and looks at its folder.
pub(crate) fn of(brief: &Brief, reason: &str) -> String {
    let (attempts, reports) = match &brief.kept {
        Kept::Bridge(bridge, task) => history(&brief.handovers, &notes(bridge, task), task.epoch),
        Kept::Elsewhere(_) | Kept::Nowhere => Default::default(),
    };
    let (description, deadline) = match &brief.kept {
        Kept::Bridge(_, task) => (task.what.description.clone(), task.what.deadline),
        Kept::Elsewhere(seen) => (seen.description.clone(), None),
        Kept::Nowhere => (None, None),
    };
    let owner = brief.owner.as_ref();
    let folder = brief.view.folder.as_ref().or_else(|| owner?.cwd.as_ref());
    write(&CardFacts {
        task: named(brief),
        subject: brief.view.subject.clone(),
        description,
        deadline,
        owner: brief.view.owner_name.clone().or_else(|| Some(owner?.name.clone())),
        fares: brief.fares.clone(),
        certain: brief.proven_gone,
        reason: reason.to_owned(),
        begun: brief.view.attempts,
        attempts,
        reports,
        last: last_of(brief),
        folder: folder.map(|folder| look_at_folder(Path::new(folder))),
        next: next(brief),
        now: brief.now,
    })
}

/// All that was said on a task; when its bridge cannot be asked, what is known of it.
fn notes(bridge: &Path, task: &Task) -> Vec<Note> {
    let all = Store::open_existing(bridge).and_then(|store| store.notes(task.id));
    all.unwrap_or_else(|error| {
        tracing::warn!("the notes on a task: {error}");
        task.late.iter().chain(&task.progress).cloned().collect()
    })
}

fn named(brief: &Brief) -> String {
    match &brief.kept {
        Kept::Bridge(_, task) => format!("task {}", task.id),
        Kept::Elsewhere(seen) if seen.kind == TaskKind::Team => {
            format!("task {} of the team {}", number(&seen.id), seen.place)
        }
        Kept::Elsewhere(_) => "what is owed".into(),
        Kept::Nowhere => "the work of a session".into(),
    }
}

/// The number at the end of a team task's identity.
fn number(id: &str) -> &str {
    id.rsplit(':').next().unwrap_or(id)
}

/// What was said last in the old owner's session, or by that side of its bridge.
fn last_of(brief: &Brief) -> Option<LastWords> {
    let owner = brief.owner.as_ref()?;
    if let Kept::Elsewhere(seen) = &brief.kept
        && let Some(conversation) = &seen.conversation
    {
        let sources = Sources { claude: &[], databases: slice::from_ref(&seen.kept_in) };
        return last_words(sources, conversation, owner.role.as_deref().unwrap_or(&owner.name));
    }
    // A teammate inside a session has no transcript of its own by that name.
    let own = owner.id.as_str().starts_with("claude:");
    let session = owner.session_id.as_ref().filter(|_| own)?;
    let conversation = ConversationId::new(format!("claude:{session}"));
    let databases: &[PathBuf] = &[];
    last_words(Sources { claude: &brief.claude, databases }, &conversation, &owner.name)
}

/// What the new owner does with it: the ways differ by what keeps the task.
fn next(brief: &Brief) -> Vec<String> {
    let number = number(&brief.view.id);
    let lines: &[String] = &match brief.view.source {
        TaskSource::Bridge => [
            format!("- Look at the folder first. `claim_task` with task {number} begins it; until then it can be taken back."),
            "- `report_progress` as you go, `complete_task` with the result, `release_task` if you cannot do it.".into(),
        ],
        TaskSource::Team => [
            "- Look at the folder first, then mark the task as in progress in the team's list.".into(),
            "- Say in the team's way what you did when it is done.".into(),
        ],
        TaskSource::Session => [
            "- Look at the folder first, and at what was asked last.".into(),
            "- Go on from there; ask the person where that does not say enough.".into(),
        ],
        TaskSource::Owed => [
            "- Read what is written there, and answer it in the place of the old owner.".into(),
            "- Say to whoever waits that it is you who answers now.".into(),
        ],
    };
    lines.to_vec()
}
