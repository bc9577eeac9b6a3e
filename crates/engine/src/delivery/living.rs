//! The sessions that live, as delivery needs to know them.

use peerwatch_bridge::{Bearer, Process};
use peerwatch_core::{
    Presence, Process as ProcessState, Roster, SourceKind, Status, StatusWord, Tick, Worker, WorkerId,
};

/// A session whose process lives.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Living {
    pub(crate) worker: WorkerId,
    pub(crate) name: String,
    pub(crate) process: Process,
    pub(crate) session_id: String,
    pub(crate) cwd: Option<String>,
    pub(crate) state: ProcessState,
    pub(crate) status: Status,
    /// Since when it declares that.
    pub(crate) since: Tick,
    /// What proves its life, in words without ages.
    pub(crate) evidence: String,
}

impl Living {
    /// The session as the bridge knows those who take part.
    pub(crate) fn bearer(&self) -> Bearer {
        Bearer {
            process: Some(self.process.clone()),
            session_id: Some(self.session_id.clone()),
            agent: String::new(),
            claude_config: None,
            cwd: self.cwd.clone(),
        }
    }
}

/// The sessions of a roster whose processes are proven alive.
pub(crate) fn living(roster: &Roster) -> Vec<Living> {
    roster.workers().filter_map(session).collect()
}

fn session(worker: &Worker) -> Option<Living> {
    let identity = worker.identity().filter(|it| it.source == SourceKind::Claude)?;
    let verdict = worker.verdict();
    let facts = worker.facts();
    let state = facts.process().filter(|it| matches!(it, ProcessState::Alive | ProcessState::Stopped))?;
    if matches!(verdict.presence, Presence::Gone | Presence::Ended) {
        return None;
    }
    let declared = facts.status();
    let start = worker.id().as_str().strip_prefix(&format!("claude:{}:", identity.pid?))?;
    Some(Living {
        worker: worker.id().clone(),
        name: worker.name().to_owned(),
        process: Process { pid: identity.pid?, start: start.to_owned() },
        session_id: identity.session_id.clone()?,
        cwd: identity.cwd.clone(),
        state,
        status: declared.map_or(Status { word: StatusWord::Absent, waiting_for: None }, |it| it.is.clone()),
        since: declared.map_or(verdict.since, |it| it.at).tick,
        evidence: verdict.witnesses.iter().map(|it| it.what.as_str()).collect::<Vec<_>>().join("; "),
    })
}
