//! Something a person should know: one alert per cause, with words for its beginning and its end.

use std::time::Duration;

use crate::cause::Cause;
use crate::observation::Turn;
use crate::presence::{Limit, Verdict, Waiting};
use crate::worker::Worker;
use crate::{AlertId, ConversationId, Message, Moment, Presence, Timestamp, WorkerId, excerpt, in_words};

/// How loud an alert is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Good to know.
    Notice,
    /// Needs a person before long.
    NeedsYou,
    /// Work may be lost.
    Urgent,
}

/// An alert that stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// Why.
    pub cause: Cause,
    /// How loud.
    pub severity: Severity,
    /// Who and what, in a few words, plain and bounded.
    pub title: String,
    /// More, in a sentence, plain and bounded.
    pub body: String,
    /// The conversation that a click opens.
    pub conversation: Option<ConversationId>,
    /// The session that an answer goes to.
    pub reply_to: Option<WorkerId>,
    /// Since when it stands.
    pub since: Moment,
    /// Whether it is worth a notification.
    pub pops: bool,
    /// How many messages it speaks of; otherwise one.
    pub count: u32,
}

impl Alert {
    /// What ties a notification to this alert.
    #[must_use]
    pub fn token(&self) -> Token {
        Token { alert: self.id, since: self.since.wall }
    }
}

/// Ties a notification to its alert. A click that comes when the alert has ended, or that an earlier run's notification
/// is left with, finds no alert of this token.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Token {
    /// The alert.
    pub alert: AlertId,
    /// Since when it stands.
    pub since: Timestamp,
}

/// How an alert ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Ending {
    /// The person answered, or the wait is over.
    Answered,
    /// The silent worker is back: a false alarm.
    Back,
    /// Its session goes on in another process.
    Resumed,
    /// The limit is lifted.
    Lifted,
    /// The messages were fetched.
    Read,
    /// The messages can be delivered again.
    Delivered,
    /// The worker is gone or over, which is the news now.
    Overtaken,
    /// The person took it off the list.
    Dismissed,
    /// The person said that the silence is fine: a false alarm.
    Fine,
}

impl Ending {
    /// Whether the person ended it: of that there is nothing to tell.
    #[must_use]
    pub fn is_by_the_person(&self) -> bool {
        matches!(self, Ending::Answered | Ending::Dismissed | Ending::Fine)
    }
}

/// An alert that ended, for the history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AlertRecord {
    /// The alert.
    pub alert: Alert,
    /// When it ended.
    pub until: Moment,
    /// How.
    pub ending: Ending,
}

impl AlertRecord {
    /// How it ended, in words: "back after 12 min".
    #[must_use]
    pub fn words(&self) -> String {
        let after = match self.until.tick.since(self.alert.since.tick) {
            span if span.as_secs() == 0 => "at once".into(),
            span => format!("after {}", in_words(span)),
        };
        match self.ending {
            Ending::Answered => format!("answered {after}"),
            Ending::Back => format!("back {after}"),
            Ending::Resumed => format!("resumed {after}"),
            Ending::Lifted => format!("lifted {after}"),
            Ending::Read => format!("read {after}"),
            Ending::Delivered => format!("delivered {after}"),
            Ending::Overtaken => format!("overtaken {after}"),
            Ending::Dismissed => format!("dismissed {after}"),
            Ending::Fine => format!("called fine {after}"),
        }
    }
}

/// A notification to show. One of the same key replaces the one before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    /// What identifies it: an alert's cause, the group, the digest.
    pub key: String,
    /// The alert behind it, unless it stands for several.
    pub token: Option<Token>,
    /// The worker that a click opens.
    pub worker: Option<WorkerId>,
    /// The conversation that a click opens.
    pub conversation: Option<ConversationId>,
    /// The session that an answer goes to.
    pub reply_to: Option<WorkerId>,
    /// How loud.
    pub severity: Severity,
    /// The kind of its cause; `group` and `digest` for several.
    pub kind: &'static str,
    /// Whether it tells of something new; else it only says less than the one in its place.
    pub news: bool,
    /// Plain and bounded.
    pub title: String,
    /// Plain and bounded.
    pub body: String,
}

/// A death that was not seen is news when it is found this soon after the last sign of life.
const NEWS: Duration = Duration::from_secs(3600);

/// What an alert about a worker says.
pub(crate) struct Wording {
    pub(crate) cause: Cause,
    pub(crate) severity: Severity,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) reply_to: Option<WorkerId>,
    pub(crate) pops: bool,
    pub(crate) count: u32,
}

/// The alert that a worker's verdict calls for, if any.
pub(crate) fn called_for(worker: &Worker) -> Option<Wording> {
    let verdict = worker.verdict();
    let name = excerpt(worker.name(), 60);
    let id = worker.id().clone();
    let since = verdict.since.wall;
    let wording = match verdict.presence {
        Presence::WaitingForYou(waiting) => Wording {
            cause: Cause::Waiting(id, since),
            severity: Severity::NeedsYou,
            title: format!("{name} {}", waits(waiting, words(worker))),
            body: with_folder(worker, asks(worker, waiting)),
            reply_to: None,
            pops: true,
            count: 1,
        },
        Presence::Suspect => silent(worker, verdict, id, &name),
        Presence::Quiet if worker.identity().is_some_and(|it| it.source == crate::SourceKind::Bridge) => {
            silent(worker, verdict, id, &name)
        }
        Presence::Gone if worker.is_resumed() || worker.retired => return None,
        Presence::Gone => gone(worker, id, &name),
        Presence::Limited(limit) => Wording {
            cause: Cause::Limited(id, since),
            severity: if limit == Limit::Overload { Severity::Notice } else { Severity::NeedsYou },
            title: format!("{name} {}", limited(limit)),
            body: with_folder(worker, failure(worker)),
            reply_to: None,
            pops: limit != Limit::Overload,
            count: 1,
        },
        _ => return None,
    };
    Some(wording)
}

