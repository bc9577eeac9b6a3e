//! The notifications on the screen: each alert in one of its own, or several in one.

use std::collections::{BTreeMap, VecDeque};

use crate::alert::{Alert, Cause, Notice};
use crate::effect::Effect;
use crate::{AlertId, Severity};

/// More notifications than this at a time become one.
const GROUPED_BEYOND: usize = 3;
/// Lines in a notification that stands for several.
const LINES: usize = 6;

/// Which alerts are shown, and where.
#[derive(Debug, Default)]
pub(crate) struct Shown(BTreeMap<AlertId, Place>);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// In a notification of its own.
    Own,
    /// In the one that stands for all of a busy time.
    Group,
    /// In the one that tells what was held back.
    Digest,
}

impl Place {
    fn key(self, alert: &Alert) -> String {
        match self {
            Place::Own => alert.cause.key(),
            Place::Group => "group".into(),
            Place::Digest => "digest".into(),
        }
    }

    fn title(self, count: usize) -> String {
        match self {
            Place::Digest => format!("{count} held back meanwhile"),
            Place::Own | Place::Group => format!("{count} things need a look"),
        }
    }
}

type Alerts = BTreeMap<AlertId, Alert>;

impl Shown {
    /// Shows an alert, or its new words.
    pub(crate) fn show(&mut self, id: AlertId, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        let place = match self.0.get(&id) {
            Some(place) => *place,
            None if self.count(Place::Group) > 0 => Place::Group,
            None if self.count(Place::Own) >= GROUPED_BEYOND => {
                self.gather(alerts, effects);
                Place::Group
            }
            None => Place::Own,
        };
        self.0.insert(id, place);
        self.draw(id, place, alerts, effects);
    }

    /// Shows alerts that were held back, in one notification.
    pub(crate) fn digest(&mut self, ids: &[AlertId], alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        for id in ids {
            self.withdraw(*id, alerts, effects);
        }
        self.0.extend(ids.iter().map(|id| (*id, Place::Digest)));
        if let Some(id) = ids.first() {
            self.draw(*id, Place::Digest, alerts, effects);
        }
    }

    /// Takes an alert off the screen.
    pub(crate) fn withdraw(&mut self, id: AlertId, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        let Some((place, alert)) = self.0.remove(&id).zip(alerts.get(&id)) else { return };
        match self.in_place(place).next() {
            Some(other) if place != Place::Own => self.draw(other, place, alerts, effects),
            _ => effects.push_back(Effect::Withdraw(place.key(alert))),
        }
    }

    /// A notification is gone from the screen.
    pub(crate) fn closed(&mut self, key: &str, alerts: &Alerts) {
        self.0.retain(|id, place| alerts.get(id).is_some_and(|alert| place.key(alert) != key));
    }

    /// Makes room for a notification that stands for all.
    fn gather(&mut self, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        for (id, place) in self.0.iter_mut().filter(|(_, place)| **place == Place::Own) {
            *place = Place::Group;
            let Some(alert) = alerts.get(id) else { continue };
            let key = alert.cause.key();
            if !take_back(&alert.cause, &key, effects) {
                effects.push_back(Effect::Withdraw(key));
            }
        }
    }

    fn draw(&self, id: AlertId, place: Place, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        let ids: Vec<AlertId> = if place == Place::Own { vec![id] } else { self.in_place(place).collect() };
        let notice = match ids.iter().filter_map(|id| alerts.get(id)).collect::<Vec<_>>().as_slice() {
            [] => return,
            [alert] => one(alert, place),
            many => several(many, place),
        };
        // Only the newest words matter of what nobody has shown yet.
        effects.retain(|effect| !matches!(effect, Effect::Notify(older) if older.key == notice.key));
        effects.push_back(Effect::Notify(notice));
    }

    fn in_place(&self, wanted: Place) -> impl Iterator<Item = AlertId> {
        self.0.iter().filter(move |(_, place)| **place == wanted).map(|(id, _)| *id)
    }

    fn count(&self, place: Place) -> usize {
        self.in_place(place).count()
    }
}

/// Takes a notification back that nobody has shown yet. The news of a conversation may replace one that is shown.
fn take_back(cause: &Cause, key: &str, effects: &mut VecDeque<Effect>) -> bool {
    let before = effects.len();
    if !matches!(cause, Cause::Messages(_)) {
        effects.retain(|effect| !matches!(effect, Effect::Notify(notice) if notice.key == key));
    }
    effects.len() < before
}

fn one(alert: &Alert, place: Place) -> Notice {
    Notice {
        key: place.key(alert),
        alert: Some(alert.id),
        worker: alert.cause.worker().cloned(),
        conversation: alert.conversation.clone(),
        reply_to: alert.reply_to.clone(),
        severity: alert.severity,
        kind: alert.cause.kind(),
        title: alert.title.clone(),
        body: alert.body.clone(),
    }
}

fn several(alerts: &[&Alert], place: Place) -> Notice {
    let mut lines: Vec<String> = alerts.iter().take(LINES).map(|alert| alert.title.clone()).collect();
    if alerts.len() > LINES {
        lines.push(format!("and {} more", alerts.len() - LINES));
    }
    Notice {
        key: alerts.first().map(|alert| place.key(alert)).unwrap_or_default(),
        alert: None,
        worker: None,
        conversation: None,
        reply_to: None,
        severity: alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Notice),
        kind: "several",
        title: place.title(alerts.len()),
        body: lines.join("\n"),
    }
}
