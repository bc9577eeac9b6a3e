//! The post of one client: what all its calls share, and the handing out of messages.

use std::collections::HashSet;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use peerwatch_core::Timestamp;
use rmcp::model::RequestId;
use tokio::sync::watch;

use super::call::Call;
use super::clerk::{Clerk, Lost};
use super::fetches::{Fate, Fetch, Fetches};
use super::own::Losses;
use super::{Caller, Options, ServeError, Surroundings};
use crate::{Fetcher, Letter, Participant, Store, StoreError};

/// What all calls share.
pub(super) struct Post {
    pub(super) options: Options,
    pub(super) surroundings: Arc<dyn Surroundings>,
    clerk: Clerk,
    fetches: Fetches,
    announced: Mutex<HashSet<i64>>,
    pub(super) losses: Losses,
    ended: watch::Receiver<bool>,
}

impl Post {
    /// Opens the database. `ended` becomes true when the client is gone.
    pub(super) fn open(
        options: Options,
        surroundings: Arc<dyn Surroundings>,
        ended: watch::Receiver<bool>,
    ) -> Result<Post, ServeError> {
        let clerk = Clerk::start(options.database.clone())?;
        Ok(Post {
            options,
            surroundings,
            clerk,
            fetches: Fetches::default(),
            announced: Mutex::default(),
            losses: Losses::default(),
            ended,
        })
    }

    pub(super) fn path(&self) -> &Path {
        self.clerk.path()
    }

    /// Who makes the call `tool_use`.
    pub(super) async fn caller(&self, tool_use: Option<String>) -> Option<Caller> {
        let surroundings = self.surroundings.clone();
        tokio::task::spawn_blocking(move || surroundings.caller(tool_use.as_deref())).await.ok()
    }

    /// Does `job` on the store.
    pub(super) async fn store<T: Send + 'static>(
        self: &Arc<Post>,
        call: &Arc<Call>,
        job: impl FnOnce(&Post, &Call, &mut Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let (post, call) = (self.clone(), call.clone());
        self.clerk.run(move |store| job(&post, &call, store)).await
    }

    /// Returns when the client is gone.
    pub(super) async fn ended(&self) {
        let mut ended = self.ended.clone();
        // The sender lives as long as the transport; without it the client is gone as well.
        drop(ended.wait_for(|ended| *ended).await);
    }

    /// The call's answer is on its way.
    pub(super) async fn answered(&self, call: &Call) {
        self.fetches.answered(call.request(), self.surroundings.now());
        if call.is_cancelled() {
            self.cancelled(call.request()).await;
        }
    }

