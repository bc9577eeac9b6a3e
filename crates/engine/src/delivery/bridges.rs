//! The bridges that are written: Peerwatch's own, and those of others whose conversations a person connected.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use peerwatch_bridge::{Store, StoreError};
use peerwatch_core::ConversationId;
use peerwatch_sources::bridge::{self, Holding};
use peerwatch_wire::{ConversationSettings, Settings};

/// One bridge that is open for writing.
pub(super) struct Bridge {
    pub(super) path: PathBuf,
    pub(super) own: bool,
    pub(super) store: Store,
    /// Our own readers of the file must leave its locks alone as long as the store is open; let go of after it.
    _holding: Holding,
}

impl Bridge {
    /// A conversation as the view names it.
    pub(super) fn named(&self, conversation: &str) -> ConversationId {
        bridge::named(&self.path, conversation)
    }

    /// Whether a person connected this conversation. All of our own are.
    pub(super) fn is_connected(&self, conversation: &str, settings: &Settings) -> bool {
        let single = || settings.conversations.get(self.named(conversation).as_str());
        self.own || single().is_some_and(ConversationSettings::connects)
    }

    /// Whether heartbeats are written in this conversation.
    pub(super) fn has_heartbeats(&self, conversation: &str, settings: &Settings) -> bool {
        let single = || settings.conversations.get(self.named(conversation).as_str());
        self.own || single().is_some_and(|it| it.heartbeats)
    }
}

/// The bridges that are written. Our own stays open; those of others are open for a moment at a time, for a connection that
/// stays open keeps their writers from emptying the log, which then destroys a file that is put in the place of this one.
#[derive(Default)]
pub(super) struct Bridges {
    own: PathBuf,
    wanted: BTreeSet<PathBuf>,
    open: BTreeMap<PathBuf, Bridge>,
    closed: BTreeMap<PathBuf, String>,
    news: Vec<(PathBuf, Option<String>)>,
}

impl Bridges {
    /// Writes the bridges that settings name from now on, and our own.
    pub(super) fn follow(&mut self, own: &Path, databases: &[PathBuf], settings: &Settings) {
        let connected = |path: &&PathBuf| {
            let connected = settings.conversations.iter().filter(|(_, it)| it.connects());
            let mut names = connected.map(|(name, _)| ConversationId::new(name.as_str()));
            path.as_path() != own && names.any(|name| bridge::belongs(path, &name))
        };
        let foreign = databases.iter().filter(connected).cloned();
        self.wanted = std::iter::once(own.to_owned()).chain(foreign).collect();
        self.own = own.to_owned();
        self.open.retain(|path, _| self.wanted.contains(path));
        self.closed.retain(|path, _| self.wanted.contains(path));
    }

    /// Those that can be opened.
    pub(super) fn all(&mut self) -> impl Iterator<Item = &mut Bridge> {
        for path in self.wanted.clone() {
            self.open_one(&path);
        }
        self.open.values_mut()
    }

    pub(super) fn at(&mut self, path: &Path) -> Option<&mut Bridge> {
        self.open_one(path);
        self.open.get_mut(path)
    }

    /// Closes those of others.
    pub(super) fn rest(&mut self) {
        self.open.retain(|_, bridge| bridge.own);
    }

    /// What is new of those that cannot be opened, and why not; `None` when it can again.
    pub(super) fn take_news(&mut self) -> Vec<(PathBuf, Option<String>)> {
        std::mem::take(&mut self.news)
    }

    fn open_one(&mut self, path: &Path) {
        if self.open.contains_key(path) || !self.wanted.contains(path) {
            return;
        }
        match open(path, path == self.own) {
            Ok(bridge) => {
                self.open.insert(path.to_owned(), bridge);
                if self.closed.remove(path).is_some() {
                    self.news.push((path.to_owned(), None));
                }
            }
            Err(error) => {
                let why = error.to_string();
                if self.closed.insert(path.to_owned(), why.clone()).as_ref() != Some(&why) {
                    self.news.push((path.to_owned(), Some(why)));
                }
            }
        }
    }
}

fn open(path: &Path, own: bool) -> Result<Bridge, StoreError> {
    let holding = bridge::holding(path);
    let store = if own { Store::open(path)? } else { Store::open_existing(path)? };
    Ok(Bridge { path: path.to_owned(), own, store, _holding: holding })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_of_others_is_written_only_once_something_is_wanted_of_it() {
        let (own, other) = (Path::new("/home/kim/own.db"), PathBuf::from("/home/kim/team.db"));
        let wanted = |own_settings: ConversationSettings| {
            let mut settings = Settings::default();
            settings.conversations.insert(bridge::named(&other, "conv_1").to_string(), own_settings);
            let mut bridges = Bridges::default();
            bridges.follow(own, std::slice::from_ref(&other), &settings);
            bridges.wanted.contains(&other)
        };
        let nothing = ConversationSettings::default();
        assert!(!wanted(nothing.clone()));
        assert!(!wanted(ConversationSettings { recover: Some(false), ..nothing.clone() }));
        assert!(wanted(ConversationSettings { recover: Some(true), ..nothing.clone() }));
        assert!(wanted(ConversationSettings { heartbeats: true, ..nothing.clone() }));
        assert!(wanted(ConversationSettings {
            deliver: Some(peerwatch_wire::DeliverMode::TellMe),
            ..nothing
        }));
    }
}
