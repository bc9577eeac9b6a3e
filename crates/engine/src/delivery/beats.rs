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

/// When the last heartbeat of each was written who was beaten for at the last look: nothing is kept, and nothing due, of
/// those who left.
#[derive(Default)]
pub(super) struct Beats {
    written: BTreeMap<(String, String), Tick>,
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
        let before = std::mem::take(&mut self.written);
        for bridge in bridges.all() {
            if let Err(error) = self.write_in(bridge, &before, living, settings, now) {
                tracing::warn!("no heartbeats in {}: {error}", bridge.path.display());
            }
        }
    }

    /// When the next ones are due; `None` while nobody takes part anywhere.
    pub(super) fn due(&self, now: Tick) -> Option<Tick> {
        self.written.values().map(|at| at.plus(EVERY).max(now)).min()
    }

    fn write_in(
        &mut self,
        bridge: &mut Bridge,
        before: &BTreeMap<(String, String), Tick>,
        living: &[Living],
        settings: &Settings,
        now: Moment,
    ) -> Result<(), StoreError> {
        for participant in bridge.store.held(now.wall)? {
            let key = (bridge.named(&participant.conversation).to_string(), participant.participant.clone());
            let holds = |session: &&Living| participant.bearer.process.as_ref() == Some(&session.process);
            let Some(session) = living.iter().find(holds) else { continue };
            if !bridge.has_heartbeats(&participant.conversation, settings) {
                continue;
            }
            if let Some(at) = before.get(&key).filter(|at| now.tick.since(**at) < EVERY) {
                self.written.insert(key, *at);
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

#[cfg(test)]
mod tests {
    use std::path::Path;

    use peerwatch_bridge::{Process, Store};
    use peerwatch_core::{Process as ProcessState, Status, StatusWord, Timestamp, WorkerId};

    use super::*;

    fn at(second: i64) -> Moment {
        Moment { tick: Tick(second * 1_000), wall: Timestamp(1_795_406_706_000 + second * 1_000) }
    }

    fn session(pid: u32) -> Living {
        Living {
            worker: WorkerId::session(pid, "9"),
            name: format!("worker {pid}"),
            process: Process { pid, start: "9".into() },
            session_id: format!("session {pid}"),
            cwd: None,
            state: ProcessState::Alive,
            status: Status { word: StatusWord::Idle, waiting_for: None },
            since: Tick(0),
            evidence: "process alive".into(),
        }
    }

    /// A bridge in which each of these has a role; gives the conversation.
    fn bridge(path: &Path, sessions: &[Living]) -> String {
        let mut store = Store::open(path).unwrap();
        let conversation = store.bridge("main", at(0).wall).unwrap();
        for session in sessions {
            store.join(&conversation, &session.name, &session.bearer(), &|_| false, at(0).wall).unwrap();
        }
        conversation
    }

    #[test]
    fn who_has_left_is_forgotten_and_makes_nothing_due() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bridge.db");
        let living = [session(1), session(2)];
        let conversation = bridge(&path, &living);
        let (mut bridges, mut beats, settings) = (Bridges::default(), Beats::default(), Settings::default());
        bridges.follow(&path, &[], &settings);
        beats.write(&mut bridges, &living, &settings, at(1));
        assert_eq!(beats.due(at(1).tick), Some(at(31).tick));

        bridges.at(&path).unwrap().store.leave(&conversation, "b", at(2).wall).unwrap();
        for second in [31, 61] {
            beats.write(&mut bridges, &living, &settings, at(second));
            assert_eq!(beats.due(at(second).tick), Some(at(second + 30).tick), "one is beaten for");
        }
        beats.write(&mut bridges, &living[1..], &settings, at(91));
        assert_eq!(beats.due(at(91).tick), None, "nobody is left who lives");
        assert!(beats.written.is_empty());
    }
}
