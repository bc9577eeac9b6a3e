//! The roster: inputs in, effects out, time an argument.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::alert::{self, Alert, AlertRecord, Cause, Ending, Notice, Severity, Wording};
use crate::desk::Desk;
use crate::presence::{Policy, Verdict};
use crate::worker::Worker;
use crate::{
    AlertId, ConversationId, Message, MessageId, Moment, Observation, Presence, SourceId, SourceKind, Tick,
    Timestamp, WorkerId,
};

/// Ended and gone workers are forgotten after this long awake.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What can happen to the roster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// What a source saw at one look; judged together, so no half-known worker is ever judged.
    Observed(Vec<Observation>),
    /// A source saw a message.
    Arrived(Message),
    /// A recipient fetched a message.
    Fetched {
        /// The conversation.
        conversation: ConversationId,
        /// The message.
        id: MessageId,
        /// When that was seen.
        at: Moment,
    },
    /// All that a source cannot read at present.
    Troubled(SourceId, Vec<Problem>),
    /// Nothing could be seen for a while: the machine slept, or Peerwatch itself was late. Nobody is judged by it.
    Woke,
    /// A person did something.
    Person(Person),
    /// The notification of this key was closed by the person or the system.
    NotificationClosed(String),
    /// An earlier run told the person of this cause.
    Remembered(String),
    /// Alerts are numbered on from here.
    NumberFrom(u64),
    /// The thresholds and wishes that hold from now on.
    Policy(Policy),
}

/// What a person can do to the roster.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Person {
    /// No notifications until then; `None` resumes.
    Pause(Option<Timestamp>),
    /// No notifications about this worker until then; `None` unmutes.
    Mute(WorkerId, Option<Timestamp>),
    /// Show the alert's notification again after this long.
    Snooze(AlertId, Duration),
    /// Take the alert off the list.
    Dismiss(AlertId),
    /// Looks at this worker now, or at none.
    LookingAt(Option<WorkerId>),
}

/// Something that a source cannot read.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Problem {
    /// What cannot be read.
    pub subject: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What the roster wants done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Show a notification, in the place of one with the same key.
    Notify(Notice),
    /// Take the notification of this key away.
    Withdraw(String),
    /// Something changed that is worth a line.
    Changed(Change),
}

/// A change worth a line in a log or a history.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// A worker's presence.
    Presence {
        /// The worker.
        worker: WorkerId,
        /// The presence before; `None` when it was seen for the first time.
        before: Option<Presence>,
        /// The presence now.
        now: Presence,
        /// From when it is judged to hold.
        at: Moment,
    },
    /// A fresh message.
    Message(Message),
    /// A message was fetched.
    Fetched {
        /// The conversation.
        conversation: ConversationId,
        /// The message.
        id: MessageId,
        /// When that was seen.
        at: Moment,
    },
    /// An alert was raised.
    Raised(Alert),
    /// An alert ended.
    Settled(AlertRecord),
    /// A source cannot read something any longer, or can again (`None`).
    Problem {
        /// The source.
        source: SourceId,
        /// What cannot be read.
        subject: String,
        /// What is wrong.
        what: Option<String>,
    },
}

/// A conversation between workers, as far as its messages were seen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Talk {
    /// Messages seen.
    pub messages: u32,
    /// Fresh ones that the alert speaks of.
    fresh: u32,
    /// The newest.
    pub last: Option<Message>,
}

/// All of it.
#[derive(Debug)]
pub struct Roster {
    policy: Policy,
    workers: BTreeMap<WorkerId, Worker>,
    announced: BTreeSet<WorkerId>,
    talks: BTreeMap<ConversationId, Talk>,
    problems: BTreeMap<SourceId, Vec<Problem>>,
    desk: Desk,
    settled: Tick,
    effects: VecDeque<Effect>,
}

