//! What a session's subagents write: `<project>/<session>/subagents/agent-<id>.jsonl`, with a small `.meta.json` each.
//!
//! Teammates that run inside their lead's process write there too; they are workers of their own, told apart by
//! their meta file or by the names in their records.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use peerwatch_core::{ConversationId, Turn};

use super::record::{is, string};
use super::registry::{bounded, first_value};
use super::transcript::{Transcript, modified};

/// How much of a subagent's end is searched for its turn.
const BUDGET: u64 = 8 * 1024 * 1024;
/// A session may have had hundreds of subagents; of those that finished, only recent ones are read.
const RECENT: i64 = 10 * 60 * 1000;

/// The subagents of one session.
#[derive(Debug, Default)]
pub(super) struct Subagents {
    agents: BTreeMap<String, Agent>,
}

/// One subagent, or a teammate inside its lead's process.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: String,
    pub(super) transcript: Transcript,
    /// Its meta file says that it is over.
    finished: bool,
    /// The team and the name of a teammate.
    mate: Option<(String, String)>,
}

impl Agent {
    /// The team and the name, when it is a teammate.
    pub(super) fn mate(&self) -> Option<(&str, &str)> {
        let story = &self.transcript.story;
        let said = self.mate.as_ref().map(|(team, name)| (team.as_str(), name.as_str()));
        said.or_else(|| Some((story.team.as_deref()?, story.agent.as_deref()?)))
    }

    /// The session that started it: it lies in that one's folder.
    pub(super) fn session(&self) -> Option<&str> {
        let folder = self.transcript.path().ancestors().find(|folder| folder.ends_with("subagents"))?;
        folder.parent()?.file_name()?.to_str()
    }

    /// What a person would open to read it.
    pub(super) fn conversation(&self) -> Option<ConversationId> {
        let session = self.transcript.path().parent()?.parent()?.file_name()?.to_str()?;
        Some(ConversationId::new(format!("claude:{session}/{}", self.id)))
    }

    /// Whether it still works, as far as its files tell.
    pub(super) fn is_unfinished(&self) -> bool {
        !self.finished && !self.is_at_rest()
    }

    /// Whether its turn is over.
    pub(super) fn is_at_rest(&self) -> bool {
        let turn = self.transcript.story.turn();
        matches!(turn, Some((Turn::Over | Turn::Interrupted | Turn::Failed { .. }, _)))
    }
}

impl Subagents {
    /// Reads what was added beside these transcripts: the session's own, and after `/clear` that of the session whose
    /// team it still leads.
    pub(super) fn look(&mut self, transcripts: &[&Path], now: i64) {
        let mut gone: Vec<String> = self.agents.keys().cloned().collect();
        let folders = transcripts.iter().flat_map(|transcript| {
            let folder = transcript.with_extension("").join("subagents");
            // Each run of a workflow keeps its subagents in a folder of its own.
            let runs = fs::read_dir(folder.join("workflows")).into_iter().flatten().flatten();
            std::iter::once(folder).chain(runs.map(|run| run.path()))
        });
        for file in folders.flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten()) {
            let name = file.file_name();
            let Some(id) = name.to_str().and_then(|name| name.strip_suffix(".jsonl")) else { continue };
            if !id.starts_with("agent-") {
                continue;
            }
            gone.retain(|known| known != id);
            self.follow(id, file.path(), now);
        }
        for id in gone {
            self.agents.remove(&id);
        }
    }

    fn follow(&mut self, id: &str, path: PathBuf, now: i64) {
        let agent = self.agents.entry(id.to_owned()).or_insert_with(|| Agent {
            id: id.to_owned(),
            transcript: Transcript::new(path.clone(), true),
            finished: false,
            mate: None,
        });
        if agent.transcript.path() != path {
            agent.transcript.move_to(path.clone());
        }
        if !agent.finished || agent.mate.is_some() {
            agent.learn_meta(&path.with_extension("meta.json"));
        }
        let written = fs::metadata(&path).map(|metadata| modified(&metadata)).unwrap_or_default();
        if agent.finished && agent.mate.is_none() && now.saturating_sub(written) > RECENT {
            return;
        }
        // A transcript that cannot be read leaves the subagent unfinished, as far as its meta file says so.
        if let Err(error) = agent.transcript.follow(BUDGET, None) {
            tracing::debug!(%error, id, "a subagent's transcript cannot be read");
        }
    }

    /// Those of the session's own subagents that have not finished and wrote since `start`: what an earlier process of
    /// this session left unfinished will never be.
    pub(super) fn unfinished(&self, start: i64) -> usize {
        self.own().filter(|agent| agent.is_unfinished() && agent.transcript.modified >= start).count()
    }

    /// When one of the session's own subagents last worked.
    pub(super) fn worked(&self) -> Option<i64> {
        self.own()
            .filter_map(|agent| agent.transcript.story.worked.max(agent.transcript.story.side_worked))
            .max()
    }

    /// How many records with work they have written.
    pub(super) fn works(&self) -> u64 {
        self.own().map(|agent| agent.transcript.story.works + agent.transcript.story.side_works).sum()
    }

    /// The transcript of a teammate: the newest, when it was started more than once.
    pub(super) fn mate(&self, team: &str, name: &str) -> Option<&Agent> {
        let those = self.agents.values().filter(|agent| agent.mate() == Some((team, name)));
        those.max_by_key(|agent| agent.transcript.modified)
    }

    /// All of them, teammates too.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Agent> {
        self.agents.values_mut()
    }

    fn own(&self) -> impl Iterator<Item = &Agent> {
        self.agents.values().filter(|agent| agent.mate().is_none())
    }
}

impl Agent {
    fn learn_meta(&mut self, path: &Path) {
        let Some(meta) = bounded(path).ok().and_then(|bytes| first_value(&bytes)) else { return };
        self.finished = is(&meta, "finished") || is(&meta, "stoppedByUser");
        if string(&meta, "taskKind").as_deref() == Some("in_process_teammate") {
            self.mate = string(&meta, "teamName").zip(string(&meta, "name"));
        }
    }
}
