//! Carries out what the roster wants: notifications, events, the store.

use std::collections::{BTreeMap, BTreeSet};

use peerwatch_bridge::{Handover, HandoverStep};
use peerwatch_core::{Change, Effect, HeldBack, Moment, Notice, Roster, Severity, WorkerId, excerpt};
use peerwatch_notify::{Action, Notifier, ReplyField, Urgency};
use peerwatch_wire::Event;
use tokio::sync::broadcast;

use crate::clicks::{Behind, Clicks};
use crate::draw;
use crate::engine::Open;
use crate::store::Store;
use crate::times::rfc3339;

/// Characters of a message that an event carries.
const EVENT_TEXT: usize = 500;

/// The action of a notification that shows it again later.
pub(crate) const SNOOZE: &str = "snooze";
/// The action that opens the sheet in which tasks are reassigned.
pub(crate) const REASSIGN: &str = "reassign";
/// The action that says that this silence is usual.
pub(crate) const FINE: &str = "fine";
/// The action that takes a handover back.
pub(crate) const UNDO: &str = "undo";
const OPEN: &str = "open";

/// Where effects go.
pub(crate) struct Outlets {
    pub(crate) bell: Option<Notifier>,
    pub(crate) events: broadcast::Sender<Event>,
    /// What the notification of each key stands for.
    pub(crate) clicks: Clicks,
    /// The workers of which the roster asks whether their terminals are in front.
    pub(crate) asked: Vec<WorkerId>,
    /// The workers that have tasks to lose.
    pub(crate) owners: BTreeSet<WorkerId>,
    /// What a click does for sessions whose terminals can be shown.
    pub(crate) labels: BTreeMap<WorkerId, &'static str>,
    /// Whether notifications make a sound.
    pub(crate) sound: bool,
}

impl Outlets {
    /// Carries out everything that the roster wants.
    pub(crate) fn carry_out(&mut self, roster: &mut Roster, store: &Store, now: Moment) {
        while let Some(effect) = roster.poll_effect() {
            match effect {
                Effect::Notify(notice) => self.notify(notice),
                Effect::AskInFront(worker) => self.asked.push(worker),
                Effect::Withdraw(key) => {
                    self.clicks.forget(&key);
                    if let Some(bell) = &self.bell {
                        bell.withdraw(key);
                    }
                }
                Effect::HeldBack(held) => warn(store.hold(&held)),
                Effect::LetGo(keys) => warn(store.let_go(&keys)),
                Effect::Changed(change) => {
                    keep(&change, store);
                    // Nobody need be listening.
                    let _listeners = self.events.send(event(roster, change, now));
                }
            }
        }
    }

    /// What a click on the notification of this key means. Nothing, when what it was shown for is over: a prompt that was
    /// answered meanwhile is neither opened nor snoozed, and the next one is not taken for it.
    pub(crate) fn clicked(&self, key: &str, roster: &Roster) -> Option<Behind> {
        let behind = self.clicks.get(key)?;
        behind.token.is_none_or(|token| roster.stands(token)).then(|| behind.clone())
    }

    fn notify(&mut self, notice: Notice) {
        let Some(bell) = &self.bell else { return };
        let urgency = urgency(&notice);
        let open = Open {
            worker: notice.worker.as_ref().map(ToString::to_string),
            conversation: notice.conversation.as_ref().map(ToString::to_string),
            history: notice.kind == "digest",
            ..Open::default()
        };
        let reply = notice.reply_to.as_ref().map(|_| ReplyField {
            label: "Reply".into(),
            placeholder: "Write to the one who sent it".into(),
        });
        let has_tasks = notice.worker.as_ref().is_some_and(|worker| self.owners.contains(worker));
        let (token, sound) = (notice.token, self.sound && notice.news);
        let behind = Behind { open, token, reply_to: notice.reply_to, handover: None };
        let action = |key: &str, label: &str| Action { key: key.into(), label: label.into() };
        let way = notice.worker.as_ref().and_then(|worker| self.labels.get(worker).copied());
        let usual = if notice.kind == "waiting" { "Show" } else { "Open" };
        let mut actions = vec![action(OPEN, way.unwrap_or(usual))];
        if has_tasks && matches!(notice.kind, "silent" | "gone") {
            actions.push(action(REASSIGN, "Reassign…"));
        }
        if token.is_some() {
            if notice.kind == "silent" {
                actions.push(action(FINE, "It's fine"));
            }
            actions.push(action(SNOOZE, "Snooze 15 min"));
        }
        self.clicks.remember(notice.key.clone(), behind);
        bell.show(peerwatch_notify::Notice {
            key: notice.key,
            title: notice.title,
            body: notice.body,
            urgency,
            category: category(notice.kind),
            sound,
            actions,
            reply,
        });
    }

