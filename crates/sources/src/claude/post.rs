//! Messages on their way into conversations: each one once, and history told from news.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use peerwatch_core::{ConversationId, Message, MessageId, Moment, Party, Timestamp, WorkerId};

use super::messages::{From, Heard, Letter};
use super::teams::Team;
use super::text;
use crate::{Receipt, ReceiptKind};

/// So many of the newest messages are known again.
const REMEMBERED: usize = 8_192;

/// Knows which messages have been reported.
#[derive(Debug, Default)]
pub(super) struct Post {
    known: HashSet<u64>,
    order: VecDeque<u64>,
    /// Letters reported from an inbox, which the recipient's transcript will show once more, without their identity.
    expected: HashMap<u64, u32>,
    /// Letters that were reported unread, by team and identity.
    unread: BTreeMap<(String, String), ConversationId>,
}

/// Where a message was found.
pub(super) struct Place<'a> {
    pub(super) conversation: ConversationId,
    pub(super) to: Party,
    /// The team, when the recipient belongs to one.
    pub(super) team: Option<&'a str>,
    /// The lead of that team.
    pub(super) lead: Option<&'a WorkerId>,
}

impl Post {
    /// The message that a transcript shows, unless it was reported before.
    pub(super) fn heard(
        &mut self,
        heard: Heard,
        place: &Place<'_>,
        names: &HashMap<WorkerId, String>,
        fresh: bool,
        now: Moment,
    ) -> Option<Message> {
        if self.is_known(place.conversation.as_str(), &heard.id) {
            return None;
        }
        if let From::Mate(name) = &heard.from {
            let print = print(place, name, heard.print);
            if let Some(count) = self.expected.get_mut(&print) {
                *count -= 1;
                if *count == 0 {
                    self.expected.remove(&print);
                }
                return None;
            }
        }
        Some(message(heard, place, names, Some(true), fresh, now))
    }

    /// The message that stands in an inbox, unless it was reported before.
    pub(super) fn letter(
        &mut self,
        letter: Letter,
        place: &Place<'_>,
        names: &HashMap<WorkerId, String>,
        fresh: bool,
        now: Moment,
    ) -> Option<Message> {
        let From::Mate(from) = &letter.heard.from else { return None };
        // Who takes up a task posts the assignment to itself.
        if *from == place.to.name || self.is_known("inbox", &letter.heard.id) {
            return None;
        }
        *self.expected.entry(print(place, from, letter.heard.print)).or_default() += 1;
        if self.expected.len() > REMEMBERED {
            self.expected.clear();
        }
        if !letter.read && self.unread.len() < REMEMBERED {
            let key = (place.team.unwrap_or_default().to_owned(), letter.heard.id.clone());
            self.unread.insert(key, place.conversation.clone());
        }
        Some(message(letter.heard, place, names, Some(letter.read), fresh, now))
    }

    /// The letters of a team that were reported unread and do not stand in its inboxes unread any more: Claude Code
    /// takes a letter out when it hands it to the model.
    pub(super) fn collected(&mut self, team: &Team, now: Moment) -> Vec<Receipt> {
        let waiting: HashSet<&str> = team
            .inboxes
            .values()
            .flatten()
            .filter(|one| !one.read)
            .map(|one| one.heard.id.as_str())
            .collect();
        let taken = |(of, id): &(String, String)| *of == team.name && !waiting.contains(id.as_str());
        let (read, unread) = std::mem::take(&mut self.unread).into_iter().partition(|(key, _)| taken(key));
        self.unread = unread;
        let read: BTreeMap<(String, String), ConversationId> = read;
        let what = ReceiptKind::Fetched;
        let receipt = |((_, id), conversation)| Receipt {
            conversation,
            id: MessageId::new(id),
            what: what.clone(),
            at: now,
        };
        read.into_iter().map(receipt).collect()
    }

    /// Forgets the unread letters of teams that are no more: nobody read those.
    pub(super) fn forget_teams(&mut self, is_there: impl Fn(&str) -> bool) {
        self.unread.retain(|(team, _), _| is_there(team));
    }

    fn is_known(&mut self, place: &str, id: &str) -> bool {
        let key = hash((place, id));
        if !self.known.insert(key) {
            return true;
        }
        self.order.push_back(key);
        if self.order.len() > REMEMBERED {
            self.order.pop_front().map(|oldest| self.known.remove(&oldest));
        }
        false
    }
}

fn print(place: &Place<'_>, from: &str, text: u64) -> u64 {
    hash((place.team, &place.to.name, from, text))
}

/// A number by which two things are known to be the same within one run.
pub(super) fn hash(it: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    it.hash(&mut hasher);
    hasher.finish()
}

fn message(
    heard: Heard,
    place: &Place<'_>,
    names: &HashMap<WorkerId, String>,
    read: Option<bool>,
    fresh: bool,
    now: Moment,
) -> Message {
    Message {
        conversation: place.conversation.clone(),
        id: MessageId::new(heard.id),
        from: sender(heard.from, place, names),
        to: place.to.clone(),
        by_person: false,
        brought: false,
        text: heard.text,
        kind: heard.kind,
        sent: now.back_to(Timestamp(heard.at.unwrap_or(now.wall.0).min(now.wall.0))),
        read,
        fresh,
    }
}

/// Who wrote it: a worker where Claude Code verified the process, or where the team has such a member.
fn sender(from: From, place: &Place<'_>, names: &HashMap<WorkerId, String>) -> Party {
    match from {
        From::Peer { name, process } => {
            let worker = process.as_ref().map(|(pid, start)| WorkerId::session(*pid, start));
            let worker = worker.filter(|worker| names.contains_key(worker));
            let known = worker.as_ref().and_then(|worker| names.get(worker)).cloned();
            let name = name.or(known).unwrap_or_else(|| "another session".into());
            Party { worker, name: text::line(&name, 80) }
        }
        From::Mate(name) => {
            let mate = place.team.map(|team| WorkerId::new(format!("team:{team}:{name}")));
            let worker = match name.as_str() {
                super::teams::LEAD => place.lead.cloned(),
                _ => mate.filter(|mate| names.contains_key(mate)),
            };
            Party { worker, name: text::line(&name, 80) }
        }
    }
}

/// How many stand unread in an inbox.
pub(super) fn unread(letters: &[Letter]) -> u32 {
    u32::try_from(letters.iter().filter(|letter| !letter.read).count()).unwrap_or(u32::MAX)
}
