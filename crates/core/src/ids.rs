//! Identities are types, not strings.

use std::fmt;

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(String);

        impl $name {
            /// Wraps the text of an identity.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The identity as text, for display, storage and the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_id! {
    /// A worker: `claude:<pid>:<process start>`, `team:<team>:<member>` or `bridge:<database>:<conversation>:<side>`.
    WorkerId
}

impl WorkerId {
    /// A Claude Code session: its process, by pid and start as the system tells it (`/proc/<pid>/stat` field 22 on Linux).
    #[must_use]
    pub fn session(pid: u32, start: &str) -> Self {
        Self(format!("claude:{pid}:{start}"))
    }
}

text_id! {
    /// A conversation: something that can be opened and read.
    ConversationId
}
text_id! {
    /// A message within its conversation.
    MessageId
}
text_id! {
    /// One adapter that reads what another program writes: `claude:<folder>` or `bridge:<file>`.
    SourceId
}

/// An alert, numbered by the roster that raised it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AlertId(pub u64);
