//! The notices that came too fast to be shown one by one: one digest on the screen stands for them.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use tokio::time::Instant;

use crate::{Action, DEFAULT_ACTION, Notice};

/// The digest's own key.
pub(super) const DIGEST: &str = "peerwatch:digest";
/// Titles that the digest lists, newest first.
const LISTED: usize = 3;
/// Keys that are known one by one; the rest is counted.
const KNOWN: usize = 4096;
/// The digest's number changes no faster than it can be read.
const EACH: Duration = Duration::from_secs(1);

/// How far a notice has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// In no digest yet.
    New,
    /// In the digest that is on its way.
    Drawn,
    /// In the digest that is on the screen.
    Shown,
}

/// What the digest stands for.
#[derive(Debug, Default)]
pub(super) struct Held {
    keys: HashMap<String, Stage>,
    newest: VecDeque<Notice>,
    beyond: usize,
    changed: bool,
    drawn: Option<Instant>,
}

impl Held {
    pub(super) fn add(&mut self, notice: Notice) {
        self.changed = true;
        if self.keys.len() < KNOWN {
            self.keys.insert(notice.key.clone(), Stage::New);
        } else if !self.keys.contains_key(&notice.key) {
            self.beyond += 1;
        }
        self.newest.retain(|listed| listed.key != notice.key);
        self.newest.push_front(notice);
        self.newest.truncate(LISTED);
    }

    /// Takes a key out, because its cause is gone or something newer is to be shown for it. Says whether it was here, and
    /// then whether it was on the screen.
    pub(super) fn remove(&mut self, key: &str) -> Option<bool> {
        let stage = self.keys.remove(key)?;
        self.newest.retain(|listed| listed.key != key);
        self.changed = true;
        Some(stage == Stage::Shown)
    }

    /// The key that a click on the digest means: the newest one.
    pub(super) fn front(&self) -> Option<String> {
        self.newest.front().map(|notice| notice.key.clone())
    }

    /// When the digest has to be drawn anew, if at all.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.changed.then(|| self.drawn.map_or(now, |drawn| drawn + EACH))
    }

    /// The digest as it is now; `None` takes it off the screen.
    pub(super) fn draw(&mut self, now: Instant) -> Option<Notice> {
        (self.changed, self.drawn) = (false, Some(now));
        self.keys.values_mut().for_each(|stage| *stage = (*stage).max(Stage::Drawn));
        let count = self.keys.len() + self.beyond;
        if count == 0 {
            return None;
        }
        let mut lines: Vec<String> = self.newest.iter().map(|notice| notice.title.clone()).collect();
        if count > lines.len() && !lines.is_empty() {
            lines.push(format!("and {} more", count - lines.len()));
        }
        let title =
            if count == 1 { "1 more notification".into() } else { format!("{count} more notifications") };
        let open = Action { key: DEFAULT_ACTION.into(), label: "Open".into() };
        Some(Notice {
            key: DIGEST.into(),
            title,
            body: lines.join("\n"),
            actions: vec![open],
            ..Notice::default()
        })
    }

    /// The digest that was on its way is on the screen now: the keys that are new there.
    pub(super) fn shown(&mut self) -> Vec<String> {
        let drawn = self.keys.iter_mut().filter(|(_, stage)| **stage == Stage::Drawn);
        drawn
            .map(|(key, stage)| {
                *stage = Stage::Shown;
                key.clone()
            })
            .collect()
    }

    /// The screen is gone: the keys that were there. They stay held, and a digest for the next server is due.
    pub(super) fn lost(&mut self) -> Vec<String> {
        (self.changed, self.drawn) = (!self.keys.is_empty(), None);
        let was_there = |(key, stage): (&String, &Stage)| (*stage == Stage::Shown).then(|| key.clone());
        let keys = self.keys.iter().filter_map(was_there).collect();
        self.keys.values_mut().for_each(|stage| *stage = Stage::New);
        keys
    }

    /// The digest was closed: the keys that were in it, which are held no longer.
    pub(super) fn close(&mut self) -> Vec<String> {
        let (closed, left) =
            std::mem::take(&mut self.keys).into_iter().partition(|(_, stage)| *stage == Stage::Shown);
        self.keys = left;
        self.newest.retain(|listed| self.keys.contains_key(&listed.key));
        self.beyond = 0;
        let closed: HashMap<String, Stage> = closed;
        closed.into_keys().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notice(number: usize) -> Notice {
        Notice { key: format!("key {number}"), title: format!("worker {number} waits"), ..Notice::default() }
    }

    fn holding(count: usize) -> Held {
        let mut held = Held::default();
        (1..=count).for_each(|number| held.add(notice(number)));
        held
    }

    #[test]
    fn the_digest_counts_everything_and_lists_the_newest() {
        let drawn = holding(980).draw(Instant::now()).unwrap();
        assert_eq!(drawn.title, "980 more notifications");
        assert_eq!(drawn.body, "worker 980 waits\nworker 979 waits\nworker 978 waits\nand 977 more");
    }

    #[test]
    fn what_is_withdrawn_is_counted_no_longer_and_the_last_takes_the_digest_away() {
        let mut held = holding(2);
        assert_eq!((held.remove("key 2"), held.remove("key 9")), (Some(false), None));
        let drawn = held.draw(Instant::now()).unwrap();
        assert_eq!((drawn.title.as_str(), drawn.body.as_str()), ("1 more notification", "worker 1 waits"));
        assert_eq!(held.shown(), ["key 1"]);
        assert_eq!(held.remove("key 1"), Some(true));
        assert_eq!(held.draw(Instant::now()), None);
    }

    #[test]
    fn it_is_drawn_once_a_second_and_only_when_it_has_changed() {
        let begun = Instant::now();
        let mut held = holding(1);
        assert_eq!(held.due(begun), Some(begun));
        held.draw(begun);
        assert_eq!(held.due(begun), None);
        held.add(notice(2));
        assert_eq!(held.due(begun), Some(begun + EACH));
    }

    #[test]
    fn what_comes_while_the_digest_is_being_closed_is_in_the_next_one() {
        let begun = Instant::now();
        let mut held = holding(1);
        held.draw(begun);
        assert_eq!(held.shown(), ["key 1"]);
        held.add(notice(2));
        assert_eq!(held.close(), ["key 1"]);
        assert_eq!(held.due(begun), Some(begun + EACH));
        assert_eq!(held.draw(begun).unwrap().title, "1 more notification");
        assert_eq!(held.lost(), [""; 0], "it was not on the screen yet");
        assert_eq!(held.due(begun), Some(begun));
    }

    #[test]
    fn a_flood_without_end_fills_nothing_and_is_counted() {
        let mut held = holding(10 * KNOWN);
        assert_eq!((held.keys.len(), held.newest.len()), (KNOWN, LISTED));
        assert_eq!(held.draw(Instant::now()).unwrap().title, format!("{} more notifications", 10 * KNOWN));
    }
}
