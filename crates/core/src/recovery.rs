//! When a lost task is handed over without a person, and what holds it back.
//!
//! Only where a person has switched it on, and only on proof: its owner is dead, or is a side of a bridge whose silence passed
//! the threshold, where the person switched it on for that very bridge. One at a time, the oldest loss first. What this
//! rule gives free, the store holds to the same brakes once more.

use std::time::Duration;

use crate::{Moment, Timestamp, WorkerId, in_words};

#[cfg(test)]
mod tests;

/// How fast, and how often.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pace {
    /// Awake time from a loss to the first handover. A session that is started again within it takes its role back and keeps
    /// its tasks; more would only delay the others.
    pub grace: Duration,
    /// From one handover of a task to the next.
    pub between: Duration,
    /// From one automatic handover to the next, whatever the task.
    pub own: Duration,
    /// After so many attempts, or handovers, a person must decide.
    pub most: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(2),
            between: Duration::from_secs(300),
            own: Duration::from_secs(60),
            most: 3,
        }
    }
}

/// While the machine settles after sleep, ask again after this long: nothing tells of its end.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// A task whose owner is lost, and which nobody hands over yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// The task, as the caller names it.
    pub task: String,
    /// Its owner.
    pub worker: WorkerId,
    /// On what evidence.
    pub loss: Loss,
    /// When the death was proven, or the silence passed its threshold.
    pub since: Moment,
    /// Where a person has switched recovery on.
    pub switched: Switched,
    /// Owners who began it so far, the lost one among them.
    pub attempts: u32,
    /// How often it changed hands so far.
    pub handovers: u32,
    /// When the last of those was begun.
    pub last_handover: Option<Timestamp>,
    /// Whether somebody could take it: an [`Heir`](crate::Heir) that is fit.
    pub has_heir: bool,
}

/// The evidence of a loss.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Loss {
    /// Its process is proven dead.
    Gone,
    /// It is a side of a bridge, and silent for longer than the threshold. No proof: it may come back.
    Silent,
}

/// Where recovery is switched on.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Switched {
    /// Nowhere that matters for this task.
    Off,
    /// For all bridges.
    ForAll,
    /// For the bridge of this task itself.
    ForBridge,
}

/// What to do now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Hand this task over.
    Now(String),
    /// Nothing yet; ask again at this moment, or when something changes.
    At(Moment),
    /// Nothing, until something changes.
    Nothing,
}

/// What keeps Peerwatch from handing a task over by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hold {
    /// Nobody has switched it on.
    Off,
    /// The owner is only silent, and nobody has switched it on for this very bridge.
    NotProven,
    /// It was tried so often that a person must decide.
    TooOften {
        /// How often it was begun or changed hands.
        times: u32,
    },
    /// Nobody who is fit is free.
    NoHeir,
    /// The machine woke a moment ago.
    Settling,
    /// Its owner may be started again, until then.
    Grace(Moment),
    /// It changed hands a moment ago; not before then.
    TooSoon(Moment),
    /// Another one was handed over a moment ago; not before then.
    OneAtATime(Moment),
}

impl Hold {
    /// In words, as of `now`.
    #[must_use]
    pub fn words(&self, now: Moment) -> String {
        let left = |until: &Moment| in_words(until.tick.since(now.tick));
        match self {
            Hold::Off => "automatic recovery is off".into(),
            Hold::NotProven => "its owner is silent, not proven gone".into(),
            Hold::TooOften { times } => format!("it was tried {times} times; a person must decide"),
            Hold::NoHeir => "nobody is free to take it".into(),
            Hold::Settling => "the machine has just woken".into(),
            Hold::Grace(until) => format!("its owner may be started again, {} more", left(until)),
            Hold::TooSoon(until) => format!("it changed hands a moment ago, {} more", left(until)),
            Hold::OneAtATime(until) => format!("another task was just handed over, {} more", left(until)),
        }
    }

    /// When it is worth while to ask again although nothing changed.
    fn until(self, now: Moment) -> Option<Moment> {
        match self {
            Hold::Off | Hold::NotProven | Hold::TooOften { .. } | Hold::NoHeir => None,
            Hold::Settling => Some(now.plus(ASK_AGAIN)),
            Hold::Grace(until) | Hold::TooSoon(until) | Hold::OneAtATime(until) => Some(until),
        }
    }
}

impl Lost {
    /// What holds this one back; `None` when it may be handed over now. What only a person can change is named first.
    ///
    /// `last_automatic` is when Peerwatch last handed anything over by itself; `settled` is false for a while after sleep.
    #[must_use]
    pub fn hold(
        &self,
        pace: &Pace,
        last_automatic: Option<Timestamp>,
        settled: bool,
        now: Moment,
    ) -> Option<Hold> {
        let times = self.attempts.max(self.handovers);
        let grace = self.since.tick.plus(pace.grace);
        let too_soon = self.last_handover.and_then(|last| rest(last, pace.between, now));
        let own = last_automatic.and_then(|last| rest(last, pace.own, now));
        match (self.loss, self.switched) {
            (_, Switched::Off) => Some(Hold::Off),
            (Loss::Silent, Switched::ForAll) => Some(Hold::NotProven),
            _ if times >= pace.most => Some(Hold::TooOften { times }),
            _ if !self.has_heir => Some(Hold::NoHeir),
            // A silence says nothing until then; a death is as certain as before.
            (Loss::Silent, _) if !settled => Some(Hold::Settling),
            _ if grace > now.tick => Some(Hold::Grace(now.plus(grace.since(now.tick)))),
            _ => too_soon.map(Hold::TooSoon).or(own.map(Hold::OneAtATime)),
        }
    }
}

/// When a pause that began at `since` ends, unless it is over. Pauses are wall time, as the store keeps them over restarts; one
/// that began in the future (the clock was set back) begins now.
fn rest(since: Timestamp, pause: Duration, now: Moment) -> Option<Moment> {
    let gone = Duration::from_millis(u64::try_from(now.wall.0.saturating_sub(since.0)).unwrap_or(0));
    let left = pause.saturating_sub(gone);
    (!left.is_zero()).then(|| now.plus(left))
}

/// What to do about the tasks whose owners are lost. Whoever does it asks again at once: there may be more.
#[must_use]
pub fn next(
    lost: &[Lost],
    pace: &Pace,
    last_automatic: Option<Timestamp>,
    settled: bool,
    now: Moment,
) -> Choice {
    let hold = |one: &Lost| one.hold(pace, last_automatic, settled, now);
    let free = lost.iter().filter(|one| hold(one).is_none());
    if let Some(oldest) = free.min_by_key(|one| (one.since, &one.task)) {
        return Choice::Now(oldest.task.clone());
    }
    let until = lost.iter().filter_map(|one| hold(one)?.until(now));
    until.min().map_or(Choice::Nothing, Choice::At)
}
