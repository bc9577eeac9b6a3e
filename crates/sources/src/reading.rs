//! A conversation as a source reads it for display: pages of entries, oldest first.

use peerwatch_core::Timestamp;

/// Which entries of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    /// The newest.
    Newest,
    /// Those before a place that an earlier page named.
    Before(String),
    /// Those after a place that an earlier page named.
    After(String),
}

/// Some entries of a conversation, oldest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Page {
    /// What the conversation is called, where it has a name of its own.
    pub title: Option<String>,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Read before this place for older entries; `None` when the first entry is here.
    pub before: Option<String>,
    /// Read after this place for newer entries, now or later.
    pub after: String,
    /// Why something is missing, in words, when something is.
    pub note: Option<String>,
}

/// One entry of a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Unique within the conversation, and stable.
    pub id: String,
    /// When it was written.
    pub at: Option<Timestamp>,
    /// What it is.
    pub kind: EntryKind,
    /// Who wrote it: "you", "Claude", a peer's name, a tool's name.
    pub from: String,
    /// The text, bounded.
    pub text: String,
    /// Whether `text` was cut.
    pub cut: bool,
    /// For messages: where it stands (`sent`, `accepted`, `seen`, `acknowledged`, in a medium that says no more `read`, or
    /// what is in the way: `held`, `denied`, `refused`, `expired`, `rate_limited`, `dropped`, `no_way`), for tools `ok` or `failed`; `None` where nothing is known.
    pub state: Option<String>,
}

/// What an entry of a conversation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EntryKind {
    /// A person's prompt.
    Prompt,
    /// The model's text.
    Answer,
    /// The model's thinking.
    Thinking,
    /// A call of a tool.
    ToolCall,
    /// What a tool answered.
    ToolResult,
    /// A message of a peer.
    Message,
    /// Anything else worth a line: an error, an interruption, a compaction.
    Note,
}
