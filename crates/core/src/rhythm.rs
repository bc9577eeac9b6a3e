//! How often a worker is usually heard, learned for each kind of activity apart.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::{Activity, Evidence, Fact, Moment, Observation, StatusWord, Tick, Timestamp, Turn};

/// Marks that are kept of each kind; older ones are forgotten. The 99th percentile of as many gaps is their third greatest.
const KEPT: usize = 256;
/// With fewer gaps than this the rhythm is not known yet.
const ENOUGH: usize = 20;
/// Heartbeats of a program that are further apart than this are no closer watch than anything else.
const LIVELY: Duration = Duration::from_secs(45);

/// The times at which a worker was heard, and what it did in between.
///
/// All marks stand in the order of their times: the order of arrival is of no matter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rhythm {
    heard: Marks<Timestamp>,
    turns: Marks<(Option<Activity>, Timestamp)>,
    in_turn: Marks<bool>,
    /// The heartbeats that it wrote into a bridge.
    beats: Marks<()>,
    fine: BTreeMap<Activity, Fine>,
}

/// A pause that a person called fine.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Fine {
    /// How long it was by then.
    pub(crate) pause: Duration,
    /// When that was said.
    pub(crate) said: Tick,
}

/// What was seen at which time, each time once and in order.
///
/// A list and no map: nearly all marks come at its end, and every worker keeps three of them.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Marks<T>(Vec<(Tick, T)>);

impl Rhythm {
    /// Takes an observation in; tells whether it was a new mark.
    pub fn learn(&mut self, observation: &Observation) -> bool {
        let Moment { tick, wall } = observation.at;
        match &observation.fact {
            Fact::Heartbeat(evidence) => {
                let beat = *evidence == Evidence::Bridge && self.beats.keep(tick, ());
                self.heard.keep(tick, wall) || beat
            }
            Fact::Turn(turn) => self.turns.keep(tick, (activity(turn), wall)),
            Fact::Status(status) if status.word != StatusWord::Absent => {
                self.in_turn.keep(tick, status.word == StatusWord::Busy)
            }
            _ => false,
        }
    }

    /// The 99th percentile of the gaps between two signs of life during `activity`; `None` until enough are known.
    #[must_use]
    pub fn usual_gap(&self, activity: Activity) -> Option<Duration> {
        self.percentile(activity, 99)
    }

    /// The gap in the middle, which a person would call usual; `None` until enough are known.
    #[must_use]
    pub fn typical_gap(&self, activity: Activity) -> Option<Duration> {
        self.percentile(activity, 50)
    }

    fn percentile(&self, activity: Activity, percent: usize) -> Option<Duration> {
        let during = |from: &Tick, to: &Tick| self.throughout(*from, *to) == Some(activity);
        let gaps = self.heard.gaps().filter(|(from, to)| during(from, to));
        percentile(&sorted(gaps)?, percent)
    }

    /// The 99th percentile of the gaps between its heartbeats in a bridge, if a program sends them: nine in ten are as long
    /// as the one in the middle, give or take a fifth. A model that sends its own does something else in between.
    pub(crate) fn steady_beat(&self) -> Option<Duration> {
        let gaps = sorted(self.beats.gaps())?;
        let (middle, longest) = (percentile(&gaps, 50)?, percentile(&gaps, 99)?);
        let alike = gaps.iter().filter(|gap| gap.abs_diff(middle) <= middle / 5).count();
        (longest <= LIVELY && alike * 10 >= gaps.len() * 9).then_some(longest)
    }

    /// A person called this pause fine. The longest counts.
    pub(crate) fn allow(&mut self, activity: Activity, fine: Fine) {
        let known = self.fine.get(&activity);
        if known.is_none_or(|known| known.pause < fine.pause) {
            self.fine.insert(activity, fine);
        }
    }

    /// The longest pause that a person called fine.
    pub(crate) fn fine(&self, activity: Activity) -> Option<Fine> {
        self.fine.get(&activity).copied()
    }

