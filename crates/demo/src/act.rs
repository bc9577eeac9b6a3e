//! What an actor can do, and how the screenplay says it.

use crate::deed::Deed;
use crate::own_bridge::Fate;

/// One thing done by one actor.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Act {
    /// A session starts in a folder.
    Starts(String),
    /// A person types a prompt.
    Prompt(String),
    /// Another session sends a message.
    Hears { from: String, text: String },
    /// The model thinks aloud.
    Thinks(String),
    /// The model says something and goes on.
    Says(String),
    /// The model calls a tool.
    Calls { tool: String, detail: String },
    /// The tool answers.
    Gets(String),
    /// The tool fails.
    Fails(String),
    /// The open call needs a permission.
    NeedsPermission,
    /// The model asks the person.
    Asks(String),
    /// The model shows a plan.
    Plans(String),
    /// The tool's process is gone, and no answer has come.
    Hangs,
    /// The person allows, and the tool runs.
    Allowed,
    /// The person answers a question or a plan.
    Answered(String),
    /// The turn is over.
    Ends(String),
    /// The turn is over, and a command of it goes on in the background.
    Leaves(String),
    /// That command is over, which starts a turn.
    Notified(String),
    /// The turn ends because a limit of use is reached.
    Limited(String),
    /// The process is killed.
    Dies,
    /// The session ends in order.
    Exits,
    /// A subagent begins in the background.
    Spawns(String),
    /// The session's subagent has finished.
    Finishes,
    /// A teammate joins the session before the slash.
    Joins(String),
    /// A teammate takes a task of its team.
    Owns(String),
    /// A teammate reports to its lead and rests.
    Reports(String),
    /// A bridge side opens a conversation with another.
    Opens(String),
    /// A bridge side writes to the other.
    Tells { kind: String, text: String },
    /// A bridge side fetches its messages.
    Reads,
    /// A bridge side says that it lives.
    Beats(String),
    /// A session takes part in Peerwatch's own bridge.
    TakesPart,
    /// A session writes to another one there, or the person to a session.
    Writes { to: String, text: String },
    /// Something becomes of the oldest message to a session there.
    Becomes(Fate),
    /// A session, or the person, does something to a task there; a teammate completes one of its team.
    Does(Deed),
}

impl Act {
    /// Reads a verb and what follows it.
    pub(crate) fn read(verb: &str, rest: &str) -> Result<Self, String> {
        let text = || rest.to_string();
        let pair = || {
            let (first, second) = rest.split_once(' ').ok_or_else(|| format!("“{verb}” needs two things"))?;
            Ok::<_, String>((first.trim_end_matches(':').to_string(), second.trim().to_string()))
        };
        Ok(match verb {
            "starts" => Self::Starts(text()),
            "prompt" => Self::Prompt(text()),
            "hears" => pair().map(|(from, text)| Self::Hears { from, text })?,
            "thinks" => Self::Thinks(text()),
            "says" => Self::Says(text()),
            "calls" => pair().map(|(tool, detail)| Self::Calls { tool, detail })?,
            "gets" => Self::Gets(text()),
            "fails" => Self::Fails(text()),
            "needs-permission" => Self::NeedsPermission,
            "asks" => Self::Asks(text()),
            "plans" => Self::Plans(text()),
            "hangs" => Self::Hangs,
            "allowed" => Self::Allowed,
            "answered" => Self::Answered(text()),
            "ends" => Self::Ends(text()),
            "leaves" => Self::Leaves(text()),
            "notified" => Self::Notified(text()),
            "limited" => Self::Limited(text()),
            "dies" => Self::Dies,
            "exits" => Self::Exits,
            "spawns" => Self::Spawns(text()),
            "finishes" => Self::Finishes,
            "joins" => Self::Joins(text()),
            "owns" => Self::Owns(text()),
            "reports" => Self::Reports(text()),
            "opens" => Self::Opens(text()),
            "tells" => pair().map(|(kind, text)| Self::Tells { kind, text })?,
            "reads" => Self::Reads,
            "beats" => Self::Beats(text()),
            "takes-part" => Self::TakesPart,
            "writes" => pair().map(|(to, text)| Self::Writes { to, text })?,
            _ => match (Fate::named(verb), Deed::read(verb, rest)) {
                (Some(fate), _) => Self::Becomes(fate),
                (None, Some(deed)) => Self::Does(deed?),
                (None, None) => return Err(format!("nobody knows how to “{verb}”")),
            },
        })
    }
}
