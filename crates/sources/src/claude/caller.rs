//! Who calls: the session that a process belongs to, and which of its subagents made a call. Read fresh each time, since
//! a session changes its id on `/clear` under the same process.

use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use peerwatch_core::{Moment, Process, WorkerId};

use super::lines::Line;
use super::mates::{self, Authors};
use super::places::{self, Placed, agent_in};
use super::projects::Projects;
use super::record::{Body, Record, string};
use super::registry::{Entry, bounded, entry_of, first_value, listed};
use super::scope::Scope;
use super::session::{Session, is_elsewhere};
use super::teams::Teams;
use super::{backwards, is_other};
use crate::process::Processes;

/// A call is looked for in so much of a transcript's end.
const NEWEST: u64 = 1024 * 1024;
/// The start of a subagent that may not have written yet, in so much of its session's.
const STARTED: u64 = 64 * 1024;
/// In the transcripts of so many subagents, those that wrote last.
const MOST: usize = 32;
/// Subagents that wrote so many milliseconds ago may be the caller.
const LATELY: i64 = 10_000;
/// Claude Code writes a call down within 100 ms of making it, on a busy machine within half a second.
const PATIENCE: Duration = Duration::from_secs(1);
const BREATH: Duration = Duration::from_millis(20);

/// A living session, as its own registry entry tells of it now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CallerSession {
    /// The configuration folder that it runs with.
    pub config: PathBuf,
    /// Its process.
    pub pid: u32,
    /// When that started, as Claude Code writes it.
    pub start: String,
    /// Its session id at present; of a teammate with a pane of its own known once it has written something.
    pub session_id: Option<String>,
    /// The folder it was started in.
    pub cwd: Option<String>,
    /// What a person calls it.
    pub name: String,
    /// Set for a teammate with a pane and a process of its own.
    pub teammate: Option<Teammate>,
}

/// Which teammate a process is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Teammate {
    /// `<name>@<team>`.
    pub agent_id: String,
    /// Its name within the team.
    pub name: String,
    /// The team.
    pub team: String,
    /// The session that leads the team.
    pub lead_session: Option<String>,
}

/// A subagent, or a teammate inside its lead's process.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Agent {
    /// As Claude Code's hooks and records name it; its conversation is `claude:<session>/agent-<id>`.
    pub id: String,
    /// The name of a teammate.
    pub name: Option<String>,
    /// The team of a teammate.
    pub team: Option<String>,
}

impl CallerSession {
    /// The worker that the roster knows it as.
    #[must_use]
    pub fn worker(&self) -> WorkerId {
        match &self.teammate {
            Some(mate) => mates::worker(&mate.team, &mate.name),
            None => WorkerId::session(self.pid, &self.start),
        }
    }
}

/// The session whose process is `parent_pid`, proven by its start time: the registries of all these configuration folders
/// are read now. A teammate with a pane of its own has no entry there, and is known by the arguments of its process.
#[must_use]
pub fn caller(
    config_candidates: &[PathBuf],
    parent_pid: u32,
    processes: &dyn Processes,
) -> Option<CallerSession> {
    let entries = config_candidates.iter().filter_map(|config| {
        let entry = entry_of(config, parent_pid)?;
        Some((config, verified(&entry, processes)?, entry))
    });
    // A folder that is named twice has two names for one entry.
    match entries.max_by_key(|(_, _, entry)| entry.newest()) {
        Some((config, start, entry)) => Some(CallerSession {
            config: config.clone(),
            pid: parent_pid,
            start,
            session_id: entry.session.clone(),
            cwd: entry.cwd.clone(),
            name: Session::new(entry).name(),
            teammate: None,
        }),
        None => teammate(config_candidates, parent_pid, processes),
    }
}

/// When the process of an entry started, if that process lives here and is Claude Code's.
pub(super) fn verified(entry: &Entry, processes: &dyn Processes) -> Option<String> {
    let start = entry.start.clone()?;
    let lives = matches!(processes.look(entry.pid, Some(&start)), Process::Alive | Process::Stopped);
    let here = !is_elsewhere(entry.domain.as_deref(), processes.domain().as_deref());
    (lives && here && !is_other(processes, entry.pid)).then_some(start)
}

