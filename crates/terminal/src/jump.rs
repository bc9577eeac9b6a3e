//! The whole jump in one call, for a click.

use std::fmt;

use crate::find::{find, focus};
use crate::machine::machine;
use crate::way::{Capability, Done, FocusError, Way};

/// A jump to a session's terminal. The way is looked for when it is needed, since panes and windows move.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jump {
    /// The session's process.
    pub pid: u32,
    /// What the desktop gave with the click (`ActivationToken`), for windows that come to the front only with one.
    pub token: Option<String>,
}

/// What became of a jump.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Jumped {
    /// How near it could come.
    pub capability: Capability,
    /// What was promised before.
    pub sentence: String,
    /// What was done.
    pub outcome: Result<Done, FocusError>,
}

impl Jump {
    /// A jump to this process's terminal.
    #[must_use]
    pub fn to(pid: u32) -> Self {
        Self { pid, token: None }
    }

    /// With the token of the click.
    #[must_use]
    pub fn with_token(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// What it would do now. Looks at processes and asks programs: up to some tens of milliseconds, never on a thread
    /// that must not wait.
    #[must_use]
    pub fn way(&self) -> Way {
        find(self.pid, &*machine())
    }

    /// Does it.
    #[must_use]
    pub fn go(&self) -> Jumped {
        let machine = machine();
        let way = find(self.pid, &*machine);
        let outcome = focus(&way, &*machine, self.token.as_deref());
        tracing::debug!(pid = self.pid, way = way.sentence(), ?outcome, "jumped");
        Jumped { capability: way.capability, sentence: way.sentence, outcome }
    }
}

impl fmt::Display for Jumped {
    /// One line for a person.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(done) => write!(f, "{} is in front", done.what),
            Err(error) => write!(f, "{error}"),
        }
    }
}
