//! Instants that several processes agree upon: the machine's monotonic clock, as Python's `CLOCK_MONOTONIC` prints it.

use std::fmt;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A reading of the monotonic clock, comparable between the processes of one machine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(Duration);

impl Moment {
    /// This instant.
    pub fn now() -> Self {
        let time = clock_gettime(ClockId::Monotonic);
        Self(Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0)))
    }

    /// The instant that another process printed in nanoseconds.
    pub fn from_nanos(nanos: u64) -> Self {
        Self(Duration::from_nanos(nanos))
    }

    /// The time that passed between `earlier` and this instant, zero when it is the other way round.
    pub fn since(self, earlier: Moment) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:.4}s", self.0.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_moment_is_later_and_never_negative() {
        let early = Moment::from_nanos(1_000_000);
        let late = Moment::from_nanos(4_000_000);
        assert_eq!(late.since(early), Duration::from_millis(3));
        assert_eq!(early.since(late), Duration::ZERO);
    }
}
