//! The last words of a worker, from its own conversation.

use std::path::Path;

use peerwatch_core::{ConversationId, Timestamp};
use peerwatch_sources::{Entry, EntryKind, Page, Place, bridge, claude};

/// So many of its own texts are wanted.
const TEXTS: usize = 3;
/// Entries of one page, and pages that are read at most: a long turn has hundreds of tool calls.
const ENTRIES: usize = 100;
const PAGES: usize = 5;

/// What was said last.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct LastWords {
    /// What it was asked last, by a person or a peer.
    pub(crate) asked: Option<Words>,
    /// What it said last itself, oldest first.
    pub(crate) said: Vec<Words>,
}

/// A text, and whose.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Words {
    /// Who said it; `you` for the person.
    pub(crate) by: String,
    /// When.
    pub(crate) at: Option<Timestamp>,
    /// What.
    pub(crate) text: String,
    /// Whether the source has only its beginning.
    pub(crate) cut: bool,
}

/// Where conversations are read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sources<'a> {
    /// Configuration folders of Claude Code.
    pub(crate) claude: &'a [std::path::PathBuf],
    /// Bridge databases.
    pub(crate) databases: &'a [std::path::PathBuf],
}

/// The last words in a conversation: of the session whose transcript it is, or of the side of a bridge that is called `name`
/// there. `None` when it cannot be read, or nothing was said.
pub(crate) fn last_words(
    sources: Sources<'_>,
    conversation: &ConversationId,
    name: &str,
) -> Option<LastWords> {
    let in_claude = sources.claude.iter().find(|config| claude::belongs(config, conversation));
    let in_bridge = || sources.databases.iter().find(|path| bridge::belongs(path, conversation));
    let (kept, read): (&Path, Read) = match in_claude {
        Some(config) => (config, claude::read_page),
        None => (in_bridge()?, bridge::read_page),
    };
    let mut last = LastWords::default();
    let mut place = Place::Newest;
    for _ in 0..PAGES {
        let page = match read(kept, conversation, &place, ENTRIES) {
            Ok(page) => page,
            Err(trouble) => {
                tracing::debug!("{}: {}", trouble.subject, trouble.what);
                break;
            }
        };
        page.entries.into_iter().rev().for_each(|entry| last.take(entry, name));
        match page.before {
            Some(before) if !last.is_full() => place = Place::Before(before),
            _ => break,
        }
    }
    last.said.reverse();
    (last != LastWords::default()).then_some(last)
}

type Read = fn(&Path, &ConversationId, &Place, usize) -> Result<Page, peerwatch_sources::Trouble>;

impl LastWords {
    /// Takes the next older entry.
    fn take(&mut self, entry: Entry, name: &str) {
        let own = match entry.kind {
            EntryKind::Answer => true,
            EntryKind::Message => is_from(&entry.from, name),
            EntryKind::Prompt => false,
            EntryKind::Thinking | EntryKind::ToolCall | EntryKind::ToolResult | EntryKind::Note => return,
        };
        let Entry { at, from: by, text, cut, .. } = entry;
        let words = Words { by, at, text, cut };
        if own && self.said.len() < TEXTS {
            self.said.push(words);
        } else if !own && self.asked.is_none() {
            self.asked = Some(words);
        }
    }

    fn is_full(&self) -> bool {
        self.asked.is_some() && self.said.len() >= TEXTS
    }
}

/// Among more than two, a bridge names the sender as `backend to review`.
fn is_from(from: &str, name: &str) -> bool {
    from.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(" to "))
}
