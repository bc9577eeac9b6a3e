//! What has been said of a worker, so that only what is new is said again.

use std::collections::BTreeMap;
use std::time::Duration;

use peerwatch_core::{Evidence, Fact, Moment, Observation, Process, Timestamp, WorkerId};

/// The newest fact of each kind that was said of one worker.
#[derive(Clone, Debug, Default)]
pub(super) struct Said {
    facts: Vec<Saying>,
    /// Of each kind of sign the newest one's time, and how many there were.
    signs: BTreeMap<Evidence, (i64, u64)>,
}

#[derive(Clone, Debug)]
struct Saying {
    fact: Fact,
    /// The wall time by which it was dated, and the moment it was said with.
    dated: i64,
    said: Moment,
}

/// A voice for one worker at one look.
pub(super) struct Voice<'a> {
    pub(super) worker: &'a WorkerId,
    pub(super) now: Moment,
    pub(super) said: &'a mut Said,
    pub(super) out: &'a mut Vec<Observation>,
}

impl Voice<'_> {
    /// Says a fact that another program dated, unless it was said already.
    ///
    /// Of each kind the newest counts, so a change that is dated no later than what it replaces (another session was
    /// resumed, a transcript written anew) is dated by the look that found it.
    pub(super) fn dated(&mut self, fact: Fact, at: i64) {
        let at = at.min(self.now.wall.0);
        let before = self.said.facts.iter().find(|saying| same_kind(&saying.fact, &fact));
        let moment = match before {
            Some(before) if before.fact == fact && at <= before.dated.max(before.said.wall.0) => return,
            Some(before) if at <= before.said.wall.0 => self.now,
            _ => self.now.back_to(Timestamp(at)),
        };
        self.push(fact, at, moment);
    }

    /// Says a sign of life that another program dated, the last of so many. One that comes after the wall clock was set
    /// back is dated before those that came before it: the look that found it dates it.
    pub(super) fn sign(&mut self, evidence: Evidence, newest: i64, count: u64) {
        let known = self.said.signs.insert(evidence, (newest, count));
        match known {
            Some(known) if known == (newest, count) => {}
            Some(_) if newest > self.now.wall.0 => self.now(Fact::Heartbeat(evidence)),
            _ => self.dated(Fact::Heartbeat(evidence), newest),
        }
    }

    /// Says a fact that is true from now on, unless it was the newest of its kind.
    pub(super) fn changed(&mut self, fact: Fact) {
        self.changed_at(fact, self.now.wall.0);
    }

    /// The same for a fact that another program dated.
    pub(super) fn changed_at(&mut self, fact: Fact, at: i64) {
        if !self.said.facts.iter().any(|saying| saying.fact == fact) {
            self.dated(fact, at);
        }
    }

    /// Says a fact that was found true just now.
    pub(super) fn now(&mut self, fact: Fact) {
        self.push(fact, self.now.wall.0, self.now);
    }

    /// Says how a process was found; each slow poll says it again, so that people see how long ago that was.
    pub(super) fn process(&mut self, process: Process, repeat: bool) {
        let fact = Fact::Process(process);
        // Nobody dies twice.
        if repeat && !process.is_dead() { self.now(fact) } else { self.changed(fact) }
    }

    fn push(&mut self, fact: Fact, dated: i64, mut moment: Moment) {
        if let Some(index) = self.said.facts.iter().position(|saying| same_kind(&saying.fact, &fact)) {
            let before = self.said.facts.swap_remove(index).said;
            // The machine may have slept between both: what was written before, and is read only now, seems as much
            // older as the sleep was long.
            if moment.tick <= before.tick {
                moment.tick = before.tick.plus(Duration::from_millis(1)).min(self.now.tick).max(before.tick);
            }
        }
        self.out.push(Observation { worker: self.worker.clone(), at: moment, fact: fact.clone() });
        // Kinds are few and facts are large: no room is left for others.
        self.said.facts.reserve_exact(1);
        self.said.facts.push(Saying { fact, dated, said: moment });
    }
}

fn same_kind(one: &Fact, other: &Fact) -> bool {
    match (one, other) {
        (Fact::Heartbeat(one), Fact::Heartbeat(other)) => one == other,
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use peerwatch_core::{Tick, Turn};

    #[test]
    fn the_newest_fact_wins_even_when_another_program_dates_it_back() {
        let worker = WorkerId::new("w");
        let (mut said, mut out) = (Said::default(), Vec::new());
        let steps = [
            (100, Turn::Over, 90),
            (110, Turn::Over, 90),
            (120, Turn::Thinking, 80),
            (130, Turn::Thinking, 80),
            (140, Turn::Over, 139),
        ];
        for (now, turn, at) in steps {
            let now = Moment { tick: Tick(now), wall: Timestamp(now) };
            Voice { worker: &worker, now, said: &mut said, out: &mut out }.dated(Fact::Turn(turn), at);
        }
        let told: Vec<_> = out.iter().map(|one| (one.at.tick.0, format!("{:?}", one.fact))).collect();
        let expected = [(90, "Turn(Over)"), (120, "Turn(Thinking)"), (139, "Turn(Over)")];
        assert_eq!(told, expected.map(|(at, fact)| (at, fact.to_owned())));
    }

    #[test]
    fn what_was_written_before_a_sleep_and_read_after_it_is_still_newer() {
        let worker = WorkerId::new("w");
        let (mut said, mut out) = (Said::default(), Vec::new());
        let eight_hours = 8 * 3600 * 1000;
        for (tick, wall, turn, at) in
            [(1_000, 1_000, Turn::Thinking, 900), (1_100, 1_100 + eight_hours, Turn::Over, 1_050)]
        {
            let now = Moment { tick: Tick(tick), wall: Timestamp(wall) };
            Voice { worker: &worker, now, said: &mut said, out: &mut out }.dated(Fact::Turn(turn), at);
        }
        assert_eq!((out[0].at.tick, out[1].at.tick), (Tick(900), Tick(901)));
        assert_eq!(out[1].at.wall, Timestamp(1_050));
    }
}
