//! What is still to be asked of the server: one word per key, the newest wins.

use std::collections::VecDeque;

use crate::Notice;

/// More notices than this are of no use one by one; the oldest gives way to a digest.
const ROOM: usize = 64;
/// So many servers may end with a notice in their hands or on their screens before it is taken for the reason.
const SERVERS: u8 = 3;

/// A notice, and what has happened to it on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) notice: Notice,
    /// So many servers have ended with it.
    servers: u8,
    /// Its failure has been told.
    told: bool,
}

impl Entry {
    pub(super) fn new(notice: Notice) -> Self {
        Self { notice, servers: 0, told: false }
    }

    pub(super) fn key(&self) -> &str {
        &self.notice.key
    }

    /// The same after its failure has been told.
    pub(super) fn told(self) -> Self {
        Self { told: true, ..self }
    }

    /// The same for the next server; its key alone when it may be what ends them.
    pub(super) fn after_its_server(mut self) -> Result<Self, String> {
        self.servers += 1;
        if self.servers < SERVERS { Ok(self) } else { Err(self.notice.key) }
    }
}

/// What waits for its turn.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    notices: VecDeque<Entry>,
    withdrawals: VecDeque<String>,
}

impl Waiting {
    /// Takes a notice in; gives back one that had to make room for it.
    pub(super) fn show(&mut self, notice: Notice) -> Option<Notice> {
        self.forget(&notice.key);
        let crowded = self.notices.len() >= ROOM;
        let oldest = if crowded { self.notices.pop_front() } else { None };
        self.notices.push_back(Entry::new(notice));
        oldest.map(|entry| entry.notice)
    }

    /// Takes a withdrawal in, of something that is on the screen or on its way there.
    pub(super) fn withdraw(&mut self, key: String) {
        self.forget(&key);
        self.withdrawals.push_back(key);
    }

    /// Puts notices back that have to be shown again, unless something newer has come for their keys.
    pub(super) fn put_back(&mut self, entries: Vec<Entry>) {
        for entry in entries.into_iter().rev() {
            let key = entry.key();
            if !self.notices.iter().any(|waiting| waiting.key() == key)
                && !self.withdrawals.iter().any(|waiting| waiting == key)
            {
                self.notices.push_front(entry);
            }
        }
    }

    pub(super) fn next_withdrawal(&mut self) -> Option<String> {
        self.withdrawals.pop_front()
    }

    pub(super) fn next_notice(&mut self) -> Option<Entry> {
        self.notices.pop_front()
    }

    /// Takes out the notices that `which` picks.
    pub(super) fn take(&mut self, which: impl Fn(&Notice) -> bool) -> Vec<Notice> {
        let all = std::mem::take(&mut self.notices);
        let (taken, left): (VecDeque<Entry>, _) = all.into_iter().partition(|entry| which(&entry.notice));
        self.notices = left;
        taken.into_iter().map(|entry| entry.notice).collect()
    }

    pub(super) fn notices(&self) -> usize {
        self.notices.len()
    }

    /// The keys of the notices that cannot be shown now, each once. They stay: a server may come.
    pub(super) fn fail(&mut self) -> Vec<String> {
        let untold = self.notices.iter_mut().filter(|entry| !entry.told);
        untold
            .map(|entry| {
                entry.told = true;
                entry.notice.key.clone()
            })
            .collect()
    }

    /// Drops what waits for this key.
    pub(super) fn forget(&mut self, key: &str) {
        self.notices.retain(|waiting| waiting.key() != key);
        self.withdrawals.retain(|waiting| waiting != key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(key: &str, title: &str) -> Notice {
        Notice { key: key.into(), title: title.into(), ..Notice::default() }
    }

    #[test]
    fn the_newest_word_about_a_key_is_the_one_that_counts() {
        let mut waiting = Waiting::default();
        waiting.show(notice("a", "old"));
        waiting.show(notice("b", "other"));
        waiting.show(notice("a", "new"));
        waiting.withdraw("b".into());
        waiting.put_back(vec![Entry::new(notice("a", "even older")), Entry::new(notice("b", "withdrawn"))]);
        assert_eq!(waiting.next_notice(), Some(Entry::new(notice("a", "new"))));
        assert_eq!(waiting.next_notice(), None);
        assert_eq!(waiting.next_withdrawal().as_deref(), Some("b"));
    }

    #[test]
    fn a_crowd_pushes_out_the_oldest_and_says_so() {
        let mut waiting = Waiting::default();
        let dropped: Vec<String> = (0..ROOM + 2)
            .filter_map(|n| waiting.show(notice(&n.to_string(), "")).map(|notice| notice.key))
            .collect();
        assert_eq!(dropped, ["0", "1"]);
        assert_eq!(waiting.notices(), ROOM);
    }

    #[test]
    fn a_failure_is_told_once_and_its_notice_stays() {
        let mut waiting = Waiting::default();
        waiting.show(notice("a", ""));
        assert_eq!(waiting.fail(), ["a"]);
        waiting.show(notice("b", ""));
        assert_eq!(waiting.fail(), ["b"]);
        assert_eq!(waiting.notices(), 2);
    }

    #[test]
    fn a_notice_that_no_server_survives_is_not_given_to_the_next() {
        let mut entry = Entry::new(notice("a", ""));
        for _ in 1..SERVERS {
            entry = entry.after_its_server().unwrap();
        }
        assert_eq!(entry.after_its_server(), Err("a".into()));
    }
}
