//! Claude Code's sessions and agent teams, as one configuration folder shows them.
//!
//! A session is its process: pid and start time. Its registry entry gives the declared state, its transcript what the turn
//! is about and when it last moved, its process whether it lives. Everything is right from polling alone; hints make it
//! fast. Nothing is written, no key is opened, and memory stays bounded however large a transcript is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::{Moment, Process, SourceId, WorkerId};

use crate::process::Processes;
use crate::task::TasksTold;
use crate::{Connection, Hint, Reading, Source, Trouble, Watch};

mod backwards;
mod caller;
mod children;
mod cursor;
mod door;
mod ended;
mod entries;
mod finding;
mod lines;
mod mail;
mod mates;
mod messages;
mod owners;
mod permissions;
mod places;
mod post;
mod projects;
mod reading;
mod record;
mod registry;
mod round;
mod said;
mod scope;
mod session;
mod sightings;
mod story;
mod subagents;
mod tasks;
mod teams;
mod text;
mod transcript;

use cursor::Cursor;
use ended::Ended;
use mates::{Authors, Mate};
use post::Post;
use projects::Projects;
use registry::{Entry, Registry};
use scope::Scope;
use session::Session;
use tasks::Tasks;
use teams::Teams;
use transcript::Transcript;

pub use caller::{Agent, CallerSession, Teammate, agent_of, caller};
pub use door::{InboxDoor, door};
pub use finding::{find_uid, was_shown};
pub use permissions::bypasses_permissions;
pub use reading::{belongs, read_page};

/// How a configuration folder is looked at.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// Where an earlier run ended: its [`Source::cursor`].
    pub cursor: Option<String>,
    /// So many sessions without a process are shown at most.
    pub ended: usize,
    /// For so long after their end.
    pub recent: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { cursor: None, ended: 50, recent: Duration::from_secs(24 * 3600) }
    }
}

/// One configuration folder of Claude Code.
#[derive(Debug)]
pub struct ClaudeSource {
    id: SourceId,
    config: PathBuf,
    /// The same without symbolic links, as some watchers name it.
    resolved: PathBuf,
    options: Options,
    cursor: Option<Cursor>,
    processes: Box<dyn Processes>,
    registry: Registry,
    projects: Projects,
    teams: Teams,
    tasks: Tasks,
    tasks_told: TasksTold,
    sessions: BTreeMap<WorkerId, Session>,
    /// Processes that registered themselves and are surely not Claude Code.
    others: BTreeSet<WorkerId>,
    mates: BTreeMap<WorkerId, Mate>,
    authors: Authors,
    /// The transcripts that are followed; two sessions may share one.
    transcripts: BTreeMap<PathBuf, Transcript>,
    /// Session ids that a worker was shown for: they do not end as somebody else.
    shown: BTreeSet<String>,
    ended: Ended,
    post: Post,
    /// The first look, and the newest.
    began: Option<Moment>,
    newest: Moment,
    /// What could not be read of the followed transcripts.
    closed: BTreeMap<PathBuf, Trouble>,
}

impl ClaudeSource {
    /// Looks at `config`, which is `~/.claude` or what `CLAUDE_CONFIG_DIR` says; it need not exist yet.
    #[must_use]
    pub fn new(config: PathBuf, options: Options, processes: Box<dyn Processes>) -> Self {
        Self {
            id: SourceId::new(format!("claude:{}", config.display())),
            resolved: fs::canonicalize(&config).unwrap_or_else(|_| config.clone()),
            cursor: options.cursor.as_deref().and_then(Cursor::restore),
            options,
            processes,
            registry: Registry::new(config.join("sessions")),
            projects: Projects::new(config.join("projects")),
            teams: Teams::new(config.join("teams")),
            tasks: Tasks::new(config.join("tasks")),
            tasks_told: TasksTold::default(),
            config,
            sessions: BTreeMap::new(),
            others: BTreeSet::new(),
            mates: BTreeMap::new(),
            authors: Authors::default(),
            transcripts: BTreeMap::new(),
            shown: BTreeSet::new(),
            ended: Ended::default(),
            post: Post::default(),
            began: None,
            newest: Moment::default(),
            closed: BTreeMap::new(),
        }
    }

