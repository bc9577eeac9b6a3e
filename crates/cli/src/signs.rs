//! What a bridge database says of those who should be heard.

use std::path::Path;
use std::time::Duration;

use peerwatch_bridge::{Coordinator, Schema, Silence, Silent, Store, schema_of};
use peerwatch_core::Timestamp;

use crate::shapes::Why;
use crate::silence::{Key, Sign};

/// A heartbeat that is written while it is looked must not seem to be none.
const AHEAD: Duration = Duration::from_secs(2);

/// Everybody who is to be heard in a database, with their last sign of life. Whoever never sends heartbeats is to be
/// heard only while messages wait for them.
pub(crate) fn read(path: &Path, now: Timestamp) -> anyhow::Result<Vec<Sign>> {
    let later = now.plus(AHEAD);
    let database = path.to_string_lossy().into_owned();
    let mut signs = Vec::new();
    match schema_of(path)? {
        Schema::Original => {
            let store = Store::open_existing(path)?;
            for one in store.silent(Duration::ZERO, later)? {
                let beats = one.last_heartbeat.is_some();
                if beats || !store.peek(&one.conversation, &one.participant)?.is_empty() {
                    signs.push(sign(&database, one, later));
                }
            }
        }
        Schema::Coordinator => {
            let coordinator = Coordinator::open_existing(path)?;
            for one in coordinator.silent(Duration::ZERO, later)? {
                let beats = one.last_heartbeat.is_some();
                if beats || !coordinator.unread(&one.conversation)?.is_empty() {
                    signs.push(sign(&database, one, later));
                }
            }
        }
    }
    Ok(signs)
}

fn sign(database: &str, one: Silent, later: Timestamp) -> Sign {
    let why = match one.why {
        Silence::Heartbeat => Why::Heartbeat,
        Silence::NeverHeard => Why::NeverHeard,
        Silence::Unreadable => Why::Unreadable,
        Silence::Future => Why::Future,
    };
    let since = one.silent_s.map(|seconds| Timestamp(later.0.saturating_sub(seconds.saturating_mul(1000))));
    Sign {
        key: Key { database: database.into(), conversation: one.conversation, participant: one.participant },
        role: one.role,
        status: Some(one.status).filter(|status| status != "unknown"),
        heartbeat: one.last_heartbeat,
        since,
        why,
    }
}
