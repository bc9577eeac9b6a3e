//! What the sides of a bridge without tasks still owe: messages that they have not fetched, and questions and proposals
//! that they have not answered. Whether a side is silent is for others to judge.

use std::collections::{BTreeMap, VecDeque};

use peerwatch_core::{Timestamp, excerpt};

use super::asks::{Said, answers, is_ask};
use super::names::{Names, Side};
use super::said::SaidRow;
use super::schema::Family;
use super::times::parse;
use super::told::Told;
use crate::task::TasksTold;
use crate::{TaskKind, TaskSeen, TaskState};

/// So many open questions and proposals of one database are remembered, the newest.
const REMEMBERED: usize = 1_000;
/// Of these, so many are quoted for each side, and so much of each.
const QUOTED: usize = 10;
const BEGINNING: usize = 160;

/// The open questions and proposals of one database, oldest first.
#[derive(Default)]
pub(super) struct Owed {
    asks: VecDeque<Ask>,
    /// The newest message that was taken in.
    last: i64,
    told: TasksTold,
}

struct Ask {
    row: i64,
    conversation: String,
    from: String,
    to: Side,
    proposal: bool,
    text: String,
    at: Option<Timestamp>,
}

/// What one side has not fetched.
#[derive(Clone, Copy, Default)]
pub(super) struct Unfetched {
    pub(super) count: u32,
    pub(super) newest: Option<Timestamp>,
}

impl Owed {
    /// Begins anew with the messages of a file, oldest first.
    pub(super) fn begin(&mut self, rows: &[SaidRow], family: Family) {
        (self.asks, self.last) = (VecDeque::new(), 0);
        rows.iter().for_each(|row| self.take(row, family));
    }

    /// Takes in a message: it may answer, and it may ask.
    pub(super) fn take(&mut self, row: &SaidRow, family: Family) {
        if row.row <= self.last {
            return;
        }
        self.last = row.row;
        let (from, to) = (side(&row.from), row.to.as_deref().map(side));
        // In the scripts' tables nobody is written to: there, what is read is answered.
        if family == Family::Original {
            let to = to.as_ref().map_or("", |side| side.as_str());
            let answer = Said { row: row.row, from: from.as_str(), to, reply_to: row.reply_to };
            self.asks.retain(|ask| ask.conversation != row.conversation || !answers(&answer, &ask.said()));
        }
        let asked = match family {
            Family::Original => row.to.as_deref().and_then(Side::of),
            Family::Coordinator => Some(Side::b()).filter(|side| side.as_str() != from),
        };
        if let (Some(to), true) = (asked, is_ask(row.kind.as_deref())) {
            self.asks.push_back(Ask {
                row: row.row,
                conversation: row.conversation.clone(),
                from,
                to,
                proposal: row.kind.as_deref() == Some("proposal"),
                text: excerpt(&row.text, BEGINNING),
                at: parse(&row.at),
            });
        }
        if self.asks.len() > REMEMBERED {
            self.asks.pop_front();
        }
    }

    /// What each side owes now, unless that was told before.
    pub(super) fn tell(
        &mut self,
        names: &Names,
        family: Family,
        conversations: &BTreeMap<String, Told>,
        unfetched: &BTreeMap<(&str, &Side), Unfetched>,
        is_unread: impl Fn(i64) -> bool,
    ) -> Option<Vec<TaskSeen>> {
        if family == Family::Coordinator {
            self.asks.retain(|ask| is_unread(ask.row));
        }
        let mut asks: BTreeMap<(&str, &Side), Vec<&Ask>> = BTreeMap::new();
        for ask in &self.asks {
            asks.entry((&ask.conversation, &ask.to)).or_default().push(ask);
        }
        let mut tasks = Vec::new();
        for (id, told) in conversations.iter().filter(|(_, told)| !told.row.is_own && !told.is_over()) {
            for side in told.sides.keys() {
                let unfetched = unfetched.get(&(id.as_str(), side)).copied().unwrap_or_default();
                let asks = asks.get(&(id.as_str(), side)).map(Vec::as_slice).unwrap_or_default();
                tasks.extend(task(names, told, side, unfetched, asks));
            }
        }
        self.told.tell(tasks)
    }
}

impl Ask {
    fn said(&self) -> Said<'_> {
        Said { row: self.row, from: &self.from, to: self.to.as_str(), reply_to: None }
    }
}

/// The same word for the same side, however it is written.
fn side(word: &str) -> String {
    Side::of(word).map_or_else(|| word.to_owned(), |side| side.as_str().to_owned())
}

fn task(names: &Names, told: &Told, side: &Side, unfetched: Unfetched, asks: &[&Ask]) -> Option<TaskSeen> {
    let count = |number: usize, what: &str| {
        (number > 0).then(|| format!("{number} {what}{}", if number == 1 { "" } else { "s" }))
    };
    let proposals = asks.iter().filter(|ask| ask.proposal).count();
    let parts = [
        count(usize::try_from(unfetched.count).unwrap_or(usize::MAX), "unread message"),
        count(asks.len() - proposals, "open question"),
        count(proposals, "open proposal"),
    ];
    let subject: Vec<String> = parts.into_iter().flatten().collect();
    if subject.is_empty() {
        return None;
    }
    let conversation = names.conversation(&told.row.id);
    let newest = asks.iter().filter_map(|ask| ask.at).chain(unfetched.newest).max();
    Some(TaskSeen {
        id: format!("owed:{conversation}:{}", side.as_str()),
        kind: TaskKind::Owed,
        place: excerpt(&told.row.id, 80),
        kept_in: names.path().to_owned(),
        conversation: Some(conversation),
        subject: subject.join(", "),
        description: description(told, asks),
        state: TaskState::Assigned,
        owner: Some(names.worker(&told.row.id, side)),
        owner_name: Some(told.role(side.as_str())),
        lead: None,
        needs: Vec::new(),
        blocked: false,
        updated: newest,
    })
}

/// How the open questions and proposals begin.
fn description(told: &Told, asks: &[&Ask]) -> Option<String> {
    let line = |ask: &&Ask| {
        let kind = if ask.proposal { "proposal" } else { "question" };
        format!("{kind} from {}: {}", told.role(&ask.from), ask.text)
    };
    let mut lines: Vec<String> = asks.iter().take(QUOTED).map(line).collect();
    if asks.len() > QUOTED {
        lines.push(format!("and {} more", asks.len() - QUOTED));
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}
