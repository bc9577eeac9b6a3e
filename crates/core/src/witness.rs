//! The evidence behind a verdict, in words.

use std::time::Duration;

use crate::facts::{Facts, Seen};
use crate::{Background, Children, Evidence, Process, StatusWord, Tick, Turn, excerpt};

/// One piece of evidence, and from when it is.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Witness {
    /// In words: "transcript grew", "process alive".
    pub what: String,
    /// From when; its age is counted in awake time.
    pub at: Tick,
}

impl Witness {
    /// How old the evidence is, in awake time.
    #[must_use]
    pub fn age(&self, now: Tick) -> Duration {
        now.since(self.at)
    }
}

/// Everything that is known of a worker, in words, newest first.
pub(crate) fn of(facts: &Facts) -> Vec<Witness> {
    let mut all: Vec<Witness> = [
        facts
            .process
            .as_ref()
            .map(|seen| Witness { what: process(&seen.is), at: process_since(facts, seen) }),
        facts
            .listing
            .as_ref()
            .and_then(|seen| Some(Witness { what: listing(seen.is)?.into(), at: seen.at.tick })),
        facts.status.as_ref().map(|seen| say(seen, status)),
        facts.turn.as_ref().map(|seen| say(seen, turn)),
        facts.children.as_ref().map(|seen| say(seen, children)),
        facts
            .background
            .as_ref()
            .filter(|seen| seen.is != Background::default())
            .map(|seen| say(seen, background)),
        facts
            .declared
            .as_ref()
            .map(|seen| say(seen, |declared| format!("declares itself {}", excerpt(&declared.0, 40)))),
        facts.unread.as_ref().filter(|seen| seen.is > 0).map(|seen| say(seen, |unread| messages(*unread))),
    ]
    .into_iter()
    .flatten()
    .collect();
    all.extend(
        facts
            .heartbeats
            .iter()
            .map(|(evidence, at)| Witness { what: heartbeat(*evidence).into(), at: at.tick }),
    );
    all.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.what.cmp(&b.what)));
    all
}

/// A death is as old as its first proof.
fn process_since(facts: &Facts, seen: &Seen<Process>) -> Tick {
    facts.died.filter(|_| seen.is.is_dead()).unwrap_or(seen.at).tick
}

fn say<T>(seen: &Seen<T>, words: impl Fn(&T) -> String) -> Witness {
    Witness { what: words(&seen.is), at: seen.at.tick }
}

fn process(process: &Process) -> String {
    match process {
        Process::Alive => "process alive",
        Process::Stopped => "process stopped by a signal",
        Process::Absent => "its process is gone",
        Process::Replaced => "its pid belongs to another process now",
        Process::Zombie => "its process has died and waits to be reaped",
        Process::Unknowable => "the system does not say whether its process lives",
    }
    .into()
}

fn listing(listing: crate::Listing) -> Option<&'static str> {
    match listing {
        crate::Listing::Listed => None,
        crate::Listing::Removed => Some("taken off the list, as an orderly end does"),
        crate::Listing::Over => Some("over"),
    }
}

pub(crate) fn status(status: &crate::Status) -> String {
    match (&status.word, &status.waiting_for) {
        (StatusWord::Busy, _) => "says it is busy".into(),
        (StatusWord::Idle, _) => "says it is idle".into(),
        (StatusWord::Waiting, Some(what)) => format!("says it waits: {}", excerpt(what, 60)),
        (StatusWord::Waiting, None) => "says it waits".into(),
        (StatusWord::Shell, _) => "turn over, a background shell lives".into(),
        (StatusWord::Absent, _) => "declares no status".into(),
        (StatusWord::Unknown(word), _) => {
            format!("declares a status unknown to Peerwatch: {}", excerpt(word, 40))
        }
    }
}

fn turn(turn: &Turn) -> String {
    match turn {
        Turn::NotBegun => "no transcript yet".into(),
        Turn::Thinking => "the model has the floor".into(),
        Turn::Tool { name, detail: Some(detail) } => {
            format!("tool {} called: {}", excerpt(name, 40), excerpt(detail, 80))
        }
        Turn::Tool { name, detail: None } => format!("tool {} called", excerpt(name, 40)),
        Turn::Over => "turn ended".into(),
        Turn::Interrupted => "interrupted by a person".into(),
        Turn::Retrying { attempts } => format!("calls to the model fail, {attempts} attempts so far"),
        Turn::Failed { error, text } => {
            format!("turn ended on an error ({}): {}", excerpt(error, 40), excerpt(text, 120))
        }
    }
}

fn children(children: &Children) -> String {
    let command = children.command.as_deref().map(|c| format!(" `{}`", excerpt(c, 60))).unwrap_or_default();
    match (children.count, children.busy) {
        (0, _) => "no child process of a tool".into(),
        (_, true) => format!("child process{command} busy"),
        (_, false) => format!("child process{command} alive, using no processor time"),
    }
}

pub(crate) fn background(background: &Background) -> String {
    let mut parts = Vec::new();
    for (count, one, many) in [
        (background.subagents, "subagent works", "subagents work"),
        (background.teammates, "teammate works", "teammates work"),
        (background.teammate_panes, "teammate has a pane", "teammates have panes"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
    parts.join(", ")
}

fn messages(unread: u32) -> String {
    if unread == 1 {
        "1 message waits for it, unread".into()
    } else {
        format!("{unread} messages wait for it, unread")
    }
}

pub(crate) fn heartbeat(evidence: Evidence) -> &'static str {
    match evidence {
        Evidence::Transcript => "transcript grew",
        Evidence::Subagent => "a subagent's transcript grew",
        Evidence::StatusChange => "its declared status changed",
        Evidence::Bridge => "heartbeat in the bridge",
        Evidence::Messages => "sent or fetched messages",
    }
}