fn teammate(configs: &[PathBuf], pid: u32, processes: &dyn Processes) -> Option<CallerSession> {
    let words = processes.arguments(pid)?;
    let after = |flag: &str| words.windows(2).find(|pair| pair[0] == flag).map(|pair| pair[1].clone());
    let mate = Teammate {
        agent_id: after("--agent-id")?,
        name: after("--agent-name")?,
        team: after("--team-name")?,
        lead_session: after("--parent-session-id"),
    };
    let start = processes.start(pid)?;
    // It has a key where it runs; the folder of its team may be gone already.
    let config = configs.iter().find(|config| listed(config).contains(&pid))?;
    let mut teams = Teams::new(config.join("teams"));
    teams.look();
    let team = teams.all().find(|team| team.name == mate.team);
    let member = team.and_then(|team| team.members.iter().find(|member| member.agent == mate.agent_id));
    let session = team.and_then(|team| {
        let mut projects = Projects::new(config.join("projects"));
        projects.look(&Scope::everything(), Moment::default());
        let written = Authors::default().look(&projects, &[team]);
        let path = written.get(&(mate.team.clone(), mate.name.clone()))?;
        Some(path.file_stem()?.to_str()?.to_owned())
    });
    Some(CallerSession {
        config: config.clone(),
        pid,
        start,
        session_id: session,
        cwd: member.and_then(|member| member.cwd.clone()),
        name: mate.name.clone(),
        teammate: Some(mate),
    })
}

/// Which subagent of a session, or teammate inside its process, made a tool call (`_meta["claudecode/toolUseId"]` of an
/// MCP request). `None` is the session itself, or nobody that can be found yet.
///
/// Blocks for up to a second when subagents were started or wrote lately and the call stands nowhere: its record comes a
/// little later than the call.
#[must_use]
pub fn agent_of(config: &Path, session_id: &str, tool_use_id: &str) -> Option<Agent> {
    if !places::is_plain(tool_use_id) {
        return None;
    }
    let began = Instant::now();
    loop {
        let mut agents = places::of_subagents(config, session_id);
        // After `/clear` the teammates of a lead go on beside the transcript of its session before.
        for before in led_sessions(config, session_id) {
            agents.extend(places::of_subagents(config, &before));
        }
        agents.sort_by_key(|placed| std::cmp::Reverse(placed.modified));
        agents.truncate(MOST);
        if let Some(found) = agents.iter().find(|placed| holds(placed, tool_use_id)) {
            return agent(&found.path);
        }
        let lately = agents.first().is_some_and(|newest| newest.modified >= now() - LATELY);
        let own = places::transcripts(config, session_id);
        // The transcript of one that has just been started comes later than its first call.
        let lately = lately || own.iter().any(starts_agents);
        if !lately || own.iter().any(|placed| holds(placed, tool_use_id)) || began.elapsed() >= PATIENCE {
            return None;
        }
        sleep(BREATH);
    }
}

/// The other sessions whose teams the process of this session leads.
fn led_sessions(config: &Path, session: &str) -> Vec<String> {
    let folders = std::fs::read_dir(config.join("teams")).into_iter().flatten().flatten();
    let leads = folders.filter_map(|folder| {
        let team = first_value(&bounded(&folder.path().join("config.json")).ok()?)?;
        let lead = string(&team, "leadSessionId").filter(|lead| lead != session)?;
        let pid = team.pointer("/leadProcess/pid")?.as_u64().and_then(|pid| u32::try_from(pid).ok())?;
        let start = string(team.get("leadProcess")?, "procStart");
        let entry = entry_of(config, pid)?;
        (entry.session.as_deref() == Some(session) && entry.start == start).then_some(lead)
    });
    leads.collect()
}

/// Whether a session started subagents of late.
fn starts_agents(own: &Placed) -> bool {
    let mut found = false;
    let mut each = |line: &Line<'_>| {
        let body = Record::read(line).map(|record| record.body);
        found =
            matches!(body, Ok(Body::Answer { tools, .. }) if tools.iter().any(|tool| tool.name == "Agent"));
        !found
    };
    if let Err(error) = backwards::search(&own.path, br#""name":"Agent""#, STARTED, &mut each) {
        tracing::debug!(%error, "a transcript cannot be searched");
    }
    found
}

/// Whether a transcript's newest part holds a call.
fn holds(placed: &Placed, call: &str) -> bool {
    let mut found = false;
    let mut each = |line: &Line<'_>| {
        let body = Record::read(line).map(|record| record.body);
        found = matches!(body, Ok(Body::Answer { tools, .. }) if tools.iter().any(|tool| tool.id == call));
        !found
    };
    if let Err(error) = backwards::search(&placed.path, call.as_bytes(), NEWEST, &mut each) {
        tracing::debug!(%error, "a transcript cannot be searched");
    }
    found
}

fn agent(path: &Path) -> Option<Agent> {
    let meta = bounded(&path.with_extension("meta.json")).ok().and_then(|bytes| first_value(&bytes));
    let meta = meta.filter(|meta| string(meta, "taskKind").as_deref() == Some("in_process_teammate"));
    let of = |key: &str| meta.as_ref().and_then(|meta| string(meta, key));
    Some(Agent { id: agent_in(path)?.to_owned(), name: of("name"), team: of("teamName") })
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
