//! The addresses that messages come from: a socket for each sender, among those of the sessions.
//!
//! Claude Code counts and compares the messages of each address for itself, sends receipts there, and a session that
//! answers to one does not say what it answers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Sender};

use peerwatch_deliver::{ReplyBox, Returned};

use super::Word;

/// So many are open at a time: each costs a socket and a thread, and who wrote long ago gets no more receipts.
const MOST: usize = 64;

/// An address: the folder of the inboxes, and the name of the sender.
type Key = (PathBuf, String);

/// The addresses that are open.
pub(super) struct Addresses {
    open: BTreeMap<Key, ReplyBox>,
    /// The same, the one used last at the end.
    used: Vec<Key>,
    returned: Sender<Returned>,
}

impl Addresses {
    /// None is open; what comes back to those that will be is told to `words`.
    pub(super) fn new(words: Sender<Word>) -> Self {
        let (returned, heard) = mpsc::channel();
        let hearing = std::thread::Builder::new().name("returned".into()).spawn(move || {
            // Ends with the last address, or with the one who is told.
            while let Ok(returned) = heard.recv()
                && words.send(Word::Returned(returned)).is_ok()
            {}
        });
        if let Err(error) = hearing {
            tracing::error!("no receipts are heard: {error}");
        }
        Self { open: BTreeMap::new(), used: Vec::new(), returned }
    }

    /// The address of a sender beside the inbox at `socket`; `None` when there can be none: then no receipts are heard.
    pub(super) fn of(&mut self, socket: &Path, conversation: &str, participant: &str) -> Option<PathBuf> {
        let folder = socket.parent()?.to_owned();
        let key = (folder.clone(), name(conversation, participant));
        if self.open.get(&key).is_some_and(|open| !open.is_open()) {
            self.open.remove(&key);
        }
        if !self.open.contains_key(&key) {
            if self.open.keys().all(|(known, _)| *known != folder) {
                ReplyBox::sweep(&folder);
            }
            match ReplyBox::open(&folder, &key.1, self.returned.clone()) {
                Ok(open) => drop(self.open.insert(key.clone(), open)),
                Err(error) => {
                    tracing::warn!("no receipts from {}: {error}", folder.display());
                    return None;
                }
            }
        }
        let path = self.open.get(&key).map(|open| open.path().to_owned());
        self.used.retain(|other| *other != key);
        self.used.push(key);
        if self.used.len() > MOST {
            self.open.remove(&self.used.remove(0));
        }
        path
    }
}

/// The name of a sender's address: short, for the path of a socket is.
pub(super) fn name(conversation: &str, participant: &str) -> String {
    let hex = conversation.strip_prefix("conv_").unwrap_or(conversation);
    format!("{}-{participant}", hex.get(..12).unwrap_or(hex))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn only_those_that_were_used_last_stay_open() {
        let folder = tempfile::tempdir().unwrap();
        let inbox = folder.path().join("41.sock");
        let (words, _ear) = mpsc::channel();
        let mut addresses = Addresses::new(words);
        let first = addresses.of(&inbox, "conv_0000000000000000", "a").unwrap();
        for number in 1..=MOST {
            let conversation = format!("conv_{number:012}0000");
            assert!(addresses.of(&inbox, &conversation, "a").unwrap().exists());
        }
        assert!(!first.exists(), "the oldest is closed");
        assert_eq!(addresses.open.len(), MOST);
        assert_eq!(addresses.of(&inbox, "conv_0000000000000000", "a"), Some(first), "and opens again");
    }
}
