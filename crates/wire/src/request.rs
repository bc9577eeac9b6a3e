//! What crosses the engine's local socket: one JSON object a line, in both directions.

use serde::{Deserialize, Serialize};

use crate::{Command, Event, Reply, View};

/// A line from a client.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    /// Do this and answer once.
    Do {
        /// What to do.
        command: Command,
    },
    /// Send every event from now on.
    Events,
    /// Send the view now and at each change.
    Views,
}

/// A line from the engine.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "line", rename_all = "snake_case")]
pub enum Line {
    /// The answer to a command.
    Reply {
        /// The answer.
        reply: Reply,
    },
    /// Something happened.
    Event {
        /// What.
        event: Event,
    },
    /// The view changed.
    View {
        /// The view.
        view: Box<View>,
    },
    /// The client was too slow, this many events were left out.
    Missed {
        /// How many.
        events: u64,
    },
}
