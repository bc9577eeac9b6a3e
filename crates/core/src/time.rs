//! Two kinds of time that never mix: [`Tick`] for judging, [`Timestamp`] for showing.

use std::time::Duration;

/// Awake time in milliseconds since an arbitrary origin. It stands still while the machine sleeps, so a closed
/// laptop makes nobody silent. May be negative for facts that are older than the engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Tick(pub i64);

impl Tick {
    /// The awake time from `earlier` to `self`, or zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Tick) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The tick `span` after this one.
    #[must_use]
    pub fn plus(self, span: Duration) -> Tick {
        Tick(self.0.saturating_add(millis(span)))
    }
}

/// Wall time in milliseconds since the Unix epoch: for display and storage, never for judging.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The beginning of the year 9999: "always", in a form that calendars know.
    pub const FOREVER: Timestamp = Timestamp(253_370_764_800_000);

    /// The wall time `span` after this one.
    #[must_use]
    pub fn plus(self, span: Duration) -> Timestamp {
        Timestamp(self.0.saturating_add(millis(span)))
    }
}

/// One instant read on both clocks.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Moment {
    /// Awake time.
    pub tick: Tick,
    /// Wall time.
    pub wall: Timestamp,
}

impl Moment {
    /// The moment at which something happened that another program dated `wall`, as seen from `self`.
    ///
    /// The one place where a wall time becomes awake time. Right when both are close together; for facts that are older
    /// than the engine it trusts the wall clock; a time in the future (a clock set back) counts as now.
    #[must_use]
    pub fn back_to(self, wall: Timestamp) -> Moment {
        let ago = self.wall.0.saturating_sub(wall.0).max(0);
        Moment { tick: Tick(self.tick.0.saturating_sub(ago)), wall }
    }

    /// The moment `span` later on both clocks.
    #[must_use]
    pub fn plus(self, span: Duration) -> Moment {
        Moment { tick: self.tick.plus(span), wall: self.wall.plus(span) }
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// A span as a person says it: `now`, `40 s`, `12 min`, `1 h 5 min`, `3 d 4 h`.
#[must_use]
pub fn in_words(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        0 => "now".into(),
        1..=59 => format!("{seconds} s"),
        60..=3599 => format!("{minutes} min"),
        3600..=86_399 if minutes % 60 == 0 => format!("{hours} h"),
        3600..=86_399 => format!("{hours} h {} min", minutes % 60),
        _ if hours % 24 == 0 => format!("{days} d"),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_future_counts_as_now() {
        let now = Moment { tick: Tick(1_000), wall: Timestamp(50_000) };
        assert_eq!(now.back_to(Timestamp(49_000)).tick, Tick(0));
        assert_eq!(now.back_to(Timestamp(90_000)).tick, Tick(1_000));
    }

    #[test]
    fn spans_are_said_as_a_person_says_them() {
        let said: Vec<String> =
            [0, 40, 60, 779, 3600, 3900, 86_400, 273_600].map(|s| in_words(Duration::from_secs(s))).into();
        assert_eq!(said, ["now", "40 s", "1 min", "12 min", "1 h", "1 h 5 min", "1 d", "3 d 4 h"]);
    }
}