    /// Since when it has been heard without a pause as long as `pause`.
    pub(crate) fn heard_since(&self, pause: Duration) -> Option<Moment> {
        let mut marks = self.heard.0.iter().rev().map(|(tick, wall)| Moment { tick: *tick, wall: *wall });
        let last = marks.next()?;
        let unbroken = marks.scan(last, |later, earlier| {
            let near = later.tick.since(earlier.tick) < pause;
            *later = earlier;
            near.then_some(earlier)
        });
        Some(unbroken.last().unwrap_or(last))
    }

    /// Since when its transcript has been in the turn that still goes on.
    pub(crate) fn turn_since(&self) -> Option<Moment> {
        let steps = self.turns.0.iter().rev().take_while(|(_, (activity, _))| activity.is_some());
        steps.last().map(|(tick, (_, wall))| Moment { tick: *tick, wall: *wall })
    }

    /// What it did from one sign of life to the next, unless the turn ended or waited for a person in between.
    fn throughout(&self, from: Tick, to: Tick) -> Option<Activity> {
        let waited = self.in_turn.between(from, to).any(|in_turn| !in_turn);
        let ended = self.turns.between(from, to).any(|(activity, _)| activity.is_none());
        if waited || ended { None } else { self.activity_at(from) }
    }

    fn activity_at(&self, tick: Tick) -> Option<Activity> {
        if self.turns.0.is_empty() && self.in_turn.0.is_empty() {
            return Some(Activity::Heartbeats);
        }
        let in_turn = self.in_turn.at(tick).is_none_or(|busy| *busy);
        let activity = self.turns.at(tick).and_then(|(activity, _)| *activity);
        activity.filter(|_| in_turn)
    }
}

/// What a worker does during a turn of this kind; `None` between turns.
pub(crate) fn activity(turn: &Turn) -> Option<Activity> {
    match turn {
        Turn::Thinking | Turn::Retrying { .. } => Some(Activity::Model),
        // A subagent's model has the floor then.
        Turn::Tool { name, .. } if matches!(name.as_str(), "Task" | "Agent") => Some(Activity::Model),
        Turn::Tool { .. } => Some(Activity::Tool),
        Turn::NotBegun | Turn::Over | Turn::Interrupted | Turn::Failed { .. } => None,
    }
}

/// The lengths of these gaps, shortest first; `None` until there are enough.
fn sorted(gaps: impl Iterator<Item = (Tick, Tick)>) -> Option<Vec<Duration>> {
    let mut gaps: Vec<Duration> = gaps.map(|(from, to)| to.since(from)).collect();
    gaps.sort_unstable();
    (gaps.len() >= ENOUGH).then_some(gaps)
}

/// The length that so many in a hundred do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Option<Duration> {
    let rank = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(rank).copied()
}

impl<T> Default for Marks<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Marks<T> {
    /// Keeps a mark; tells whether it is a new one.
    fn keep(&mut self, tick: Tick, mark: T) -> bool {
        match self.0.binary_search_by_key(&tick, |(at, _)| *at) {
            // Two marks at one instant: the greater one counts, whichever came first.
            Ok(place) if mark > self.0[place].1 => self.0[place].1 = mark,
            Ok(_) => return false,
            Err(0) if self.0.len() == KEPT => return false,
            Err(mut place) => {
                if self.0.len() == KEPT {
                    self.0.remove(0);
                    place -= 1;
                }
                self.0.insert(place, (tick, mark));
            }
        }
        true
    }

    /// From each mark to the next.
    fn gaps(&self) -> impl Iterator<Item = (Tick, Tick)> {
        self.0.windows(2).map(|pair| (pair[0].0, pair[1].0))
    }

    /// The last mark up to `tick`.
    fn at(&self, tick: Tick) -> Option<&T> {
        let after = self.0.partition_point(|(at, _)| *at <= tick);
        self.0[..after].last().map(|(_, mark)| mark)
    }

