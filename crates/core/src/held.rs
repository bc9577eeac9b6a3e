//! What was held back, kept until it is told of: also over a restart, and in bounded memory.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::cause::Cause;
use crate::effect::Effect;

/// Things that are kept by name; what is over beyond that is only counted.
const NAMED: usize = 500;

/// Something of which a person was not told when it happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldBack {
    /// Its cause as text; of those that are only counted, their kind alone.
    pub key: String,
    /// Who and what, plain and bounded.
    pub title: String,
    /// How many: the messages of a conversation, otherwise one.
    pub count: u32,
    /// How it ended meanwhile, in words; `None` while it stands.
    pub over: Option<String>,
    /// Held back by a mute, not because the person wanted to hear nothing at all.
    pub muted: bool,
    /// Of no interest once it is over: its worker is muted for good.
    pub fleeting: bool,
}

impl HeldBack {
    /// The kind of its cause in one word.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.key.split(':').next().unwrap_or_default()
    }

    /// Its cause, unless it is only counted.
    #[must_use]
    pub fn cause(&self) -> Option<Cause> {
        Cause::parse(&self.key)
    }
}

/// All that was held back and not told of yet.
#[derive(Debug, Default)]
pub(crate) struct Held(BTreeMap<String, Entry>);

#[derive(Debug)]
struct Entry {
    held: HeldBack,
    /// Of its count, what an earlier run or an alert that is over counted.
    carried: u32,
}

impl Held {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &HeldBack> {
        self.0.values().map(|entry| &entry.held)
    }

    /// An earlier run held this back.
    pub(crate) fn restore(&mut self, held: HeldBack) {
        self.0.insert(held.key.clone(), Entry { carried: held.count, held });
    }

    /// Holds something back. Its count is what is new since it was last told of.
    pub(crate) fn hold(&mut self, mut held: HeldBack, effects: &mut VecDeque<Effect>) {
        let before = self.0.get(&held.key);
        let is_message = held.kind() == "message";
        let carried = before.filter(|_| is_message).map_or(0, |entry| entry.carried);
        held.count = held.count.saturating_add(carried);
        if before.is_none_or(|entry| entry.held != held) {
            effects.push_back(Effect::HeldBack(held.clone()));
            self.0.insert(held.key.clone(), Entry { held, carried });
            self.make_room(effects);
        }
    }

    /// What was held back is over by itself, in words.
    pub(crate) fn over(&mut self, key: &str, words: String, effects: &mut VecDeque<Effect>) {
        let Some(entry) = self.0.get_mut(key) else { return };
        if entry.held.fleeting {
            return self.drop(key, effects);
        }
        entry.held.over = Some(words);
        entry.carried = entry.held.count;
        effects.push_back(Effect::HeldBack(entry.held.clone()));
    }

    /// The person knows of it.
    pub(crate) fn drop(&mut self, key: &str, effects: &mut VecDeque<Effect>) {
        if self.0.remove(key).is_some() {
            effects.push_back(Effect::LetGo(vec![key.to_owned()]));
        }
    }

    /// Takes out what is wanted now.
    pub(crate) fn take(&mut self, wanted: impl Fn(&HeldBack) -> bool) -> Vec<HeldBack> {
        let taken: Vec<String> =
            self.iter().filter(|held| wanted(held)).map(|held| held.key.clone()).collect();
        taken.iter().filter_map(|key| self.0.remove(key)).map(|entry| entry.held).collect()
    }

    /// Of too many things, one that is over is only counted from now on.
    fn make_room(&mut self, effects: &mut VecDeque<Effect>) {
        if self.0.len() <= NAMED {
            return;
        }
        let is_over = |held: &&HeldBack| held.over.is_some() && held.key != held.kind();
        let Some(oldest) = self.iter().find(is_over).cloned() else { return };
        self.0.remove(&oldest.key);
        effects.push_back(Effect::LetGo(vec![oldest.key.clone()]));
        let kind = oldest.kind().to_owned();
        let before = self.0.get(&kind).map_or(0, |entry| entry.held.count);
        let count = before.saturating_add(oldest.count);
        let counted = HeldBack { key: kind.clone(), title: String::new(), count, ..oldest };
        effects.push_back(Effect::HeldBack(counted.clone()));
        self.0.insert(kind, Entry { held: counted, carried: count });
    }
}

/// Says how many there are of a kind.
type Words = fn(u32) -> String;

/// The kinds, in the order in which they matter.
const KINDS: [(&str, Words); 7] = [
    ("waiting", |n| format!("{} waited", counted(n, "session"))),
    ("gone", |n| format!("{n} gone")),
    ("silent", |n| format!("{n} silent")),
    ("limited", |n| format!("{n} at a limit")),
    ("undelivered", |n| format!("{n} undelivered")),
    ("handover", |n| format!("{} handed over", counted(n, "task"))),
    ("message", |n| counted(n, "message")),
];

/// What matters most comes first.
pub(crate) fn rank(held: &HeldBack) -> usize {
    KINDS.iter().position(|(kind, _)| *kind == held.kind()).unwrap_or(KINDS.len())
}

/// How many there are of each kind, in words: "3 sessions waited, 1 silent, 12 messages".
pub(crate) fn in_numbers(held: &[HeldBack]) -> String {
    let told = KINDS.iter().filter_map(|(kind, words)| match number(held, kind) {
        0 => None,
        n => Some(words(n)),
    });
    told.collect::<Vec<_>>().join(", ")
}

/// How many there are of one kind: a worker counts once, however often it was held back.
fn number(held: &[HeldBack], kind: &str) -> u32 {
    let mut workers = BTreeSet::new();
    let of_kind = held.iter().filter(|held| held.kind() == kind);
    let fresh = of_kind.filter(|held| match held.cause().and_then(|cause| cause.worker().cloned()) {
        Some(worker) => workers.insert(worker),
        None => true,
    });
    fresh.map(|held| held.count).fold(0, u32::saturating_add)
}

fn counted(n: u32, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}
