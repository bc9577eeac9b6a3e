//! The part of a look that opens the mail: what workers wrote to each other.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use peerwatch_core::{ConversationId, Message, Moment, Party, WorkerId};

use super::messages::Heard;
use super::post::Place;
use super::teams::{LEAD, Team};
use super::transcript::Transcript;
use super::{ClaudeSource, is_live, mates, session};
use crate::Reading;

impl ClaudeSource {
    /// Reports the messages that inboxes and transcripts show, inboxes first: what is drained shows in a transcript.
    pub(super) fn open_mail(
        &mut self,
        teams: &[(Team, Option<WorkerId>)],
        first: bool,
        now: Moment,
        reading: &mut Reading,
    ) {
        let names = self.names();
        self.post.forget_teams(|name| teams.iter().any(|(team, _)| team.name == name));
        for (team, _) in teams {
            reading.receipts.extend(self.post.collected(team, now));
        }
        self.open_inboxes(teams, &names, first, now, &mut reading.messages);
        self.open_transcripts(teams, &names, now, &mut reading.messages);
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
                let Some(conversation) = agent.conversation() else { continue };
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
