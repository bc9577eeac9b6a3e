//! What silent workers owe, and the audit rows that tell of their silence: one for each.

use std::collections::BTreeMap;
use std::path::Path;

use peerwatch_bridge::{Coordinator, Letter, Schema, Silence, Silent, Store, schema_of};
use peerwatch_core::Timestamp;
use peerwatch_sources::bridge::{Said, answers, is_ask};
use serde_json::json;

use crate::seat::{foreign, message};
use crate::shapes::{MessageView, SilentView, Why};
use crate::tables;

/// The original's word for it.
const DETECTED: &str = "silent_worker_detected";
/// Messages that are read at once.
const PAGE: usize = 1_000;
/// Rows of the audit log in which an earlier record is looked for.
const BACK: usize = 200_000;

/// One database and the silences that its log tells of.
pub(crate) struct Debts {
    table: Table,
    /// When each silence was recorded last, by conversation and side.
    recorded: BTreeMap<(String, String), Option<Timestamp>>,
}

enum Table {
    Original(Store),
    Coordinator(Coordinator),
}

impl Debts {
    /// Opens a database.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let mut recorded = BTreeMap::new();
        let table = match schema_of(path)? {
            Schema::Original => {
                let store = Store::open_existing(path)?;
                for row in store.audit(None, BACK)?.into_iter().filter(|row| row.action == DETECTED) {
                    let key = (row.conversation.unwrap_or_default(), row.participant.unwrap_or_default());
                    // The newest stands first.
                    recorded.entry(key).or_insert(tables::time(&row.at));
                }
                Table::Original(store)
            }
            Schema::Coordinator => {
                for row in tables::events(path, None, BACK)?.into_iter().filter(|row| row.event == DETECTED) {
                    let key = (row.conversation.unwrap_or_default(), "b".into());
                    recorded.entry(key).or_insert(row.at.as_deref().and_then(tables::time));
                }
                Table::Coordinator(Coordinator::open_existing(path)?)
            }
        };
        Ok(Self { table, recorded })
    }

    /// How many messages wait for somebody, and the questions and proposals that they have not answered.
    pub(crate) fn of(&self, silent: &SilentView) -> anyhow::Result<(usize, Vec<MessageView>)> {
        match &self.table {
            Table::Original(store) => {
                let unread = store.peek(&silent.conversation, &silent.participant)?.len();
                let letters = all(store, &silent.conversation)?;
                let open = unanswered(&letters, &silent.participant);
                Ok((unread, open.into_iter().map(message).collect()))
            }
            Table::Coordinator(coordinator) => {
                let unread = coordinator.unread(&silent.conversation)?;
                let count = unread.len();
                let asks = unread.into_iter().filter(|letter| is_ask(letter.kind.as_deref()));
                Ok((count, asks.map(|letter| foreign(&silent.conversation, letter)).collect()))
            }
        }
    }

    /// Writes the row of this silence, unless one tells of it already; whether it did.
    pub(crate) fn record(&mut self, silent: &SilentView, now: Timestamp) -> anyhow::Result<bool> {
        let key = (silent.conversation.clone(), silent.participant.clone());
        if self.recorded.get(&key).is_some_and(|at| is_of_this_silence(*at, silent)) {
            return Ok(false);
        }
        match &mut self.table {
            Table::Original(store) => {
                let details = json!({ "seconds_silent": silent.silent_s.to_string() });
                let (conversation, side) =
                    (Some(silent.conversation.as_str()), Some(silent.participant.as_str()));
                store.record(conversation, side, DETECTED, &details, now)?;
            }
            Table::Coordinator(coordinator) => coordinator.record_silent(&stored(silent), now)?,
        }
        self.recorded.insert(key, Some(now));
        Ok(true)
    }
}

/// Whether a row that was written then tells of this silence: it is younger than the last heartbeat. Of a time that
/// cannot be right, any row does.
fn is_of_this_silence(recorded: Option<Timestamp>, silent: &SilentView) -> bool {
    let heartbeat = silent.last_heartbeat.as_deref().and_then(tables::time);
    match (silent.why, recorded, heartbeat) {
        (Why::Heartbeat, Some(recorded), Some(heartbeat)) => recorded >= heartbeat,
        (Why::Heartbeat | Why::NeverHeard | Why::Unreadable | Why::Future | Why::Gone | Why::Left, ..) => {
            true
        }
    }
}

fn stored(silent: &SilentView) -> Silent {
    Silent {
        conversation: silent.conversation.clone(),
        participant: silent.participant.clone(),
        role: silent.role.clone(),
        status: silent.status.clone().unwrap_or_default(),
        last_heartbeat: silent.last_heartbeat.clone(),
        silent_s: i64::try_from(silent.silent_s).ok(),
        why: match silent.why {
            // Whoever is gone is not heard either.
            Why::Heartbeat | Why::Gone | Why::Left => Silence::Heartbeat,
            Why::NeverHeard => Silence::NeverHeard,
            Why::Unreadable => Silence::Unreadable,
            Why::Future => Silence::Future,
        },
    }
}

fn all(store: &Store, conversation: &str) -> anyhow::Result<Vec<Letter>> {
    let mut letters: Vec<Letter> = Vec::new();
    loop {
        let after = letters.last().map_or(0, |letter| letter.id);
        let page = store.letters(conversation, after, PAGE)?;
        let full = page.len() == PAGE;
        letters.extend(page);
        if !full {
            return Ok(letters);
        }
    }
}

/// The questions and proposals to `side` that no later message of its answers.
fn unanswered<'a>(letters: &'a [Letter], side: &str) -> Vec<&'a Letter> {
    let known = letters.iter().filter_map(|letter| Some((letter.uid.as_deref()?, letter.id)));
    let rows: BTreeMap<&str, i64> = known.collect();
    let said = |letter: &'a Letter| Said {
        row: letter.id,
        from: &letter.from,
        to: &letter.to,
        reply_to: letter.reply_to.as_deref().map(|uid| rows.get(uid).copied().unwrap_or_default()),
    };
    let answered = |ask: &'a Letter| letters.iter().any(|letter| answers(&said(letter), &said(ask)));
    letters.iter().filter(|ask| ask.to == side && is_ask(ask.kind.as_deref()) && !answered(ask)).collect()
}
