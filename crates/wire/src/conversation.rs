//! A conversation as it is read: pages of entries.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Some entries of a conversation, oldest first.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct ConversationPage {
    /// The conversation.
    pub conversation: String,
    /// Its title.
    pub title: String,
    /// The entries.
    pub entries: Vec<Entry>,
    /// Read before this place for older entries; `null` when the first entry is here.
    pub before: Option<String>,
    /// Read after this place for newer entries, now or later.
    pub after: String,
    /// Why something is missing, in words, when something is.
    pub note: Option<String>,
}

/// One entry of a conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct Entry {
    /// Unique within the conversation, and stable.
    pub id: String,
    /// When it was written.
    pub at: Option<String>,
    /// What it is.
    pub kind: EntryKind,
    /// Who wrote it: "you", "Claude", a peer's name, a tool's name.
    pub from: String,
    /// The text, bounded.
    pub text: String,
    /// Whether `text` was cut.
    pub cut: bool,
    /// For messages where they stand: `sent`, `accepted`, `seen`, `acknowledged`, `read` (fetched, where the medium says no
    /// more), or what is in the way (`held`, `denied`, `refused`, `expired`, `rate_limited`, `dropped`, `no_way`). For tools `ok` or
    /// `failed`. `null` where nothing is known.
    pub state: Option<String>,
}

/// What an entry of a conversation is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
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
