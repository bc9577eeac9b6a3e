//! One session: what its registry entry, its transcript and its process say.

use std::path::PathBuf;
use std::time::Duration;

use peerwatch_core::{
    Background, Children, ConversationId, Evidence, Fact, Identity, Listing, Moment, Observation, Process,
    SourceKind, StatusWord, Timestamp, Turn, WorkerId,
};

use super::children::{Kin, SILENT};
use super::registry::Entry;
use super::said::{Said, Voice};
use super::subagents::Subagents;
use super::text;
use super::transcript::Transcript;
use crate::process::Processes;

/// A session that a registry entry speaks of, or spoke of.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) worker: WorkerId,
    pub(super) entry: Entry,
    pub(super) process: Process,
    pub(super) subagents: Subagents,
    /// Where its transcript was at the look before.
    pub(super) transcript: Option<PathBuf>,
    /// Since when its entry has been gone.
    pub(super) removed: Option<Moment>,
    /// Since when its process is known to be dead.
    pub(super) died: Option<Moment>,
    said: Said,
    kin: Kin,
    /// When its transcript last grew with work, and when the call was made that is open.
    worked: Placed,
    called: Placed,
    /// Whether children were told of, which must be taken back when they no longer matter.
    had_children: bool,
}

/// What is known of a session's team at one look.
#[derive(Clone, Copy, Default)]
pub(super) struct Crew {
    pub(super) active: u32,
    pub(super) panes: u32,
    /// Letters in the lead's inbox that it has not read.
    pub(super) unread: Option<u32>,
}

/// A time that another program wrote, placed in awake time when it was first seen: whatever is done to the clock later
/// changes nothing of that.
#[derive(Clone, Copy, Debug, Default)]
struct Placed(Option<Moment>);

impl Placed {
    fn place(&mut self, wall: Option<i64>, now: Moment) -> Option<Moment> {
        if self.0.map(|known| known.wall.0) != wall {
            self.0 = wall.map(|wall| now.back_to(Timestamp(wall)));
        }
        self.0
    }
}

/// The identity of the session that an entry speaks of: its pid alone would be used again.
pub(super) fn worker_of(entry: &Entry) -> WorkerId {
    let started = || entry.started.map(|started| started.to_string()).unwrap_or_default();
    WorkerId::session(entry.pid, &entry.start.clone().unwrap_or_else(started))
}

/// The conversation of a session.
pub(super) fn conversation(session: &str) -> ConversationId {
    ConversationId::new(format!("claude:{session}"))
}

/// Whether two pid domains, `linux:<machine>:<namespace>`, are surely not the same: then our pids are not theirs.
pub(super) fn is_elsewhere(theirs: Option<&str>, ours: Option<&str>) -> bool {
    let (Some(theirs), Some(ours)) = (theirs, ours) else { return false };
    let parts = |text: &str| text.splitn(3, ':').map(str::to_owned).collect::<Vec<_>>();
    let (theirs, ours) = (parts(theirs), parts(ours));
    theirs.len() == 3
        && ours.len() == 3
        && theirs.iter().zip(&ours).any(|(one, other)| !one.is_empty() && !other.is_empty() && one != other)
}

impl Session {
    pub(super) fn new(entry: Entry) -> Self {
        Self {
            worker: worker_of(&entry),
            entry,
            process: Process::Unknowable,
            subagents: Subagents::default(),
            transcript: None,
            removed: None,
            died: None,
            said: Said::default(),
            kin: Kin::default(),
            worked: Placed::default(),
            called: Placed::default(),
            had_children: false,
        }
    }

    /// The session id, when it has one.
    pub(super) fn id(&self) -> Option<&str> {
        self.entry.session.as_deref()
    }

    /// The name that a person knows it by.
    pub(super) fn name(&self) -> String {
        let folder =
            || self.entry.cwd.as_deref().and_then(|cwd| cwd.rsplit(['/', '\\']).next()).map(str::to_owned);
        let id = || self.id().map(|id| id.chars().take(8).collect());
        let name = self.entry.name.clone().or_else(folder).or_else(id).filter(|name| !name.is_empty());
        text::line(&name.unwrap_or_else(|| self.entry.pid.to_string()), 60)
    }

    /// Looks at the process.
    pub(super) fn check(&mut self, processes: &dyn Processes) {
        self.process = if is_elsewhere(self.entry.domain.as_deref(), processes.domain().as_deref()) {
            Process::Unknowable
        } else {
            processes.look(self.entry.pid, self.entry.start.as_deref())
        };
    }

    fn voice<'a>(&'a mut self, now: Moment, out: &'a mut Vec<Observation>) -> Voice<'a> {
        Voice { worker: &self.worker, now, said: &mut self.said, out }
    }

