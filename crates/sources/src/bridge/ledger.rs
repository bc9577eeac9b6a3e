//! Turns rows into facts, and remembers what has been told so that only changes are told again.

use std::collections::BTreeMap;

use peerwatch_core::{Declared, Evidence, Fact, Message, MessageId, Moment, Observation, Party, Timestamp};

use super::gathering::{Gathered, Rest};
use super::memory::{Memory, Start};
use super::names::{Names, Side};
use super::owed::{Owed, Unfetched};
use super::own::{Standing, StandingRow, WATCHED};
use super::rows::{ConversationRow, MessageRow, UNREAD_BOUND, UnreadRow};
use super::said::SaidRow;
use super::schema::Family;
use super::times::{dated, parse};
use super::told::Told;
use crate::{Reading, Receipt, ReceiptKind, TaskSeen, Trouble};

/// What has been told of one database.
#[derive(Default)]
pub(super) struct Ledger {
    conversations: BTreeMap<String, Told>,
    unread: BTreeMap<i64, Waiting>,
    /// The newest messages that were told.
    messages: BTreeMap<i64, MessageId>,
    /// Where the newest messages stood at the look before.
    standings: BTreeMap<i64, Standing>,
    odd_times: usize,
    /// Whether the unread messages were read.
    begun: bool,
    /// What the sides owe; `None` in a database where there are tasks.
    owed: Option<Owed>,
    family: Option<Family>,
}

struct Waiting {
    conversation: String,
    side: Side,
    id: MessageId,
    at: Option<Timestamp>,
}

impl Ledger {
    /// Of a database in which nothing has been told. `owed` says whether what its sides owe is wanted.
    pub(super) fn new(owed: bool) -> Self {
        Self { owed: owed.then(Owed::default), ..Self::default() }
    }

    /// Whether the unread messages have never been read.
    pub(super) fn is_new(&self) -> bool {
        !self.begun
    }

