//! Who should be heard and is not. Fails closed: who was never heard, or whose time makes no sense, is silent too.

use std::collections::BTreeMap;
use std::time::Duration;

use peerwatch_core::Timestamp;
use rusqlite::Connection;

use super::{Store, StoreError};
use crate::participant::Kind;
use crate::python;

/// A heartbeat this far ahead of the clock comes from a clock that was set back, in milliseconds.
const AHEAD: i64 = 60_000;

/// Why somebody counts as silent.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Silence {
    /// Nothing was heard for longer than the threshold.
    Heartbeat,
    /// Nothing was ever heard.
    NeverHeard,
    /// The time of the last heartbeat cannot be read.
    Unreadable,
    /// The last heartbeat lies in the future.
    Future,
}

/// One who is silent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Silent {
    /// The conversation.
    pub conversation: String,
    /// The participant's letter.
    pub participant: String,
    /// Its role.
    pub role: String,
    /// What it declared; `unknown` when it never did.
    pub status: String,
    /// When it last declared anything, as the database has it.
    pub last_heartbeat: Option<String>,
    /// For how long it has not been heard, in seconds; negative for a time in the future, `None` when nobody can say.
    pub silent_s: Option<i64>,
    /// Why it counts as silent.
    pub why: Silence,
}

/// A time for each conversation and participant.
type Times = BTreeMap<(String, String), Timestamp>;

impl Store {
    /// All who have not been heard for longer than `threshold`, longest first. A heartbeat, a message and a fetch are
    /// signs of life. Left out are who declared `complete` or left, expired conversations, and those with the person, in
    /// which nobody beats.
    pub fn silent(&self, threshold: Duration, now: Timestamp) -> Result<Vec<Silent>, StoreError> {
        let mut silent = Vec::new();
        let conversations = self.conversations()?;
        let (statuses, signs) = self.read::<_, StoreError>(|db| Ok((statuses(db)?, signs(db)?)))?;
        let lasting = conversations.into_iter().filter(|one| one.expires.is_none_or(|expires| expires > now));
        let watched = lasting.filter(|one| one.participants.iter().all(|part| part.kind != Kind::Person));
        for participant in watched.flat_map(|conversation| conversation.participants) {
            if participant.left.is_some() {
                continue;
            }
            let key = (participant.conversation.clone(), participant.participant.clone());
            let declared = statuses.get(&key);
            let sign = signs.get(&key).copied().filter(|sign| *sign <= now);
            let heartbeat = declared.map(|(_, at)| at.as_str());
            let Some((why, since)) = verdict(heartbeat, sign, participant.joined, threshold, now) else {
                continue;
            };
            let status = declared.map_or("unknown", |(status, _)| status);
            if status == "complete" {
                continue;
            }
            silent.push(Silent {
                conversation: participant.conversation,
                participant: participant.participant,
                role: participant.role,
                status: status.into(),
                last_heartbeat: heartbeat.map(str::to_owned),
                silent_s: since.map(|since| (now.0 - since.0).div_euclid(1000)),
                why,
            });
        }
        silent.sort_by_key(|one| std::cmp::Reverse(one.silent_s.unwrap_or(i64::MAX)));
        Ok(silent)
    }
}

/// Why one is silent and since when; `None` when it is not.
pub(crate) fn verdict(
    heartbeat: Option<&str>,
    sign: Option<Timestamp>,
    began: Timestamp,
    threshold: Duration,
    now: Timestamp,
) -> Option<(Silence, Option<Timestamp>)> {
    let is_recent = |at: Timestamp| at.plus(threshold) >= now;
    if sign.is_some_and(is_recent) {
        return None;
    }
    let Some(text) = heartbeat else {
        return match sign {
            Some(sign) => Some((Silence::Heartbeat, Some(sign))),
            None => (!is_recent(began)).then_some((Silence::NeverHeard, Some(began))),
        };
    };
    match python::time(text) {
        None => Some((Silence::Unreadable, sign)),
        Some(at) if at.0 > now.0.saturating_add(AHEAD) => Some((Silence::Future, Some(at))),
        Some(at) if is_recent(at) => None,
        Some(at) => Some((Silence::Heartbeat, Some(sign.map_or(at, |sign| sign.max(at))))),
    }
}

fn statuses(db: &Connection) -> rusqlite::Result<BTreeMap<(String, String), (String, String)>> {
    let sql = "SELECT conversation_id, session_id, status, CAST(last_heartbeat AS TEXT) FROM session_status";
    db.prepare_cached(sql)?
        .query_map([], |row| Ok(((row.get(0)?, row.get(1)?), (row.get(2)?, row.get(3)?))))?
        .collect()
}

/// When each participant last sent or fetched, as far as those times can be read.
fn signs(db: &Connection) -> rusqlite::Result<Times> {
    let sql = "SELECT conversation_id, session_id, max(timestamp) FROM audit_log
        WHERE conversation_id IS NOT NULL AND session_id IS NOT NULL AND action IN ('send_message', 'get_messages')
        GROUP BY conversation_id, session_id
      UNION ALL SELECT conversation_id, from_session, max(timestamp) FROM messages GROUP BY conversation_id, from_session";
    let mut times = Times::new();
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let text: String = row.get(2)?;
        if let Some(at) = python::time(&text) {
            let newest = times.entry((row.get(0)?, row.get(1)?)).or_default();
            *newest = at.max(*newest);
        }
    }
    Ok(times)
}
