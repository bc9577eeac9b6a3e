//! What a jump would do, and what it did.

use std::fmt::Debug;
use std::time::Duration;

use thiserror::Error;

use crate::machine::Machine;

/// How near a jump comes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Capability {
    /// The pane or tab itself is shown, and its window has the focus.
    ExactPane,
    /// The window has the focus; which of its tabs is meant can't be told it.
    WindowOnly,
    /// The pane is chosen within its multiplexer, but the window that shows it can't be brought to the front: why.
    PaneOnly(String),
    /// Nothing can be brought to the front: why.
    NotPossible(String),
}

/// Whether something was seen to be in front, or only asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Seen {
    /// It was looked afterwards, and it is.
    InFront,
    /// The program took the order; nothing tells whether it was carried out.
    Asked,
}

/// One thing to do on the way: choose a pane, raise a window.
pub(crate) trait Step: Debug + Send + Sync {
    /// What comes to the front: `pane %5 of tmux`.
    fn what(&self) -> String;

    /// Brings it to the front. The token is what a notification gives with a click.
    fn take(&self, machine: &dyn Machine, token: Option<&str>) -> Result<Seen, String>;

    /// Whether it is in front now, where that can be known.
    fn is_in_front(&self, _machine: &dyn Machine) -> Option<bool> {
        None
    }
}

/// The way from a process to its terminal, as it is now.
#[derive(Debug)]
pub struct Way {
    pub(crate) capability: Capability,
    pub(crate) sentence: String,
    /// The innermost pane first, the window last.
    pub(crate) steps: Vec<Box<dyn Step>>,
}

impl Way {
    /// How near a jump would come.
    #[must_use]
    pub fn capability(&self) -> &Capability {
        &self.capability
    }

    /// What a jump would do, in words: `jumps to pane %5 of tmux, in the xterm window`.
    #[must_use]
    pub fn sentence(&self) -> &str {
        &self.sentence
    }

    /// Whether a jump would do anything at all.
    #[must_use]
    pub fn is_possible(&self) -> bool {
        !self.steps.is_empty()
    }
}

/// What a jump did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Done {
    /// Whether pane and window were seen in front afterwards.
    pub seen: Seen,
    /// In words: `pane %5 of tmux, in the xterm window`.
    pub what: String,
    /// How long it took.
    pub took: Duration,
}

/// Why a jump failed.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum FocusError {
    /// There is no way.
    #[error("{0}")]
    NotPossible(String),
    /// A step failed; what was in front already stays so.
    #[error("{what} could not be brought to the front: {why}")]
    Failed {
        /// What should have come to the front.
        what: String,
        /// Why it didn't.
        why: String,
    },
}