impl Roster {
    /// An empty roster under a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            policy,
            workers: BTreeMap::new(),
            announced: BTreeSet::new(),
            talks: BTreeMap::new(),
            problems: BTreeMap::new(),
            desk: Desk::default(),
            settled: Tick(i64::MIN),
            effects: VecDeque::new(),
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: Moment) {
        match input {
            Input::Observed(observations) => self.observed(&observations, now),
            Input::Arrived(message) => self.arrived(message, now),
            Input::Fetched { conversation, id, at } => {
                self.effects.push_back(Effect::Changed(Change::Fetched { conversation, id, at }));
            }
            Input::Troubled(source, problems) => self.troubled(source, problems),
            Input::Woke => {
                self.settled = now.tick;
                self.judge_all(now);
            }
            Input::Person(person) => self.person(person, now),
            Input::NotificationClosed(key) => self.desk.closed(&key),
            Input::Remembered(key) => self.desk.remember(key),
            Input::NumberFrom(next) => self.desk.number_from(next),
            Input::Policy(policy) => {
                self.policy = policy;
                self.judge_all(now);
            }
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Moment) {
        self.desk.handle_timeout(now, &mut self.effects);
        let due = |worker: &&Worker| worker.verdict().next.is_some_and(|next| next <= now.tick);
        let due: Vec<WorkerId> =
            self.workers.values().filter(due).map(|worker| worker.id().clone()).collect();
        for worker in due {
            self.judge(&worker, now);
        }
        self.forget(now);
    }

    /// When [`Roster::handle_timeout`] is due; never before the tick of the last input.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Tick> {
        let verdicts = self.workers.values().filter_map(|worker| worker.verdict().next);
        verdicts.chain(self.desk.next_timeout()).min()
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The workers that a source has named.
    pub fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.workers.values().filter(|worker| worker.identity().is_some())
    }

    /// One worker.
    #[must_use]
    pub fn worker(&self, id: &WorkerId) -> Option<&Worker> {
        self.workers.get(id)
    }

    /// A worker's verdict with silence and witnesses as of `now`.
    #[must_use]
    pub fn verdict(&self, worker: &Worker, now: Tick) -> Verdict {
        worker.verdict_at(&self.policy, self.settled, now)
    }

    /// The conversations of which messages were seen.
    pub fn talks(&self) -> impl Iterator<Item = (&ConversationId, &Talk)> {
        self.talks.iter()
    }

    /// What cannot be read, by source.
    pub fn problems(&self) -> impl Iterator<Item = (&SourceId, &Problem)> {
        self.problems
            .iter()
            .flat_map(|(source, problems)| problems.iter().map(move |problem| (source, problem)))
    }

    /// The alerts that stand.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.desk.alerts()
    }

    /// The alerts that ended, newest first.
    pub fn history(&self) -> impl Iterator<Item = &AlertRecord> {
        self.desk.history()
    }

    /// Silences reported, and how many of them ended by themselves.
    #[must_use]
    pub fn false_alarms(&self) -> (u32, u32) {
        (self.desk.silences, self.desk.false_alarms)
    }

    /// Until when notifications are paused, and how many were held back.
    #[must_use]
    pub fn paused(&self) -> (Option<Timestamp>, u32) {
        (self.desk.paused_until, self.desk.held_count)
    }

    /// Whether the machine woke so recently that nobody can be judged silent yet.
    #[must_use]
    pub fn is_settling(&self, now: Tick) -> bool {
        self.settled != Tick(i64::MIN) && now.since(self.settled) < self.policy.bridge_silence
    }

    fn observed(&mut self, observations: &[Observation], now: Moment) {
        let mut touched = BTreeSet::new();
        for observation in observations {
            let id = &observation.worker;
            let worker =
                self.workers.entry(id.clone()).or_insert_with(|| Worker::new(id.clone(), observation.at));
            if worker.learn(observation) {
                touched.insert(id);
            }
        }
        for id in touched {
            self.judge(id, now);
            self.settle_messages(id, now);
        }
    }

    fn judge_all(&mut self, now: Moment) {
        let all: Vec<WorkerId> = self.workers.keys().cloned().collect();
        for worker in all {
            self.judge(&worker, now);
        }
    }

    /// Judges a worker, and lets its alerts follow the verdict.
    fn judge(&mut self, id: &WorkerId, now: Moment) {
        let Some(worker) = self.workers.get_mut(id) else { return };
        let changed = worker.judge(&self.policy, self.settled, now.tick);
        let Some(worker) = self.workers.get(id).filter(|worker| worker.identity().is_some()) else { return };
        let verdict = worker.verdict();
        let first = self.announced.insert(id.clone());
        if first || changed.is_some() {
            let before = changed.filter(|_| !first);
            let change =
                Change::Presence { worker: id.clone(), before, now: verdict.presence, at: verdict.since };
            self.effects.push_back(Effect::Changed(change));
        }
        self.mark_resumed(id, now);
        self.follow(id, now);
    }

    /// Ends the alerts that the verdict no longer calls for, and raises the one that it does.
    fn follow(&mut self, id: &WorkerId, now: Moment) {
        let Some(worker) = self.workers.get(id) else { return };
        let wording = alert::called_for(worker);
        let presence = worker.verdict().presence;
        let over: Vec<(Cause, Ending)> = self
            .desk
            .about(id)
            .filter(|alert| wording.as_ref().is_none_or(|wording| wording.cause != alert.cause))
            .map(|alert| (alert.cause.clone(), ending(&alert.cause, presence)))
            .collect();
        for (cause, ending) in over {
            self.desk.end(&cause, ending, now, &mut self.effects);
        }
        let Some(wording) = wording else { return };
        let conversation = worker.identity().and_then(|identity| identity.conversation.clone());
        let muted = worker.muted_until().is_some_and(|until| now.wall < until);
        let wanted = match wording.cause {
            Cause::Waiting(..) | Cause::Limited(..) => self.policy.notify_waiting,
            Cause::Silent(..) | Cause::Gone(_) => self.policy.notify_silent,
            Cause::Messages(_) => self.policy.notify_messages,
        };
        self.desk.raise(wording, conversation, muted, wanted, now, &mut self.effects);
    }

    /// A session that is gone may go on in another process: its loss is no news then.
    fn mark_resumed(&mut self, id: &WorkerId, now: Moment) {
        let Some(identity) = self.workers.get(id).and_then(Worker::identity) else { return };
        let Some(session) = identity.session_id.clone() else { return };
        let is_live =
            |worker: &Worker| !matches!(worker.verdict().presence, Presence::Gone | Presence::Ended);
        let same = |worker: &&Worker| {
            worker.identity().and_then(|identity| identity.session_id.as_ref()) == Some(&session)
        };
        if !self.workers.values().filter(same).any(is_live) {
            return;
        }
        let gone: Vec<WorkerId> = self
            .workers
            .values()
            .filter(same)
            .filter(|worker| worker.verdict().presence == Presence::Gone && !worker.is_resumed())
            .map(|worker| worker.id().clone())
            .collect();
        for id in gone {
            if let Some(worker) = self.workers.get_mut(&id) {
                worker.resumed = true;
            }
            self.desk.end(&Cause::Gone(id), Ending::Resumed, now, &mut self.effects);
        }
    }

    fn arrived(&mut self, message: Message, now: Moment) {
        let talk = self.talks.entry(message.conversation.clone()).or_default();
        talk.messages += 1;
        if talk.last.as_ref().is_none_or(|last| last.sent <= message.sent) {
            talk.last = Some(message.clone());
        }
        if !message.fresh {
            return;
        }
        // What its reader already has is no news for a person.
        if message.read != Some(true) {
            let cause = Cause::Messages(message.conversation.clone());
            talk.fresh = if self.desk.standing(&cause).is_some() { talk.fresh + 1 } else { 1 };
            let (title, body) = alert::messages(&message, talk.fresh);
            let wording = Wording { cause, severity: Severity::Notice, title, body, pops: true };
            let conversation = Some(message.conversation.clone());
            let muted = self.is_muted(&message, now);
            let wanted = self.policy.notify_messages;
            self.desk.raise(wording, conversation, muted, wanted, now, &mut self.effects);
        }
        self.effects.push_back(Effect::Changed(Change::Message(message)));
    }

    fn is_muted(&self, message: &Message, now: Moment) -> bool {
        [&message.from.worker, &message.to.worker]
            .into_iter()
            .flatten()
            .filter_map(|id| self.workers.get(id)?.muted_until())
            .any(|until| now.wall < until)
    }

    /// Ends the alert of a conversation whose workers have fetched everything.
    fn settle_messages(&mut self, id: &WorkerId, now: Moment) {
        let Some(worker) = self.workers.get(id) else { return };
        let Some(conversation) = worker.identity().and_then(|identity| identity.conversation.clone()) else {
            return;
        };
        if worker.identity().is_none_or(|identity| identity.source != SourceKind::Bridge) {
            return;
        }
        let cause = Cause::Messages(conversation.clone());
        if self.desk.standing(&cause).is_some() && self.unread(&conversation) == Some(0) {
            self.desk.end(&cause, Ending::Read, now, &mut self.effects);
        }
    }

    /// Messages that the workers of a conversation have not fetched, where the medium says.
    #[must_use]
    pub fn unread(&self, conversation: &ConversationId) -> Option<u32> {
        self.workers
            .values()
            .filter(|worker| {
                worker.identity().and_then(|identity| identity.conversation.as_ref()) == Some(conversation)
            })
            .filter_map(|worker| worker.facts().unread())
            .reduce(u32::saturating_add)
    }

    fn troubled(&mut self, source: SourceId, problems: Vec<Problem>) {
        let before = self.problems.insert(source.clone(), problems.clone()).unwrap_or_default();
        let news = problems.iter().filter(|problem| !before.contains(problem));
        let mended =
            before.iter().filter(|old| problems.iter().all(|problem| problem.subject != old.subject));
        let changes = news.map(|it| (it, Some(it.what.clone()))).chain(mended.map(|it| (it, None)));
        for (problem, what) in changes {
            let change = Change::Problem { source: source.clone(), subject: problem.subject.clone(), what };
            self.effects.push_back(Effect::Changed(change));
        }
    }

    fn person(&mut self, person: Person, now: Moment) {
        match person {
            Person::Pause(until) => self.desk.pause(until, &mut self.effects),
            Person::Mute(id, until) => {
                if let Some(worker) = self.workers.get_mut(&id) {
                    worker.muted_until = until;
                }
            }
            Person::Snooze(alert, span) => self.desk.snooze(alert, span, now, &mut self.effects),
            Person::Dismiss(alert) => self.desk.dismiss(alert, now, &mut self.effects),
            Person::LookingAt(worker) => self.desk.looking_at = worker,
        }
    }

    /// Forgets workers that have been over for a day.
    fn forget(&mut self, now: Moment) {
        let old: Vec<WorkerId> = self
            .workers
            .values()
            .filter(|worker| matches!(worker.verdict().presence, Presence::Ended | Presence::Gone))
            .filter(|worker| now.tick.since(worker.verdict().since.tick) > KEPT)
            .map(|worker| worker.id().clone())
            .collect();
        for id in old {
            self.workers.remove(&id);
            self.announced.remove(&id);
            self.desk.end(&Cause::Gone(id), Ending::Overtaken, now, &mut self.effects);
        }
    }
}

fn ending(cause: &Cause, presence: Presence) -> Ending {
    match (cause, presence) {
        (_, Presence::Gone | Presence::Ended | Presence::Unknown) => Ending::Overtaken,
        (Cause::Waiting(..), _) => Ending::Answered,
        (Cause::Silent(..), _) => Ending::Back,
        (Cause::Limited(..), _) => Ending::Lifted,
        (Cause::Gone(_), _) => Ending::Resumed,
        (Cause::Messages(_), _) => Ending::Read,
    }
}
