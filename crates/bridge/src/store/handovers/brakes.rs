//! What holds a handover back: one that comes too soon, or too often.

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};

use super::number;
use crate::task::error::TaskError;
use crate::{Actor, Revocation};

/// Refuses a handover that is held back. Those from after now, from before a clock was set back, do not count as recent.
pub(super) fn allow(db: &Connection, task: i64, how: &Revocation, now: Timestamp) -> Result<(), TaskError> {
    let count =
        number(db, "SELECT count(*) FROM peerwatch_handovers WHERE task_id = ?", [task])?.unwrap_or(0);
    if count >= i64::from(how.brakes.most) {
        let why = format!("task {task} was handed over {count} times already: a person must decide");
        return Err(TaskError::Braked { why, until: None });
    }
    let sql =
        "SELECT at_ms FROM peerwatch_handovers WHERE task_id = ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1";
    let last = number(db, sql, params![task, now.0])?;
    if let Some(until) = ends(last, how.brakes.pause_ms, now) {
        let why = format!("task {task} was handed over a short while ago; it is left alone");
        return Err(TaskError::Braked { why, until: Some(until) });
    }
    if how.actor == Actor::Peerwatch {
        let sql = "SELECT at_ms FROM peerwatch_handovers WHERE actor = ? AND at_ms <= ? ORDER BY at_ms DESC LIMIT 1";
        let last = number(db, sql, params![how.actor.word(), now.0])?;
        if let Some(until) = ends(last, how.brakes.own_pause_ms, now) {
            let why = "Peerwatch has just begun another handover by itself; it waits".into();
            return Err(TaskError::Braked { why, until: Some(until) });
        }
    }
    Ok(())
}

/// When the pause after the last one ends, unless it has.
fn ends(last: Option<i64>, pause_ms: i64, now: Timestamp) -> Option<Timestamp> {
    last.map(|last| last.saturating_add(pause_ms)).filter(|until| *until > now.0).map(Timestamp)
}