    /// Tells the person that a task changed hands without being asked, while that can be undone.
    pub(crate) fn tell_of_handover(&mut self, handover: &Handover) {
        self.show_handover(handover, self.sound);
        let open = Open { tasks: true, ..Open::default() };
        let behind = Behind { open, token: None, reply_to: None, handover: Some(handover.id) };
        self.clicks.remember(key_of(handover.id), behind);
    }

    /// What the person was told of stays, but it cannot be undone any more.
    pub(crate) fn handover_has_begun(&mut self, handover: &Handover) {
        if let Some(behind) = self.clicks.get_mut(&key_of(handover.id)) {
            behind.handover = None;
            self.show_handover(handover, false);
        }
    }

    fn show_handover(&self, handover: &Handover, sound: bool) {
        let Some(bell) = &self.bell else { return };
        let mut actions = vec![Action { key: OPEN.into(), label: "Open".into() }];
        if handover.step == HandoverStep::Granted {
            actions.push(Action { key: UNDO.into(), label: "Undo".into() });
        }
        bell.show(peerwatch_notify::Notice {
            key: key_of(handover.id),
            title: taken_over(handover),
            body: format!("{} — {}", handover.subject, handover.reason),
            urgency: Urgency::Normal,
            category: category("handover"),
            sound,
            actions,
            reply: None,
        });
    }

    /// It was taken back: there is nothing to be told of.
    pub(crate) fn withdraw_handover(&mut self, handover: i64) {
        let key = key_of(handover);
        if self.clicks.forget(&key)
            && let Some(bell) = &self.bell
        {
            bell.withdraw(key);
        }
    }
}

/// A handover that happens while nothing is to be shown.
pub(crate) fn held_handover(handover: &Handover) -> HeldBack {
    HeldBack {
        key: key_of(handover.id),
        title: excerpt(&taken_over(handover), 120),
        count: 1,
        over: Some(excerpt(&handover.subject, 80)),
        muted: false,
        fleeting: false,
    }
}

fn taken_over(handover: &Handover) -> String {
    let to = handover.to.as_ref().map_or("Another worker", |to| to.role.as_str());
    format!("{to} has taken over a task of {}", handover.from.role)
}

/// What may be lost stays until somebody deals with it; what only says less than before pops up for nobody.
fn urgency(notice: &Notice) -> Urgency {
    match notice.severity {
        Severity::Urgent => Urgency::Critical,
        Severity::NeedsYou | Severity::Notice if !notice.news => Urgency::Low,
        Severity::NeedsYou | Severity::Notice => Urgency::Normal,
    }
}

/// The category by which a desktop tells kinds apart. Of those that the desktop notifications specification names only one
/// fits; all others bear a vendor's name, as it asks for.
fn category(kind: &str) -> String {
    match kind {
        "message" => "im.received".into(),
        kind => format!("x-peerwatch.{kind}"),
    }
}

/// What a notification of a handover is known by.
fn key_of(handover: i64) -> String {
    format!("handover:{handover}")
}

fn keep(change: &Change, store: &Store) {
    warn(match change {
        Change::Raised(alert) => store.raised(alert),
        Change::Settled(record) => store.ended(record),
        _ => Ok(()),
    });
}

fn warn(stored: rusqlite::Result<()>) {
    if let Err(error) = stored {
        tracing::warn!("an alert could not be stored: {error}");
    }
}

