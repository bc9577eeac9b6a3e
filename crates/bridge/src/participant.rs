//! Who takes part in a conversation, and by which process that is known.

use std::fmt;

use peerwatch_core::Timestamp;

/// A process, told from every other by its pid and its start.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Process {
    /// Its pid.
    pub pid: u32,
    /// When it started, as Claude Code writes it (`procStart`); the form differs by platform.
    pub start: String,
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.pid, self.start)
    }
}

impl Process {
    /// Reads what [`Display`](fmt::Display) wrote.
    pub(crate) fn parse(text: &str) -> Option<Process> {
        let (pid, start) = text.split_once(':')?;
        Some(Process { pid: pid.parse().ok()?, start: start.to_owned() })
    }
}

/// Who holds a role: a session, known by its process.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Bearer {
    /// The process of the session; `None` when it is not known.
    pub process: Option<Process>,
    /// The id of the session, which outlives its process when it is resumed.
    pub session_id: Option<String>,
    /// The subagent or teammate within the session; empty for the session itself.
    pub agent: String,
    /// The configuration folder of that session's Claude Code.
    pub claude_config: Option<String>,
    /// The folder it works in.
    pub cwd: Option<String>,
}

/// What kind of participant it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// A session of this user.
    Session,
    /// The person.
    Person,
    /// Whoever shows the token.
    Token,
}

impl Kind {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Kind::Session => "session",
            Kind::Person => "person",
            Kind::Token => "token",
        }
    }

    pub(crate) fn of(word: &str) -> Kind {
        match word {
            "session" => Kind::Session,
            "person" => Kind::Person,
            _ => Kind::Token,
        }
    }
}

/// One who takes part in a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Participant {
    /// The conversation, `conv_…`.
    pub conversation: String,
    /// The name of the own bridge which that conversation is, such as `main`.
    pub bridge: Option<String>,
    /// Its letter: `a`, `b`, then `c`, `d`, …
    pub participant: String,
    /// Its role.
    pub role: String,
    /// Session, person, or whoever has the token.
    pub kind: Kind,
    /// Who holds the role; empty where only a token is known.
    pub bearer: Bearer,
    /// When the bearer took the role.
    pub joined: Timestamp,
    /// When it left, if it did.
    pub left: Option<Timestamp>,
}
