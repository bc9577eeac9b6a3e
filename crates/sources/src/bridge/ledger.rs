//! Turns rows into facts, and remembers what has been told so that only changes are told again.

use std::collections::BTreeMap;

use peerwatch_core::{
    Declared, Evidence, Fact, Identity, Listing, Message, MessageId, Moment, Observation, Party, SourceKind,
    Timestamp,
};

use super::gathering::{Gathered, Rest};
use super::memory::Memory;
use super::names::{Names, Side};
use super::rows::{ConversationRow, MessageRow, UNREAD_BOUND, UnreadRow};
use super::schema::Family;
use super::times::{dated, parse};
use crate::{Reading, Receipt, Trouble};

/// What has been told of one database.
#[derive(Default)]
pub(super) struct Ledger {
    conversations: BTreeMap<String, Told>,
    unread: BTreeMap<i64, Waiting>,
    odd_times: usize,
}

struct Told {
    row: ConversationRow,
    listing: Option<Listing>,
    expires: Option<Timestamp>,
    sides: [SideTold; 2],
}

#[derive(Default)]
struct SideTold {
    status: Option<String>,
    heartbeat: Option<String>,
    spoke: Option<Timestamp>,
    unread: Option<u32>,
}

struct Waiting {
    conversation: String,
    side: Side,
    id: MessageId,
}

impl Ledger {
    /// Draws the conclusions from one reading.
    pub(super) fn absorb(
        &mut self,
        names: &Names,
        memory: &mut Memory,
        mut gathered: Gathered,
        now: Moment,
        reading: &mut Reading,
    ) {
        let unread = gathered.rest.as_mut().and_then(|rest| rest.unread.take());
        if let Some(rest) = &gathered.rest {
            self.conversations(names, &rest.conversations, now, reading);
            self.statuses(names, rest, gathered.schema.family, now, reading);
            for fetch in &rest.fetches {
                if let (Some(side), Some(at)) = (Side::of(&fetch.session), parse(&fetch.at)) {
                    self.heard(names, &fetch.conversation, side, at, now, reading);
                }
            }
            self.receipts(names, &rest.states, now, reading);
            memory.audit = Some(rest.audit);
        }
        if let Some(unread) = unread {
            self.wait_for(unread);
        }
        for row in &gathered.messages {
            self.message(names, memory, row, &gathered, now, reading);
        }
        self.count_unread(names, now, reading);
        memory.read_until(gathered.file, gathered.last, now.wall);
        if self.odd_times > 0 {
            reading.troubles.push(Trouble {
                subject: names.subject(),
                what: format!(
                    "{} messages have times that cannot be read; the time of their discovery is shown.",
                    self.odd_times
                ),
                remedy: None,
            });
        }
    }

    /// Whether a conversation has been told of.
    pub(super) fn knows(&self, conversation: &str) -> bool {
        self.conversations.contains_key(conversation)
    }

    /// Begins anew with the unread messages of another file.
    fn wait_for(&mut self, unread: Vec<UnreadRow>) {
        self.unread.clear();
        for row in unread {
            if let Some(side) = Side::of(&row.waits_for) {
                let waiting = Waiting { conversation: row.conversation, side, id: MessageId::new(row.id) };
                self.unread.insert(row.row, waiting);
            }
        }
    }

    /// What time alone has changed: conversations that expired.
    pub(super) fn expire(&mut self, names: &Names, now: Moment, reading: &mut Reading) {
        for (id, told) in &mut self.conversations {
            let over = told.expires.is_some_and(|expires| expires <= now.wall);
            let listing = if over { Listing::Over } else { Listing::Listed };
            if told.listing.replace(listing) == Some(listing) {
                continue;
            }
            let at = match (over, told.expires) {
                (true, Some(expires)) => dated(now, expires),
                _ => told.row.created.as_deref().and_then(parse).map_or(now, |created| dated(now, created)),
            };
            for side in Side::BOTH {
                let worker = names.worker(id, side);
                reading.observations.push(Observation { worker, at, fact: Fact::Listing(listing) });
            }
        }
    }

