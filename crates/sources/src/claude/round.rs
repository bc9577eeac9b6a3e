//! One look, step by step: who is there, what they wrote, what that says, and what they wrote to each other.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

use peerwatch_core::{ConversationId, Message, Moment, Party, WorkerId};

use super::mates::{self, Mate};
use super::messages::Heard;
use super::post::{self, Place};
use super::scope::Scope;
use super::session::{self, Crew, Session};
use super::subagents::Agent;
use super::teams::{LEAD, Team};
use super::transcript::{Followed, Transcript};
use super::{ClaudeSource, is_live, is_other, text};
use crate::{Reading, Trouble};

/// How much of a running session's transcript is searched for its turn: more than the largest line.
const BUDGET: u64 = 64 * 1024 * 1024;

impl ClaudeSource {
    pub(super) fn go_round(&mut self, scope: &Scope, first: bool, now: Moment, reading: &mut Reading) {
        let touched = self.enroll(scope, now);
        let teams = self.live_teams();
        self.find_mates(&teams);
        self.bind();
        self.follow(scope, &touched);
        for session in self.sessions.values_mut() {
            let asked = scope.all || touched.contains(&session.worker);
            let asked = asked || session.id().is_some_and(|id| scope.subagents.contains(id));
            if let Some(path) = session.transcript.as_ref().filter(|_| asked) {
                session.subagents.look(path, now.wall.0);
            }
        }
        self.tell_sessions(scope, &teams, now, reading);
        self.tell_mates(&teams, now, reading);
        let names = self.names();
        self.open_inboxes(&teams, &names, first, now, &mut reading.messages);
        self.open_transcripts(&teams, &names, now, &mut reading.messages);
        if scope.all {
            let recent = i64::try_from(self.options.recent.as_millis()).unwrap_or(i64::MAX);
            let limits = (self.options.ended, recent);
            self.ended.look(&self.projects, &self.shown, limits, now, &mut reading.observations);
        }
        self.sessions.retain(|_, session| session.removed.is_none() || is_live(session));
    }

    /// Brings the sessions up to the registry, looks at their processes, and says whose entries are new.
    fn enroll(&mut self, scope: &Scope, now: Moment) -> BTreeSet<WorkerId> {
        let mut touched = BTreeSet::new();
        let current = self.current(now);
        for session in self.sessions.values_mut().filter(|session| !current.contains_key(&session.worker)) {
            session.removed.get_or_insert(now);
            touched.insert(session.worker.clone());
        }
        for (worker, entry) in current {
            if !self.sessions.contains_key(&worker) && is_other(&*self.processes, entry.pid) {
                self.others.insert(worker);
                continue;
            }
            self.shown.extend(entry.session.clone());
            let fresh = Session::new(entry.clone());
            let session = self.sessions.entry(worker.clone()).or_insert_with(|| {
                touched.insert(worker.clone());
                fresh
            });
            if session.entry != entry || session.removed.is_some() {
                touched.insert(worker);
            }
            session.entry = entry;
            session.removed = None;
        }
        for session in self.sessions.values_mut() {
            if scope.all || touched.contains(&session.worker) || scope.pids.contains(&session.entry.pid) {
                session.check(&*self.processes);
            }
        }
        touched
    }

    /// The teams that are more than a folder, with their leads.
    fn live_teams(&self) -> Vec<(Team, Option<WorkerId>)> {
        let lead = |team: &Team| {
            let by_process = team.lead_process.as_ref().map(|(pid, start)| session::worker(*pid, start));
            let by_process = by_process.filter(|worker| self.sessions.contains_key(worker));
            let session = team.lead_session.as_deref();
            let those = || self.sessions.values().filter(|one| one.id() == session && session.is_some());
            let by_session = || those().find(|one| is_live(one)).or_else(|| those().next());
            by_process.or_else(|| by_session().map(|one| one.worker.clone()))
        };
        self.teams
            .all()
            .map(|team| (team.clone(), lead(team)))
            .filter(|(team, _)| !team.members.is_empty())
            .collect()
    }

    fn lead_of(&self, lead: Option<&WorkerId>) -> Option<&Session> {
        self.sessions.get(lead?)
    }