    /// Whether what was asked and answered is wanted.
    pub(super) fn wants_said(&self) -> bool {
        self.owed.is_some()
    }

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
        let standings = gathered.rest.as_mut().map(|rest| std::mem::take(&mut rest.standings));
        let said = gathered.rest.as_mut().and_then(|rest| rest.said.take());
        let history = !matches!(gathered.start, Start::After(_));
        let family = gathered.schema.family;
        self.family = Some(family);
        if let Some(rest) = &gathered.rest {
            self.conversations(names, &rest.conversations, now, reading);
            self.statuses(names, rest, gathered.schema.family, now, reading);
            for fetch in &rest.fetches {
                if let (Some(side), Some(at)) = (Side::of(&fetch.session), parse(&fetch.at)) {
                    self.heard(names, &fetch.conversation, &side, at, now, reading);
                }
            }
            self.receipts(names, &rest.states, now, reading);
            memory.audit = Some(rest.audit);
        }
        if let Some(unread) = unread {
            self.wait_for(unread);
        }
        if let (Some(owed), Some(said)) = (&mut self.owed, said) {
            owed.begin(&said, family);
        }
        let told = |row: &StandingRow| row.row <= gathered.last;
        let standings: Vec<StandingRow> = standings.into_iter().flatten().filter(told).collect();
        // What stands so in a file that is read for the first time is history.
        if history {
            self.messages.clear();
            self.standings.clear();
            self.stand(names, &standings, now, reading);
        }
        for row in &gathered.messages {
            self.message(names, memory, row, &gathered, now, reading);
            if let Some(owed) = &mut self.owed {
                owed.take(&SaidRow::from(row), family);
            }
        }
        if !history && gathered.rest.is_some() {
            self.stand(names, &standings, now, reading);
        }
        self.count_unread(names, now, reading);
        reading.tasks = self.tell_owed(names);
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
        self.begun = true;
        for row in unread {
            if let Some(side) = Side::of(&row.waits_for) {
                let (id, at) = (MessageId::new(row.id), parse(&row.at));
                let waiting = Waiting { conversation: row.conversation, side, id, at };
                self.unread.insert(row.row, waiting);
            }
        }
    }

    /// What time alone has changed: conversations that expired.
    pub(super) fn expire(&mut self, names: &Names, now: Moment, reading: &mut Reading) {
        let before = reading.observations.len();
        self.expire_all(names, now, reading);
        if reading.observations.len() > before {
            reading.tasks = self.tell_owed(names);
        }
    }

    fn expire_all(&mut self, names: &Names, now: Moment, reading: &mut Reading) {
        self.conversations.values_mut().for_each(|told| told.expire(names, now, reading));
    }

    /// What the sides owe, when it is not as it was told last.
    fn tell_owed(&mut self, names: &Names) -> Option<Vec<TaskSeen>> {
        let (owed, family) = (self.owed.as_mut()?, self.family?);
        let mut unfetched: BTreeMap<(&str, &Side), Unfetched> = BTreeMap::new();
        for waiting in self.unread.values() {
            let one = unfetched.entry((&waiting.conversation, &waiting.side)).or_default();
            (one.count, one.newest) = (one.count + 1, one.newest.max(waiting.at));
        }
        let is_unread = |row| self.unread.contains_key(&row);
        owed.tell(names, family, &self.conversations, &unfetched, is_unread)
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
            seen.insert((waiting.conversation.clone(), waiting.side.clone())).then_some(row)
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
        for told in gone.iter().filter_map(|id| self.conversations.remove(id)).collect::<Vec<Told>>() {
            told.remove(names, now, reading);
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
            let told = self.conversations.entry(row.id.clone());
            told.or_insert_with(|| Told::new(row.clone())).take(names, row, expires, now, reading);
        }
        self.expire_all(names, now, reading);
    }

    fn statuses(&mut self, names: &Names, rest: &Rest, family: Family, now: Moment, reading: &mut Reading) {
        for row in &rest.statuses {
            let Some(side) = Side::of(&row.session) else { continue };
            let Some(told) = self.conversations.get_mut(&row.conversation) else { continue };
            let Some(told) = told.sides.get_mut(&side) else { continue };
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
            let worker = names.worker(&row.conversation, &side);
            let beat = told.heartbeat.as_ref() != Some(&row.heartbeat);
            // The keep-alive script writes a row of its own, always with the same word: it declares nothing.
            let declares = side.is_exact(&row.session) || family != Family::Original;
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
        side: &Side,
        at: Timestamp,
        now: Moment,
        reading: &mut Reading,
    ) {
        let told = self.conversations.get_mut(conversation).and_then(|told| told.sides.get_mut(side));
        // What lies in the future was dated before the clock was set back.
        let is_newer = |before: Timestamp| before < at || before > now.wall && at <= now.wall;
        let Some(told) = told.filter(|told| told.spoke.is_none_or(is_newer)) else { return };
        told.spoke = Some(at);
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
            self.heard(names, &waiting.conversation, &waiting.side, now.wall, now, reading);
            let conversation = names.conversation(&waiting.conversation);
            let what = ReceiptKind::Fetched;
            reading.receipts.push(Receipt { conversation, id: waiting.id, what, at: now });
        }
    }

    /// What has become of messages since the look before.
    fn stand(&mut self, names: &Names, rows: &[StandingRow], now: Moment, reading: &mut Reading) {
        let mut before = std::mem::take(&mut self.standings);
        for StandingRow { row, conversation, standing } in rows {
            let told = self.messages.get(row);
            let known = before.remove(row).or_else(|| told.map(|_| Standing::default()));
            for (what, at) in known.map(|known| standing.since(&known)).unwrap_or_default() {
                reading.receipts.push(Receipt {
                    conversation: names.conversation(conversation),
                    id: told.cloned().unwrap_or_else(|| MessageId::new(row.to_string())),
                    what,
                    at: at.map_or(now, |at| dated(now, Timestamp(at))),
                });
            }
            self.standings.insert(*row, standing.clone());
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
        let facing = || Some(from.as_ref().map_or_else(Side::b, Side::other));
        let to = row.to.as_deref().map_or_else(facing, Side::of);
        // A restored database may give a number a second time.
        let id = match memory.is_renumbered(row) {
            true => MessageId::new(format!("{}@{}", row.id, row.at)),
            false => MessageId::new(row.id.clone()),
        };
        let known = gathered.schema.family == Family::Original || to == Some(Side::b());
        if let (Some(side), Some(at)) = (&from, sent) {
            self.heard(names, &row.conversation, side, at, now, reading);
        }
        self.messages.insert(row.row, id.clone());
        if self.messages.len() > WATCHED {
            self.messages.pop_first();
        }
        if let (Some(side), false, true) = (&to, row.read, known) {
            let (conversation, side) = (row.conversation.clone(), side.clone());
            let waiting = Waiting { conversation, side, id: id.clone(), at: sent };
            self.unread.insert(row.row, waiting);
            if self.unread.len() > UNREAD_BOUND {
                self.unread.pop_first();
            }
        }
        reading.messages.push(Message {
            conversation: names.conversation(&row.conversation),
            id,
            from: self.party(names, &row.conversation, from.as_ref(), &row.from),
            to: self.party(names, &row.conversation, to.as_ref(), row.to.as_deref().unwrap_or("b")),
            by_person: from.as_ref().is_some_and(|side| self.is_person(&row.conversation, side)),
            brought: false,
            text: row.text.clone(),
            kind: row.kind.clone(),
            sent: sent.map_or(now, |sent| dated(now, sent)),
            read: known.then_some(row.read),
            fresh: memory.is_fresh(gathered.start, sent),
        });
        memory.remember(row);
    }

    fn is_person(&self, conversation: &str, side: &Side) -> bool {
        self.conversations.get(conversation).is_some_and(|told| told.row.person.as_ref() == Some(side))
    }

    fn party(&self, names: &Names, conversation: &str, side: Option<&Side>, word: &str) -> Party {
        let told = self.conversations.get(conversation).map(|told| &told.row);
        let role = told.zip(side).and_then(|(row, side)| row.roles.get(side).cloned());
        let worker = side.filter(|side| told.is_some_and(|row| row.has(side)));
        Party {
            worker: worker.map(|side| names.worker(conversation, side)),
            name: role.unwrap_or_else(|| word.to_owned()),
        }
    }

    fn count_unread(&mut self, names: &Names, now: Moment, reading: &mut Reading) {
        let mut counts: BTreeMap<(&str, &Side), u32> = BTreeMap::new();
        for waiting in self.unread.values() {
            *counts.entry((&waiting.conversation, &waiting.side)).or_default() += 1;
        }
        for (id, told) in &mut self.conversations {
            for (side, told) in &mut told.sides {
                let count = counts.get(&(id.as_str(), side)).copied().unwrap_or(0);
                if told.unread.replace(count) != Some(count) {
                    let fact = Fact::Unread(count);
                    reading.observations.push(Observation { worker: names.worker(id, side), at: now, fact });
                }
            }
        }
    }
}

/// Text of another program within a sentence: one line, bounded.
fn plain(text: &str) -> String {
    crate::printable::printable(text, 80)
}
