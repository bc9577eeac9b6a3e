//! Who is told when: what a person wishes to hear, and what holds it back for a while.

use super::Roster;
use crate::alert::Token;
use crate::cause::Cause;
use crate::desk::Wish;
use crate::input::{Input, Person};
use crate::quiet::Still;
use crate::worker::Worker;
use crate::{AlertId, Moment, SourceKind, Timestamp, WorkerId};

impl Roster {
    /// Until when notifications are paused, and how many are held back by whatever holds them.
    #[must_use]
    pub fn paused(&self) -> (Option<Timestamp>, u32) {
        (self.desk.quiet.paused_until, self.desk.held_count())
    }

    /// Why no notification is shown now, whatever it is about.
    #[must_use]
    pub fn still(&self, now: Moment) -> Option<Still> {
        self.desk.quiet.still(now)
    }

    /// The folders whose workers are muted, and until when; [`Timestamp::FOREVER`] is always.
    pub fn muted_folders(&self) -> impl Iterator<Item = (&str, Timestamp)> {
        self.muted_folders.iter().map(|(folder, until)| (folder.as_str(), *until))
    }

    /// Until when a worker is muted, by itself or with its folder.
    #[must_use]
    pub fn muted_until(&self, worker: &Worker) -> Option<Timestamp> {
        let cwd = worker.identity().and_then(|identity| identity.cwd.as_deref());
        let folders =
            self.muted_folders.iter().filter(|(folder, _)| cwd.is_some_and(|at| lies_in(at, folder)));
        folders.map(|(_, until)| *until).chain(worker.muted_until()).max()
    }

    /// Whether the alert that a notification was shown for still stands.
    #[must_use]
    pub fn stands(&self, token: Token) -> bool {
        self.desk.alerts().any(|alert| alert.token() == token)
    }

    /// Whether a person wants to be told of a cause now.
    pub(super) fn wish(&self, cause: &Cause, now: Moment) -> Wish {
        let (wanted, about) = match cause {
            Cause::Waiting(id, _) | Cause::Limited(id, _) => (self.policy.notify_waiting, vec![id]),
            Cause::Silent(id, _) | Cause::Gone(id) => (self.policy.notify_silent, vec![id]),
            Cause::Undelivered(_) => (true, Vec::new()),
            Cause::Messages(conversation) => {
                let last = self.talks.get(conversation).and_then(|talk| talk.last.as_ref());
                let parties = last.into_iter().flat_map(|last| [&last.from.worker, &last.to.worker]);
                (self.policy.notify_messages, parties.flatten().collect())
            }
        };
        let muted = |id: &WorkerId| self.workers.get(id).and_then(|worker| self.muted_until(worker));
        let muted = about.into_iter().filter_map(muted).max().filter(|until| now.wall < *until);
        match (wanted, muted) {
            (false, _) => Wish::Never,
            (true, Some(Timestamp::FOREVER)) => Wish::WhileItStands,
            (true, Some(_)) => Wish::Later,
            (true, None) if self.breaks_through(cause) => Wish::Through,
            (true, None) if self.may_be_in_front(cause) => Wish::Unseen,
            (true, None) => Wish::Told,
        }
    }

    /// Whether a cause is about a session that lives: the person may have its terminal before the eyes.
    fn may_be_in_front(&self, cause: &Cause) -> bool {
        let Some(worker) = cause.worker().and_then(|id| self.workers.get(id)) else { return false };
        let identity = worker.identity().filter(|it| it.source == SourceKind::Claude && it.pid.is_some());
        self.policy.ask_in_front && identity.is_some() && !matches!(cause, Cause::Gone(_))
    }

    /// A worker that is proven gone with a task in its hands is told of at any hour, where the person wants that.
    fn breaks_through(&self, cause: &Cause) -> bool {
        let Cause::Gone(id) = cause else { return false };
        self.policy.break_through && self.workers.get(id).is_some_and(|worker| worker.tasks > 0)
    }

    pub(super) fn tell_again(&mut self, id: AlertId, now: Moment) {
        if let Some(wish) = self.wish_of(id, now) {
            self.desk.tell(id, wish, now, &mut self.effects);
        }
    }

