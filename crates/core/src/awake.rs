//! Awake time: a clock that stands still while the machine, or Peerwatch itself, did not run.

use std::time::Duration;

use crate::{Moment, Tick, Timestamp};

/// Derives awake time from a steady clock and the wall clock, both given.
///
/// Somebody must read it at least every `beat`; a gap of more than three beats means that nobody could: the machine
/// slept, or the process was stopped. Such a gap does not count as awake time, and is reported once as a [`Waking`].
#[derive(Clone, Debug)]
pub struct AwakeClock {
    beat: Duration,
    last: Option<(Duration, Timestamp)>,
    awake: Duration,
    waking: Option<Waking>,
}

/// A gap in awake time that has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waking {
    /// How long nothing could be seen.
    pub missed: Duration,
}

impl AwakeClock {
    /// A clock that is read at least every `beat`.
    #[must_use]
    pub fn new(beat: Duration) -> Self {
        Self { beat, last: None, awake: Duration::ZERO, waking: None }
    }

    /// Reads both clocks. `steady` never goes back; it may stand still during sleep or go on.
    pub fn read(&mut self, steady: Duration, wall: Timestamp) -> Moment {
        if let Some((steady_before, wall_before)) = self.last {
            let steady_gap = steady.saturating_sub(steady_before);
            let wall_gap = u64::try_from(wall.0.saturating_sub(wall_before.0))
                .map_or(Duration::ZERO, Duration::from_millis);
            let limit = self.beat * 3;
            if steady_gap > limit || wall_gap > steady_gap + limit {
                let missed = steady_gap.max(wall_gap).saturating_sub(self.beat);
                let before = self.waking.map_or(Duration::ZERO, |w| w.missed);
                self.waking = Some(Waking { missed: before + missed });
                self.awake += steady_gap.min(self.beat);
            } else {
                self.awake += steady_gap;
            }
        }
        self.last = Some((steady, wall));
        Moment { tick: Tick(i64::try_from(self.awake.as_millis()).unwrap_or(i64::MAX)), wall }
    }

    /// The gap that ended since this was asked last.
    pub fn take_waking(&mut self) -> Option<Waking> {
        self.waking.take()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEAT: Duration = Duration::from_secs(5);

    fn at(clock: &mut AwakeClock, steady_s: u64, wall_s: i64) -> i64 {
        clock.read(Duration::from_secs(steady_s), Timestamp(wall_s * 1000)).tick.0 / 1000
    }

    #[test]
    fn eight_hours_of_sleep_count_as_one_beat() {
        let mut clock = AwakeClock::new(BEAT);
        assert_eq!(at(&mut clock, 100, 1_000), 0);
        assert_eq!(at(&mut clock, 104, 1_004), 4);
        assert_eq!(at(&mut clock, 104 + 28_800, 1_004 + 28_800), 9);
        assert_eq!(clock.take_waking(), Some(Waking { missed: Duration::from_secs(28_795) }));
        assert_eq!(clock.take_waking(), None);
    }

    #[test]
    fn a_steady_clock_that_stands_still_in_sleep_is_seen_through_the_wall_clock() {
        let mut clock = AwakeClock::new(BEAT);
        at(&mut clock, 100, 1_000);
        assert_eq!(at(&mut clock, 101, 30_000), 1);
        assert!(clock.take_waking().is_some());
    }

    #[test]
    fn a_wall_clock_set_back_is_no_sleep() {
        let mut clock = AwakeClock::new(BEAT);
        at(&mut clock, 100, 10_000);
        assert_eq!(at(&mut clock, 104, 6_404), 4);
        assert_eq!(clock.take_waking(), None);
    }
}
