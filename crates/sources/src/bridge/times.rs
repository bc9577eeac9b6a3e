//! The times that bridges write: naive UTC, with a blank or a `T`, with any number of fraction digits.

use jiff::civil::DateTime;
use jiff::tz::Offset;
use peerwatch_core::{Moment, Timestamp};

/// Reads a time as Python's `isoformat`, SQLite's `datetime` or RFC 3339 write it; without an offset it is UTC.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    // A naive time ignores an offset, so the offset is asked for first.
    let instant = match text.parse::<jiff::Timestamp>() {
        Ok(instant) => instant,
        Err(_) => Offset::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok()?,
    };
    Some(Timestamp(instant.as_millisecond()))
}

/// The moment of something dated `wall`, never later than the look that found it.
pub(super) fn dated(now: Moment, wall: Timestamp) -> Moment {
    if wall > now.wall { now } else { now.back_to(wall) }
}

#[cfg(test)]
mod tests {
    use peerwatch_core::Tick;

    use super::*;

    #[test]
    fn every_way_of_writing_one_time_is_read_the_same() {
        for text in [
            "2026-11-23T04:05:06.500000",
            "2026-11-23T04:05:06.5",
            "2026-11-23 04:05:06.500",
            "2026-11-23T04:05:06.500Z",
            "2026-11-23T05:05:06.500+01:00",
            " 2026-11-23T04:05:06.500000001 ",
        ] {
            assert_eq!(parse(text), Some(Timestamp(1_795_406_706_500)), "{text}");
        }
        assert_eq!(parse("2026-11-23T04:05:06"), Some(Timestamp(1_795_406_706_000)));
    }

    #[test]
    fn what_is_no_time_is_not_guessed() {
        for text in ["", "yesterday", "2026-13-01T00:00:00", "1795406706", "0000-00-00 00:00:00"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_time_in_the_future_is_now() {
        let now = Moment { tick: Tick(5_000), wall: Timestamp(90_000) };
        assert_eq!(dated(now, Timestamp(91_000)), now);
        assert_eq!(dated(now, Timestamp(89_000)).tick, Tick(4_000));
    }
}
