//! Which notice stands behind which number of the server.

use std::collections::{HashMap, VecDeque};

use super::waiting::Entry;

/// A server that never says "closed" must not make this grow for ever.
const REMEMBERED: usize = 256;

/// The notices on the screen.
#[derive(Debug, Default)]
pub(super) struct Shown {
    entries: HashMap<u32, Entry>,
    ids: HashMap<String, u32>,
    tokens: HashMap<u32, String>,
    age: VecDeque<u32>,
}

impl Shown {
    /// The number to replace when this key is shown again; 0 means a new one.
    pub(super) fn id(&self, key: &str) -> u32 {
        self.ids.get(key).copied().unwrap_or(0)
    }

    /// Whether this key is on the screen.
    pub(super) fn has(&self, key: &str) -> bool {
        self.ids.contains_key(key)
    }

    pub(super) fn key(&self, id: u32) -> Option<&str> {
        self.entries.get(&id).map(Entry::key)
    }

    pub(super) fn insert(&mut self, entry: Entry, id: u32) {
        self.remove(self.id(entry.key()));
        // A number that stood for something else stands for this now.
        self.remove(id);
        self.ids.insert(entry.key().to_owned(), id);
        self.entries.insert(id, entry);
        self.age.push_back(id);
        while self.age.len() > REMEMBERED {
            if let Some(oldest) = self.age.pop_front() {
                self.remove(oldest);
            }
        }
    }

    /// Forgets a number; its notice, if it was known.
    pub(super) fn remove(&mut self, id: u32) -> Option<Entry> {
        self.tokens.remove(&id);
        self.age.retain(|known| *known != id);
        let entry = self.entries.remove(&id)?;
        self.ids.remove(entry.key());
        Some(entry)
    }

    /// The token comes before the click that it belongs to.
    pub(super) fn keep_token(&mut self, id: u32, token: String) {
        if self.entries.contains_key(&id) {
            self.tokens.insert(id, token);
        }
    }

    pub(super) fn take_token(&mut self, id: u32) -> Option<String> {
        self.tokens.remove(&id)
    }

    pub(super) fn ids(&self) -> Vec<u32> {
        self.age.iter().copied().collect()
    }

    /// Forgets everything; the notices that were shown, oldest first.
    pub(super) fn clear(&mut self) -> Vec<Entry> {
        self.ids().into_iter().filter_map(|id| self.remove(id)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Notice;

    fn entry(key: &str) -> Entry {
        Entry::new(Notice { key: key.into(), ..Notice::default() })
    }

    #[test]
    fn a_key_shown_again_under_another_number_is_known_by_the_new_one_only() {
        let mut shown = Shown::default();
        shown.insert(entry("a"), 7);
        shown.keep_token(7, "old".into());
        shown.insert(entry("a"), 9);
        assert_eq!(shown.take_token(7), None);
        assert_eq!((shown.id("a"), shown.key(7)), (9, None));
        assert_eq!(shown.remove(7), None);
        assert_eq!(shown.remove(9), Some(entry("a")));
        assert_eq!((shown.id("a"), shown.has("a")), (0, false));
    }

    #[test]
    fn a_token_is_used_once_and_only_for_what_is_shown() {
        let mut shown = Shown::default();
        shown.keep_token(3, "stray".into());
        assert_eq!(shown.take_token(3), None);
        shown.insert(entry("a"), 3);
        shown.keep_token(3, "token".into());
        assert_eq!(shown.take_token(3).as_deref(), Some("token"));
        assert_eq!(shown.take_token(3), None);
    }

    #[test]
    fn a_server_that_never_closes_anything_is_forgotten_bit_by_bit() {
        let mut shown = Shown::default();
        for id in 1..=1000 {
            shown.insert(entry(&format!("cause {id}")), id);
        }
        assert_eq!(shown.ids().len(), REMEMBERED);
        assert_eq!((shown.id("cause 1"), shown.id("cause 1000")), (0, 1000));
    }
}
