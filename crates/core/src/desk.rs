//! The alerts that stand, and which of them a person is told of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::alert::{Alert, AlertRecord, Ending, Wording};
use crate::cause::Cause;
use crate::effect::{Change, Effect};
use crate::held::Held;
use crate::quiet::{Quiet, QuietHours};
use crate::shown::Shown;
use crate::{AlertId, ConversationId, Moment, Tick, Timestamp, WorkerId};

mod holding;
mod looking;

/// Ended alerts that are kept to be shown.
const HISTORY: usize = 200;
/// What is over by itself within this time need not be told. A session that takes a message shows it well within a second.
const MOMENT: Duration = Duration::from_secs(3);

/// Keeps one alert per cause and decides what is notified.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    alerts: BTreeMap<AlertId, Alert>,
    by_cause: BTreeMap<Cause, AlertId>,
    history: VecDeque<AlertRecord>,
    next_id: u64,
    /// Causes that an earlier run told of.
    told_before: BTreeSet<String>,
    /// The last silence of each worker that was told of; it may be broken by a witness and go on.
    silent_since: BTreeMap<WorkerId, Timestamp>,
    /// Causes that a person took off the list while they last.
    dismissed: BTreeSet<Cause>,
    shown: Shown,
    snoozed: BTreeMap<AlertId, Tick>,
    /// Of how many messages of an alert the person was told.
    told: BTreeMap<AlertId, u32>,
    held: Held,
    /// What an earlier run held back waits until it is known what of it still stands.
    waits_for_a_look: bool,
    pub(crate) quiet: Quiet,
    looking_at: Option<WorkerId>,
    /// What is told once it is known that the person does not look at it, and until when that is waited for.
    asked: BTreeMap<AlertId, Tick>,
    looking_into: Option<ConversationId>,
    pub(crate) silences: u32,
    pub(crate) false_alarms: u32,
}

/// Whether a person wants to be told of a cause.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wish {
    /// Yes.
    Told,
    /// Yes, unless the worker's terminal is before the person's eyes.
    Unseen,
    /// Yes, if it still stands in a moment.
    Soon,
    /// Yes, whatever the hour: proven gone with a task.
    Through,
    /// Not now: muted for a while.
    Later,
    /// Not now, and not at all once it is over: muted for good.
    WhileItStands,
    /// No: switched off.
    Never,
}

impl Desk {
    /// An empty desk that knows of quiet hours.
    pub(crate) fn under(hours: Option<QuietHours>) -> Self {
        Self { quiet: Quiet { hours, ..Quiet::default() }, ..Self::default() }
    }

    pub(crate) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    pub(crate) fn history(&self) -> impl Iterator<Item = &AlertRecord> {
        self.history.iter()
    }

    pub(crate) fn standing(&self, cause: &Cause) -> Option<&Alert> {
        self.by_cause.get(cause).and_then(|id| self.alerts.get(id))
    }

    /// The causes about a worker that stand or were dismissed.
    pub(crate) fn about(&self, worker: &WorkerId) -> Vec<Cause> {
        let causes = self.by_cause.keys().chain(&self.dismissed);
        causes.filter(|cause| cause.worker() == Some(worker)).cloned().collect()
    }

    /// Nothing is kept of a worker that is no longer known.
    pub(crate) fn forget(&mut self, worker: &WorkerId) {
        self.silent_since.remove(worker);
    }

    pub(crate) fn remember(&mut self, key: String) {
        self.told_before.insert(key);
    }

    /// Numbers go on where an earlier run stopped.
    pub(crate) fn number_from(&mut self, next: u64) {
        self.next_id = self.next_id.max(next);
    }

    /// How many notifications are held back.
    pub(crate) fn held_count(&self) -> u32 {
        u32::try_from(self.held.len()).unwrap_or(u32::MAX)
    }

    /// Raises an alert, or brings the words of the standing one up to date.
    pub(crate) fn raise(
        &mut self,
        wording: Wording,
        conversation: Option<ConversationId>,
        wish: Wish,
        now: Moment,
        effects: &mut VecDeque<Effect>,
    ) {
        let is_message = matches!(wording.cause, Cause::Messages(_));
        if let Some(alert) = self.by_cause.get(&wording.cause).and_then(|id| self.alerts.get_mut(id)) {
            let differs = (&alert.title, &alert.body) != (&wording.title, &wording.body);
            // What only now turns out to be worth telling is news, too.
            let news = is_message && differs || wording.pops && !alert.pops;
            (alert.title, alert.body, alert.severity) = (wording.title, wording.body, wording.severity);
            (alert.count, alert.pops) = (wording.count, alert.pops || wording.pops);
            if news {
                let id = alert.id;
                self.tell(id, wish, now, effects);
            }
            return;
        }
        if self.dismissed.contains(&wording.cause) {
            return;
        }
        // A fresh message is news, though an earlier run told of others in its conversation.
        let told = !is_message && self.told_before.contains(&wording.cause.key());
        let told = self.goes_on(&wording.cause) || told;
        let alert = self.open(wording, conversation, now);
        let id = alert.id;
        effects.push_back(Effect::Changed(Change::Raised(alert)));
        if !told {
            self.tell(id, wish, now, effects);
        }
    }

