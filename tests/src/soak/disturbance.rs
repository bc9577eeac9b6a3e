//! What goes wrong on a machine: sessions die and are resumed, the engine dies and is started anew.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::watchman::Watchman;
use crate::bridge_sessions::Bridged;
use crate::claude::Session;
use crate::ledger::eventually;
use crate::process::{Stray, send};

/// How long a killed session is away: messages to it wait meanwhile.
const AWAY: Duration = Duration::from_secs(2);

/// One who takes part, whichever process it is by now.
pub(super) struct Member {
    role: String,
    session: String,
    process: Stray,
}

impl Member {
    pub(super) fn of(role: &str, session: &Session<'_>) -> Self {
        let process = Stray::of(session.pid()).expect("a living session");
        Self { role: role.to_owned(), session: session.id(), process }
    }

    /// Kills it with -9, as a crash would.
    fn kill(&self) {
        send(self.process.pid, Signal::KILL);
        eventually("the session's death", Duration::from_secs(20), || {
            (!self.process.is_alive()).then_some(())
        });
    }

    fn resume(&mut self, bridged: &Bridged) {
        let session = bridged.resumed(&self.role, &self.session);
        assert_eq!(session.id(), self.session, "it goes on under its id");
        *self = Self::of(&self.role, &session);
    }
}

/// When what is disturbed next.
pub(super) struct Disturbances {
    members: Vec<Member>,
    span: Duration,
    sessions: usize,
    engines: usize,
}

impl Disturbances {
    pub(super) fn new(members: Vec<Member>, span: Duration) -> Self {
        Self { members, span, sessions: 0, engines: 0 }
    }

    /// How many sessions and engines were killed.
    pub(super) fn made(&self) -> [usize; 2] {
        [self.sessions, self.engines]
    }

    /// Makes them until the time is over. The engine is left alone after the first third, so that its growth can be seen.
    pub(super) fn make(&mut self, bridged: &mut Bridged, began: Instant, watchman: &Watchman) {
        let session_every = (self.span / 5).clamp(Duration::from_secs(10), Duration::from_secs(60));
        let engine_every = (self.span / 12).clamp(Duration::from_secs(5), Duration::from_secs(30));
        let (mut next_session, mut next_engine) = (session_every, engine_every);
        loop {
            let engine_due = Some(next_engine).filter(|due| *due < self.span / 3 - engine_every / 2);
            let due = engine_due.map_or(next_session, |due| due.min(next_session));
            // A session that is killed in the last moments is still away at the end.
            if due + AWAY > self.span {
                break;
            }
            std::thread::sleep((began + due).saturating_duration_since(Instant::now()));
            if engine_due == Some(due) {
                self.engine(bridged, watchman);
                next_engine += engine_every;
            } else {
                self.session(bridged);
                next_session += session_every;
            }
        }
    }

    fn session(&mut self, bridged: &Bridged) {
        let count = self.members.len();
        let member = &mut self.members[self.sessions % count];
        member.kill();
        std::thread::sleep(AWAY);
        member.resume(bridged);
        self.sessions += 1;
    }

    fn engine(&mut self, bridged: &mut Bridged, watchman: &Watchman) {
        bridged.kill_engine();
        bridged.start_engine();
        watchman.look_at(bridged.watched.engine.pid());
        self.engines += 1;
    }
}
