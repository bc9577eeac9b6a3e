//! The handover card: what the next owner of a task should know, on one page.
//!
//! Goal, who had it and why it moves, who tried before, the last progress, the last words of the old owner's session, and its
//! working folder as it was left. Everything is looked at and nothing touched; gathering may take seconds, so it is done on
//! a thread that may wait.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::slice;

use peerwatch_bridge::{Handover, Note, Participant, Store, Task};
use peerwatch_core::{ConversationId, Timestamp, WorkerId};
use peerwatch_sources::TaskKind;
use peerwatch_wire::TaskSource;

use crate::board;
use crate::brief::{Brief, Kept, Owner};
use crate::draw::whole::task_view;
use crate::folders::default_claude_config;

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

/// What a card says of the old owner.
#[derive(Clone, Copy, Debug)]
pub struct Parting<'a> {
    /// The owner.
    pub from: &'a Participant,
    /// How it fares, in a sentence.
    pub fares: &'a str,
    /// Whether it is proven gone.
    pub proven_gone: bool,
    /// Why the task moves.
    pub reason: &'a str,
}

/// The card of a task of the bridge at `path`, where no engine runs. Reads the old owner's transcript and looks at its folder, so it
/// may take a moment.
#[must_use]
pub fn handover_card(
    path: &Path,
    task: &Task,
    handovers: &[Handover],
    parting: &Parting<'_>,
    now: Timestamp,
) -> String {
    let Parting { from, fares, proven_gone, reason } = *parting;
    let config = from.bearer.claude_config.as_ref().map(PathBuf::from);
    let owner = Owner {
        id: board::holder(from).unwrap_or_else(|| WorkerId::new(from.role.as_str())),
        name: from.role.clone(),
        role: Some(from.role.clone()),
        cwd: from.bearer.cwd.clone(),
        session_id: from.bearer.session_id.clone(),
    };
    let brief = Brief {
        view: task_view(task),
        kept: Kept::Bridge(path.to_owned(), Box::new(task.clone())),
        owner: Some(owner),
        fares: fares.to_owned(),
        proven_gone,
        former: Vec::new(),
        handovers: handovers.to_vec(),
        candidates: Vec::new(),
        seats: BTreeMap::new(),
        claude: config.or_else(default_claude_config).into_iter().collect(),
        now,
    };
    of(&brief, reason)
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
