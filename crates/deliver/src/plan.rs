//! What to do next with the oldest undelivered message of a recipient. Pure: time is an argument.
//!
//! A push is repeated only after evidence was awaited in vain, ever more slowly, and not for ever: then a person is told.
//! No step ever drops a message; it waits for its recipient, for a person, or for the recipient's own next check.

mod brake;
mod pace;

use std::time::Duration;

use peerwatch_core::{Process, Status, StatusWord, Tick};

pub use brake::{Brake, Braked, Limits};
pub use pace::Pace;

/// A message that was taken shows in the transcript within this time, whatever the session is at; mostly within a sixth
/// of a second (Claude Code 2.1.330).
pub const EVIDENCE: Duration = Duration::from_secs(3);
/// So often a message is pushed to one session before a person is told.
pub const ATTEMPTS: u32 = 5;
/// Pauses grow up to this.
const LONGEST_PAUSE: Duration = Duration::from_secs(120);

/// How messages are delivered, as a person set it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Mode {
    /// At once; a session at its prompt begins a turn.
    Wake,
    /// Into a turn that goes on by itself; a session at its prompt keeps its peace.
    NextTurn,
    /// Never pushed: the person is told.
    TellMe,
}

/// The session for which a message is meant, as far as it is known at present.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recipient {
    /// Its process.
    pub process: Process,
    /// What its registry entry says that it is at.
    pub status: Status,
    /// Since when it says so.
    pub since: Tick,
    /// Whether it asks for no permissions. Such a session puts a message of ours before its person, in a dialog.
    pub bypasses_permissions: bool,
    /// Whether its registry entry names an inbox.
    pub has_inbox: bool,
}

/// How a message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Standing {
    /// How it is to be delivered.
    pub mode: Mode,
    /// Whether sessions that ask for no permissions may be put into a dialog over it.
    pub allow_bypassing: bool,
    /// How often it was pushed to the process that is there now.
    pub attempts: u32,
    /// When it was pushed last, to the process that is there now. A push to one that has died counts as none: what that
    /// one had not read, it took with it.
    pub pushed: Option<Tick>,
    /// When the transcript showed that it stands in the queue of the process that is there now. The queue outlives a
    /// `/clear`, and dies with the process.
    pub accepted: Option<Tick>,
    /// What went wrong last, since it was pushed.
    pub trouble: Option<Trouble>,
}

/// What went wrong with a message.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Trouble {
    /// The session's person is asked whether it may have the message.
    Held,
    /// That person said no.
    Denied,
    /// That person did not answer in time.
    Expired,
    /// A setting there refuses messages of other sessions.
    Refused,
    /// The message is longer than a session takes.
    TooLarge,
    /// It could not be handed in: nobody listened, or the session hung up.
    Unreachable,
}

/// What to do next.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Step {
    /// Search the transcript once more, then push it.
    Push,
    /// Nothing, until there is news or this tick comes.
    Wait(Tick),
    /// Nothing, until there is news of the recipient.
    Later(Why),
    /// The same, and a person should know.
    TellPerson(Why),
}

/// Why a message waits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Why {
    /// The recipient's process is gone; the message is kept until the session is resumed.
    Gone,
    /// The recipient is at its prompt, and is not to be woken.
    AtItsPrompt,
    /// It stands in the recipient's queue.
    Queued,
    /// What the recipient is at is not known, so it is not known either whether it would be woken.
    Unclear,
    /// The recipient takes no messages.
    NoInbox,
    /// The person wants to be told, and nothing else.
    TellMe,
    /// It would put a person before a dialog, and no setting allows that.
    Bypassing,
    /// It was pushed as often as is sensible, and nothing shows that it was taken.
    Unanswered,
    /// It went wrong in a way that repeating does not mend.
    Trouble(Trouble),
}

/// What to do next with the oldest message of a recipient that it has not seen.
#[must_use]
pub fn next(standing: &Standing, recipient: &Recipient, now: Tick) -> Step {
    if matches!(recipient.process, Process::Absent | Process::Replaced | Process::Zombie) {
        return Step::Later(Why::Gone);
    }
    if let Some(accepted) = standing.accepted {
        return queued(standing, recipient, accepted, now);
    }
    if let Some(step) = hindrance(standing, recipient, now) {
        return step;
    }
    match standing.pushed {
        None if is_welcome(standing.mode, &recipient.status) => Step::Push,
        None => quiet(&recipient.status),
        Some(pushed) => again(standing, recipient, pushed, now),
    }
}

/// A session at its prompt has an empty queue: whatever took the message out of it, its model did not see it.
fn queued(standing: &Standing, recipient: &Recipient, accepted: Tick, now: Tick) -> Step {
    let until = accepted.max(recipient.since).plus(EVIDENCE);
    if recipient.status.word != StatusWord::Idle {
        Step::Later(Why::Queued)
    } else if now < until {
        Step::Wait(until)
    } else {
        again(standing, recipient, accepted, now)
    }
}

/// What no patience mends.
fn hindrance(standing: &Standing, recipient: &Recipient, now: Tick) -> Option<Step> {
    let until = standing.pushed.map(|pushed| pushed.plus(EVIDENCE));
    let why = match standing.trouble {
        // A session that is still starting holds a message for a moment and takes it by itself then.
        Some(Trouble::Held) if until.is_some_and(|until| now < until) => return until.map(Step::Wait),
        Some(trouble) if trouble != Trouble::Unreachable => Why::Trouble(trouble),
        _ if standing.mode == Mode::TellMe => Why::TellMe,
        _ if !recipient.has_inbox => Why::NoInbox,
        _ if recipient.bypasses_permissions && !standing.allow_bypassing => Why::Bypassing,
        _ => return None,
    };
    Some(Step::TellPerson(why))
}

/// Whether a push into a session at this begins no turn, or may begin one.
fn is_welcome(mode: Mode, status: &Status) -> bool {
    let in_a_turn = match status.word {
        StatusWord::Busy => true,
        StatusWord::Waiting => !is_at_its_prompt(status),
        _ => false,
    };
    mode == Mode::Wake || in_a_turn
}

/// Menus such as that of `/resume` lie over the prompt.
fn is_at_its_prompt(status: &Status) -> bool {
    let in_a_menu = status.waiting_for.as_deref() == Some("dialog open");
    matches!(status.word, StatusWord::Idle | StatusWord::Shell) || in_a_menu
}

fn quiet(status: &Status) -> Step {
    Step::Later(if is_at_its_prompt(status) { Why::AtItsPrompt } else { Why::Unclear })
}

fn again(standing: &Standing, recipient: &Recipient, pushed: Tick, now: Tick) -> Step {
    let until = pushed.plus(pause(standing.attempts));
    // A stopped process takes nothing, and is not to blame for it.
    if now < until {
        Step::Wait(until)
    } else if recipient.process == Process::Stopped {
        Step::Later(Why::Unclear)
    } else if standing.attempts >= ATTEMPTS {
        Step::TellPerson(Why::Unanswered)
    } else if is_welcome(standing.mode, &recipient.status) {
        Step::Push
    } else {
        quiet(&recipient.status)
    }
}

/// How long to wait for evidence after the push number `attempts`: 3 s, 6 s, 12 s, …
fn pause(attempts: u32) -> Duration {
    let doubled = EVIDENCE.saturating_mul(1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX));
    doubled.min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests;
