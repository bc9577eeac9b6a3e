//! One look, step by step: who is there, what they wrote, and what that says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use peerwatch_core::{Moment, Process, WorkerId};

use super::mates::{self, Mate};
use super::post;
use super::scope::Scope;
use super::session::{self, Crew, Session};
use super::teams::{LEAD, Led, Team};
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
        self.follow_subagents(scope, &teams, &touched, now);
        self.tell_sessions(scope, &teams, now, reading);
        self.tell_mates(scope, &teams, now, reading);
        self.open_mail(&teams, first, now, reading);
        self.report_sightings(now, reading);
        self.report_tasks(scope, reading);
        if scope.all {
            let recent = i64::try_from(self.options.recent.as_millis()).unwrap_or(i64::MAX);
            let oldest = now.wall.0.saturating_sub(recent);
            let limits = (self.options.ended, oldest);
            self.ended.look(&self.projects, &self.shown, limits, now, &mut reading.observations);
            self.forget(oldest);
        }
        let runs = |session: &Session| matches!(session.process, Process::Alive | Process::Stopped);
        self.sessions.retain(|_, session| session.removed.is_none() || runs(session));
    }

    /// Forgets what was remembered of sessions that could not be shown any more, and of processes that are not listed.
    fn forget(&mut self, oldest: i64) {
        let known: BTreeSet<&str> = self.sessions.values().filter_map(Session::id).collect();
        let is_recent = |id: &str| self.projects.of(id).is_some_and(|found| found.modified >= oldest);
        self.shown.retain(|id| known.contains(id.as_str()) || is_recent(id));
        let listed: BTreeSet<WorkerId> = self.registry.entries().map(session::worker_of).collect();
        self.others.retain(|worker| listed.contains(worker));
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
    fn live_teams(&self) -> Vec<Led> {
        let teams = self.teams.all().filter(|team| !team.members.is_empty());
        teams.map(|team| Led { team: team.clone(), lead: self.lead_of_team(team) }).collect()
    }

    /// The session that leads a team, where it is known.
    pub(super) fn lead_of_team(&self, team: &Team) -> Option<WorkerId> {
        let by_process = team.lead_process.as_ref().map(|(pid, start)| WorkerId::session(*pid, start));
        let by_process = by_process.filter(|worker| self.sessions.contains_key(worker));
        let session = team.lead_session.as_deref();
        let those = || self.sessions.values().filter(|one| one.id() == session && session.is_some());
        let by_session = || those().find(|one| is_live(one)).or_else(|| those().next());
        by_process.or_else(|| by_session().map(|one| one.worker.clone()))
    }

    fn lead_of(&self, lead: Option<&WorkerId>) -> Option<&Session> {
        self.sessions.get(lead?)
    }

    /// Makes teammates known that are surely there, and finds their processes and transcripts.
    fn find_mates(&mut self, teams: &[Led]) {
        let unlisted: Vec<u32> = self.registry.unlisted().collect();
        for Led { team, lead } in teams {
            let lead_lives = self.lead_of(lead.as_ref()).is_some_and(is_live);
            for member in &team.members {
                let worker = mates::worker(&team.name, &member.name);
                let mut mate = self.mates.remove(&worker);
                let known = mate.is_some();
                let mate_now = mate.get_or_insert_with(|| Mate::new(&team.name, member));
                // A member is listed before it has its pane.
                mate_now.paned = member.paned;
                mate_now.find_process(member, &unlisted, &*self.processes);
                if known || lead_lives || mate_now.is_proven(&*self.processes) {
                    self.mates.extend(mate.map(|mate| (worker, mate)));
                }
            }
        }
        let told = |team: &Team| self.mates.values().any(|mate| mate.team == team.name);
        let those: Vec<&Team> = teams.iter().map(|led| &led.team).filter(|team| told(team)).collect();
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

    /// Reads what was added to the transcripts of subagents, and of teammates inside their lead.
    fn follow_subagents(&mut self, scope: &Scope, teams: &[Led], touched: &BTreeSet<WorkerId>, now: Moment) {
        for session in self.sessions.values_mut() {
            let led = Led::by(teams, &session.worker).and_then(|led| led.team.lead_session.as_deref());
            let asked = scope.all || touched.contains(&session.worker);
            if asked || session.id().into_iter().chain(led).any(|id| scope.subagents.contains(id)) {
                let led = led.and_then(|id| self.projects.of(id)).map(|found| found.path);
                let led = led.as_deref().filter(|path| session.transcript.as_deref() != Some(path));
                let folders: Vec<_> = session.transcript.as_deref().into_iter().chain(led).collect();
                session.subagents.look(&folders, now.wall.0);
            }
        }
    }

    fn tell_sessions(&mut self, scope: &Scope, teams: &[Led], now: Moment, reading: &mut Reading) {
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
                let crew = crew(Led::by(teams, &session.worker), session);
                session.tell_work(transcript, crew, now, out);
            }
            if scope.all {
                session.tell_children(transcript, &*self.processes, now, out);
            }
        }
    }

    fn tell_mates(&mut self, scope: &Scope, teams: &[Led], now: Moment, reading: &mut Reading) {
        let out = &mut reading.observations;
        let mut gone: BTreeSet<WorkerId> = self.mates.keys().cloned().collect();
        for Led { team, lead } in teams {
            let lead = lead.as_ref().and_then(|worker| self.sessions.get(worker));
            for member in &team.members {
                let Some(mate) = self.mates.get_mut(&mates::worker(&team.name, &member.name)) else {
                    continue;
                };
                gone.remove(&mate.worker);
                let agent = lead
                    .and_then(|lead| lead.subagents.mate(&team.name, &member.name))
                    .filter(|_| !mate.paned);
                if let Some(agent) = agent {
                    mate.conversation = agent.conversation();
                }
                mate.tell(
                    (member, team.written),
                    lead,
                    (mate.state(lead, &*self.processes), scope.all),
                    now,
                    out,
                );
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
}

/// What a session's team does.
fn crew(led: Option<&Led>, session: &Session) -> Crew {
    let Some(Led { team, .. }) = led else { return Crew::default() };
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