    /// Tells what the registry and the process say.
    pub(super) fn tell(&mut self, repeat: bool, now: Moment, out: &mut Vec<Observation>) {
        let identity = self.identity();
        let (process, status, removed) = (self.process, self.entry.status.clone(), self.removed);
        self.died = process.is_dead().then(|| self.died.unwrap_or(now));
        let started = self.entry.started.unwrap_or(now.wall.0);
        let changed = self.entry.changed;
        let mut voice = self.voice(now, out);
        voice.changed(Fact::Identity(identity));
        match removed {
            Some(_) => voice.changed(Fact::Listing(Listing::Removed)),
            None => voice.dated(Fact::Listing(Listing::Listed), started),
        }
        voice.process(process, repeat);
        let absent = status.word == StatusWord::Absent;
        voice.dated(Fact::Status(status), changed.filter(|_| !absent).unwrap_or(started));
        if let Some(at) = changed.filter(|_| !absent) {
            voice.dated(Fact::Heartbeat(Evidence::StatusChange), at);
        }
    }

    fn identity(&self) -> Identity {
        Identity {
            source: SourceKind::Claude,
            name: self.name(),
            cwd: self.entry.cwd.clone(),
            pid: Some(self.entry.pid),
            session_id: self.entry.session.clone(),
            conversation: self.id().map(conversation),
            role: self.entry.role(),
            partner: None,
            version: self.entry.version.clone(),
            started: self.entry.started.map(Timestamp),
        }
    }

    /// Tells what the transcripts say: its own, its subagents', its team.
    pub(super) fn tell_work(
        &mut self,
        transcript: Option<&Transcript>,
        crew: Crew,
        now: Moment,
        out: &mut Vec<Observation>,
    ) {
        let started = self.entry.started.unwrap_or(now.wall.0);
        let subagents = u32::try_from(self.subagents.unfinished(started)).unwrap_or(u32::MAX);
        let background = Background { subagents, teammates: crew.active, teammate_panes: crew.panes };
        let in_main = transcript.and_then(|it| it.story.side_worked);
        let side = self.subagents.worked().max(in_main);
        let side_works = self.subagents.works() + transcript.map_or(0, |it| it.story.side_works);
        let mut voice = self.voice(now, out);
        match transcript {
            Some(transcript) => tell_story(transcript, started, &mut voice),
            None => voice.dated(Fact::Turn(Turn::NotBegun), started),
        }
        if let Some(at) = side {
            voice.sign(Evidence::Subagent, at, side_works);
        }
        voice.changed(Fact::Background(background));
        if let Some(unread) = crew.unread {
            voice.changed(Fact::Unread(unread));
        }
    }

    /// Tells what the children do, where that matters: a busy session in a call of a tool, silent for a while.
    pub(super) fn tell_children(
        &mut self,
        transcript: Option<&Transcript>,
        processes: &dyn Processes,
        now: Moment,
        out: &mut Vec<Observation>,
    ) {
        let story = transcript.map(|transcript| &transcript.story);
        let worked = self.worked.place(story.and_then(|story| story.worked), now);
        let called = self.called.place(story.and_then(|story| story.tool_since()), now);
        let silent = worked.is_some_and(|at| now.tick.since(at.tick) > SILENT);
        // Of a process that means nothing here neither do the children.
        let runs = matches!(self.process, Process::Alive | Process::Stopped);
        let matters = silent && runs && self.entry.status.word == StatusWord::Busy;
        match called.filter(|_| matters) {
            Some(called) => {
                // Processes grow older while the machine sleeps, and whatever is done to the clock.
                let by_the_clock = now.wall.0.saturating_sub(called.wall.0).max(0);
                let by_the_clock = Duration::from_millis(by_the_clock.unsigned_abs());
                let open = by_the_clock.max(now.tick.since(called.tick));
                let children = self.kin.of(&processes.descendants(self.entry.pid), self.entry.pid, open);
                self.had_children = true;
                self.voice(now, out).now(Fact::Children(children));
            }
            None if self.had_children => {
                self.had_children = false;
                self.kin = Kin::default();
                let none = Children { count: 0, busy: false, command: None };
                self.voice(now, out).now(Fact::Children(none));
            }
            None => {}
        }
    }
}

/// Tells the turn and the newest work of a transcript.
pub(super) fn tell_story(transcript: &Transcript, started: i64, voice: &mut Voice<'_>) {
    let story = &transcript.story;
    match story.turn() {
        Some((turn, at)) => voice.dated(Fact::Turn(turn), at),
        None if transcript.is_whole() => voice.dated(Fact::Turn(Turn::NotBegun), started),
        None => {}
    }
    if let Some(at) = story.worked {
        voice.sign(Evidence::Transcript, at, story.works);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_of_another_machine_or_container_means_nothing_here() {
        let ours = Some("linux:aa:pid:[1]");
        assert!(!is_elsewhere(Some("linux:aa:pid:[1]"), ours));
        assert!(is_elsewhere(Some("linux:aa:pid:[2]"), ours));
        assert!(is_elsewhere(Some("linux:bb:pid:[1]"), ours));
        for unclear in [None, Some("linux"), Some("linux::pid:[1]")] {
            assert!(!is_elsewhere(unclear, ours), "{unclear:?}");
        }
    }
}