fn silent(worker: &Worker, verdict: &Verdict, id: WorkerId, name: &str) -> Wording {
    let span = in_words(verdict.silence.unwrap_or(Duration::ZERO));
    let said = tool(worker).map(|tool| format!(" Last seen with {tool}."));
    let beat =
        || worker.rhythm().steady_beat().map(|beat| format!(" Its heartbeat came every {}.", in_words(beat)));
    let said = said.or_else(beat).unwrap_or_default();
    Wording {
        cause: Cause::Silent(id, verdict.since.wall),
        severity: Severity::NeedsYou,
        title: format!("{name} has gone silent"),
        body: with_folder(worker, Some(format!("Not heard for {span}.{said}"))),
        reply_to: None,
        pops: true,
        count: 1,
    }
}

fn gone(worker: &Worker, id: WorkerId, name: &str) -> Wording {
    let at_work = worker.facts().was_at_work();
    let how = match (worker.facts().turn.as_ref().map(|seen| &seen.is), tool(worker)) {
        (_, Some(tool)) if at_work => format!("during {tool}"),
        (Some(Turn::Thinking | Turn::Retrying { .. }), _) if at_work => "during a turn".into(),
        _ => "without an orderly end".into(),
    };
    let place = folder(worker).map_or_else(String::new, |folder| format!(" in {folder}"));
    // A leftover that was found long after the last sign of life is history, not news.
    let died = worker.verdict().since.tick;
    let heard = worker.facts().sign_of_life().map_or(died, |at| at.tick);
    let is_news = worker.seen_alive || died.since(heard) < NEWS;
    let tasks = match worker.tasks {
        0 => String::new(),
        1 => " It had a task in its hands.".into(),
        many => format!(" It had {many} tasks in its hands."),
    };
    let loses = (at_work || worker.tasks > 0) && is_news;
    Wording {
        cause: Cause::Gone(id),
        severity: if loses { Severity::Urgent } else { Severity::Notice },
        title: format!("{name} is gone"),
        body: format!("Its process{place} died {how}.{tasks}"),
        reply_to: None,
        pops: loses,
        count: 1,
    }
}

/// The words for messages that arrived in one conversation.
pub(crate) fn messages(message: &Message, count: u32) -> (String, String) {
    let (from, to) = (excerpt(&message.from.name, 40), excerpt(&message.to.name, 40));
    let title = match count {
        0 | 1 => format!("{from} wrote to {to}"),
        many => format!("{many} new messages, {from} wrote to {to}"),
    };
    (title, excerpt(&message.text, 200))
}

/// The words for messages that cannot be brought to a worker.
pub(crate) fn undelivered(to: &str, why: &str) -> (String, String) {
    (format!("A message to {} waits", excerpt(to, 60)), excerpt(why, 240))
}

/// What a waiting worker asks for, as a predicate. `words` are those of its own program.
pub(crate) fn waits(waiting: Waiting, words: Option<&str>) -> &'static str {
    match (waiting, words) {
        (Waiting::Permission, _) => "waits for your permission",
        (Waiting::Question, _) => "has a question for you",
        (Waiting::Plan, _) => "has a plan for you to approve",
        (Waiting::Dialog, Some("dialog open")) => "has a dialog open",
        // Not known for what; its own words are shown beside.
        (Waiting::Dialog, _) => "waits for you",
    }
}

/// What its own program says that it waits for.
pub(crate) fn words(worker: &Worker) -> Option<&str> {
    worker.facts().status.as_ref()?.is.waiting_for.as_deref()
}

/// What exactly is asked: the question, the tool to be allowed, or the program's own words.
pub(crate) fn asks(worker: &Worker, waiting: Waiting) -> Option<String> {
    let words = words(worker).filter(|words| *words != "dialog open").map(|words| excerpt(words, 80));
    match waiting {
        Waiting::Question | Waiting::Plan => match &worker.facts().turn.as_ref()?.is {
            Turn::Tool { detail, .. } => detail.as_deref().map(|detail| excerpt(detail, 120)),
            _ => None,
        },
        Waiting::Permission => tool(worker),
        Waiting::Dialog => words,
    }
}

pub(crate) fn limited(limit: Limit) -> &'static str {
    match limit {
        Limit::Usage => "has reached a usage limit",
        Limit::Login => "needs a login",
        Limit::Overload => "gets no answer from the model's service",
    }
}

pub(crate) fn tool(worker: &Worker) -> Option<String> {
    match &worker.facts().turn.as_ref()?.is {
        Turn::Tool { name, detail: Some(detail) } => {
            Some(format!("{}: {}", excerpt(name, 40), excerpt(detail, 120)))
        }
        Turn::Tool { name, detail: None } => Some(excerpt(name, 40)),
        _ => None,
    }
}

pub(crate) fn failure(worker: &Worker) -> Option<String> {
    match &worker.facts().turn.as_ref()?.is {
        Turn::Failed { text, .. } => Some(excerpt(text, 160)),
        _ => None,
    }
}

fn with_folder(worker: &Worker, what: Option<String>) -> String {
    [what, folder(worker)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
}

fn folder(worker: &Worker) -> Option<String> {
    let cwd = worker.identity()?.cwd.as_deref()?;
    Some(excerpt(last_two(cwd), 60))
}

/// The last two parts of a path: enough to know which, short enough to read.
fn last_two(path: &str) -> &str {
    let mut separators = path.rmatch_indices(['/', '\\']).map(|(at, _)| at);
    let _last = separators.next();
    separators.next().map_or(path, |at| path.get(at + 1..).unwrap_or(path))
}
