//! Heartbeats for those who are proven alive, where their partners look for them.
//!
//! They cost no token and start no process: the engine knows who lives, by pid and process start.

use std::collections::BTreeMap;
use std::time::Duration;

use peerwatch_bridge::StoreError;
use peerwatch_core::{Moment, Tick};
use peerwatch_wire::Settings;

use super::bridges::{Bridge, Bridges};
use super::living::Living;

/// The original calls a partner dead that was not heard for 120 s: this leaves room for three.
pub(super) const EVERY: Duration = Duration::from_secs(30);

/// When each participant's last heartbeat was written.
#[derive(Default)]
pub(super) struct Beats {
    written: BTreeMap<(String, String), Tick>,
    /// Whether anybody was beaten for at the last look.
    anybody: bool,
}

impl Beats {
    /// Writes the heartbeats that are due.
    pub(super) fn write(
        &mut self,
        bridges: &mut Bridges,
        living: &[Living],
        settings: &Settings,
        now: Moment,
    ) {
        self.anybody = false;
        for bridge in bridges.all() {
            if let Err(error) = self.write_in(bridge, living, settings, now) {
                tracing::warn!("no heartbeats in {}: {error}", bridge.path.display());
            }
        }
    }

    /// When the next ones are due; `None` while nobody takes part anywhere.
    pub(super) fn due(&self, now: Tick) -> Option<Tick> {
        if !self.anybody {
            return None;
        }
        Some(self.written.values().map(|at| at.plus(EVERY)).min().unwrap_or(now).max(now))
    }

    fn write_in(
        &mut self,
        bridge: &mut Bridge,
        living: &[Living],
        settings: &Settings,
        now: Moment,
    ) -> Result<(), StoreError> {
        for participant in bridge.store.held(now.wall)? {
            let key = (bridge.named(&participant.conversation).to_string(), participant.participant.clone());
            let holds = |session: &&Living| participant.bearer.process.as_ref() == Some(&session.process);
            let Some(session) = living.iter().find(holds) else {
                self.written.remove(&key);
                continue;
            };
            if !bridge.has_heartbeats(&participant.conversation, settings) {
                continue;
            }
            self.anybody = true;
            if self.written.get(&key).is_some_and(|at| now.tick.since(*at) < EVERY) {
                continue;
            }
            bridge.store.beat(
                &participant.conversation,
                &participant.participant,
                &session.evidence,
                now.wall,
            )?;
            bridge.store.renew_leases(&participant.conversation, &participant.participant, now.wall)?;
            self.written.insert(key, now.tick);
        }
        Ok(())
    }
}
