//! What the person looks at, of which there is no need to tell.

use std::collections::VecDeque;
use std::collections::btree_map::Entry;
use std::time::Duration;

use super::Desk;
use crate::alert::Alert;
use crate::cause::Cause;
use crate::effect::Effect;
use crate::{AlertId, ConversationId, Tick, WorkerId};

/// Whoever is asked what is in front has this long to answer; then it is told.
const PATIENCE: Duration = Duration::from_millis(500);
/// Who had it before the eyes knows of it. Should it still stand after this long, the person may have gone elsewhere.
const SEEN_FOR: Duration = Duration::from_secs(5 * 60);

impl Desk {
    /// A person looks at a worker and its conversation in Peerwatch's window: of those there is no need to tell.
    pub(crate) fn look(
        &mut self,
        worker: Option<WorkerId>,
        conversation: Option<ConversationId>,
        effects: &mut VecDeque<Effect>,
    ) {
        (self.looking_at, self.looking_into) = (worker, conversation);
        let seen: Vec<AlertId> =
            self.alerts.values().filter(|alert| self.is_looked_at(alert)).map(|alert| alert.id).collect();
        for id in seen {
            if let Some(alert) = self.alerts.get(&id) {
                self.held.drop(&alert.cause.key(), effects);
            }
            self.shown.withdraw(id, &self.alerts, effects);
        }
    }

    /// Whether a person has this conversation before them.
    pub(crate) fn is_read(&self, conversation: &ConversationId) -> bool {
        self.looking_into.as_ref() == Some(conversation)
    }

    pub(super) fn is_looked_at(&self, alert: &Alert) -> bool {
        match &alert.cause {
            Cause::Messages(conversation) => self.is_read(conversation),
            cause => cause.worker().is_some() && cause.worker() == self.looking_at.as_ref(),
        }
    }

    /// Asks whether the terminal of an alert's worker is before the person's eyes.
    pub(super) fn ask(&mut self, id: AlertId, now: Tick, effects: &mut VecDeque<Effect>) {
        let Some(worker) = self.alerts.get(&id).and_then(|alert| alert.cause.worker()) else { return };
        if let Entry::Vacant(asked) = self.asked.entry(id) {
            asked.insert(now.plus(PATIENCE));
            effects.push_back(Effect::AskInFront(worker.clone()));
        }
    }

    /// What waited for this answer and is to be told now. What the person looks at is put off.
    pub(crate) fn answered(&mut self, worker: &WorkerId, is_in_front: bool, now: Tick) -> Vec<AlertId> {
        let about =
            |id: &AlertId| self.alerts.get(id).is_some_and(|alert| alert.cause.worker() == Some(worker));
        let ids: Vec<AlertId> = self.asked.keys().copied().filter(about).collect();
        self.asked.retain(|id, _| !ids.contains(id));
        if !is_in_front {
            return ids;
        }
        self.snoozed.extend(ids.into_iter().map(|id| (id, now.plus(SEEN_FOR))));
        Vec::new()
    }

    /// What has waited for an answer long enough, to be told now.
    pub(crate) fn take_unanswered(&mut self, now: Tick) -> Vec<AlertId> {
        let due: Vec<AlertId> = self.asked.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        self.asked.retain(|_, at| *at > now);
        due
    }
}
