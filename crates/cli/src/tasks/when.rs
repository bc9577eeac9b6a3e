//! Deadlines as people type them: `2h`, `tomorrow`, `2026-12-01`, `2026-12-01 18:00`, or RFC 3339.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use peerwatch_core::Timestamp;

use crate::span;

/// The time that is meant, seen from `now`. A day alone means its end; times are those of the person's clock.
pub(super) fn parse(text: &str, now: Timestamp) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Ok(Timestamp(instant.as_millisecond()));
    }
    let wrong = || format!("“{text}” is no time; try 2h, tomorrow, 2026-12-01, or \"2026-12-01 18:00\"");
    // A day is read before a time, which a day alone would be the midnight of.
    let civil = match text.parse::<Date>() {
        Ok(day) if !text.contains(':') => Some(day.at(23, 59, 59, 0)),
        _ => text.parse::<DateTime>().ok(),
    };
    if let Some(civil) = civil {
        let zoned = civil.to_zoned(TimeZone::system()).map_err(|_| wrong())?;
        return Ok(Timestamp(zoned.timestamp().as_millisecond()));
    }
    let seconds = span::parse(text).map_err(|_| wrong())?;
    let seconds = i64::try_from(seconds).map_err(|_| wrong())?;
    let at = seconds.checked_mul(1_000).and_then(|millis| now.0.checked_add(millis));
    at.filter(|at| jiff::Timestamp::from_millisecond(*at).is_ok()).map(Timestamp).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_795_406_706_000);

    #[test]
    fn spans_count_from_now_and_instants_stand_for_themselves() {
        assert_eq!(parse("2h", NOW), Ok(NOW.plus(std::time::Duration::from_secs(7_200))));
        assert_eq!(parse("2026-11-23T04:05:06Z", NOW), Ok(NOW));
        assert_eq!(parse("2026-11-23T05:05:06+01:00", NOW), Ok(NOW));
        for wrong in ["", "soon", "2026-13-01", "99999999999999999d"] {
            assert!(parse(wrong, NOW).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_alone_means_its_end() {
        let (day, noon) = (parse("2026-12-01", NOW).unwrap(), parse("2026-12-01 12:00", NOW).unwrap());
        assert_eq!(day.0 - noon.0, (11 * 3_600 + 59 * 60 + 59) * 1_000);
    }
}
