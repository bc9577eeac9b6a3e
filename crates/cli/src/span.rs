//! Spans as people type them: `90`, `90s`, `15m`, `1h30m`, `2d`, `tomorrow`.

use std::time::Duration;

use jiff::{ToSpan as _, Zoned};

/// Seconds from now.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("“{text}” is no span of time; try 15m, 1h, 1h30m, 2d or tomorrow");
    if text == "tomorrow" {
        return until_tomorrow(&Zoned::now()).ok_or_else(wrong);
    }
    let (mut total, mut number) = (0_u64, String::new());
    for c in text.chars().filter(|c| !c.is_whitespace()) {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return Err(wrong()),
        };
        let count: u64 = number.parse().map_err(|_| wrong())?;
        total = count.checked_mul(unit).and_then(|s| total.checked_add(s)).ok_or_else(wrong)?;
        number.clear();
    }
    match number.as_str() {
        "" if !text.is_empty() => Ok(total),
        seconds => seconds.parse().ok().and_then(|s: u64| total.checked_add(s)).ok_or_else(wrong),
    }
}

/// Seconds as the scripts take them, `60` or `0.5`: at least a tenth, at most a day.
pub(crate) fn seconds(text: &str) -> Result<Duration, String> {
    let found = text.parse::<f64>().ok().filter(|seconds| (0.1..=86_400.0).contains(seconds));
    found.map(Duration::from_secs_f64).ok_or_else(|| "a number of seconds from 0.1 to 86400".into())
}

/// Until eight in the morning of the next day.
fn until_tomorrow(now: &Zoned) -> Option<u64> {
    let morning =
        now.checked_add(1.day()).ok()?.date().at(8, 0, 0, 0).to_zoned(now.time_zone().clone()).ok()?;
    u64::try_from(morning.timestamp().duration_since(now.timestamp()).as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_people_type_them() {
        let read: Vec<_> = ["90", "90s", "15m", "1h30m", "2d", "0", "1h 5m"].map(parse).into();
        assert_eq!(read, [90, 90, 900, 5400, 172_800, 0, 3900].map(Ok));
        for wrong in ["", "soon", "5x", "m", "99999999999999999999d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn seconds_may_be_broken_and_never_nothing() {
        assert_eq!(seconds("60"), Ok(Duration::from_secs(60)));
        assert_eq!(seconds("0.25"), Ok(Duration::from_millis(250)));
        for wrong in ["0", "-1", "NaN", "inf", "1m", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn tomorrow_begins_at_eight() {
        let evening: Zoned = "2026-11-23T22:30:00[Europe/Vienna]".parse().unwrap();
        assert_eq!(until_tomorrow(&evening), Some(9 * 3600 + 1800));
    }
}
