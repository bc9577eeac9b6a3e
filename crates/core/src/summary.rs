//! A worker in one line, for lists. Ages are left to the list's own column, but for silences, which are the point.

use std::time::Duration;

use crate::rhythm::activity;
use crate::{
    Activity, Evidence, Limit, Listing, Presence, Process, SourceKind, StatusWord, Turn, Verdict, Worker,
    alert, excerpt, in_words, witness,
};

/// What a worker does or needs, in a few words: "waits for your permission: Bash: git push", "thinking".
#[must_use]
pub fn summary(worker: &Worker, verdict: &Verdict) -> String {
    let line = match verdict.presence {
        Presence::Working => working(worker),
        Presence::WaitingForYou(waiting) => {
            with(alert::waits(waiting, alert::words(worker)), alert::asks(worker, waiting))
        }
        Presence::Idle => idle(worker),
        Presence::Background => background(worker),
        Presence::Limited(limit) => limited(worker, limit),
        Presence::Quiet | Presence::Suspect => silent(worker, verdict),
        Presence::Gone => gone(worker),
        Presence::Ended => ended(worker),
        Presence::Unknown => unknown(worker),
    };
    match worker.facts().unread() {
        Some(unread) if unread > 0 && is_bridge(worker) => format!("{line} · {unread} unread"),
        _ => line,
    }
}

fn working(worker: &Worker) -> String {
    let Some(turn) = turn(worker) else { return by_heartbeats(worker).into() };
    match turn {
        Turn::Thinking => "thinking".into(),
        Turn::Retrying { attempts } => {
            format!("thinking · calls to the model fail, {attempts} attempts so far")
        }
        Turn::Tool { .. } => join([called(worker), child(worker)]),
        _ => "busy".into(),
    }
}

fn by_heartbeats(worker: &Worker) -> &'static str {
    match worker.facts().heartbeats.contains_key(&Evidence::Bridge) {
        true => "working, by its own heartbeats",
        false if is_bridge(worker) => "sends or fetches messages",
        false => "busy",
    }
}

fn idle(worker: &Worker) -> String {
    match (worker.facts().declared(), turn(worker)) {
        (Some("waiting"), _) => "waits for its partner".into(),
        (Some("complete"), _) => "says it is done".into(),
        (Some(word), _) => format!("says it is {}", excerpt(word, 40)),
        (None, Some(Turn::Interrupted)) => "idle, interrupted".into(),
        (None, Some(Turn::Failed { text, .. })) => with("idle after an error", Some(excerpt(text, 80))),
        (None, _) => "idle".into(),
    }
}

fn background(worker: &Worker) -> String {
    match (&worker.facts().status, &worker.facts().background) {
        (Some(status), _) if status.is.word == StatusWord::Shell => {
            "turn over, a background shell runs".into()
        }
        (_, Some(running)) => format!("turn over, {}", witness::background(&running.is)),
        _ => "turn over, work goes on".into(),
    }
}

fn limited(worker: &Worker, limit: Limit) -> String {
    if let Some(Turn::Retrying { attempts }) = turn(worker) {
        return format!("calls to the model fail, {attempts} attempts so far");
    }
    let what = match limit {
        Limit::Usage => "usage limit",
        Limit::Login => "needs a login",
        Limit::Overload => "the model's service fails",
    };
    with(what, alert::failure(worker).map(|text| excerpt(&text, 80)))
}

fn silent(worker: &Worker, verdict: &Verdict) -> String {
    let stopped = worker.facts().process.as_ref().is_some_and(|seen| seen.is == Process::Stopped);
    let silence = verdict.silence.unwrap_or(Duration::ZERO);
    let usual = match turn(worker) {
        Some(turn) => activity(turn),
        None => Some(Activity::Heartbeats),
    };
    let usual = usual.and_then(|activity| worker.rhythm().typical_gap(activity));
    let usual = usual.map(|gap| format!(", usually every {}", in_words(gap.max(Duration::from_secs(1)))));
    let unheard = format!("not heard for {}{}", in_words(silence), usual.unwrap_or_default());
    let due = verdict.threshold.is_none_or(|threshold| silence >= threshold);
    let stopped = stopped.then(|| "stopped by a signal".into());
    join([stopped, due.then_some(unheard), called(worker), child(worker)])
}

fn gone(worker: &Worker) -> String {
    let at_work = worker.facts().was_at_work();
    match turn(worker) {
        _ if worker.is_resumed() => "gone, its session goes on in another process".into(),
        Some(Turn::Tool { .. }) if at_work => {
            format!("gone during {}", alert::tool(worker).unwrap_or_default())
        }
        Some(Turn::Thinking | Turn::Retrying { .. }) if at_work => "gone during a turn".into(),
        _ => "gone".into(),
    }
}

fn ended(worker: &Worker) -> String {
    match &worker.facts().listing {
        Some(listing) if listing.is != Listing::Listed => "ended".into(),
        _ => "over, not heard for more than a day".into(),
    }
}

/// What is not known is shown as it is.
fn unknown(worker: &Worker) -> String {
    let facts = worker.facts();
    if facts.listing.as_ref().is_some_and(|seen| seen.is != Listing::Listed) {
        return "taken off the list, its process lives".into();
    }
    match (&facts.status, facts.declared(), turn(worker)) {
        (Some(status), _, _) if matches!(status.is.word, StatusWord::Unknown(_)) => {
            witness::status(&status.is)
        }
        (_, Some(word), _) => format!("declares itself {}, a word unknown to Peerwatch", excerpt(word, 40)),
        (_, _, Some(Turn::NotBegun)) => "no transcript yet".into(),
        _ if facts.last_heard().is_some() => {
            "sends no heartbeats, nothing known since its last message".into()
        }
        _ if is_bridge(worker) => "never heard".into(),
        _ => "nothing known yet".into(),
    }
}

fn turn(worker: &Worker) -> Option<&Turn> {
    worker.facts().turn.as_ref().map(|seen| &seen.is)
}

fn called(worker: &Worker) -> Option<String> {
    alert::tool(worker).map(|tool| format!("tool {tool}"))
}

/// What the child process of the running tool does.
fn child(worker: &Worker) -> Option<String> {
    let called = worker.facts().turn.as_ref().filter(|seen| matches!(seen.is, Turn::Tool { .. }))?.at.tick;
    let children = worker.facts().children.as_ref().filter(|seen| seen.at.tick >= called)?;
    let what = match (children.is.count, children.is.busy) {
        (0, _) => "no child process",
        (_, true) => "child busy",
        (_, false) => "child alive, at rest",
    };
    Some(what.into())
}

fn is_bridge(worker: &Worker) -> bool {
    worker.identity().is_some_and(|identity| identity.source == SourceKind::Bridge)
}

fn with(what: &str, detail: Option<String>) -> String {
    detail
        .filter(|detail| !detail.is_empty())
        .map_or_else(|| what.into(), |detail| format!("{what}: {detail}"))
}

fn join(parts: impl IntoIterator<Item = Option<String>>) -> String {
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
