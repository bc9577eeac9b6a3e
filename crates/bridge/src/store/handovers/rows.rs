//! Reads handovers.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, Params, Row, params};

use crate::participant::{Bearer, Kind, Participant};
use crate::store::tasks::rows::People;
use crate::task::Step;
use crate::task::error::TaskError;
use crate::{Actor, Confirmation, Handover};

/// What a [`Handover`] is read from; a condition and an order follow.
const HANDOVERS: &str = "SELECT h.handover_id, h.task_id, t.subject, h.conversation_id, h.old_owner, h.old_epoch,
      h.new_owner, h.wanted, h.card, h.step, h.reason, h.actor, h.confirmed, h.told, h.granted, h.closed, h.at_ms, h.updated_ms
    FROM peerwatch_handovers h JOIN peerwatch_tasks t USING (task_id) ";

/// One handover that must be there.
pub(super) fn one(db: &Connection, id: i64) -> Result<Handover, TaskError> {
    of(db, id)?.ok_or(TaskError::NoHandover { handover: id })
}

pub(super) fn of(db: &Connection, id: i64) -> rusqlite::Result<Option<Handover>> {
    Ok(select(db, "WHERE h.handover_id = ?", [id])?.pop())
}

pub(super) fn open(db: &Connection) -> rusqlite::Result<Vec<Handover>> {
    select(db, "WHERE h.ended = 0 ORDER BY h.handover_id", [])
}

pub(super) fn listed(
    db: &Connection,
    conversation: Option<&str>,
    limit: usize,
) -> rusqlite::Result<Vec<Handover>> {
    let open = "WHERE h.ended = 0 AND (?1 IS NULL OR h.conversation_id = ?1)";
    let mut found = select(db, open, [conversation])?;
    let ended = "WHERE h.ended = 1 AND (?1 IS NULL OR h.conversation_id = ?1)
        ORDER BY h.updated_ms DESC, h.handover_id DESC LIMIT ?2";
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    found.append(&mut select(db, ended, params![conversation, limit])?);
    found.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok(found)
}

fn select(db: &Connection, rest: &str, values: impl Params) -> rusqlite::Result<Vec<Handover>> {
    let mut statement = db.prepare_cached(&format!("{HANDOVERS}{rest}"))?;
    let found = statement.query_map(values, read)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut people = People::default();
    let mut handovers = Vec::with_capacity(found.len());
    for (mut handover, heir) in found {
        let place = handover.conversation.clone();
        let known = people.find(db, &place, &handover.from.participant)?;
        if let Some(known) = known {
            handover.from = known.clone();
        }
        if let Some(letter) = heir {
            handover.to = people.find(db, &place, &letter)?.cloned();
        }
        handovers.push(handover);
    }
    Ok(handovers)
}

/// A handover, whose people are still to be looked up, and the letter of its heir.
fn read(row: &Row<'_>) -> rusqlite::Result<(Handover, Option<String>)> {
    let (conversation, owner): (String, String) = (row.get(3)?, row.get(4)?);
    let (step, actor): (String, String) = (row.get(9)?, row.get(11)?);
    let confirmed: Option<String> = row.get(12)?;
    let handover = Handover {
        id: row.get(0)?,
        task: row.get(1)?,
        subject: row.get(2)?,
        from: unknown(&conversation, &owner),
        conversation,
        from_epoch: row.get(5)?,
        to: None,
        wanted: row.get(7)?,
        card: row.get(8)?,
        step: Step::of(&step).unwrap_or(Step::Undone),
        reason: row.get(10)?,
        actor: Actor::of(&actor),
        confirmed: confirmed.and_then(|word| Confirmation::of(&word)),
        told: row.get(13)?,
        granted: row.get(14)?,
        closed: row.get(15)?,
        at: Timestamp(row.get(16)?),
        updated: Timestamp(row.get(17)?),
    };
    Ok((handover, row.get(6)?))
}

/// A participant of whom only the letter is left.
fn unknown(conversation: &str, letter: &str) -> Participant {
    Participant {
        conversation: conversation.into(),
        bridge: None,
        participant: letter.into(),
        role: letter.into(),
        kind: Kind::Token,
        bearer: Bearer::default(),
        joined: Timestamp::default(),
        left: None,
    }
}
