//! The identities that a database gives to workers and conversations.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use peerwatch_core::{ConversationId, SourceId, WorkerId};

use super::memory::Fnv;
use crate::printable::printable;

/// One who takes part in a conversation, by the letter or word that the database gives it: `a` and `b` in the original,
/// `c` and further where more take part.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Side(String);

impl Side {
    /// No participant's word is longer.
    const LONGEST: usize = 40;

    /// The first side of the original's two.
    pub(super) fn a() -> Side {
        Side("a".into())
    }

    /// The second.
    pub(super) fn b() -> Side {
        Side("b".into())
    }

    /// The side that a database means: `a`, or `session_a` as the scripts write it.
    pub(super) fn of(word: &str) -> Option<Side> {
        let word = word.strip_prefix("session_").unwrap_or(word);
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if word.is_empty() || word.len() > Self::LONGEST || !word.bytes().all(is_plain) {
            return None;
        }
        Some(Side(if word.len() == 1 { word.to_ascii_lowercase() } else { word.to_owned() }))
    }

    /// Whether the word is the bridge's own for this side.
    pub(super) fn is_exact(&self, word: &str) -> bool {
        self.0 == word
    }

    /// The bridge's own word for it.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// The other one of the original's two.
    pub(super) fn other(&self) -> Side {
        if self.0 == "b" { Side::a() } else { Side::b() }
    }
}

/// Makes the identities of one database.
#[derive(Clone, Debug)]
pub(super) struct Names {
    path: PathBuf,
    prefix: String,
}

impl Names {
    /// The same path gives the same names, whether or not the file exists.
    pub(super) fn new(path: &Path) -> Names {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
        let real = folder.join(path.file_name().unwrap_or(OsStr::new("")));
        let mut hash = Fnv::default();
        hash.add(real.to_string_lossy().as_bytes());
        let folded = (hash.0 >> 32) ^ (hash.0 & 0xffff_ffff);
        Names { path: path.to_owned(), prefix: format!("bridge:{folded:08x}") }
    }

    pub(super) fn source(&self) -> SourceId {
        SourceId::new(format!("bridge:{}", self.path.display()))
    }

    pub(super) fn worker(&self, conversation: &str, side: &Side) -> WorkerId {
        WorkerId::new(format!("{}:{conversation}:{}", self.prefix, side.0))
    }

    pub(super) fn conversation(&self, conversation: &str) -> ConversationId {
        ConversationId::new(format!("{}:{conversation}", self.prefix))
    }

    /// The conversation's name within the database; `None` when it belongs to another.
    pub(super) fn within<'a>(&self, conversation: &'a ConversationId) -> Option<&'a str> {
        conversation.as_str().strip_prefix(&self.prefix)?.strip_prefix(':')
    }

    /// Where the database is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The database as a trouble names it.
    pub(super) fn subject(&self) -> String {
        printable(&self.path.to_string_lossy(), 200)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scripts_words_mean_the_bridges_sides_and_further_letters_are_sides_too() {
        for word in ["a", "A", "session_a"] {
            assert_eq!(Side::of(word), Some(Side::a()), "{word}");
        }
        assert_eq!(Side::of("session_b"), Some(Side::b()));
        assert_eq!(Side::of("aa").map(|side| side.0), Some("aa".into()));
        for word in ["", "session_", "a:b", "a b", &"x".repeat(41)] {
            assert_eq!(Side::of(word), None, "{word}");
        }
    }
}
