//! Verdicts, groups and spans in words.

use peerwatch_wire::{
    EntryKind, Group, HandoverStep, Presence, Severity, SourceKind, TaskState, WaitingFor, WorkerView,
};

/// The verdict on a worker, in few words: `waiting: permission`, `working`.
pub(crate) fn verdict(worker: &WorkerView) -> String {
    presence(worker.presence, worker.waiting_for)
}

/// A verdict in few words.
pub(crate) fn presence(presence: Presence, waiting_for: Option<WaitingFor>) -> String {
    match (presence, waiting_for) {
        (Presence::WaitingForYou, Some(what)) => format!("waiting: {}", waits_for(what)),
        (Presence::WaitingForYou, None) => "waiting".into(),
        (Presence::Working, _) => "working".into(),
        (Presence::Idle, _) => "idle".into(),
        (Presence::Background, _) => "background".into(),
        (Presence::Limited, _) => "limited".into(),
        (Presence::Quiet, _) => "quiet".into(),
        (Presence::Suspect, _) => "suspect".into(),
        (Presence::Gone, _) => "gone".into(),
        (Presence::Ended, _) => "ended".into(),
        (Presence::Unknown, _) => "unknown".into(),
    }
}

fn waits_for(what: WaitingFor) -> &'static str {
    match what {
        WaitingFor::Permission => "permission",
        WaitingFor::Question => "question",
        WaitingFor::Plan => "plan",
        WaitingFor::Dialog => "dialog",
    }
}

/// The heading of a part of the list.
pub(crate) fn group(group: Group) -> &'static str {
    match group {
        Group::NeedsYou => "Needs you",
        Group::Suspect => "Suspect",
        Group::HandingOver => "Handing over",
        Group::Working => "Working",
        Group::Idle => "Idle",
        Group::Ended => "Ended",
    }
}

/// How far a handover is.
pub(crate) fn step(step: HandoverStep) -> &'static str {
    match step {
        HandoverStep::Revoked => "revoked",
        HandoverStep::Confirmed => "confirmed",
        HandoverStep::Granted => "granted",
        HandoverStep::Begun => "begun",
        HandoverStep::Undone => "undone",
    }
}

/// Where a task stands.
pub(crate) fn task(state: TaskState) -> &'static str {
    match state {
        TaskState::Open => "open",
        TaskState::Assigned => "assigned",
        TaskState::InProgress => "in progress",
        TaskState::HandingOver => "handing over",
        TaskState::Done => "done",
        TaskState::Cancelled => "cancelled",
    }
}

/// What found a worker.
pub(crate) fn source(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Claude => "Claude Code session",
        SourceKind::Team => "teammate of an agent team",
        SourceKind::Bridge => "side of a bridge conversation",
    }
}

/// The name by which the wire calls a kind of source.
pub(crate) fn source_word(kind: SourceKind) -> &'static str {
    match kind {
        SourceKind::Claude => "claude",
        SourceKind::Team => "team",
        SourceKind::Bridge => "bridge",
    }
}

/// How loud an alert is.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Notice => "notice",
        Severity::NeedsYou => "needs you",
        Severity::Urgent => "urgent",
    }
}

/// What an entry is, where that isn't plain from who wrote it.
pub(crate) fn entry(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Thinking => "thinks: ",
        EntryKind::ToolResult => "→ ",
        EntryKind::Prompt
        | EntryKind::Answer
        | EntryKind::ToolCall
        | EntryKind::Message
        | EntryKind::Note => "",
    }
}

/// A span as a person says it: `now`, `40 s`, `12 min`, `1 h 5 min`, `3 d 4 h`.
pub(crate) fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0 => "now".into(),
        1..=59 => format!("{seconds} s"),
        60..=3599 => format!("{minutes} min"),
        3600..=86_399 if minutes % 60 == 0 => format!("{hours} h"),
        3600..=86_399 => format!("{hours} h {} min", minutes % 60),
        _ if hours % 24 == 0 => format!("{days} d"),
        _ => format!("{days} d {} h", hours % 24),
    }
}

/// How long ago a time of the wire was, seen from another one; `None` when either is no time.
pub(crate) fn since(now: &str, then: &str) -> Option<u64> {
    let (now, then): (jiff::Timestamp, jiff::Timestamp) = (now.parse().ok()?, then.parse().ok()?);
    Some(u64::try_from(now.duration_since(then).as_secs()).unwrap_or(0))
}

/// `12 min ago`, or `now`.
pub(crate) fn ago(seconds: u64) -> String {
    if seconds == 0 { "now".into() } else { format!("{} ago", span(seconds)) }
}

/// A time of the wire as the person's clock shows it: the hour today, the date before.
pub(crate) fn clock(at: &str) -> String {
    let Ok(at) = at.parse::<jiff::Timestamp>() else { return "--:--".into() };
    let (at, now) = (at.to_zoned(jiff::tz::TimeZone::system()), jiff::Zoned::now());
    if at.date() == now.date() {
        at.strftime("%H:%M:%S").to_string()
    } else {
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

/// `1 message`, `2 messages`.
pub(crate) fn counted(n: usize, one: &str) -> String {
    if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_a_person_says_them() {
        let said: Vec<String> = [0, 40, 60, 779, 3600, 3900, 86_400, 273_600].map(span).into();
        assert_eq!(said, ["now", "40 s", "1 min", "12 min", "1 h", "1 h 5 min", "1 d", "3 d 4 h"]);
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        assert_eq!(since("2026-11-23T10:00:00Z", "2026-11-23T10:00:09Z"), Some(0));
        assert_eq!(since("2026-11-23T10:00:00Z", "2026-11-23T09:48:00.250Z"), Some(719));
        assert_eq!(since("2026-11-23T10:00:00Z", "yesterday"), None);
    }
}
