//! How those who take part in a bridge fare, by what can be proven without an engine: their processes and heartbeats.

use peerwatch_bridge::{Kind, Participant, Store};
use peerwatch_core::{Process, Timestamp};
use peerwatch_sources::process::Processes;

use crate::words::ago;

/// A heartbeat younger than this proves life, in seconds: as the original has it.
const ALIVE_S: u64 = 120;

/// How somebody fares, and by what that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Fare {
    /// It is there.
    Alive(String),
    /// It has ended, and that is proven.
    Gone(String),
    /// Nothing proves the one or the other.
    Unproven(String),
}

impl Fare {
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Gone(_))
    }

    pub(crate) fn is_alive(&self) -> bool {
        matches!(self, Self::Alive(_))
    }

    /// What it rests on.
    pub(crate) fn evidence(&self) -> &str {
        match self {
            Self::Alive(evidence) | Self::Gone(evidence) | Self::Unproven(evidence) => evidence,
        }
    }

    /// The whole in a sentence: `backend is gone: process 4121 has ended`.
    pub(crate) fn sentence(&self, name: &str) -> String {
        match self {
            Self::Alive(evidence) => format!("{name} is there: {evidence}"),
            Self::Gone(evidence) => format!("{name} is gone: {evidence}"),
            Self::Unproven(evidence) => format!("whether {name} is there is not proven: {evidence}"),
        }
    }
}

/// How one who takes part fares now.
pub(crate) fn of(
    store: &Store,
    one: &Participant,
    processes: &dyn Processes,
    now: Timestamp,
) -> anyhow::Result<Fare> {
    if one.left.is_some() {
        return Ok(Fare::Unproven("it left the bridge".into()));
    }
    if let Some(process) = &one.bearer.process {
        let pid = process.pid;
        return Ok(match processes.look(pid, Some(&process.start)) {
            Process::Absent => Fare::Gone(format!("process {pid} has ended")),
            Process::Zombie => Fare::Gone(format!("process {pid} has ended and waits to be reaped")),
            Process::Replaced => {
                Fare::Gone(format!("process {pid} has ended; another one has its number now"))
            }
            Process::Alive => Fare::Alive(format!("process {pid} lives")),
            Process::Stopped => Fare::Alive(format!("process {pid} lives, and is stopped")),
            Process::Unknowable => Fare::Unproven("the system tells nothing of its process".into()),
        });
    }
    if one.kind == Kind::Person {
        return Ok(Fare::Unproven("a person takes no tasks".into()));
    }
    let status = store.status(&one.conversation, &one.participant, now)?;
    let age = status.and_then(|status| u64::try_from(status.age_s?).ok());
    Ok(match age {
        Some(age) if age < ALIVE_S => Fare::Alive(format!("heard {}", ago(age))),
        Some(age) => Fare::Unproven(format!("heard {}", ago(age))),
        None => Fare::Unproven("it was never heard".into()),
    })
}