    /// Makes teammates known that are surely there, and finds their processes and transcripts.
    fn find_mates(&mut self, teams: &[(Team, Option<WorkerId>)]) {
        let unlisted: Vec<u32> = self.registry.unlisted().collect();
        for (team, lead) in teams {
            let lead_lives = self.lead_of(lead.as_ref()).is_some_and(is_live);
            for member in &team.members {
                let worker = mates::worker(&team.name, &member.name);
                let mut mate = self.mates.remove(&worker);
                let known = mate.is_some();
                let mate_now = mate.get_or_insert_with(|| Mate::new(&team.name, member));
                mate_now.find_process(member, &unlisted, &*self.processes);
                if known || lead_lives || mate_now.is_proven(&*self.processes) {
                    self.mates.extend(mate.map(|mate| (worker, mate)));
                }
            }
        }
        let those: Vec<&Team> = teams.iter().map(|(team, _)| team).collect();
        let those: Vec<&Team> =
            those.into_iter().filter(|team| self.mates.values().any(|mate| mate.team == team.name)).collect();
        let authors = self.authors.look(&self.projects, &those);
        for mate in self.mates.values_mut().filter(|mate| mate.paned) {
            mate.transcript = authors.get(&(mate.team.clone(), mate.name.clone())).cloned();
            let session =
                mate.transcript.as_deref().and_then(|path| path.file_stem()?.to_str().map(str::to_owned));
            self.shown.extend(session.clone());
            mate.conversation = session.as_deref().map(session::conversation);
        }
    }

    /// Finds each session's transcript, which may have moved, and forgets those that nobody writes any more.
    fn bind(&mut self) {
        for session in self.sessions.values_mut() {
            let found = session.id().and_then(|id| self.projects.of(id)).map(|found| found.path);
            if let (Some(before), Some(after)) = (&session.transcript, &found) {
                let moved = before != after && before.file_name() == after.file_name();
                if moved && let Some(mut transcript) = self.transcripts.remove(before) {
                    transcript.move_to(after.clone());
                    self.transcripts.insert(after.clone(), transcript);
                }
            }
            session.transcript = found;
        }
        let bound: BTreeSet<&PathBuf> = self.bound().collect();
        let gone: Vec<PathBuf> =
            self.transcripts.keys().filter(|path| !bound.contains(path)).cloned().collect();
        let new: Vec<PathBuf> =
            bound.into_iter().filter(|path| !self.transcripts.contains_key(*path)).cloned().collect();
        for path in gone {
            self.transcripts.remove(&path);
            self.closed.remove(&path);
        }
        for path in new {
            self.transcripts.insert(path.clone(), Transcript::new(path, false));
        }
    }

    fn bound(&self) -> impl Iterator<Item = &PathBuf> {
        let sessions = self.sessions.values().filter_map(|session| session.transcript.as_ref());
        sessions.chain(self.mates.values().filter_map(|mate| mate.transcript.as_ref()))
    }

    /// Reads what was added to the transcripts that `scope` concerns.
    fn follow(&mut self, scope: &Scope, touched: &BTreeSet<WorkerId>) {
        let named: BTreeSet<_> = scope.transcripts.iter().filter_map(|path| path.file_name()).collect();
        let touched = self.sessions.values().filter(|session| touched.contains(&session.worker));
        let touched: BTreeSet<PathBuf> = touched.filter_map(|session| session.transcript.clone()).collect();
        for (path, transcript) in &mut self.transcripts {
            let asked = scope.all || scope.projects || touched.contains(path);
            let asked = asked || path.file_name().is_some_and(|name| named.contains(name));
            if !asked && transcript.place().is_some() {
                continue;
            }
            let from = self.cursor.as_ref().and_then(|cursor| cursor.places.get(path)).copied();
            match transcript.follow(BUDGET, from) {
                Ok(Followed::Same | Followed::Grown | Followed::Anew | Followed::Missing) => {
                    self.closed.remove(path);
                }
                Err(error) => {
                    let trouble = Trouble {
                        subject: text::path(path),
                        what: format!("This transcript cannot be read: {error}"),
                        remedy: Some("Allow this user to read the file.".into()),
                    };
                    self.closed.insert(path.clone(), trouble);
                }
            }
        }
    }

