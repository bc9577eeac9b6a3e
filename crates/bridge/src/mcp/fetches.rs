//! What this server handed out and does not know to have arrived.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use peerwatch_core::Timestamp;
use rmcp::model::RequestId;

use crate::{Bearer, Fetcher};

/// A call's result stands in the transcript some time after the answer; until then its absence proves nothing.
const GRACE: Duration = Duration::from_secs(5);
/// More are not remembered; the store remembers them all.
const KEPT: usize = 256;

/// What one call fetched for one participant.
#[derive(Clone, Debug)]
pub(super) struct Fetch {
    pub(super) request: RequestId,
    pub(super) conversation: String,
    pub(super) participant: String,
    pub(super) bearer: Bearer,
    pub(super) fetcher: Fetcher,
    pub(super) letters: Vec<i64>,
    /// When the answer was given; `None` while the call is under way.
    pub(super) answered: Option<Timestamp>,
}

/// The fetches that are not known to have arrived, oldest first.
#[derive(Debug, Default)]
pub(super) struct Fetches(Mutex<VecDeque<Fetch>>);

/// What can be said of an earlier fetch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Fate {
    /// It may still arrive.
    Open,
    /// The model has it.
    Arrived,
    /// The model will never have it.
    Lost,
}

impl Fetch {
    /// What `shown` (the transcript, if it can be read) and the clock say of it. `comes_again` is whether the same worker
    /// makes another call, which it does after it has read the results of the earlier ones.
    pub(super) fn fate(&self, shown: Option<bool>, comes_again: bool, now: Timestamp) -> Fate {
        let Some(answered) = self.answered else { return Fate::Open };
        match shown {
            Some(true) => Fate::Arrived,
            Some(false) if now >= answered.plus(GRACE) => Fate::Lost,
            Some(false) => Fate::Open,
            None if comes_again => Fate::Arrived,
            None => Fate::Open,
        }
    }
}

impl Fetches {
    pub(super) fn add(&self, fetch: Fetch) {
        let mut kept = self.lock();
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back(fetch);
    }

    /// The call `request` gave its answer at `now`.
    pub(super) fn answered(&self, request: &RequestId, now: Timestamp) {
        for fetch in self.lock().iter_mut().filter(|fetch| &fetch.request == request) {
            fetch.answered.get_or_insert(now);
        }
    }

    /// Takes out what the call `request` fetched.
    pub(super) fn take(&self, request: &RequestId) -> Vec<Fetch> {
        let mut kept = self.lock();
        let (taken, rest) = kept.drain(..).partition::<Vec<_>, _>(|fetch| &fetch.request == request);
        kept.extend(rest);
        taken
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Fetch> {
        self.lock().iter().cloned().collect()
    }

    /// Nothing is open any more of the same call and participant.
    pub(super) fn settle(&self, settled: &Fetch) {
        self.lock().retain(|fetch| {
            fetch.request != settled.request
                || fetch.conversation != settled.conversation
                || fetch.participant != settled.participant
        });
    }

    /// A panic in between leaves the list whole.
    fn lock(&self) -> MutexGuard<'_, VecDeque<Fetch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
