//! What a jump can do, terminal by terminal and desktop by desktop.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::JumpReach;

/// A line of the table of what works where.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct TerminalView {
    /// The terminal or desktop; several that are alike share a line.
    pub name: String,
    /// Which of the two it is.
    pub kind: TerminalKind,
    /// How near a jump comes at best.
    pub reach: JumpReach,
    /// By what means, and what they need, code between backticks; why not, where nothing is possible.
    pub by: String,
    /// Whether anybody has seen it work.
    pub tried: Tried,
    /// Whether a session that lives is in it now, or it is the desktop in use.
    pub here: bool,
}

/// Whether anybody has seen a jump work there.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    /// A test does it with the real program.
    Tested,
    /// Somebody has tried it with the real program.
    ByHand,
    /// Nobody yet.
    NotTried,
}

/// What a line of the table is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TerminalKind {
    /// A program that shows terminals.
    Terminal,
    /// A desktop with windows.
    Desktop,
}