    /// How many bytes of the transcripts that are followed now have been read, by which tests and benches prove that
    /// none is read twice.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.transcripts.values().map(|transcript| transcript.read).sum()
    }

    /// The registered sessions that are Claude Code's and not long dead, by who they are. Entries stay after a crash.
    fn current(&self, now: Moment) -> HashMap<WorkerId, Entry> {
        let entries = self.registry.entries().map(|entry| (session::worker_of(entry), entry.clone()));
        entries
            .filter(|(worker, _)| !self.others.contains(worker))
            .filter(|(worker, entry)| match self.sessions.get(worker) {
                Some(known) => known.died.is_none_or(|at| now.tick.since(at.tick) <= self.options.recent),
                None => !self.is_stale(entry, now),
            })
            .collect()
    }

    /// Whether this entry was left by a session that died long ago.
    fn is_stale(&self, entry: &Entry, now: Moment) -> bool {
        let written =
            entry.session.as_deref().and_then(|id| self.projects.of(id)).map(|found| found.modified);
        let newest = entry.newest().max(written.unwrap_or_default());
        let recent = i64::try_from(self.options.recent.as_millis()).unwrap_or(i64::MAX);
        let mut session = Session::new(entry.clone());
        now.wall.0.saturating_sub(newest) > recent && {
            session.check(&*self.processes);
            session.process.is_dead()
        }
    }

    fn again(&self, now: Moment) -> Option<Duration> {
        let torn = (self.teams.is_torn() || self.tasks.is_torn()).then_some(Duration::from_millis(50));
        // A session that took itself off the list ends in a moment.
        let ending = self.sessions.values().any(|session| {
            !session.process.is_dead()
                && session.removed.is_some_and(|then| now.tick.since(then.tick) < ENDING)
        });
        [self.registry.again(), torn, ending.then_some(Duration::from_millis(200))]
            .into_iter()
            .flatten()
            .min()
    }

    fn troubles(&self) -> Vec<Trouble> {
        let broken = self.transcripts.iter().filter(|(_, transcript)| transcript.story.broken).map(|(path, _)| Trouble {
            subject: text::path(path),
            what: "The newest line of this transcript is not JSON; what the session does may be shown wrongly.".into(),
            remedy: None,
        });
        let mut all: Vec<Trouble> = self
            .registry
            .troubles()
            .chain(self.teams.troubles())
            .chain(self.tasks.troubles())
            .chain(self.closed.values().cloned())
            .chain(broken)
            .collect();
        all.sort();
        all
    }
}

/// So long a session's process is waited for that has taken itself off the list.
const ENDING: Duration = Duration::from_secs(5);

impl Source for ClaudeSource {
    fn id(&self) -> SourceId {
        self.id.clone()
    }

    fn watches(&self) -> Vec<Watch> {
        let watch = |folder: &Path, deep| Watch { folder: folder.to_path_buf(), deep };
        let mut all = vec![
            watch(self.registry.folder(), false),
            watch(self.projects.folder(), true),
            watch(self.teams.folder(), true),
        ];
        // Lists stay for ever; only those of teams that are there are watched.
        all.extend(self.tasks.names().map(|team| watch(&self.tasks.folder_of(team), false)));
        all
    }

    fn look(&mut self, now: Moment, hint: &Hint) -> Reading {
        let mut reading = Reading::default();
        let first = self.began.is_none();
        let scope =
            if first { Scope::everything() } else { Scope::of(hint, &[&self.config, &self.resolved]) };
        self.began.get_or_insert(now);
        self.newest = now;
        self.registry.look(&scope);
        self.projects.look(&scope, now);
        if scope.teams || self.teams.is_torn() {
            self.teams.look();
        }
        self.go_round(&scope, first, now, &mut reading);
        reading.troubles = self.troubles();
        reading.again = self.again(now);
        reading
    }

    fn connections(&self) -> Vec<Connection> {
        let found = self.registry.folder().is_dir() || self.projects.folder().is_dir();
        let live =
            self.sessions.values().filter(|one| one.removed.is_none() && !one.process.is_dead()).count();
        let teams: BTreeSet<&str> = self.mates.values().map(|mate| mate.team.as_str()).collect();
        let count =
            |number: usize, what: &str| format!("{number} {what}{}", if number == 1 { "" } else { "s" });
        let parts =
            [count(live, "session"), count(teams.len(), "team"), count(self.projects.count(), "transcript")];
        vec![Connection {
            kind: "Claude Code sessions",
            path: self.config.clone(),
            found,
            summary: if found { parts.join(", ") } else { "not there yet".into() },
        }]
    }

    fn cursor(&self) -> Option<String> {
        self.began?;
        let place = |(path, it): (&PathBuf, &Transcript)| Some((path.clone(), it.place()?));
        Cursor::new(self.newest.wall.0, self.transcripts.iter().filter_map(place).collect()).text()
    }
}

/// Programs that put entries of their own into Claude Code's registry, so that its sessions can write to them.
const OTHERS: [&str; 2] = ["codex", "gemini"];

/// Whether this process is surely not Claude Code. Claude Code itself runs under many names (its version, `node`, an
/// editor's), so only known others are told apart.
fn is_other(processes: &dyn Processes, pid: u32) -> bool {
    let name = processes
        .executable(pid)
        .and_then(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()));
    name.is_some_and(|name| OTHERS.contains(&name.to_lowercase().as_str()))
}

/// What one look knows of a session's process before it tells of it.
fn is_live(session: &Session) -> bool {
    !matches!(session.process, Process::Absent | Process::Replaced | Process::Zombie)
}