    /// The client gave the call up, and will throw its answer away: what it fetched is unread again.
    pub(super) async fn cancelled(&self, request: &RequestId) {
        let letters: Vec<_> =
            self.fetches.take(request).into_iter().flat_map(|fetch| fetch.letters).collect();
        if letters.is_empty() {
            return;
        }
        let now = self.surroundings.now();
        let undone = self.clerk.run(move |store| store.undo_fetch(&letters, now)).await;
        match undone {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "a cancelled fetch could not be undone"),
            Err(error) => tracing::warn!(%error, "a cancelled fetch could not be undone"),
        }
    }

    /// Notes which earlier fetches have arrived, now that the same worker calls again.
    pub(super) fn confirm_earlier(&self, store: &mut Store, call: &Call) -> Result<(), StoreError> {
        let now = self.surroundings.now();
        for fetch in self.fetches.all() {
            let shown = self.was_shown(&fetch.fetcher, call);
            if fetch.fate(shown, fetch.bearer.agent == call.caller.bearer.agent, now) == Fate::Arrived {
                store.confirm(&fetch.conversation, &fetch.participant, &fetch.fetcher, now)?;
                self.fetches.settle(&fetch);
            }
        }
        Ok(())
    }

    /// Hands out what waits for a participant, and what an earlier fetch lost.
    pub(super) fn fetch(
        &self,
        store: &mut Store,
        call: &Call,
        conversation: &str,
        participant: &str,
    ) -> Result<Vec<Letter>, StoreError> {
        let now = self.surroundings.now();
        let mut own = self.fetches.all();
        own.retain(|fetch| fetch.conversation == conversation && fetch.participant == participant);
        // Decided before the store is locked: a look into a transcript takes its time.
        let mut lost = Vec::new();
        for earlier in store.unconfirmed(conversation, participant)? {
            match self.fate(&earlier, &own, call, now) {
                Fate::Open => {}
                Fate::Arrived => drop(store.confirm(conversation, participant, &earlier, now)?),
                Fate::Lost => lost.push(earlier),
            }
        }
        let was_lost = |earlier: &Fetcher| lost.contains(earlier);
        let letters = store.fetch(conversation, participant, &call.fetcher(), &was_lost, now)?;
        self.remember(call, conversation, participant, &letters, &own);
        Ok(letters)
    }

    /// How many messages for a participant lie in its session's queue, each counted once: they are shown to it after the
    /// result of the call that is under way, so that waiting on would keep them from it.
    pub(super) fn coming(
        &self,
        store: &Store,
        conversation: &str,
        participant: &str,
    ) -> Result<usize, StoreError> {
        let mut announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
        let queued = store.peek(conversation, participant)?.into_iter().filter(|letter| {
            let receipt = &letter.receipt;
            !letter.read && receipt.accepted.is_some() && receipt.seen.is_none() && receipt.trouble.is_none()
        });
        Ok(queued.filter(|letter| announced.insert(letter.id)).count())
    }

    /// What became of an earlier fetch for the caller. `own` are those of this server; the others were made by a server
    /// before it or beside it.
    fn fate(&self, earlier: &Fetcher, own: &[Fetch], call: &Call, now: Timestamp) -> Fate {
        let shown = self.was_shown(earlier, call);
        if let Some(fetch) = own.iter().rev().find(|fetch| fetch.fetcher == *earlier) {
            return fetch.fate(shown, false, now);
        }
        let is_callers = earlier.process.is_some() && earlier.process == call.caller.bearer.process;
        match shown {
            Some(true) => Fate::Arrived,
            Some(false) => Fate::Lost,
            // The same session calls again, so it has gone on since.
            None if is_callers => Fate::Arrived,
            None if earlier.process.as_ref().is_none_or(|process| self.surroundings.is_dead(process)) => {
                Fate::Lost
            }
            None => Fate::Open,
        }
    }

    fn remember(
        &self,
        call: &Call,
        conversation: &str,
        participant: &str,
        letters: &[Letter],
        earlier: &[Fetch],
    ) {
        if letters.is_empty() {
            return;
        }
        let letters: Vec<_> = letters.iter().map(|letter| letter.id).collect();
        for lost in earlier.iter().filter(|fetch| fetch.letters.iter().all(|id| letters.contains(id))) {
            self.fetches.settle(lost);
        }
        self.fetches.add(Fetch {
            request: call.request().clone(),
            conversation: conversation.to_owned(),
            participant: participant.to_owned(),
            bearer: call.caller.bearer.clone(),
            fetcher: call.fetcher(),
            letters,
            answered: None,
        });
    }

    pub(super) fn was_shown(&self, fetcher: &Fetcher, call: &Call) -> Option<bool> {
        self.surroundings.was_shown(&call.caller.bearer, fetcher.call.as_deref()?)
    }

    /// Remembers which session holds a side, once it has proven that it does.
    pub(super) fn bind(
        &self,
        store: &mut Store,
        call: &Call,
        conversation: &str,
        participant: &str,
    ) -> Result<(), StoreError> {
        let bearer = &call.caller.bearer;
        let is_known = |known: &Participant| known.participant == participant && known.bearer == *bearer;
        if bearer.process.is_some() && !store.participants(conversation)?.iter().any(is_known) {
            store.bind(conversation, participant, bearer, self.surroundings.now())?;
        }
        Ok(())
    }
}
