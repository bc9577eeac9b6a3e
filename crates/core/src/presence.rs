//! What can be concluded about a worker, and under which thresholds.

use std::time::Duration;

use crate::{Moment, QuietHours, Tick, Witness};

/// What is concluded about a worker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Presence {
    /// In a turn, and heard of.
    Working,
    /// Cannot go on without the person.
    WaitingForYou(Waiting),
    /// At its prompt.
    Idle,
    /// Its turn is over, work that it started goes on.
    Background,
    /// Stopped by a limit that no waiting worker can lift.
    Limited(Limit),
    /// Not heard for longer than usual; one witness.
    Quiet,
    /// Not heard for longer than usual, and more than one witness says that this is wrong.
    Suspect,
    /// Its process is proven dead, without an orderly end.
    Gone,
    /// Over, in an orderly way.
    Ended,
    /// Not known, and not guessed.
    Unknown,
}

/// For what a worker waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Waiting {
    /// Leave to use a tool.
    Permission,
    /// An answer.
    Question,
    /// Approval of a plan.
    Plan,
    /// Some other dialog.
    Dialog,
}

/// What limits a worker.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Limit {
    /// A usage or spending limit.
    Usage,
    /// It is not logged in.
    Login,
    /// The model's service is overloaded or failing.
    Overload,
}

/// The thresholds in force.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Silence of a bridge side of which only heartbeats are known. With the default, a side whose heartbeats a program
    /// sends is missed after three of them; any other value holds for all sides.
    pub bridge_silence: Duration,
    /// A fixed silence for sessions; `None` learns each worker's rhythm.
    pub session_silence: Option<Duration>,
    /// Notify when a worker waits for the person or is limited.
    pub notify_waiting: bool,
    /// Notify when a worker is silent or gone.
    pub notify_silent: bool,
    /// Notify of messages.
    pub notify_messages: bool,
    /// Notify of nothing in these hours.
    pub quiet_hours: Option<QuietHours>,
    /// Notify of a worker that is proven gone with a task even in quiet hours, in a pause and when the desktop shall not disturb.
    pub break_through: bool,
    /// Do not notify of a session whose terminal is before the person's eyes: somebody answers
    /// [`Effect::AskInFront`](crate::Effect::AskInFront).
    pub ask_in_front: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            bridge_silence: Duration::from_secs(300),
            session_silence: None,
            notify_waiting: true,
            notify_silent: true,
            notify_messages: true,
            quiet_hours: None,
            break_through: false,
            ask_in_front: false,
        }
    }
}

/// What is concluded about a worker at one instant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    /// The conclusion.
    pub presence: Presence,
    /// Since when it holds, as far as the facts tell.
    pub since: Moment,
    /// What it rests on, newest first.
    pub witnesses: Vec<Witness>,
    /// For a worker that should be heard: how long it has not been, in awake time.
    pub silence: Option<Duration>,
    /// The silence that would be remarked.
    pub threshold: Option<Duration>,
    /// When the same facts would give another verdict.
    pub next: Option<Tick>,
}
