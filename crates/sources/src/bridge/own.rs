//! What Peerwatch's own tables add to a bridge database: who takes part, what a bridge is called, where messages stand.

use std::collections::BTreeMap;

use peerwatch_core::WorkerId;
use rusqlite::Row;

use super::names::Side;
use super::rows::{CONVERSATION_BOUND, ConversationRow, Rows, SideRow, short, text};
use crate::ReceiptKind;

/// So many of the newest messages are watched for what becomes of them; a page shows it of all.
pub(super) const WATCHED: usize = 1_000;

/// One participant of a conversation.
struct Participant {
    conversation: String,
    side: Side,
    role: String,
    /// The person takes part too, and is no worker.
    is_person: bool,
    bearer: Option<WorkerId>,
    joined: Option<i64>,
    has_left: bool,
}

/// Where a message stands. Times are milliseconds since the epoch.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Standing {
    accepted: Option<i64>,
    seen: Option<i64>,
    acknowledged: Option<i64>,
    fetched: Option<i64>,
    trouble: Option<String>,
}

impl Standing {
    /// The furthest it came, in the wire's word; a trouble counts until it is seen all the same. `None` when nothing has
    /// become of it yet.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Standing { acknowledged: Some(_), .. } => Some("acknowledged"),
            Standing { seen: Some(_), .. } => Some("seen"),
            Standing { trouble: Some(trouble), .. } => Some(trouble),
            Standing { accepted: Some(_), .. } | Standing { fetched: Some(_), .. } => Some("accepted"),
            _ => None,
        }
    }

    /// What has become of it since it stood so, and when, where that is known.
    pub(super) fn since(&self, before: &Standing) -> Vec<(ReceiptKind, Option<i64>)> {
        let steps = [
            (ReceiptKind::Accepted, self.accepted, before.accepted),
            (ReceiptKind::Seen, self.seen, before.seen),
            (ReceiptKind::Acknowledged, self.acknowledged, before.acknowledged),
        ];
        let steps = steps.into_iter().filter(|(_, now, before)| now.is_some() && before.is_none());
        let trouble = self.trouble.clone().filter(|_| self.trouble != before.trouble);
        let trouble = trouble.map(|word| (ReceiptKind::Trouble(word), None));
        steps.map(|(what, at, _)| (what, at)).chain(trouble).collect()
    }
}

/// A message with where it stands.
pub(super) struct StandingRow {
    pub(super) row: i64,
    pub(super) conversation: String,
    pub(super) standing: Standing,
}

