//! Messages that were fetched and never came before their reader: its process died in between.

use std::collections::BTreeMap;
use std::path::PathBuf;

use peerwatch_bridge::{Fetcher, Process, StoreError};
use peerwatch_core::Timestamp;
use peerwatch_sources::claude;
use peerwatch_sources::process::Processes;

use super::bridges::{Bridge, Bridges};

/// Makes those unread again, and so due for delivery, whose fetch is proven lost.
pub(super) fn reclaim(bridges: &mut Bridges, claude: &[PathBuf], processes: &dyn Processes, now: Timestamp) {
    for bridge in bridges.all() {
        match reclaim_in(bridge, claude, processes, now) {
            Ok(0) => {}
            Ok(count) => {
                tracing::info!(count, "messages were fetched by a process that died; they wait again")
            }
            Err(error) => tracing::warn!("lost messages in {}: {error}", bridge.path.display()),
        }
    }
}

fn reclaim_in(
    bridge: &mut Bridge,
    claude: &[PathBuf],
    processes: &dyn Processes,
    now: Timestamp,
) -> Result<usize, StoreError> {
    let held = bridge.store.held(now)?.into_iter();
    let sessions: BTreeMap<Process, String> =
        held.filter_map(|place| place.bearer.process.zip(place.bearer.session_id)).collect();
    let was_lost = |fetcher: &Fetcher| {
        let Some(process) = &fetcher.process else { return false };
        let dead = processes.look(process.pid, Some(&process.start)).is_dead();
        dead && !was_shown(fetcher, sessions.get(process), claude)
    };
    bridge.store.reclaim(&was_lost)
}

/// Whether a transcript shows the result of the call by which a message was fetched.
fn was_shown(fetcher: &Fetcher, session: Option<&String>, claude: &[PathBuf]) -> bool {
    let (Some(call), Some(session)) = (&fetcher.call, session) else { return false };
    claude.iter().any(|config| claude::was_shown(config, session, call) == Some(true))
}
