//! The notifications on the screen: each alert in one of its own, or several in one.

use std::collections::{BTreeMap, VecDeque};

use crate::alert::{Alert, Notice};
use crate::cause::Cause;
use crate::effect::Effect;
use crate::held::{HeldBack, in_numbers, rank};
use crate::{AlertId, Severity};

/// More notifications than this at a time become one.
const GROUPED_BEYOND: usize = 3;
/// Lines in a notification that stands for several, with the one that counts the rest: desktops show no more.
const LINES: usize = 6;

/// Which alerts are shown, and where.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    places: BTreeMap<AlertId, Place>,
    /// What the digest tells of: alerts that stand, and what is over.
    digest: Vec<HeldBack>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Place {
    /// In a notification of its own.
    Own,
    /// In the one that stands for all of a busy time.
    Group,
    /// In the one that tells what was held back.
    Digest,
}

const GROUP: &str = "group";
const DIGEST: &str = "digest";

impl Place {
    fn key(self, alert: &Alert) -> String {
        match self {
            Place::Own => alert.cause.key(),
            Place::Group => GROUP.into(),
            Place::Digest => DIGEST.into(),
        }
    }
}

type Alerts = BTreeMap<AlertId, Alert>;

impl Shown {
    /// Shows an alert, or its new words.
    pub(crate) fn show(&mut self, id: AlertId, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        // What is new since the digest is no part of it.
        if self.places.get(&id) == Some(&Place::Digest) {
            self.withdraw(id, alerts, effects);
        }
        let place = match self.places.get(&id) {
            Some(place) => *place,
            None if self.count(Place::Group) > 0 => Place::Group,
            None if self.count(Place::Own) >= GROUPED_BEYOND => {
                self.gather(alerts, effects);
                Place::Group
            }
            None => Place::Own,
        };
        self.places.insert(id, place);
        let notice = match place {
            Place::Own => alerts.get(&id).map(|alert| one(alert, place)),
            Place::Group | Place::Digest => self.several(place, alerts),
        };
        put_up(notice, true, effects);
    }

    /// Shows what was held back, in one notification; the alerts are those of it that stand.
    pub(crate) fn digest(
        &mut self,
        held: Vec<HeldBack>,
        standing: &[AlertId],
        alerts: &Alerts,
        effects: &mut VecDeque<Effect>,
    ) {
        for id in standing {
            self.withdraw(*id, alerts, effects);
        }
        // What was over in an older digest was told then.
        self.digest.retain(|old| old.over.is_none());
        self.digest.extend(held);
        self.places.extend(standing.iter().map(|id| (*id, Place::Digest)));
        put_up(self.several(Place::Digest, alerts), true, effects);
    }

    /// Takes an alert off the screen.
    pub(crate) fn withdraw(&mut self, id: AlertId, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        let Some((place, alert)) = self.places.remove(&id).zip(alerts.get(&id)) else { return };
        if place == Place::Digest {
            let key = alert.cause.key();
            self.digest.retain(|held| held.key != key);
        }
        let rest = if place == Place::Own { None } else { self.several(place, alerts) };
        match rest {
            None => effects.push_back(Effect::Withdraw(place.key(alert))),
            rest => put_up(rest, false, effects),
        }
    }

    /// A notification is gone from the screen.
    pub(crate) fn closed(&mut self, key: &str, alerts: &Alerts) {
        if key == DIGEST {
            self.digest.clear();
        }
        self.places.retain(|id, place| alerts.get(id).is_some_and(|alert| place.key(alert) != key));
    }

    /// Makes room for a notification that stands for all.
    fn gather(&mut self, alerts: &Alerts, effects: &mut VecDeque<Effect>) {
        for (id, place) in self.places.iter_mut().filter(|(_, place)| **place == Place::Own) {
            *place = Place::Group;
            let Some(alert) = alerts.get(id) else { continue };
            let key = alert.cause.key();
            if !take_back(&alert.cause, &key, effects) {
                effects.push_back(Effect::Withdraw(key));
            }
        }
    }

    /// The notification that stands for all in one place; `None` when there is nothing left in it.
    fn several(&self, place: Place, alerts: &Alerts) -> Option<Notice> {
        let shown = self.places.iter().filter(|(_, at)| **at == place);
        let shown: Vec<&Alert> = shown.filter_map(|(id, _)| alerts.get(id)).collect();
        match (shown.as_slice(), place, self.digest.len()) {
            ([alert], Place::Digest, 0 | 1) | ([alert], Place::Group | Place::Own, _) => {
                Some(one(alert, place))
            }
            ([], Place::Group | Place::Own, _) | ([], Place::Digest, 0) => None,
            (many, Place::Digest, _) => Some(digest(&self.digest, many)),
            (many, ..) => Some(group(many)),
        }
    }

    fn count(&self, place: Place) -> usize {
        self.places.values().filter(|at| **at == place).count()
    }
}

/// Puts a notification up, in the place of one that nobody has shown yet: only the newest words matter.
fn put_up(notice: Option<Notice>, news: bool, effects: &mut VecDeque<Effect>) {
    let Some(mut notice) = notice else { return };
    notice.news = news;
    effects.retain(|effect| match effect {
        Effect::Notify(older) if older.key == notice.key => {
            notice.news |= older.news;
            false
        }
        _ => true,
    });
    effects.push_back(Effect::Notify(notice));
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
        token: Some(alert.token()),
        worker: alert.cause.worker().cloned(),
        conversation: alert.conversation.clone(),
        reply_to: alert.reply_to.clone(),
        severity: alert.severity,
        kind: alert.cause.kind(),
        news: true,
        title: alert.title.clone(),
        body: alert.body.clone(),
    }
}

fn group(alerts: &[&Alert]) -> Notice {
    let lines = loudest_first(alerts);
    of_many(GROUP, format!("{} things need a look", alerts.len()), lines, alerts)
}

/// What still stands first, the loudest before the others.
fn digest(held: &[HeldBack], standing: &[&Alert]) -> Notice {
    let away = if held.iter().all(|held| held.muted) { "While it was muted" } else { "While you were away" };
    // What is only counted has no title.
    let mut over: Vec<&HeldBack> = held.iter().filter(|held| !held.title.is_empty()).collect();
    over.sort_by_key(|held| rank(held));
    let over =
        over.into_iter().filter_map(|held| Some(format!("{} — {}", held.title, held.over.as_deref()?)));
    let lines = loudest_first(standing).into_iter().chain(over).collect();
    of_many(DIGEST, format!("{away}: {}", in_numbers(held)), lines, standing)
}

/// Their titles; of equally loud ones the older first.
fn loudest_first(alerts: &[&Alert]) -> Vec<String> {
    let mut alerts = alerts.to_vec();
    alerts.sort_by_key(|alert| std::cmp::Reverse(alert.severity));
    alerts.iter().map(|alert| alert.title.clone()).collect()
}

fn of_many(kind: &'static str, title: String, mut lines: Vec<String>, alerts: &[&Alert]) -> Notice {
    if lines.len() > LINES {
        let more = lines.len() - (LINES - 1);
        lines.truncate(LINES - 1);
        lines.push(format!("and {more} more"));
    }
    Notice {
        key: kind.into(),
        token: None,
        worker: None,
        conversation: None,
        reply_to: None,
        severity: alerts.iter().map(|alert| alert.severity).max().unwrap_or(Severity::Notice),
        kind,
        news: true,
        title,
        body: lines.join("\n"),
    }
}
