//! Two agents that answer each other without end are braked.

use std::collections::VecDeque;
use std::time::Duration;

use peerwatch_core::Tick;

/// What counts as without end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limits {
    /// So many messages …
    pub most: usize,
    /// … within this time, while no person says anything.
    pub within: Duration,
    /// So long deliveries pause.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { most: 20, within: Duration::from_secs(600), pause: Duration::from_secs(600) }
    }
}

/// The brake of one conversation between agents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Brake {
    limits: Limits,
    /// When messages were delivered that answer another's, the oldest first.
    delivered: VecDeque<Tick>,
    /// Who sent the last one, and when it was delivered.
    last: Option<(String, Tick)>,
    until: Option<Tick>,
}

/// That a conversation pauses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Braked {
    /// It goes on by itself then.
    pub until: Tick,
    /// Whether this is its beginning: a person is told, once.
    pub tell: bool,
}

impl Brake {
    /// A brake with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Whether the next message of this conversation must wait. Ask before each delivery.
    pub fn check(&mut self, now: Tick) -> Option<Braked> {
        if let Some(until) = self.until {
            if now < until {
                return Some(Braked { until, tell: false });
            }
            self.release();
        }
        let within = self.limits.within;
        while self.delivered.front().is_some_and(|at| now.since(*at) >= within) {
            self.delivered.pop_front();
        }
        if self.delivered.len() < self.limits.most {
            return None;
        }
        let until = now.plus(self.limits.pause);
        self.until = Some(until);
        Some(Braked { until, tell: true })
    }

    /// A message of `from` was delivered. One that follows another of its own sender is no answer, and does not count: who
    /// hands out a hundred pieces of work is not in a dispute.
    pub fn delivered(&mut self, from: &str, now: Tick) {
        if self.last.as_ref().is_some_and(|(last, _)| last != from) {
            self.delivered.push_back(now);
        }
        self.last = Some((from.to_owned(), now));
    }

    /// Whether nothing of it counts any more: it can be forgotten.
    #[must_use]
    pub fn is_at_rest(&self, now: Tick) -> bool {
        let is_old = |(_, at): &(String, Tick)| now.since(*at) >= self.limits.within;
        self.last.as_ref().is_none_or(is_old) && self.until.is_none_or(|until| now >= until)
    }

    /// A person wrote to one of the two, or lets the conversation go on: all is forgotten.
    pub fn release(&mut self) {
        self.delivered.clear();
        self.until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000;

    /// Delivers one message every `every` seconds, as long as the brake lets it; how many passed.
    fn passed(brake: &mut Brake, every: i64, count: i64) -> i64 {
        (0..count)
            .take_while(|number| {
                let now = Tick(number * every * SECOND);
                let free = brake.check(now).is_none();
                brake.delivered(if number % 2 == 0 { "a" } else { "b" }, now);
                free
            })
            .count() as i64
    }

    #[test]
    fn ping_pong_stops_after_twenty_and_a_person_is_told_once() {
        let mut brake = Brake::default();
        assert_eq!(passed(&mut brake, 10, 100), 21);
        let until = Tick(810 * SECOND);
        assert_eq!(brake.check(Tick(300 * SECOND)), Some(Braked { until, tell: false }));
        assert_eq!(brake.check(until), None, "it goes on by itself");
    }

    #[test]
    fn it_can_be_forgotten_when_nothing_of_it_counts_any_more() {
        let mut brake = Brake::default();
        assert_eq!(passed(&mut brake, 10, 100), 21);
        assert!(!brake.is_at_rest(Tick(210 * SECOND)));
        assert!(!brake.is_at_rest(Tick(809 * SECOND)), "it pauses");
        assert!(brake.is_at_rest(Tick(810 * SECOND)));
    }

    #[test]
    fn the_beginning_of_a_pause_is_told() {
        let mut brake = Brake::new(Limits { most: 1, ..Limits::default() });
        brake.delivered("a", Tick(0));
        brake.delivered("b", Tick(0));
        assert_eq!(brake.check(Tick(5)).map(|braked| braked.tell), Some(true));
        assert_eq!(brake.check(Tick(6)).map(|braked| braked.tell), Some(false));
    }

    #[test]
    fn who_hands_out_work_is_never_braked() {
        let mut brake = Brake::default();
        for number in 0..1_000 {
            assert_eq!(brake.check(Tick(number)), None);
            brake.delivered("lead", Tick(number));
        }
    }

    #[test]
    fn a_slow_conversation_is_never_braked() {
        assert_eq!(passed(&mut Brake::default(), 31, 1_000), 1_000);
    }

    #[test]
    fn a_person_lets_it_go_on() {
        let mut brake = Brake::default();
        passed(&mut brake, 10, 100);
        brake.release();
        assert_eq!(brake.check(Tick(300 * SECOND)), None);
    }
}