    /// The marks between two times, without both.
    fn between(&self, from: Tick, to: Tick) -> impl Iterator<Item = &T> {
        let start = self.0.partition_point(|(at, _)| *at <= from);
        self.0[start..].iter().take_while(move |(at, _)| *at < to).map(|(_, mark)| mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, Moment, Timestamp, WorkerId};

    fn at(second: i64, fact: Fact) -> Observation {
        let at = Moment { tick: Tick(second * 1000), wall: Timestamp(second * 1000) };
        Observation { worker: WorkerId::new("w"), at, fact }
    }

    #[test]
    fn gaps_of_the_model_and_of_tools_are_learned_apart() {
        let mut rhythm = Rhythm::default();
        rhythm.learn(&at(0, Fact::Turn(Turn::Thinking)));
        for i in 0..=30 {
            rhythm.learn(&at(i * 10, Fact::Heartbeat(Evidence::Transcript)));
        }
        rhythm.learn(&at(300, Fact::Turn(Turn::Tool { name: "Bash".into(), detail: None })));
        for i in 1..=30 {
            rhythm.learn(&at(300 + i * 100, Fact::Heartbeat(Evidence::Transcript)));
        }
        assert_eq!(rhythm.usual_gap(Activity::Model), Some(Duration::from_secs(10)));
        assert_eq!(rhythm.usual_gap(Activity::Tool), Some(Duration::from_secs(100)));
        assert_eq!(rhythm.usual_gap(Activity::Heartbeats), None);
    }

    #[test]
    fn a_night_spent_waiting_for_a_permission_teaches_nothing() {
        let mut rhythm = Rhythm::default();
        rhythm.learn(&at(0, Fact::Turn(Turn::Tool { name: "Bash".into(), detail: None })));
        let status = |word| Fact::Status(crate::Status { word, waiting_for: None });
        for i in 0..30 {
            let start = i * 30_000;
            rhythm.learn(&at(start, status(StatusWord::Busy)));
            rhythm.learn(&at(start, Fact::Heartbeat(Evidence::StatusChange)));
            rhythm.learn(&at(start + 10, status(StatusWord::Waiting)));
            rhythm.learn(&at(start + 10, Fact::Heartbeat(Evidence::StatusChange)));
        }
        assert_eq!(rhythm.usual_gap(Activity::Tool), Some(Duration::from_secs(10)));
    }

    /// Heartbeats in a bridge, so many seconds apart, one after the other again and again.
    fn beating(gaps: &[i64]) -> Rhythm {
        let mut rhythm = Rhythm::default();
        let mut second = 0;
        for gap in gaps.iter().cycle().take(100) {
            second += gap;
            rhythm.learn(&at(second, Fact::Heartbeat(Evidence::Bridge)));
        }
        rhythm
    }

    #[test]
    fn heartbeats_are_steady_when_a_program_sends_them() {
        assert_eq!(beating(&[30]).steady_beat(), Some(Duration::from_secs(30)));
        assert_eq!(beating(&[30, 31, 30, 34]).steady_beat(), Some(Duration::from_secs(34)));
        for by_a_model in [&[5, 40, 12, 25][..], &[10, 10, 10, 10, 44], &[60]] {
            assert_eq!(beating(by_a_model).steady_beat(), None, "{by_a_model:?}");
        }
    }

    #[test]
    fn few_heartbeats_are_no_rhythm_and_messages_are_no_heartbeats() {
        let mut rhythm = Rhythm::default();
        for i in 0..=30 {
            rhythm.learn(&at(i * 5, Fact::Heartbeat(Evidence::Messages)));
        }
        for i in 0..=19 {
            rhythm.learn(&at(i * 30, Fact::Heartbeat(Evidence::Bridge)));
        }
        assert_eq!(rhythm.steady_beat(), None);
        rhythm.learn(&at(600, Fact::Heartbeat(Evidence::Bridge)));
        assert_eq!(rhythm.steady_beat(), Some(Duration::from_secs(30)));
    }

    #[test]
    fn of_two_turns_at_one_instant_the_same_counts_in_any_order() {
        let both = [Turn::Thinking, Turn::Over];
        let learn = |turns: &[Turn]| {
            let mut rhythm = Rhythm::default();
            for turn in turns {
                rhythm.learn(&at(0, Fact::Turn(turn.clone())));
            }
            rhythm
        };
        let reversed: Vec<Turn> = both.iter().rev().cloned().collect();
        assert_eq!(learn(&both), learn(&reversed));
    }
}