    /// The unread messages whose state a look asks for: all, when that is cheap or `thorough`; else the oldest of each
    /// side, for a fetch takes all that wait.
    pub(super) fn watched(&self, thorough: bool) -> Vec<i64> {
        const CHEAP: usize = 256;
        if thorough || self.unread.len() <= CHEAP {
            return self.unread.keys().copied().collect();
        }
        let mut seen = std::collections::BTreeSet::new();
        let oldest = |(&row, waiting): (&i64, &Waiting)| {
            seen.insert((waiting.conversation.clone(), waiting.side)).then_some(row)
        };
        self.unread.iter().filter_map(oldest).collect()
    }

    /// The other unread messages of the same side.
    pub(super) fn siblings(&self, row: i64) -> Vec<i64> {
        let Some(one) = self.unread.get(&row) else { return Vec::new() };
        let same = |other: &Waiting| other.side == one.side && other.conversation == one.conversation;
        self.unread.iter().filter(|(id, other)| **id != row && same(other)).map(|(id, _)| *id).collect()
    }

    fn conversations(
        &mut self,
        names: &Names,
        found: &[ConversationRow],
        now: Moment,
        reading: &mut Reading,
    ) {
        let gone: Vec<String> =
            self.conversations.keys().filter(|id| !found.iter().any(|row| row.id == **id)).cloned().collect();
        for id in gone {
            self.conversations.remove(&id);
            for side in Side::BOTH {
                let fact = Fact::Listing(Listing::Removed);
                reading.observations.push(Observation { worker: names.worker(&id, side), at: now, fact });
            }
        }
        for row in found {
            let expires = row.expires.as_deref().and_then(parse);
            if expires.is_none() && row.expires.is_some() {
                reading.troubles.push(Trouble {
                    subject: names.subject(),
                    what: format!(
                        "The time at which conversation {} expires cannot be read.",
                        plain(&row.id)
                    ),
                    remedy: None,
                });
            }
            match self.conversations.get_mut(&row.id) {
                Some(told) if told.row == *row => continue,
                Some(told) => {
                    told.row = row.clone();
                    told.expires = expires;
                }
                None => {
                    let told = Told { row: row.clone(), listing: None, expires, sides: Default::default() };
                    self.conversations.insert(row.id.clone(), told);
                }
            }
            let at = row.created.as_deref().and_then(parse).map_or(now, |created| dated(now, created));
            for side in Side::BOTH {
                let fact = Fact::Identity(identity(names, row, side));
                reading.observations.push(Observation { worker: names.worker(&row.id, side), at, fact });
            }
        }
        self.expire(names, now, reading);
    }

    fn statuses(&mut self, names: &Names, rest: &Rest, family: Family, now: Moment, reading: &mut Reading) {
        for row in &rest.statuses {
            let Some(side) = Side::of(&row.session) else { continue };
            let Some(told) = self.conversations.get_mut(&row.conversation) else { continue };
            let told = &mut told.sides[side.index()];
            let time = parse(&row.heartbeat);
            if time.is_none() {
                reading.troubles.push(Trouble {
                    subject: names.subject(),
                    what: format!(
                        "A heartbeat in conversation {} has a time that cannot be read: {}.",
                        plain(&row.conversation),
                        plain(&row.heartbeat)
                    ),
                    remedy: Some("Heartbeats must be dated in UTC, like 2026-01-31T12:00:00.000000.".into()),
                });
            }
            let at = time.map_or(now, |time| dated(now, time));
            let worker = names.worker(&row.conversation, side);
            let beat = told.heartbeat.as_ref() != Some(&row.heartbeat);
            // The keep-alive script writes a row of its own, always with the same word: it declares nothing.
            let declares = Side::is_exact(&row.session) || family != Family::Original;
            if declares && (beat || told.status.as_ref() != Some(&row.status)) {
                told.status = Some(row.status.clone());
                let fact = Fact::Declared(Declared(row.status.chars().take(64).collect()));
                reading.observations.push(Observation { worker: worker.clone(), at, fact });
            }
            if beat && time.is_some() {
                let fact = Fact::Heartbeat(Evidence::Bridge);
                reading.observations.push(Observation { worker, at, fact });
            }
            if declares || beat {
                told.heartbeat = Some(row.heartbeat.clone());
            }
        }
    }

