//! Where in awake time an observation belongs.
//!
//! A source dates what it finds by the writer's wall clock, as seen from its own look. That is wrong by as much as the
//! machine slept in between, or as the wall clock was set. The roster sees every such gap and puts it right, so that
//! what happened just before a night is not taken for older than what was known before it.

use std::collections::VecDeque;

use crate::{Moment, Tick};

/// Gaps that are remembered; nothing older than them is dated anew.
const KEPT: usize = 32;
/// Clocks that drift apart by less than this between two inputs are not worth a gap.
const DRIFT: i64 = 1_000;

/// The moments of the inputs so far, and the gaps between the clocks.
#[derive(Debug, Default)]
pub(crate) struct Timeline {
    last: Option<Moment>,
    gaps: VecDeque<Gap>,
}

/// Up to this moment the wall clock ran ahead of awake time by so many milliseconds more than after it.
#[derive(Clone, Copy, Debug)]
struct Gap {
    end: Moment,
    missed: i64,
}

impl Timeline {
    /// The moment of the last input.
    pub(crate) fn last(&self) -> Option<Moment> {
        self.last
    }

    /// Takes the moment of an input in.
    pub(crate) fn advance(&mut self, now: Moment) {
        if let Some(last) = self.last.replace(now) {
            let passed = |now: i64, last: i64| now.saturating_sub(last);
            let missed = passed(now.wall.0, last.wall.0).saturating_sub(passed(now.tick.0, last.tick.0));
            if missed.abs() > DRIFT {
                self.gaps.push_back(Gap { end: now, missed });
                if self.gaps.len() > KEPT {
                    self.gaps.pop_front();
                }
            }
        }
    }

    /// The moment at which something happened that a source dated `at`.
    pub(crate) fn place(&self, at: Moment) -> Moment {
        let mut placed = at;
        for gap in self.gaps.iter().rev() {
            let from_the_future = self.last.is_some_and(|last| at.wall > last.wall);
            let before = placed.tick < gap.end.tick || gap.missed < 0 && from_the_future;
            if !before {
                break;
            }
            let ago = gap.end.wall.0.saturating_sub(at.wall.0).saturating_sub(gap.missed).max(0);
            placed.tick = Tick(gap.end.tick.0.saturating_sub(ago));
        }
        placed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    const MINUTE: i64 = 60_000;

    fn moment(tick: i64, wall: i64) -> Moment {
        Moment { tick: Tick(tick * MINUTE), wall: Timestamp(wall * MINUTE) }
    }

    /// Ten minutes awake, eight hours asleep, ten minutes awake.
    fn after_a_night() -> (Timeline, Moment) {
        let mut timeline = Timeline::default();
        for now in [moment(0, 1000), moment(10, 1010), moment(10, 1490), moment(20, 1500)] {
            timeline.advance(now);
        }
        (timeline, moment(20, 1500))
    }

    #[test]
    fn what_happened_before_the_night_is_only_minutes_old_in_awake_time() {
        let (timeline, now) = after_a_night();
        let seen_from_here =
            |wall: i64| timeline.place(now.back_to(Timestamp(wall * MINUTE))).tick.0 / MINUTE;
        assert_eq!([1005, 1009, 1200, 1489, 1495, 1500].map(seen_from_here), [5, 9, 10, 10, 15, 20]);
    }

    #[test]
    fn what_was_dated_before_the_night_stays_where_it_is() {
        let (timeline, _) = after_a_night();
        assert_eq!(timeline.place(moment(5, 1005)), moment(5, 1005));
    }

    #[test]
    fn two_nights_are_both_taken_off() {
        let (mut timeline, _) = after_a_night();
        timeline.advance(moment(20, 2000));
        let now = moment(21, 2001);
        timeline.advance(now);
        assert_eq!(timeline.place(now.back_to(Timestamp(1005 * MINUTE))).tick.0 / MINUTE, 5);
        assert_eq!(timeline.place(now.back_to(Timestamp(1496 * MINUTE))).tick.0 / MINUTE, 16);
    }

    #[test]
    fn a_clock_set_back_an_hour_makes_nothing_new() {
        let mut timeline = Timeline::default();
        for now in [moment(0, 1000), moment(10, 1010), moment(11, 951), moment(12, 952)] {
            timeline.advance(now);
        }
        let now = moment(12, 952);
        let seen_from_here =
            |wall: i64| timeline.place(now.back_to(Timestamp(wall * MINUTE))).tick.0 / MINUTE;
        assert_eq!([1005, 1010, 951, 952].map(seen_from_here), [5, 10, 11, 12]);
    }
}
