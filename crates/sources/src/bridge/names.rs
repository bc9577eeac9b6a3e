//! The identities that a database gives to workers and conversations.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use peerwatch_core::{ConversationId, SourceId, WorkerId};

use super::memory::Fnv;
use crate::printable::printable;

/// One of the two sides of a conversation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Side {
    A,
    B,
}

impl Side {
    pub(super) const BOTH: [Side; 2] = [Side::A, Side::B];

    /// The side that a database means: `a`, or `session_a` as the scripts write it.
    pub(super) fn of(word: &str) -> Option<Side> {
        match word {
            "a" | "A" | "session_a" => Some(Side::A),
            "b" | "B" | "session_b" => Some(Side::B),
            _ => None,
        }
    }

    /// Whether the word is the bridge's own.
    pub(super) fn is_exact(word: &str) -> bool {
        matches!(word, "a" | "b")
    }

    pub(super) fn other(self) -> Side {
        match self {
            Side::A => Side::B,
            Side::B => Side::A,
        }
    }

    pub(super) fn index(self) -> usize {
        match self {
            Side::A => 0,
            Side::B => 1,
        }
    }

    fn letter(self) -> char {
        match self {
            Side::A => 'a',
            Side::B => 'b',
        }
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

    pub(super) fn worker(&self, conversation: &str, side: Side) -> WorkerId {
        WorkerId::new(format!("{}:{conversation}:{}", self.prefix, side.letter()))
    }

    pub(super) fn conversation(&self, conversation: &str) -> ConversationId {
        ConversationId::new(format!("{}:{conversation}", self.prefix))
    }

    /// The conversation's name within the database; `None` when it belongs to another.
    pub(super) fn within<'a>(&self, conversation: &'a ConversationId) -> Option<&'a str> {
        conversation.as_str().strip_prefix(&self.prefix)?.strip_prefix(':')
    }

    /// The database as a trouble names it.
    pub(super) fn subject(&self) -> String {
        printable(&self.path.to_string_lossy(), 200)
    }
}