    fn tell_sessions(
        &mut self,
        scope: &Scope,
        teams: &[(Team, Option<WorkerId>)],
        now: Moment,
        reading: &mut Reading,
    ) {
        let out = &mut reading.observations;
        let alive: BTreeSet<String> = self
            .sessions
            .values()
            .filter(|one| is_live(one))
            .filter_map(|one| one.entry.session.clone())
            .collect();
        for session in self.sessions.values_mut() {
            session.tell(scope.all, now, out);
            // What a live process goes on writing proves nothing of the dead one that began the session.
            let taken_over = !is_live(session) && session.id().is_some_and(|id| alive.contains(id));
            let transcript = session.transcript.as_ref().and_then(|path| self.transcripts.get(path));
            if !taken_over {
                let crew =
                    crew(teams.iter().find(|(_, lead)| lead.as_ref() == Some(&session.worker)), session);
                session.tell_work(transcript, crew, now, out);
            }
            if scope.all {
                session.tell_children(transcript, &*self.processes, now, out);
            }
        }
    }

    fn tell_mates(&mut self, teams: &[(Team, Option<WorkerId>)], now: Moment, reading: &mut Reading) {
        let out = &mut reading.observations;
        let mut gone: BTreeSet<WorkerId> = self.mates.keys().cloned().collect();
        for (team, lead) in teams {
            let lead = lead.as_ref().and_then(|worker| self.sessions.get(worker));
            for member in &team.members {
                let Some(mate) = self.mates.get_mut(&mates::worker(&team.name, &member.name)) else {
                    continue;
                };
                gone.remove(&mate.worker);
                let agent = lead
                    .and_then(|lead| lead.subagents.mate(&team.name, &member.name))
                    .filter(|_| !mate.paned);
                if let Some((agent, session)) = agent.zip(lead.and_then(Session::id)) {
                    mate.conversation = Some(inner_conversation(session, agent));
                }
                mate.tell((member, team.written), lead, mate.state(lead, &*self.processes), now, out);
                let own = mate.transcript.as_ref().and_then(|path| self.transcripts.get(path));
                if let Some(transcript) = agent.map(|agent| &agent.transcript).or(own) {
                    mate.tell_work(transcript, now, out);
                }
                let inbox = team.inboxes.get(&member.name);
                mate.tell_unread(inbox.map_or(0, |letters| post::unread(letters)), now, out);
                let written = team.inboxes.values().flatten().filter(|letter| letter.is_from(&member.name));
                if let Some(at) = written.filter_map(|letter| letter.heard.at).max() {
                    mate.tell_written(at, now, out);
                }
            }
        }
        for worker in gone {
            if let Some(mut mate) = self.mates.remove(&worker) {
                mate.tell_removed(mate.state(None, &*self.processes), now, out);
            }
        }
    }

    fn names(&self) -> HashMap<WorkerId, String> {
        let sessions = self.sessions.values().map(|session| (session.worker.clone(), session.name()));
        sessions.chain(self.mates.values().map(|mate| (mate.worker.clone(), mate.name.clone()))).collect()
    }

    /// From when on a message is news where its place in the file does not tell.
    fn since(&self) -> i64 {
        let began = self.began.map(|began| began.wall.0).unwrap_or_default();
        self.cursor.as_ref().map_or(began, |cursor| cursor.at)
    }

    fn open_inboxes(
        &mut self,
        teams: &[(Team, Option<WorkerId>)],
        names: &HashMap<WorkerId, String>,
        first: bool,
        now: Moment,
        out: &mut Vec<Message>,
    ) {
        let since = self.since();
        for (team, lead) in
            teams.iter().filter(|(team, _)| self.mates.values().any(|mate| mate.team == team.name))
        {
            for (recipient, letters) in &team.inboxes {
                let worker = match recipient.as_str() {
                    LEAD => lead.clone(),
                    name => Some(mates::worker(&team.name, name)).filter(|worker| names.contains_key(worker)),
                };
                let own = worker.as_ref().and_then(|worker| self.mates.get(worker)?.conversation.clone());
                let of_lead =
                    team.lead_session.as_deref().filter(|_| recipient == LEAD).map(session::conversation);
                let other = || ConversationId::new(format!("team:{}:{recipient}", team.name));
                let place = Place {
                    conversation: own.or(of_lead).unwrap_or_else(other),
                    to: Party { worker, name: recipient.clone() },
                    team: Some(&team.name),
                    lead: lead.as_ref(),
                };
                for letter in letters {
                    let fresh =
                        letter.heard.at.is_some_and(|at| at > since) || !first && letter.heard.at.is_none();
                    out.extend(self.post.letter(letter.clone(), &place, names, fresh, now));
                }
            }
        }
    }

