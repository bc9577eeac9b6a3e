//! What follows from an answer of the server, and from none.

use super::{
    super::{Asked, Done, UnderWay, held::DIGEST, link::Link, waiting::Entry},
    Post,
};
use crate::{CloseReason, Failure, Happening, NotifierState};

impl Post {
    /// The server has not answered for long: says so, then finds out whether it has lost the question.
    pub(in crate::linux) fn wait_longer(&mut self, call: &mut UnderWay, link: &Link) {
        self.set_state(NotifierState::NotAnswering);
        if call.wait_longer(self.options.give_up) {
            return;
        }
        match call.asked {
            Asked::Probe => self.fail_waiting(&Failure::NotAnswering),
            Asked::Show(_) | Asked::Withdraw(_) => call.ask_beside(link.probe()),
        }
    }

    pub(in crate::linux) fn finish(&mut self, done: Done, call: UnderWay) {
        self.in_hands = None;
        match (call.asked, done) {
            (Asked::Probe, Done::Probed(server)) => {
                self.set_state(NotifierState::Ready(server.clone()));
                self.server = Some(server);
            }
            (Asked::Probe, Done::Failed(failure)) => self.no_server(&failure),
            (Asked::Show(entry), Done::Numbered(id)) => self.showed(entry, id),
            (Asked::Show(entry), Done::Failed(failure)) => self.not_shown(entry, failure),
            // It has answered something else since: the notice fell under the table.
            (Asked::Show(entry), _) => {
                self.answered();
                let key = entry.notice.key;
                self.tell(Happening::Failed { key, error: Failure::NotAnswering });
            }
            // The server doesn't know it any more, or is gone itself: off the screen in any case.
            (Asked::Withdraw(key), done) => {
                match done {
                    Done::Failed(failure) => self.note_failure(&failure),
                    _ => self.answered(),
                }
                self.withdrawn(&key);
            }
            (Asked::Probe, _) => {}
        }
        self.early.clear();
    }

    fn showed(&mut self, entry: Entry, id: u32) {
        self.answered();
        let key = entry.key().to_owned();
        self.shown.insert(entry, id);
        let keys = if key == DIGEST { self.held.shown() } else { vec![key] };
        for key in keys {
            self.tell(Happening::Shown { key });
        }
        for signal in self.early.take(id) {
            self.take_signal(signal);
        }
    }

    fn not_shown(&mut self, entry: Entry, failure: Failure) {
        match failure {
            // The server went away with our notice in its hands; the next one gets it, once.
            Failure::Absent | Failure::NoBus(_) => {
                self.put_back(entry, &failure);
            }
            Failure::NotAnswering | Failure::Refused(_) | Failure::Crowded => {
                self.note_failure(&failure);
                self.tell(Happening::Failed { key: entry.notice.key, error: failure });
            }
        }
    }

    /// A digest is taken off the screen when nothing is in it any more.
    fn withdrawn(&self, key: &str) {
        if key != DIGEST {
            self.tell(Happening::Closed { key: key.to_owned(), reason: CloseReason::Withdrawn });
        }
    }

    fn put_back(&mut self, entry: Entry, failure: &Failure) {
        self.lose_server();
        self.may_ask = true;
        match entry.after_its_server() {
            Ok(entry) if entry.key() == DIGEST => drop(self.held.lost()),
            Ok(entry) => self.waiting.put_back(vec![entry]),
            Err(key) => self.tell(Happening::Failed { key, error: failure.clone() }),
        }
    }

    /// The bus is gone, and with it whoever was asked.
    pub(in crate::linux) fn break_off(&mut self, under_way: Option<UnderWay>) {
        self.in_hands = None;
        match under_way.map(|call| call.asked) {
            Some(Asked::Show(entry)) => self.put_back(entry, &Failure::Absent),
            Some(Asked::Withdraw(key)) => self.withdrawn(&key),
            Some(Asked::Probe) | None => {}
        }
    }

    /// A call to a server that has been succeeded need not be waited for; the successor gets what it was about.
    pub(in crate::linux) fn abandon(&mut self, under_way: &mut Option<UnderWay>) {
        let succeeded = under_way.take_if(|call| call.owner.is_some() && call.owner != self.owner);
        if succeeded.is_some() {
            let owner = self.owner.clone();
            self.break_off(succeeded);
            self.owner = owner;
        }
    }
}
