//! Teammates as workers: `team:<team>:<member>`.
//!
//! One that runs inside its lead's process lives and dies with it. One with a pane of its own has a process and a
//! transcript, and no registry entry: the process is found by the name of its key file and by its arguments.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use peerwatch_core::{
    ConversationId, Evidence, Fact, Identity, Listing, Moment, Observation, Process, SourceKind, Status,
    StatusWord, Timestamp, WorkerId,
};

use super::projects::Projects;
use super::record::value_after;
use super::said::{Said, Voice};
use super::session::{self, Session};
use super::teams::{Member, Team};
use super::transcript::Transcript;
use crate::process::Processes;

/// Where a transcript names the teammate that writes it.
const HEAD: u64 = 64 * 1024;
/// A teammate's transcript begins no earlier than it joined, give or take.
const EARLY: i64 = 60_000;

/// A teammate that was told of.
#[derive(Debug)]
pub(super) struct Mate {
    pub(super) worker: WorkerId,
    pub(super) team: String,
    pub(super) name: String,
    pub(super) paned: bool,
    /// Its own process and start, when it has one and it was found.
    process: Option<(u32, String)>,
    /// Where its transcript is.
    pub(super) transcript: Option<PathBuf>,
    /// What a person would open to read it.
    pub(super) conversation: Option<ConversationId>,
    said: Said,
}

/// The identity of a teammate.
pub(super) fn worker(team: &str, name: &str) -> WorkerId {
    WorkerId::new(format!("team:{team}:{name}"))
}

impl Mate {
    pub(super) fn new(team: &str, member: &Member) -> Self {
        Self {
            worker: worker(team, &member.name),
            team: team.to_owned(),
            name: member.name.clone(),
            paned: member.paned,
            process: None,
            transcript: None,
            conversation: None,
            said: Said::default(),
        }
    }

    /// Looks for its own process among those that have a key and no entry.
    pub(super) fn find_process(&mut self, member: &Member, unlisted: &[u32], processes: &dyn Processes) {
        if !self.paned || self.process.is_some() {
            return;
        }
        let is_its = |pid: u32| {
            let words = processes.arguments(pid).unwrap_or_default();
            words.windows(2).any(|pair| pair[0] == "--agent-id" && pair[1] == member.agent)
        };
        let found = unlisted.iter().copied().find(|pid| is_its(*pid));
        self.process = found.and_then(|pid| Some((pid, processes.start(pid)?)));
    }

    /// The state of its process.
    pub(super) fn state(&self, lead: Option<&Session>, processes: &dyn Processes) -> Process {
        match &self.process {
            Some((pid, start)) => processes.look(*pid, Some(start)),
            None if self.paned => Process::Unknowable,
            None => lead.map_or(Process::Absent, |lead| lead.process),
        }
    }

    /// Whether a process of its own is proven to live.
    pub(super) fn is_proven(&self, processes: &dyn Processes) -> bool {
        self.process.as_ref().is_some_and(|(pid, start)| {
            matches!(processes.look(*pid, Some(start)), Process::Alive | Process::Stopped)
        })
    }

    /// Tells who it is and how its process is.
    pub(super) fn tell(
        &mut self,
        (member, written): (&Member, i64),
        lead: Option<&Session>,
        (process, repeat): (Process, bool),
        now: Moment,
        out: &mut Vec<Observation>,
    ) {
        let own_session = self.transcript.as_deref().filter(|_| self.paned).and_then(Path::file_stem);
        let identity = Identity {
            source: SourceKind::Team,
            name: member.name.clone(),
            cwd: member.cwd.clone(),
            pid: self.process.as_ref().map(|(pid, _)| *pid),
            session_id: own_session.map(|stem| stem.to_string_lossy().into_owned()),
            conversation: self.conversation.clone(),
            role: member.role.clone(),
            partner: lead.map(|lead| lead.worker.clone()),
            version: lead.and_then(|lead| lead.entry.version.clone()),
            started: member.joined.map(Timestamp),
        };
        let mut voice = self.voice(now, out);
        voice.changed(Fact::Identity(identity));
        voice.dated(Fact::Listing(Listing::Listed), member.joined.unwrap_or(now.wall.0));
        voice.process(process, repeat);
        if let Some(active) = member.active {
            let word = if active { StatusWord::Busy } else { StatusWord::Idle };
            voice.changed_at(Fact::Status(Status { word, waiting_for: None }), written);
        }
    }

    /// Tells that it was taken off the team.
    pub(super) fn tell_removed(&mut self, process: Process, now: Moment, out: &mut Vec<Observation>) {
        let mut voice = self.voice(now, out);
        voice.changed(Fact::Listing(Listing::Removed));
        voice.changed(Fact::Process(process));
    }

    /// Tells what its transcript says.
    pub(super) fn tell_work(&mut self, transcript: &Transcript, now: Moment, out: &mut Vec<Observation>) {
        session::tell_story(transcript, now.wall.0, &mut self.voice(now, out));
    }

    /// Tells how many letters wait for it.
    pub(super) fn tell_unread(&mut self, unread: u32, now: Moment, out: &mut Vec<Observation>) {
        self.voice(now, out).changed(Fact::Unread(unread));
    }

    /// Tells that what it wrote proves its life, although nothing else of it can be read.
    pub(super) fn tell_written(&mut self, at: i64, now: Moment, out: &mut Vec<Observation>) {
        self.voice(now, out).dated(Fact::Heartbeat(Evidence::Messages), at);
    }

    fn voice<'a>(&'a mut self, now: Moment, out: &'a mut Vec<Observation>) -> Voice<'a> {
        Voice { worker: &self.worker, now, said: &mut self.said, out }
    }
}

/// Which teammates' transcripts stand among those of the sessions; each is opened once.
#[derive(Debug, Default)]
pub(super) struct Authors {
    known: HashMap<PathBuf, Option<(String, String)>>,
}

impl Authors {
    /// The newest transcript of each paned teammate of these teams.
    pub(super) fn look(
        &mut self,
        projects: &Projects,
        teams: &[&Team],
    ) -> BTreeMap<(String, String), PathBuf> {
        let paned = teams.iter().flat_map(|team| team.members.iter().filter(|member| member.paned));
        let Some(since) = paned.map(|member| member.joined.unwrap_or_default()).min() else {
            self.known.clear();
            return BTreeMap::new();
        };
        let mut newest: BTreeMap<(String, String), (i64, PathBuf)> = BTreeMap::new();
        for found in projects.all().filter(|found| found.modified >= since - EARLY) {
            if let Some(author) = self.of(&found.path) {
                let known = newest.entry(author).or_insert((i64::MIN, PathBuf::new()));
                if known.0 < found.modified {
                    *known = (found.modified, found.path);
                }
            }
        }
        newest.into_iter().map(|(author, (_, path))| (author, path)).collect()
    }

    fn of(&mut self, path: &Path) -> Option<(String, String)> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let mut head = Vec::new();
        File::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
        let author = value_after(&head, r#""teamName":""#).zip(value_after(&head, r#""agentName":""#));
        // Flat records without names come first: until somebody speaks nothing is known.
        if author.is_some()
            || head.len() as u64 == HEAD
            || memchr::memmem::find(&head, br#""type":"user""#).is_some()
        {
            self.known.insert(path.to_path_buf(), author.clone());
        }
        author
    }
}