    /// Tells of an alert about a worker whose terminal is not before the person's eyes.
    pub(super) fn tell_unseen(&mut self, id: AlertId, now: Moment) {
        if let Some(wish) = self.wish_of(id, now) {
            let wish = if wish == Wish::Unseen { Wish::Told } else { wish };
            self.desk.tell(id, wish, now, &mut self.effects);
        }
    }

    fn wish_of(&self, id: AlertId, now: Moment) -> Option<Wish> {
        let alert = self.desk.alerts().find(|alert| alert.id == id)?;
        Some(self.wish(&alert.cause, now))
    }

    /// Tells of what was held back and is wanted now.
    pub(super) fn release(&mut self, now: Moment) {
        let mut desk = std::mem::take(&mut self.desk);
        let mut effects = std::mem::take(&mut self.effects);
        desk.release(|cause| self.wish(cause, now), now, &mut effects);
        (self.desk, self.effects) = (desk, effects);
    }

    pub(super) fn lift_pause_and_mutes(&mut self, now: Moment) {
        let over = |until: Option<Timestamp>| until.is_some_and(|until| now.wall >= until);
        let mut lifted = over(self.desk.quiet.paused_until);
        if lifted {
            self.desk.quiet.paused_until = None;
        }
        for worker in self.workers.values_mut().filter(|worker| over(worker.muted_until)) {
            worker.muted_until = None;
            lifted = true;
        }
        let folders = self.muted_folders.len();
        self.muted_folders.retain(|_, until| !over(Some(*until)));
        if lifted || self.muted_folders.len() < folders {
            self.release(now);
        }
    }

    /// Takes in what only bears upon when a person is told.
    pub(super) fn told_or_held(&mut self, input: Input, now: Moment) {
        match input {
            Input::HeldBefore(held) => self.desk.restore(held),
            Input::HeldBack(held) => self.desk.hold(held, &mut self.effects),
            Input::Looked => self.desk.looked(&mut self.effects),
            Input::MinuteOfDay(minute) => self.desk.quiet.minute = Some(minute),
            Input::DoNotDisturb(on) => self.desk.quiet.do_not_disturb = on,
            Input::InFront(worker, is_in_front) => {
                for id in self.desk.answered(&worker, is_in_front, now.tick) {
                    self.tell_unseen(id, now);
                }
                return;
            }
            _ => return,
        }
        self.release(now);
    }

    pub(super) fn person(&mut self, person: Person, now: Moment) {
        match person {
            Person::Pause(until) => {
                self.desk.quiet.paused_until = until;
                self.release(now);
            }
            Person::Mute(id, until) => {
                // A mute of an earlier run comes before its worker is seen again.
                let worker = self.workers.entry(id.clone()).or_insert_with(|| Worker::new(id, now));
                worker.muted_until = until;
                self.release(now);
            }
            Person::MuteFolder(folder, until) => {
                match until {
                    Some(until) => self.muted_folders.insert(folder, until),
                    None => self.muted_folders.remove(&folder),
                };
                self.release(now);
            }
            Person::Snooze(alert, span) => self.desk.snooze(alert, span, now, &mut self.effects),
            Person::Dismiss(alert) => self.desk.dismiss(alert, now, &mut self.effects),
            Person::Fine(alert) => self.fine(alert, now),
            Person::LookingAt(id) => {
                let worker = id.as_ref().and_then(|id| self.workers.get(id));
                let conversation = worker.and_then(Worker::identity).and_then(|it| it.conversation.clone());
                self.desk.look(id, conversation, &mut self.effects);
            }
            Person::LookingInto(conversation) => self.look_into(conversation, now),
        }
    }
}

/// Whether a path is a folder or lies below it.
fn lies_in(path: &str, folder: &str) -> bool {
    let is_separator = |c: char| c == '/' || c == '\\';
    let folder = folder.trim_end_matches(is_separator);
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with(is_separator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_holds_what_is_below_it_and_nothing_that_only_begins_alike() {
        let shop = ["/code/shop", "/code/shop/api", "/code/shop-old", "/code"];
        assert_eq!(shop.map(|path| lies_in(path, "/code/shop/")), [true, true, false, false]);
        assert!(lies_in(r"C:\code\shop\api", r"C:\code\shop") && lies_in("/code", "/"));
    }
}
