//! The alerts that stand, and which of them a person is told of.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::alert::{Alert, AlertRecord, Cause, Ending, Notice, Wording};
use crate::roster::{Change, Effect};
use crate::{AlertId, ConversationId, Moment, Severity, Tick, Timestamp, WorkerId};

/// More notifications than this at a time become one.
const GROUPED_BEYOND: usize = 3;
/// Ended alerts that are kept to be shown.
const HISTORY: usize = 200;
const GROUP: &str = "group";
const DIGEST: &str = "digest";

/// Keeps one alert per cause and decides what is notified.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    alerts: BTreeMap<AlertId, Alert>,
    by_cause: BTreeMap<Cause, AlertId>,
    history: VecDeque<AlertRecord>,
    next_id: u64,
    /// Causes that an earlier run told of.
    told_before: BTreeSet<String>,
    shown: BTreeSet<AlertId>,
    grouped: bool,
    snoozed: BTreeMap<AlertId, Tick>,
    pub(crate) paused_until: Option<Timestamp>,
    pub(crate) looking_at: Option<WorkerId>,
    held_back: Vec<AlertId>,
    pub(crate) held_count: u32,
    pub(crate) silences: u32,
    pub(crate) false_alarms: u32,
}

impl Desk {
    pub(crate) fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.values()
    }

    pub(crate) fn history(&self) -> impl Iterator<Item = &AlertRecord> {
        self.history.iter()
    }

    pub(crate) fn standing(&self, cause: &Cause) -> Option<&Alert> {
        self.by_cause.get(cause).and_then(|id| self.alerts.get(id))
    }

    pub(crate) fn about<'a>(&'a self, worker: &'a WorkerId) -> impl Iterator<Item = &'a Alert> {
        self.alerts.values().filter(move |alert| alert.cause.worker() == Some(worker))
    }

    pub(crate) fn remember(&mut self, key: String) {
        self.told_before.insert(key);
    }

    /// Numbers go on where an earlier run stopped.
    pub(crate) fn number_from(&mut self, next: u64) {
        self.next_id = self.next_id.max(next);
    }

    /// Raises an alert, or brings the words of the standing one up to date.
    pub(crate) fn raise(
        &mut self,
        wording: Wording,
        conversation: Option<ConversationId>,
        muted: bool,
        wanted: bool,
        now: Moment,
        effects: &mut VecDeque<Effect>,
    ) {
        if let Some(alert) = self.by_cause.get(&wording.cause).and_then(|id| self.alerts.get_mut(id)) {
            let news = matches!(wording.cause, Cause::Messages(_)) && alert.body != wording.body;
            (alert.title, alert.body, alert.severity) = (wording.title, wording.body, wording.severity);
            if news {
                let id = alert.id;
                self.tell(id, muted, wanted, now, effects);
            }
            return;
        }
        self.next_id += 1;
        let id = AlertId(self.next_id);
        if matches!(wording.cause, Cause::Silent(..)) {
            self.silences += 1;
        }
        let alert = Alert {
            id,
            severity: wording.severity,
            title: wording.title,
            body: wording.body,
            conversation,
            since: now,
            pops: wording.pops,
            cause: wording.cause,
        };
        let told = self.told_before.contains(&alert.cause.key());
        self.by_cause.insert(alert.cause.clone(), id);
        self.alerts.insert(id, alert.clone());
        effects.push_back(Effect::Changed(Change::Raised(alert)));
        if !told {
            self.tell(id, muted, wanted, now, effects);
        }
    }

    /// Ends the alert of a cause.
    pub(crate) fn end(&mut self, cause: &Cause, ending: Ending, now: Moment, effects: &mut VecDeque<Effect>) {
        let Some(id) = self.by_cause.remove(cause) else { return };
        let Some(alert) = self.alerts.remove(&id) else { return };
        self.told_before.remove(&cause.key());
        self.snoozed.remove(&id);
        self.held_back.retain(|held| *held != id);
        if ending == Ending::Back {
            self.false_alarms += 1;
        }
        self.withdraw(id, &alert, effects);
        let record = AlertRecord { alert, until: now, ending };
        self.history.push_front(record.clone());
        self.history.truncate(HISTORY);
        effects.push_back(Effect::Changed(Change::Settled(record)));
    }

    pub(crate) fn dismiss(&mut self, id: AlertId, now: Moment, effects: &mut VecDeque<Effect>) {
        if let Some(cause) = self.alerts.get(&id).map(|alert| alert.cause.clone()) {
            self.end(&cause, Ending::Dismissed, now, effects);
        }
    }

    pub(crate) fn snooze(
        &mut self,
        id: AlertId,
        span: Duration,
        now: Moment,
        effects: &mut VecDeque<Effect>,
    ) {
        if let Some(alert) = self.alerts.get(&id).cloned() {
            self.withdraw(id, &alert, effects);
            self.snoozed.insert(id, now.tick.plus(span));
        }
    }

    /// The person closed the notification: it is not shown again for this cause.
    pub(crate) fn closed(&mut self, key: &str) {
        if key == GROUP {
            self.grouped = false;
            self.shown.clear();
        }
        self.shown.retain(|id| self.alerts.get(id).is_some_and(|alert| alert.cause.key() != key));
    }

    pub(crate) fn pause(&mut self, until: Option<Timestamp>, effects: &mut VecDeque<Effect>) {
        self.paused_until = until;
        if until.is_none() {
            self.digest(effects);
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Tick> {
        self.snoozed.values().min().copied()
    }

    /// What is due: snoozes that are over, a pause that is over.
    pub(crate) fn handle_timeout(&mut self, now: Moment, effects: &mut VecDeque<Effect>) {
        if self.paused_until.is_some_and(|until| now.wall >= until) {
            self.pause(None, effects);
        }
        let due: Vec<AlertId> =
            self.snoozed.iter().filter(|(_, at)| **at <= now.tick).map(|(id, _)| *id).collect();
        for id in due {
            self.snoozed.remove(&id);
            self.tell(id, false, true, now, effects);
        }
    }

    /// Shows an alert, unless something holds it back.
    fn tell(&mut self, id: AlertId, muted: bool, wanted: bool, now: Moment, effects: &mut VecDeque<Effect>) {
        let Some(alert) = self.alerts.get(&id) else { return };
        if !alert.pops || !wanted || self.snoozed.contains_key(&id) {
            return;
        }
        if self.looking_at.is_some() && self.looking_at.as_ref() == alert.cause.worker() {
            return;
        }
        if muted || self.paused_until.is_some_and(|until| now.wall < until) {
            self.held_back.push(id);
            self.held_count += 1;
            return;
        }
        let notice = notice(alert);
        self.shown.insert(id);
        if self.grouped || self.shown.len() > GROUPED_BEYOND {
            self.group(effects);
        } else {
            effects.push_back(Effect::Notify(notice));
        }
    }

    /// One notification for all that are shown.
    fn group(&mut self, effects: &mut VecDeque<Effect>) {
        if !self.grouped {
            for alert in self.shown.iter().filter_map(|id| self.alerts.get(id)) {
                effects.push_back(Effect::Withdraw(alert.cause.key()));
            }
            self.grouped = true;
        }
        let shown: Vec<&Alert> = self.shown.iter().filter_map(|id| self.alerts.get(id)).collect();
        effects.push_back(Effect::Notify(several(
            GROUP,
            &shown,
            &format!("{} things need a look", shown.len()),
        )));
    }

    fn withdraw(&mut self, id: AlertId, alert: &Alert, effects: &mut VecDeque<Effect>) {
        if !self.shown.remove(&id) {
            return;
        }
        if !self.grouped {
            effects.push_back(Effect::Withdraw(alert.cause.key()));
        } else if self.shown.is_empty() {
            self.grouped = false;
            effects.push_back(Effect::Withdraw(GROUP.into()));
        } else {
            self.group(effects);
        }
    }

    /// What was held back during a pause and still stands, in one notification.
    fn digest(&mut self, effects: &mut VecDeque<Effect>) {
        self.held_count = 0;
        let held = std::mem::take(&mut self.held_back);
        let standing: Vec<&Alert> = held.iter().filter_map(|id| self.alerts.get(id)).collect();
        match standing.as_slice() {
            [] => {}
            [one] => {
                self.shown.insert(one.id);
                effects.push_back(Effect::Notify(notice(one)));
            }
            many => {
                effects.push_back(Effect::Notify(several(
                    DIGEST,
                    many,
                    &format!("{} held back meanwhile", many.len()),
                )));
            }
        }
    }
}

fn notice(alert: &Alert) -> Notice {
    Notice {
        key: alert.cause.key(),
        alert: Some(alert.id),
        worker: alert.cause.worker().cloned(),
        conversation: alert.conversation.clone(),
        severity: alert.severity,
        kind: alert.cause.kind(),
        title: alert.title.clone(),
        body: alert.body.clone(),
    }
}

fn several(key: &str, alerts: &[&Alert], title: &str) -> Notice {
    let mut lines: Vec<&str> = alerts.iter().map(|alert| alert.title.as_str()).collect();
    lines.truncate(6);
    Notice {
        key: key.into(),
        alert: None,
        worker: None,
        conversation: None,
        severity: alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Notice),
        kind: "several",
        title: title.into(),
        body: lines.join("\n"),
    }
}
