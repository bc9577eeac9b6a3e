//! Carries out what the roster wants: notifications, events, the store.

use std::collections::{BTreeMap, BTreeSet};

use peerwatch_bridge::Handover;
use peerwatch_core::{AlertId, Change, Effect, Moment, Notice, Roster, Severity, WorkerId};
use peerwatch_notify::{Action, Notifier, ReplyField, Urgency};
use peerwatch_wire::Event;
use tokio::sync::broadcast;

use crate::draw;
use crate::engine::Open;
use crate::store::Store;
use crate::times::rfc3339;

/// Characters of a message that an event carries.
const EVENT_TEXT: usize = 500;
/// Notifications whose click is remembered.
const REMEMBERED: usize = 256;

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
    pub(crate) clicks: BTreeMap<String, Behind>,
    /// The workers that have tasks to lose.
    pub(crate) owners: BTreeSet<WorkerId>,
}

/// What stands behind a notification.
#[derive(Clone)]
pub(crate) struct Behind {
    /// What a click opens.
    pub(crate) open: Open,
    /// The alert, unless it stands for several.
    pub(crate) alert: Option<AlertId>,
    /// The session that an answer goes to.
    pub(crate) reply_to: Option<WorkerId>,
    /// The handover that can be taken back.
    pub(crate) handover: Option<i64>,
}

impl Outlets {
    /// Carries out everything that the roster wants.
    pub(crate) fn carry_out(&mut self, roster: &mut Roster, store: &Store, now: Moment) {
        while let Some(effect) = roster.poll_effect() {
            match effect {
                Effect::Notify(notice) => self.notify(notice),
                Effect::Withdraw(key) => {
                    self.clicks.remove(&key);
                    if let Some(bell) = &self.bell {
                        bell.withdraw(key);
                    }
                }
                Effect::Changed(change) => {
                    keep(&change, store);
                    // Nobody need be listening.
                    let _listeners = self.events.send(event(roster, change, now));
                }
            }
        }
    }

    fn notify(&mut self, notice: Notice) {
        let Some(bell) = &self.bell else { return };
        let open = Open {
            worker: notice.worker.as_ref().map(ToString::to_string),
            conversation: notice.conversation.as_ref().map(ToString::to_string),
            ..Open::default()
        };
        let reply = notice.reply_to.as_ref().map(|_| ReplyField {
            label: "Reply".into(),
            placeholder: "Write to the one who sent it".into(),
        });
        let has_tasks = notice.worker.as_ref().is_some_and(|worker| self.owners.contains(worker));
        let behind = Behind { open, alert: notice.alert, reply_to: notice.reply_to, handover: None };
        let action = |key: &str, label: &str| Action { key: key.into(), label: label.into() };
        let mut actions = vec![action(OPEN, "Open")];
        if has_tasks && matches!(notice.kind, "silent" | "gone") {
            actions.push(action(REASSIGN, "Reassign…"));
        }
        if notice.alert.is_some() {
            if notice.kind == "silent" {
                actions.push(action(FINE, "It's fine"));
            }
            actions.push(action(SNOOZE, "Snooze 15 min"));
        }
        remember(&mut self.clicks, notice.key.clone(), behind);
        bell.show(peerwatch_notify::Notice {
            key: notice.key,
            title: notice.title,
            body: notice.body,
            urgency: match notice.severity {
                Severity::Urgent => Urgency::Critical,
                Severity::NeedsYou | Severity::Notice => Urgency::Normal,
            },
            category: if notice.kind == "message" { "im.received" } else { "presence" }.into(),
            actions,
            reply,
        });
    }

    /// Tells the person that a task changed hands without being asked, while that can be undone.
    pub(crate) fn tell_of_handover(&mut self, handover: &Handover) {
        let Some(bell) = &self.bell else { return };
        let to = handover.to.as_ref().map_or("Another worker", |to| to.role.as_str());
        bell.show(peerwatch_notify::Notice {
            key: key_of(handover.id),
            title: format!("{to} has taken over a task of {}", handover.from.role),
            body: format!("{} — {}", handover.subject, handover.reason),
            urgency: Urgency::Normal,
            category: "presence".into(),
            actions: vec![
                Action { key: OPEN.into(), label: "Open".into() },
                Action { key: UNDO.into(), label: "Undo".into() },
            ],
            reply: None,
        });
        let open = Open { tasks: true, ..Open::default() };
        let behind = Behind { open, alert: None, reply_to: None, handover: Some(handover.id) };
        remember(&mut self.clicks, key_of(handover.id), behind);
    }

    /// Nothing can be undone any more.
    pub(crate) fn withdraw_handover(&mut self, handover: i64) {
        let key = key_of(handover);
        if self.clicks.remove(&key).is_some()
            && let Some(bell) = &self.bell
        {
            bell.withdraw(key);
        }
    }
}

fn remember(clicks: &mut BTreeMap<String, Behind>, key: String, behind: Behind) {
    if clicks.len() >= REMEMBERED {
        clicks.pop_first();
    }
    clicks.insert(key, behind);
}

/// What a notification of a handover is known by.
fn key_of(handover: i64) -> String {
    format!("handover:{handover}")
}

fn keep(change: &Change, store: &Store) {
    let kept = match change {
        Change::Raised(alert) => store.raised(alert),
        Change::Settled(record) => store.ended(record),
        _ => Ok(()),
    };
    if let Err(error) = kept {
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
