//! The part of a look that opens the mail: what workers wrote to each other.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use peerwatch_core::{ConversationId, Message, Moment, Party, WorkerId};

use super::mates::{self, Mate};
use super::messages::Heard;
use super::post::Place;
use super::teams::{LEAD, Led};
use super::transcript::Transcript;
use super::{ClaudeSource, is_live, session};
use crate::Reading;

impl ClaudeSource {
    /// Reports the messages that inboxes and transcripts show, inboxes first: what is drained shows in a transcript.
    pub(super) fn open_mail(&mut self, teams: &[Led], first: bool, now: Moment, reading: &mut Reading) {
        let names = self.names();
        self.post.forget_teams(|name| teams.iter().any(|led| led.team.name == name));
        for Led { team, .. } in teams {
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
        teams: &[Led],
        names: &HashMap<WorkerId, String>,
        first: bool,
        now: Moment,
        out: &mut Vec<Message>,
    ) {
        let since = self.since();
        for Led { team, lead } in teams {
            if !self.mates.values().any(|mate| mate.team == team.name) {
                continue;
            }
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
        teams: &[Led],
        names: &HashMap<WorkerId, String>,
        now: Moment,
        out: &mut Vec<Message>,
    ) {
        let since = self.since();
        let mut own: BTreeMap<PathBuf, Vec<News>> =
            self.transcripts.iter_mut().map(|(path, it)| (path.clone(), news(it, since))).collect();
        let mut bags = self.told_inside_leads(teams, since);
        bags.extend(self.told_sessions(teams, &mut own));
        bags.extend(self.told_panes(teams, &mut own));
        for (place, all) in bags {
            for News { heard, fresh } in all {
                out.extend(self.post.heard(heard, &place, names, fresh, now));
            }
        }
    }

    /// What teammates were told that run inside their lead's process.
    fn told_inside_leads<'a>(&mut self, teams: &'a [Led], since: i64) -> Vec<Bag<'a>> {
        let mut bags = Vec::new();
        for session in self.sessions.values_mut() {
            let led = Led::by(teams, &session.worker);
            for agent in session.subagents.all_mut() {
                let all = news(&mut agent.transcript, since);
                let Some(((_, name), Led { team, lead })) = agent.mate().zip(led) else { continue };
                let Some(conversation) = agent.conversation() else { continue };
                let to = Party { worker: Some(mates::worker(&team.name, name)), name: name.to_owned() };
                bags.push((Place { conversation, to, team: Some(&team.name), lead: lead.as_ref() }, all));
            }
        }
        bags
    }

    /// What sessions were told.
    fn told_sessions<'a>(&self, teams: &'a [Led], own: &mut BTreeMap<PathBuf, Vec<News>>) -> Vec<Bag<'a>> {
        let mut bags = Vec::new();
        for session in self.sessions.values() {
            let Some(path) = &session.transcript else { continue };
            let mut writers =
                self.sessions.values().filter(|one| is_live(one) && one.transcript.as_ref() == Some(path));
            // Of two processes that write one transcript nobody can say whom a message was meant for.
            let worker = match (writers.next(), writers.next()) {
                (Some(_), Some(_)) => None,
                (Some(only), None) if only.worker != session.worker => continue,
                _ => Some(session.worker.clone()),
            };
            let Some((all, conversation)) = own.remove(path).zip(session.id().map(session::conversation))
            else {
                continue;
            };
            let led = Led::by(teams, &session.worker);
            let name = if led.is_some() { LEAD.to_owned() } else { session.name() };
            let (team, lead) = (led.map(|led| led.team.name.as_str()), led.and_then(|led| led.lead.as_ref()));
            bags.push((Place { conversation, to: Party { worker, name }, team, lead }, all));
        }
        bags
    }

    /// What teammates were told that have panes of their own.
    fn told_panes<'a>(&self, teams: &'a [Led], own: &mut BTreeMap<PathBuf, Vec<News>>) -> Vec<Bag<'a>> {
        let bag = |mate: &Mate| {
            let all = own.remove(mate.transcript.as_ref()?)?;
            let Led { team, lead } = teams.iter().find(|led| led.team.name == mate.team)?;
            let to = Party { worker: Some(mate.worker.clone()), name: mate.name.clone() };
            let conversation = mate.conversation.clone()?;
            Some((Place { conversation, to, team: Some(&team.name), lead: lead.as_ref() }, all))
        };
        self.mates.values().filter_map(bag).collect()
    }
}

/// A message, and whether it is news.
struct News {
    heard: Heard,
    fresh: bool,
}

/// What was found in one place.
type Bag<'a> = (Place<'a>, Vec<News>);

/// The messages learned of in a transcript since the look before.
fn news(transcript: &mut Transcript, since: i64) -> Vec<News> {
    let history = transcript.history;
    let is_fresh = |heard: &Heard| heard.offset >= history || heard.at.is_some_and(|at| at > since);
    let all = transcript.story.take_heard().into_iter();
    all.map(|heard| News { fresh: is_fresh(&heard), heard }).collect()
}