    /// A side sent or fetched messages.
    fn heard(
        &mut self,
        names: &Names,
        conversation: &str,
        side: Side,
        at: Timestamp,
        now: Moment,
        reading: &mut Reading,
    ) {
        let Some(told) = self.conversations.get_mut(conversation) else { return };
        let spoke = &mut told.sides[side.index()].spoke;
        if spoke.is_some_and(|before| before >= at) {
            return;
        }
        *spoke = Some(at);
        let fact = Fact::Heartbeat(Evidence::Messages);
        let worker = names.worker(conversation, side);
        reading.observations.push(Observation { worker, at: dated(now, at), fact });
    }

    fn receipts(
        &mut self,
        names: &Names,
        states: &[(i64, Option<bool>)],
        now: Moment,
        reading: &mut Reading,
    ) {
        for (row, state) in states {
            if *state == Some(false) {
                continue;
            }
            let Some(waiting) = self.unread.remove(row) else { continue };
            if state.is_none() {
                continue;
            }
            self.heard(names, &waiting.conversation, waiting.side, now.wall, now, reading);
            let conversation = names.conversation(&waiting.conversation);
            reading.receipts.push(Receipt { conversation, id: waiting.id, at: now });
        }
    }

    fn message(
        &mut self,
        names: &Names,
        memory: &mut Memory,
        row: &MessageRow,
        gathered: &Gathered,
        now: Moment,
        reading: &mut Reading,
    ) {
        let sent = parse(&row.at);
        self.odd_times += usize::from(sent.is_none());
        let from = Side::of(&row.from);
        let to = row.to.as_deref().map_or(Some(from.map_or(Side::B, Side::other)), Side::of);
        // A restored database may give a number a second time.
        let id = match memory.is_renumbered(row) {
            true => MessageId::new(format!("{}@{}", row.id, row.at)),
            false => MessageId::new(row.id.clone()),
        };
        let known = gathered.schema.family == Family::Original || to == Some(Side::B);
        if let (Some(side), Some(at)) = (from, sent) {
            self.heard(names, &row.conversation, side, at, now, reading);
        }
        if let (Some(side), false, true) = (to, row.read, known) {
            let waiting = Waiting { conversation: row.conversation.clone(), side, id: id.clone() };
            self.unread.insert(row.row, waiting);
            if self.unread.len() > UNREAD_BOUND {
                self.unread.pop_first();
            }
        }
        reading.messages.push(Message {
            conversation: names.conversation(&row.conversation),
            id,
            from: self.party(names, &row.conversation, from, &row.from),
            to: self.party(names, &row.conversation, to, row.to.as_deref().unwrap_or("b")),
            text: row.text.clone(),
            kind: row.kind.clone(),
            sent: sent.map_or(now, |sent| dated(now, sent)),
            read: known.then_some(row.read),
            fresh: memory.is_fresh(gathered.start, sent),
        });
        memory.remember(row);
    }

    fn party(&self, names: &Names, conversation: &str, side: Option<Side>, word: &str) -> Party {
        let told = self.conversations.get(conversation);
        match (side, told) {
            (Some(side), Some(told)) => Party {
                worker: Some(names.worker(conversation, side)),
                name: told.row.roles[side.index()].clone(),
            },
            _ => Party { worker: None, name: word.to_owned() },
        }
    }

    fn count_unread(&mut self, names: &Names, now: Moment, reading: &mut Reading) {
        let mut counts: BTreeMap<(&str, Side), u32> = BTreeMap::new();
        for waiting in self.unread.values() {
            *counts.entry((&waiting.conversation, waiting.side)).or_default() += 1;
        }
        for (id, told) in &mut self.conversations {
            for side in Side::BOTH {
                let count = counts.get(&(id.as_str(), side)).copied().unwrap_or(0);
                if told.sides[side.index()].unread.replace(count) != Some(count) {
                    let fact = Fact::Unread(count);
                    reading.observations.push(Observation { worker: names.worker(id, side), at: now, fact });
                }
            }
        }
    }
}

fn identity(names: &Names, row: &ConversationRow, side: Side) -> Identity {
    let role = row.roles[side.index()].clone();
    Identity {
        source: SourceKind::Bridge,
        name: role.clone(),
        cwd: None,
        pid: None,
        session_id: None,
        conversation: Some(names.conversation(&row.id)),
        role: Some(role),
        partner: Some(names.worker(&row.id, side.other())),
        version: None,
        started: row.created.as_deref().and_then(parse),
    }
}

/// Text of another program within a sentence: one line, bounded.
fn plain(text: &str) -> String {
    crate::printable::printable(text, 80)
}
