//! What happens to notifications: shown, clicked, answered, closed.

use std::time::Duration;

use peerwatch_core::{Input, Moment, Person};
use peerwatch_notify::{CloseReason, Happening};

use super::Loop;
use crate::clicks::Behind;
use crate::effects::{FINE, REASSIGN, SNOOZE, UNDO};
use crate::engine::Open;

/// "Snooze" on a notification means this long.
const SNOOZE_FOR: Duration = Duration::from_secs(15 * 60);

impl Loop {
    pub(super) fn rang(&mut self, happening: Happening) {
        let now = self.clock.now();
        match happening {
            Happening::State(state) => {
                tracing::info!("notifications: {state}");
                let quiet = state.do_not_disturb() == Some(true);
                self.roster.handle(Input::DoNotDisturb(quiet), now);
                self.notifier = Some(state);
            }
            Happening::Activated { key, action, activation_token } => {
                self.clicked(&key, &action, activation_token, now);
            }
            Happening::Replied { key, text, .. } => {
                let behind = self.outlets.clicks.get(&key);
                if let Some(to) = behind.and_then(|behind| behind.reply_to.clone()) {
                    self.write_back(to, text);
                }
            }
            // One that timed out on the screen still stands in the notification centre.
            Happening::Closed { key, reason: CloseReason::Dismissed } => {
                self.roster.handle(Input::NotificationClosed(key), now);
            }
            Happening::Failed { key, error } => {
                tracing::warn!("the notification {key} was not shown: {error:?}")
            }
            Happening::Shown { .. } | Happening::Closed { .. } => {}
        }
    }
    fn clicked(&mut self, key: &str, action: &str, activation_token: Option<String>, now: Moment) {
        let Some(behind) = self.outlets.clicked(key, &self.roster) else {
            tracing::debug!("a click on {key} came when it was over");
            return;
        };
        let Behind { open, token, handover, .. } = behind;
        match (action, token, handover) {
            (SNOOZE, Some(of), _) => {
                self.roster.handle(Input::Person(Person::Snooze(of.alert, SNOOZE_FOR)), now);
            }
            (FINE, Some(of), _) => self.roster.handle(Input::Person(Person::Fine(of.alert)), now),
            (UNDO, _, Some(handover)) => self.undo(handover),
            _ => self.jump_or_open(Open { reassign: action == REASSIGN, activation_token, ..open }),
        }
    }
}