impl Rows<'_> {
    /// Adds to these conversations who takes part in them and what they are called; `only` names the one that is asked for.
    pub(super) fn complete(&self, only: &str, found: &mut [ConversationRow]) -> rusqlite::Result<()> {
        let names = self.bridges(only)?;
        let mut by_conversation: BTreeMap<String, Vec<Participant>> = BTreeMap::new();
        for one in self.participants(only)? {
            by_conversation.entry(one.conversation.clone()).or_default().push(one);
        }
        for row in found {
            let known = by_conversation.remove(&row.id).unwrap_or_default();
            if let Some(name) = names.get(&row.id) {
                // The original's table demands two roles, which nobody needs to hold in a bridge of ours.
                row.sides.clear();
                row.roles.clear();
                row.name.clone_from(name);
                row.is_own = true;
            }
            known.into_iter().for_each(|one| add(row, one));
        }
        Ok(())
    }

    /// The conversations that are bridges of ours, with their names.
    fn bridges(&self, only: &str) -> rusqlite::Result<BTreeMap<String, Option<String>>> {
        if !self.schema.bridges {
            return Ok(BTreeMap::new());
        }
        let sql = format!(
            "SELECT {}, {} FROM peerwatch_conversations WHERE ?1 = '' OR conversation_id = ?1 \
             ORDER BY rowid DESC LIMIT {}",
            short("conversation_id"),
            short("name"),
            CONVERSATION_BOUND * 2,
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        statement.query_map([only], |row| Ok((text(row, 0)?.unwrap_or_default(), text(row, 1)?)))?.collect()
    }

    fn participants(&self, only: &str) -> rusqlite::Result<Vec<Participant>> {
        if !self.schema.participants {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {}, {}, {}, kind = 'person', CASE WHEN kind = 'session' THEN pid END, {}, joined_ms, \
             left_ms IS NOT NULL FROM peerwatch_participants WHERE ?1 = '' OR conversation_id = ?1 \
             ORDER BY rowid DESC LIMIT {}",
            short("conversation_id"),
            short("participant"),
            short("role"),
            short("process_start"),
            CONVERSATION_BOUND * 8,
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let found = statement.query_map([only], |row| {
            let Some(side) = text(row, 1)?.as_deref().and_then(Side::of) else { return Ok(None) };
            let pid = text(row, 4)?.and_then(|pid| pid.parse::<u32>().ok());
            Ok(Some(Participant {
                conversation: text(row, 0)?.unwrap_or_default(),
                side,
                role: text(row, 2)?.unwrap_or_default(),
                is_person: text(row, 3)?.as_deref() == Some("1"),
                bearer: pid.zip(text(row, 5)?).map(|(pid, start)| WorkerId::session(pid, &start)),
                joined: time(row, 6)?,
                has_left: text(row, 7)?.as_deref() == Some("1"),
            }))
        })?;
        Ok(found.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Where the newest messages stand.
    pub(super) fn newest_standings(&self) -> rusqlite::Result<Vec<StandingRow>> {
        self.standings(i64::MIN, i64::MAX, WATCHED)
    }

    /// Where the messages between two rows stand.
    pub(super) fn standings(&self, first: i64, last: i64, most: usize) -> rusqlite::Result<Vec<StandingRow>> {
        if !self.schema.standings {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT message_id, {}, accepted_ms, seen_ms, acknowledged_ms, fetched_ms, {} FROM peerwatch_messages \
             WHERE message_id BETWEEN ?1 AND ?2 ORDER BY message_id DESC LIMIT ?3",
            short("conversation_id"),
            short("trouble"),
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(&sql)?
            .query_map((first, last, most), |row| {
                let standing = Standing {
                    accepted: time(row, 2)?,
                    seen: time(row, 3)?,
                    acknowledged: time(row, 4)?,
                    fetched: time(row, 5)?,
                    trouble: text(row, 6)?.filter(|word| !word.is_empty()),
                };
                let conversation = text(row, 1)?.unwrap_or_default();
                Ok(StandingRow { row: row.get(0)?, conversation, standing })
            })?
            .collect()
    }
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<i64>> {
    Ok(text(row, column)?.and_then(|at| at.parse().ok()))
}

fn add(row: &mut ConversationRow, one: Participant) {
    if !one.role.is_empty() {
        row.roles.insert(one.side.clone(), one.role.clone());
    }
    if one.is_person {
        // The original's table names two sides, of which the person is one.
        row.sides.retain(|known| known.side != one.side);
        row.person = Some(one.side.clone());
    }
    if one.has_left || one.is_person {
        return;
    }
    match row.sides.iter_mut().find(|known| known.side == one.side) {
        // A side of the original's is there from the beginning, whoever holds it.
        Some(known) => known.bearer = one.bearer,
        None => row.sides.push(SideRow { side: one.side, bearer: one.bearer, joined: one.joined }),
    }
    row.sides.sort_by(|one, other| one.side.cmp(&other.side));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_furthest_step_counts_and_a_trouble_until_it_is_seen() {
        let mut standing = Standing::default();
        assert_eq!(standing.word(), None);
        standing.fetched = Some(1);
        assert_eq!(standing.word(), Some("accepted"));
        standing.trouble = Some("held".into());
        assert_eq!(standing.word(), Some("held"));
        standing.seen = Some(2);
        assert_eq!(standing.word(), Some("seen"));
        standing.acknowledged = Some(3);
        assert_eq!(standing.word(), Some("acknowledged"));
    }

    #[test]
    fn only_what_is_new_has_become_of_it() {
        let held = Standing { trouble: Some("held".into()), accepted: Some(1), ..Standing::default() };
        let seen = Standing { seen: Some(2), trouble: None, ..held.clone() };
        assert_eq!(
            held.since(&Standing::default()),
            [(ReceiptKind::Accepted, Some(1)), (ReceiptKind::Trouble("held".into()), None)]
        );
        assert_eq!(seen.since(&held), [(ReceiptKind::Seen, Some(2))]);
        assert_eq!(seen.since(&seen), []);
    }
}