    fn open_transcripts(
        &mut self,
        teams: &[(Team, Option<WorkerId>)],
        names: &HashMap<WorkerId, String>,
        now: Moment,
        out: &mut Vec<Message>,
    ) {
        let since = self.since();
        let mut heard: Vec<(Place<'_>, Vec<(Heard, bool)>)> = Vec::new();
        let mut own: BTreeMap<PathBuf, Vec<(Heard, bool)>> =
            self.transcripts.iter_mut().map(|(path, it)| (path.clone(), news(it, since))).collect();
        let mut writers: BTreeMap<PathBuf, Vec<WorkerId>> = BTreeMap::new();
        for session in self.sessions.values().filter(|session| is_live(session)) {
            if let Some(path) = &session.transcript {
                writers.entry(path.clone()).or_default().push(session.worker.clone());
            }
        }
        for session in self.sessions.values_mut() {
            let team = teams.iter().find(|(_, lead)| lead.as_ref() == Some(&session.worker));
            let lead = team.and_then(|(_, lead)| lead.as_ref());
            for agent in session.subagents.all_mut() {
                let those = news(&mut agent.transcript, since);
                let Some(((_, name), (team, _))) = agent.mate().zip(team) else { continue };
                let to = Party { worker: Some(mates::worker(&team.name, name)), name: name.to_owned() };
                let conversation =
                    inner_conversation(session.entry.session.as_deref().unwrap_or_default(), agent);
                heard.push((Place { conversation, to, team: Some(&team.name), lead }, those));
            }
            // Of two processes that write one transcript nobody can say whom a message was meant for.
            let writers = session.transcript.as_ref().and_then(|path| writers.get(path)).map(Vec::as_slice);
            let worker = match writers {
                None => Some(session.worker.clone()),
                Some([only]) if *only == session.worker => Some(only.clone()),
                Some([_]) => continue,
                Some(_) => None,
            };
            let Some(those) = session.transcript.as_ref().and_then(|path| own.remove(path)) else { continue };
            let Some(conversation) = session.id().map(session::conversation) else { continue };
            let name = match team {
                Some(_) => LEAD.to_owned(),
                None => session.name(),
            };
            let to = Party { worker, name };
            heard.push((
                Place { conversation, to, team: team.map(|(team, _)| team.name.as_str()), lead },
                those,
            ));
        }
        for mate in self.mates.values() {
            let Some(those) = mate.transcript.as_ref().and_then(|path| own.remove(path)) else { continue };
            let Some((team, lead)) = teams.iter().find(|(team, _)| team.name == mate.team) else { continue };
            let Some(conversation) = mate.conversation.clone() else { continue };
            let to = Party { worker: Some(mate.worker.clone()), name: mate.name.clone() };
            heard.push((Place { conversation, to, team: Some(&team.name), lead: lead.as_ref() }, those));
        }
        for (place, those) in heard {
            for (one, fresh) in those {
                out.extend(self.post.heard(one, &place, names, fresh, now));
            }
        }
    }
}

/// The messages learned of in a transcript, each with whether it is news.
fn news(transcript: &mut Transcript, since: i64) -> Vec<(Heard, bool)> {
    let history = transcript.history;
    let heard = transcript.story.take_heard().into_iter();
    heard
        .map(|one| {
            let fresh = one.offset >= history || one.at.is_some_and(|at| at > since);
            (one, fresh)
        })
        .collect()
}

/// The conversation of a teammate inside its lead's process.
fn inner_conversation(session: &str, agent: &Agent) -> ConversationId {
    ConversationId::new(format!("claude:{session}/{}", agent.id))
}

/// What a session's team does.
fn crew(team: Option<&(Team, Option<WorkerId>)>, session: &Session) -> Crew {
    let Some((team, _)) = team else { return Crew::default() };
    let works =
        |name: &str| session.subagents.mate(&team.name, name).is_some_and(|agent| !agent.is_at_rest());
    let active =
        team.members.iter().filter(|one| one.active.unwrap_or_else(|| !one.paned && works(&one.name)));
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Crew {
        active: count(active.count()),
        panes: count(team.members.iter().filter(|one| one.paned).count()),
        unread: Some(team.inboxes.get(LEAD).map_or(0, |letters| post::unread(letters))),
    }
}