    /// Counts a silence; tells whether it is one that seemed to be over, and was not.
    fn goes_on(&mut self, cause: &Cause) -> bool {
        let Cause::Silent(worker, since) = cause else { return false };
        let goes_on = self.silent_since.insert(worker.clone(), *since) == Some(*since);
        if goes_on {
            self.false_alarms = self.false_alarms.saturating_sub(1);
        } else {
            self.silences += 1;
        }
        goes_on
    }

    fn open(&mut self, wording: Wording, conversation: Option<ConversationId>, now: Moment) -> Alert {
        self.next_id += 1;
        let id = AlertId(self.next_id);
        let alert = Alert {
            id,
            severity: wording.severity,
            title: wording.title,
            body: wording.body,
            conversation,
            since: now,
            reply_to: wording.reply_to,
            pops: wording.pops,
            count: wording.count,
            cause: wording.cause,
        };
        self.by_cause.insert(alert.cause.clone(), id);
        self.alerts.insert(id, alert.clone());
        alert
    }

    /// Ends the alert of a cause.
    pub(crate) fn end(&mut self, cause: &Cause, ending: Ending, now: Moment, effects: &mut VecDeque<Effect>) {
        self.dismissed.remove(cause);
        let Some(id) = self.by_cause.remove(cause) else { return };
        self.told_before.remove(&cause.key());
        self.snoozed.remove(&id);
        self.asked.remove(&id);
        self.told.remove(&id);
        self.shown.withdraw(id, &self.alerts, effects);
        let Some(alert) = self.alerts.remove(&id) else { return };
        if matches!(ending, Ending::Back | Ending::Fine) {
            self.false_alarms += 1;
        }
        let record = AlertRecord { alert, until: now, ending };
        match record.ending.is_by_the_person() {
            true => self.held.drop(&cause.key(), effects),
            false => self.held.over(&cause.key(), record.words(), effects),
        }
        self.history.push_front(record.clone());
        self.history.truncate(HISTORY);
        effects.push_back(Effect::Changed(Change::Settled(record)));
    }

    /// Takes an alert off the list for as long as its cause lasts.
    pub(crate) fn dismiss(&mut self, id: AlertId, now: Moment, effects: &mut VecDeque<Effect>) {
        let Some(cause) = self.alerts.get(&id).map(|alert| alert.cause.clone()) else { return };
        self.end(&cause, Ending::Dismissed, now, effects);
        // The next message of a conversation is another matter.
        if cause.worker().is_some() {
            self.dismissed.insert(cause);
        }
    }

    /// Takes the alert of a silence off the list. If the silence outlasts even what is usual from now on, that is news.
    pub(crate) fn fine(&mut self, cause: &Cause, now: Moment, effects: &mut VecDeque<Effect>) {
        self.end(cause, Ending::Fine, now, effects);
        if let Some(worker) = cause.worker() {
            self.silent_since.remove(worker);
        }
        self.dismissed.insert(cause.clone());
    }

    /// A cause that was taken off the list may come back to it.
    pub(crate) fn readmit(&mut self, cause: &Cause) {
        self.dismissed.remove(cause);
    }

    pub(crate) fn snooze(
        &mut self,
        id: AlertId,
        span: Duration,
        now: Moment,
        effects: &mut VecDeque<Effect>,
    ) {
        if let Some(alert) = self.alerts.get(&id) {
            self.held.drop(&alert.cause.key(), effects);
            self.shown.withdraw(id, &self.alerts, effects);
            self.asked.remove(&id);
            self.snoozed.insert(id, now.tick.plus(span));
        }
    }

    /// The person closed the notification: it is not shown again for this cause.
    pub(crate) fn closed(&mut self, key: &str) {
        self.shown.closed(key, &self.alerts);
    }

    /// When the next snooze is over, or a question has waited long enough.
    pub(crate) fn next_timeout(&self) -> Option<Tick> {
        self.snoozed.values().chain(self.asked.values()).min().copied()
    }

    /// The alerts whose snooze is over, to be told of again.
    pub(crate) fn take_due(&mut self, now: Tick) -> Vec<AlertId> {
        let due: Vec<AlertId> =
            self.snoozed.iter().filter(|(_, at)| **at <= now).map(|(id, _)| *id).collect();
        self.snoozed.retain(|_, at| *at > now);
        due
    }
}
