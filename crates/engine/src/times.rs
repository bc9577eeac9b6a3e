//! Wall times as the wire writes them.

use peerwatch_core::Timestamp;

/// RFC 3339 in UTC, to the millisecond. Times that no calendar knows are written as the epoch.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

/// The minute of the day by the local clock.
pub(crate) fn minute_of_day(time: Timestamp) -> u16 {
    minute_in(time, &jiff::tz::TimeZone::system())
}

fn minute_in(time: Timestamp, zone: &jiff::tz::TimeZone) -> u16 {
    let at = jiff::Timestamp::from_millisecond(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let at = at.to_zoned(zone.clone()).time();
    u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minute_of_the_day_is_that_of_the_local_clock_also_in_summer() {
        let vienna = jiff::tz::TimeZone::get("Europe/Vienna").unwrap();
        let at = |text: &str| Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        assert_eq!(minute_in(at("2026-11-23T21:00:59Z"), &vienna), 22 * 60);
        assert_eq!(minute_in(at("2026-07-01T06:01:00Z"), &vienna), 8 * 60 + 1);
    }

    #[test]
    fn always_is_a_time_that_calendars_know() {
        assert_eq!(rfc3339(Timestamp::FOREVER), "9999-01-01T00:00:00Z");
    }

    #[test]
    fn times_are_utc() {
        assert_eq!(rfc3339(Timestamp(1_795_403_463_743)), "2026-11-23T03:11:03.743Z");
        assert_eq!(rfc3339(Timestamp(i64::MAX)), "1970-01-01T00:00:00Z");
    }
}