fn event(roster: &Roster, change: Change, now: Moment) -> Event {
    match change {
        Change::Presence { worker, before, now, at } => {
            let (presence, waiting_for) = draw::words(now);
            Event::Presence {
                at: rfc3339(at.wall),
                name: roster.worker(&worker).map_or(worker.as_str(), |it| it.name()).to_owned(),
                worker: worker.to_string(),
                before: before.map(|before| draw::words(before).0),
                presence,
                waiting_for,
            }
        }
        Change::Message(message) => Event::Message {
            at: rfc3339(message.sent.wall),
            conversation: message.conversation.to_string(),
            id: message.id.to_string(),
            from: message.from.name,
            to: message.to.name,
            text: message.text.chars().take(EVENT_TEXT).collect(),
        },
        Change::Receipt { conversation, id, receipt, at } => Event::Receipt {
            at: rfc3339(at.wall),
            conversation: conversation.to_string(),
            id: id.to_string(),
            receipt: receipt.word().into(),
        },
        Change::Raised(alert) => Event::Alert {
            at: rfc3339(alert.since.wall),
            id: alert.id.0,
            raised: true,
            kind: alert.cause.kind().into(),
            severity: draw::severity(alert.severity),
            worker: alert.cause.worker().map(ToString::to_string),
            title: alert.title,
            ending: None,
        },
        Change::Settled(record) => Event::Alert {
            at: rfc3339(record.until.wall),
            id: record.alert.id.0,
            raised: false,
            kind: record.alert.cause.kind().into(),
            severity: draw::severity(record.alert.severity),
            worker: record.alert.cause.worker().map(ToString::to_string),
            ending: Some(record.words()),
            title: record.alert.title,
        },
        Change::Problem { source, subject, what } => {
            Event::Problem { at: rfc3339(now.wall), source: source.to_string(), subject, what }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peerwatch_core::{
        Fact, Identity, Input, Listing, Observation, Policy, Process, SourceKind, Status, StatusWord, Tick,
        Timestamp,
    };

    fn at(seconds: i64) -> Moment {
        Moment { tick: Tick(seconds * 1_000), wall: Timestamp(seconds * 1_000) }
    }

    fn status(word: StatusWord) -> Fact {
        let waiting_for = (word == StatusWord::Waiting).then(|| "permission prompt".into());
        Fact::Status(Status { word, waiting_for })
    }

    /// A session that is at its prompt, and outlets that show nothing but remember what would be clicked.
    async fn begin() -> (Roster, Outlets, Store) {
        let (bell, _happenings) = peerwatch_notify::start_log(&tokio::runtime::Handle::current());
        let events = broadcast::channel(8).0;
        let outlets = Outlets {
            bell: Some(bell),
            events,
            clicks: Clicks::default(),
            asked: Vec::new(),
            owners: BTreeSet::new(),
            labels: BTreeMap::new(),
            sound: false,
        };
        let mut roster = Roster::new(Policy::default());
        let identity = Identity {
            source: SourceKind::Claude,
            name: "api".into(),
            cwd: None,
            pid: Some(7),
            session_id: None,
            conversation: None,
            role: None,
            partner: None,
            version: None,
            started: None,
        };
        let facts = [Fact::Identity(identity), Fact::Listing(Listing::Listed), Fact::Process(Process::Alive)];
        see(&mut roster, facts.into_iter().chain([status(StatusWord::Idle)]), 1);
        (roster, outlets, Store::in_memory().unwrap())
    }

    fn see(roster: &mut Roster, facts: impl IntoIterator<Item = Fact>, seconds: i64) {
        let worker = WorkerId::new("api");
        let seen =
            facts.into_iter().map(|fact| Observation { worker: worker.clone(), at: at(seconds), fact });
        roster.handle(Input::Observed(seen.collect()), at(seconds));
    }

    #[tokio::test]
    async fn a_click_on_a_prompt_that_was_answered_means_nothing_not_even_the_next_prompt() {
        let (mut roster, mut outlets, store) = begin().await;
        see(&mut roster, [status(StatusWord::Waiting)], 2);
        outlets.carry_out(&mut roster, &store, at(2));
        let key = outlets.clicks.keys().next().unwrap().clone();
        assert_eq!(outlets.clicked(&key, &roster).unwrap().open.worker.as_deref(), Some("api"));

        // Answered in the terminal; the click is heard before the notification is taken away.
        see(&mut roster, [status(StatusWord::Idle)], 3);
        assert!(outlets.clicked(&key, &roster).is_none());
        outlets.carry_out(&mut roster, &store, at(3));
        assert!(outlets.clicked(&key, &roster).is_none());

        see(&mut roster, [status(StatusWord::Waiting)], 4);
        outlets.carry_out(&mut roster, &store, at(4));
        assert!(outlets.clicked(&key, &roster).is_none());
        assert_eq!(outlets.clicks.keys().count(), 1, "the next prompt has a notification of its own");
    }

    #[tokio::test]
    async fn the_digest_opens_the_history_and_what_was_held_back_leaves_the_store_with_it() {
        let (mut roster, mut outlets, store) = begin().await;
        roster.handle(Input::DoNotDisturb(true), at(2));
        see(&mut roster, [status(StatusWord::Waiting)], 2);
        roster.handle(Input::HeldBack(HeldBack { key: "handover:3".into(), ..held("a task") }), at(2));
        outlets.carry_out(&mut roster, &store, at(2));
        assert!(outlets.clicks.keys().next().is_none(), "nothing is shown");
        assert_eq!(store.held().unwrap().len(), 2);

        roster.handle(Input::DoNotDisturb(false), at(3));
        outlets.carry_out(&mut roster, &store, at(3));
        let behind = outlets.clicked("digest", &roster).unwrap();
        assert!(behind.open.history && behind.open.worker.is_none());
        assert_eq!(store.held().unwrap(), []);
    }

    fn held(title: &str) -> HeldBack {
        let (key, over) = (String::new(), Some("done".into()));
        HeldBack { key, title: title.into(), count: 1, over, muted: false, fleeting: false }
    }

    #[test]
    fn categories_are_the_specification_s_or_bear_a_vendor_s_name() {
        let all = ["waiting", "message", "gone", "digest", "group"].map(category);
        assert_eq!(all[..2], ["x-peerwatch.waiting", "im.received"]);
        assert!(all[2..].iter().all(|category| category.starts_with("x-peerwatch.")));
    }
}
