//! The roster: inputs in, effects out, time an argument.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::alert::{self, Alert, AlertRecord, Ending};
use crate::cause::Cause;
use crate::desk::Desk;
use crate::effect::{Change, Effect};
use crate::input::{Input, Problem};
use crate::presence::{Policy, Verdict};
use crate::timeline::Timeline;
use crate::worker::Worker;
use crate::{ConversationId, Moment, Observation, Presence, SourceId, Tick, Timestamp, WorkerId};

mod fine;
pub(crate) mod sides;
pub(crate) mod talks;
mod telling;

use talks::Talk;

/// Workers that are over are known as long as there are not more of them than this.
const RETIRED: usize = 200;

/// All of it.
#[derive(Debug)]
pub struct Roster {
    policy: Policy,
    workers: BTreeMap<WorkerId, Worker>,
    talks: BTreeMap<ConversationId, Talk>,
    problems: BTreeMap<SourceId, Vec<Problem>>,
    desk: Desk,
    muted_folders: BTreeMap<String, Timestamp>,
    settled: Tick,
    timeline: Timeline,
    effects: VecDeque<Effect>,
}

impl Roster {
    /// An empty roster under a policy.
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self {
            desk: Desk::under(policy.quiet_hours),
            policy,
            workers: BTreeMap::new(),
            talks: BTreeMap::new(),
            problems: BTreeMap::new(),
            muted_folders: BTreeMap::new(),
            settled: Tick(i64::MIN),
            timeline: Timeline::default(),
            effects: VecDeque::new(),
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input, now: Moment) {
        self.timeline.advance(now);
        match input {
            Input::Observed(observations) => self.observed(observations, now),
            Input::Arrived(message) => self.arrived(message, now),
            Input::Receipt { conversation, id, receipt, at } => {
                self.receipt(conversation, id, receipt, at, now);
            }
            Input::Undelivered { conversation, to, why } => {
                self.undelivered(conversation, to.as_ref(), why.as_deref(), now);
            }
            Input::Entrusted(tasks) => self.entrusted(&tasks, now),
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
                self.desk.quiet.hours = policy.quiet_hours;
                self.policy = policy;
                self.judge_all(now);
                self.release(now);
            }
            Input::HeldBefore(_)
            | Input::HeldBack(_)
            | Input::Looked
            | Input::MinuteOfDay(_)
            | Input::InFront(..)
            | Input::DoNotDisturb(_) => self.told_or_held(input, now),
        }
    }

    /// Does what is due at `now`.
    pub fn handle_timeout(&mut self, now: Moment) {
        self.timeline.advance(now);
        self.lift_pause_and_mutes(now);
        for id in self.desk.take_due(now.tick) {
            self.tell_again(id, now);
        }
        for id in self.desk.take_unanswered(now.tick) {
            self.tell_unseen(id, now);
        }
        let due = |worker: &&Worker| worker.verdict().next.is_some_and(|next| next <= now.tick);
        for worker in self.ids(due) {
            self.judge(&worker, now);
        }
        self.retire(now);
    }

    /// When [`Roster::handle_timeout`] is due; never before the tick of the last input.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Tick> {
        let verdicts = self.workers.values().filter_map(|worker| worker.verdict().next);
        let mutes = self.workers.values().filter_map(Worker::muted_until);
        let mutes = mutes.chain(self.muted_folders.values().copied());
        let wall = mutes.chain(self.desk.quiet.paused_until).filter_map(|until| self.tick_of(until));
        let due = verdicts.chain(wall).chain(self.desk.next_timeout()).min()?;
        // What an input left overdue is due now.
        Some(self.timeline.last().map_or(due, |last| due.max(last.tick)))
    }

    /// The awake time of a wall time to come, if the machine does not sleep until then.
    fn tick_of(&self, until: Timestamp) -> Option<Tick> {
        let last = self.timeline.last()?;
        Some(Tick(last.tick.0.saturating_add(until.0.saturating_sub(last.wall.0).max(0))))
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// The workers that a source has named and that are not over since long ago. A side of a bridge that a known session
    /// holds is that session.
    pub fn workers(&self) -> impl Iterator<Item = &Worker> {
        self.workers.values().filter(|worker| {
            worker.identity().is_some() && !worker.retired && self.bearer_of(worker).is_none()
        })
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

    /// Whether the machine woke so recently that nobody can be judged silent yet.
    #[must_use]
    pub fn is_settling(&self, now: Tick) -> bool {
        self.settled != Tick(i64::MIN) && now.since(self.settled) < self.policy.bridge_silence
    }

    fn observed(&mut self, observations: Vec<Observation>, now: Moment) {
        let mut touched = BTreeSet::new();
        for observation in observations {
            let at = self.timeline.place(observation.at);
            let observation = Observation { at, ..observation };
            let id = &observation.worker;
            let worker = self.workers.entry(id.clone()).or_insert_with(|| Worker::new(id.clone(), now));
            if worker.learn(&observation) {
                touched.insert(observation.worker);
            }
        }
        for id in touched {
            self.judge(&id, now);
            self.settle_messages(&id, now);
            // Who turns out to hold a side stands for it from now on.
            for side in self.sides(&id).map(|side| side.id().clone()).collect::<Vec<_>>() {
                self.follow(&side, now);
            }
        }
    }

    fn entrusted(&mut self, tasks: &BTreeMap<WorkerId, usize>, now: Moment) {
        let mut changed = Vec::new();
        for worker in self.workers.values_mut() {
            let now_has = tasks.get(worker.id()).copied().unwrap_or(0);
            if std::mem::replace(&mut worker.tasks, now_has) != now_has {
                changed.push(worker.id().clone());
            }
        }
        // What a lost worker had in its hands may become known after its loss.
        let lost = |id: &WorkerId| self.desk.standing(&Cause::Gone(id.clone())).is_some();
        changed.retain(lost);
        for id in changed {
            self.follow(&id, now);
        }
        self.release(now);
    }

    fn ids(&self, which: impl Fn(&&Worker) -> bool) -> Vec<WorkerId> {
        self.workers.values().filter(which).map(|worker| worker.id().clone()).collect()
    }

    fn judge_all(&mut self, now: Moment) {
        for worker in self.ids(|_| true) {
            self.judge(&worker, now);
        }
    }

    /// Judges a worker, and lets its alerts follow the verdict.
    fn judge(&mut self, id: &WorkerId, now: Moment) {
        let Some(worker) = self.workers.get_mut(id) else { return };
        let changed = worker.judge(&self.policy, self.settled, now.tick);
        if worker.identity().is_none() {
            return;
        }
        let first = !worker.announced;
        let drawn = !worker.retired;
        let drawn = drawn && self.workers.get(id).is_some_and(|worker| self.bearer_of(worker).is_none());
        let Some(worker) = self.workers.get_mut(id) else { return };
        if (first || changed.is_some()) && drawn {
            worker.announced = true;
            let verdict = worker.verdict();
            let change = Change::Presence {
                worker: id.clone(),
                before: changed.filter(|_| !first),
                now: verdict.presence,
                at: verdict.since,
            };
            self.effects.push_back(Effect::Changed(change));
        }
        self.mark_resumed(id, now);
        self.follow(id, now);
    }

    /// Ends the alerts that the verdict no longer calls for, and raises the one that it does.
    fn follow(&mut self, id: &WorkerId, now: Moment) {
        let Some(worker) = self.workers.get(id) else { return };
        // Whoever holds the side is judged in its place.
        let held = self.bearer_of(worker).is_some();
        let wording = if held { None } else { alert::called_for(worker) };
        let presence = worker.verdict().presence;
        let called = |cause: &Cause| wording.as_ref().is_some_and(|wording| wording.cause == *cause);
        let over = |cause: &Cause| held || !called(cause) && !self.is_same_silence(worker, cause);
        let over: Vec<Cause> = self.desk.about(id).into_iter().filter(over).collect();
        let conversation = worker.identity().and_then(|identity| identity.conversation.clone());
        for cause in over {
            let ending = if held { Ending::Overtaken } else { ending(&cause, presence) };
            self.desk.end(&cause, ending, now, &mut self.effects);
        }
        if let Some(wording) = wording {
            let wish = self.wish(&wording.cause, now);
            self.desk.raise(wording, conversation, wish, now, &mut self.effects);
        }
    }

    /// Whether a silence that was told of still lasts, though nobody would tell of it now: the worker was not heard
    /// since, but the machine slept in between, or one of its witnesses left.
    fn is_same_silence(&self, worker: &Worker, cause: &Cause) -> bool {
        let Cause::Silent(_, since) = cause else { return false };
        let Some(heard) = worker.facts().sign_of_life().filter(|heard| heard.wall == *since) else {
            return false;
        };
        let verdict = worker.verdict();
        match verdict.presence {
            Presence::Quiet => true,
            Presence::Working => self.settled > heard.tick && verdict.silence < verdict.threshold,
            _ => false,
        }
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

    /// Lets go of workers that have been over for a day. They are kept in short, so that one that comes back is known.
    fn retire(&mut self, now: Moment) {
        for id in self.ids(|worker| !worker.retired && worker.is_history(now.tick)) {
            if let Some(worker) = self.workers.get_mut(&id) {
                worker.retire();
            }
            self.follow(&id, now);
        }
        let is_retired = |worker: &&Worker| worker.retired;
        let too_many = self.workers.values().filter(is_retired).count().saturating_sub(RETIRED);
        if too_many > 0 {
            let mut oldest_first = self.ids(is_retired);
            oldest_first.sort_by_key(|id| self.workers.get(id).map(|worker| worker.verdict().since));
            for id in oldest_first.drain(..too_many) {
                self.desk.forget(&id);
                self.workers.remove(&id);
            }
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
        (Cause::Undelivered(_), _) => Ending::Delivered,
    }
}
