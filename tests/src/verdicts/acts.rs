//! What can happen in a recording, and how it is said.

use std::time::Duration;

use serde_json::{Map, Value};

use super::recording::span;

/// One thing that happens.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Act {
    /// A session's process starts and lists itself; further fields of its entry.
    Starts { pid: u32, folder: String, fields: Vec<(String, String)> },
    /// Its entry says another status: the word, and what it waits for.
    Declares { word: String, waiting_for: Option<String> },
    /// Its entry names another session.
    Becomes(String),
    /// Fields of its entry change.
    Entry(Map<String, Value>),
    /// A line of its transcript, as it stands there.
    Record(String),
    /// A prompt; the turn begins.
    Prompt(String),
    /// A tool is called.
    Calls { tool: String, detail: String },
    /// The tool answers.
    Gets(String),
    /// The model says something in the middle of its turn.
    Says(String),
    /// The turn ends; with that status.
    Over { text: String, status: &'static str },
    /// The turn ends on an error.
    Fails { error: String, text: String },
    /// A call to the model failed and is made again.
    Retries,
    /// Its transcript moves to the project of another folder.
    Moves(String),
    /// A child process starts and computes.
    Runs { pid: u32, command: String },
    /// A child process computes, rests or ends.
    Child { pid: u32, does: ChildAct },
    /// Its process is stopped by a signal.
    Stops,
    /// It goes on.
    Continues,
    /// It is killed: its files stay as they are.
    Dies,
    /// Another process has its pid.
    PidTaken,
    /// It ends in order.
    Exits,
    /// A teammate inside the session before the slash begins.
    Joins(String),
    /// A subagent of the session before the slash begins.
    Spawned(String),
    /// The subagent is over.
    Finishes,
    /// A side opens a conversation of the bridge with another one.
    Opens(String),
    /// A side's heartbeat.
    Beats(String),
    /// A side writes to the other.
    Sends(String),
    /// A side fetches what waits for it.
    Fetches,
    /// The machine sleeps.
    Sleeps(Duration),
    /// The wall clock is set back.
    SetBack(Duration),
    /// The wall clock is set forward.
    SetForward(Duration),
    /// The recording ends.
    Ends,
}

/// What a child process does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum ChildAct {
    Computes,
    Rests,
    Ends,
}

impl Act {
    /// Reads a verb and what follows it.
    pub(super) fn read(verb: &str, rest: &str) -> Result<Self, String> {
        let text = || rest.to_owned();
        let pair = || rest.split_once(' ').ok_or_else(|| format!("“{verb}” needs two things"));
        let declares = |word: &str| Act::Declares { word: word.into(), waiting_for: None };
        Ok(match verb {
            "starts" => starts(rest)?,
            "is" => declares(rest),
            "waits" => Act::Declares { word: "waiting".into(), waiting_for: Some(text()) },
            "becomes" => Act::Becomes(text()),
            "entry" => Act::Entry(serde_json::from_str(rest).map_err(|error| error.to_string())?),
            "record" => Act::Record(text()),
            "prompt" => Act::Prompt(text()),
            "calls" => {
                pair().map(|(tool, detail)| Act::Calls { tool: tool.into(), detail: detail.into() })?
            }
            "gets" => Act::Gets(text()),
            "says" => Act::Says(text()),
            "ends" if rest.is_empty() => Act::Ends,
            "ends" => Act::Over { text: text(), status: "idle" },
            "leaves" => Act::Over { text: text(), status: "shell" },
            "rests" => Act::Over { text: text(), status: "busy" },
            "fails" => pair().map(|(error, text)| Act::Fails { error: error.into(), text: text.into() })?,
            "retries" => Act::Retries,
            "moves" => Act::Moves(text()),
            "runs" => pair()
                .and_then(|(pid, command)| Ok(Act::Runs { pid: number(pid)?, command: command.into() }))?,
            "child" => {
                pair().and_then(|(pid, does)| Ok(Act::Child { pid: number(pid)?, does: child(does)? }))?
            }
            "stops" => Act::Stops,
            "continues" => Act::Continues,
            "dies" => Act::Dies,
            "pid-taken" => Act::PidTaken,
            "exits" => Act::Exits,
            "joins" => Act::Joins(text()),
            "spawned" => Act::Spawned(text()),
            "finishes" => Act::Finishes,
            "opens" => Act::Opens(text()),
            "beats" => Act::Beats(text()),
            "sends" => Act::Sends(text()),
            "fetches" => Act::Fetches,
            "sleeps" => Act::Sleeps(span(rest)?),
            "set-back" => Act::SetBack(span(rest)?),
            "set-forward" => Act::SetForward(span(rest)?),
            _ => return Err(format!("nobody knows how to “{verb}”")),
        })
    }
}

/// `PID FOLDER`, and `field=value` for what differs in the entry.
fn starts(rest: &str) -> Result<Act, String> {
    let mut words = rest.split(' ');
    let pid = number(words.next().unwrap_or_default())?;
    let folder = words.next().ok_or("“starts” needs a pid and a folder")?.to_owned();
    let field = |word: &str| {
        let (key, value) = word.split_once('=').ok_or_else(|| format!("“{word}” is no field"))?;
        Ok::<_, String>((key.to_owned(), value.to_owned()))
    };
    Ok(Act::Starts { pid, folder, fields: words.map(field).collect::<Result<_, _>>()? })
}

fn child(word: &str) -> Result<ChildAct, String> {
    Ok(match word {
        "computes" => ChildAct::Computes,
        "rests" => ChildAct::Rests,
        "ends" => ChildAct::Ends,
        _ => return Err(format!("a child computes, rests or ends; it does not “{word}”")),
    })
}

fn number(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("“{word}” is no pid"))
}
