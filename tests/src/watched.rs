//! A running engine with somebody who watches it: what was said of a worker, and how soon.

use std::time::{Duration, SystemTime};

use crate::claude::{Entry, Session};
use crate::process::Running;
use crate::product::{Line, Peerwatch, Watch, Worker};

const PATIENCE: Duration = Duration::from_secs(10);
/// What a change of a session may take to be said.
const SOON: Duration = Duration::from_secs(1);

/// An engine and a watch on it.
#[derive(Debug)]
pub struct Watched<'w> {
    /// What is said.
    pub watch: Watch,
    /// The engine.
    pub engine: Running,
    peerwatch: &'w Peerwatch,
}

impl<'w> Watched<'w> {
    /// Starts an engine, and a watch on it.
    pub fn begin(peerwatch: &'w Peerwatch) -> Self {
        let engine = peerwatch.run();
        Self { watch: peerwatch.watch(), engine, peerwatch }
    }

    /// The worker that is this session, as soon as it is known.
    pub fn worker(&self, session: &Session<'_>) -> Worker {
        self.worker_where("a worker with the session's pid", |worker| worker.pid == Some(session.pid()))
    }

    /// The first worker that fits, as soon as there is one.
    pub fn worker_where(&self, what: &str, fits: impl Fn(&Worker) -> bool) -> Worker {
        self.peerwatch
            .await_status(what, PATIENCE, |status| status.workers.iter().find(|worker| fits(worker)).cloned())
    }

    /// Checks that `peerwatch status` judges a session so, with evidence.
    ///
    /// # Panics
    /// When it says something else, or gives no evidence.
    pub fn expect(&self, session: &Session<'_>, presence: &str) -> Worker {
        let worker = self.worker_where(&format!("pid {} {presence}", session.pid()), |worker| {
            worker.pid == Some(session.pid()) && worker.presence == presence
        });
        assert!(!worker.witnesses.is_empty(), "no evidence for {worker:#?}");
        worker
    }

    /// Checks that the watch says `presence` of a session within a second of the registry's change of status.
    ///
    /// # Panics
    /// When it does not, or too late.
    pub fn expect_soon(&self, start: usize, session: &Session<'_>, presence: &str, entry: &Entry) -> Line {
        self.expect_soon_after(start, session, presence, entry.changed_at())
    }

    /// The same for changes that the registry does not tell, as a death.
    pub fn expect_soon_after(
        &self,
        start: usize,
        session: &Session<'_>,
        presence: &str,
        changed: SystemTime,
    ) -> Line {
        let id = self.worker(session).id;
        let line = self.watch.await_presence(start, &id, presence, PATIENCE);
        let late = line.at_wall.duration_since(changed).unwrap_or_default();
        assert!(late <= SOON, "{presence} was said after {late:?}: {}", line.event);
        line
    }
}
