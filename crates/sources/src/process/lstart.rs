//! Start times as Claude Code writes them on macOS, which are those of `ps`, against the seconds that the system gives.

use jiff::tz::TimeZone;

/// A start as `ps -o lstart=` prints it in this time zone: `Mon Nov 23 07:28:58 2026`.
pub(super) fn written(seconds: u64, zone: &TimeZone) -> Option<String> {
    let second = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    Some(second.to_zoned(zone.clone()).strftime(LSTART).to_string())
}

/// Whether a text of `ps` names this second, or `None` when it cannot be read (another language): a text that cannot
/// be read proves no death. Nor does one that is off by a whole time zone, since it was printed in another one.
pub(super) fn is(text: &str, seconds: u64, zone: &TimeZone) -> Option<bool> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let written = jiff::civil::DateTime::strptime(LSTART, words.join(" ")).ok()?;
    let second = jiff::Timestamp::from_second(i64::try_from(seconds).ok()?).ok()?;
    let here = second.to_zoned(zone.clone()).datetime();
    let apart = i64::try_from(written.duration_since(here).as_secs().unsigned_abs()).ok()?;
    let quarters = apart % QUARTER;
    Some(apart <= DAY_AND_A_BIT && (quarters <= 1 || quarters == QUARTER - 1))
}

const LSTART: &str = "%a %b %e %H:%M:%S %Y";
/// Time zones differ by quarters of an hour, and by 26 hours at most.
const QUARTER: i64 = 15 * 60;
const DAY_AND_A_BIT: i64 = 26 * 3600 + 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_reads_as_ps_prints_it() {
        let printed = written(1_795_408_138, &TimeZone::UTC).unwrap();
        assert_eq!(printed, "Mon Nov 23 04:28:58 2026");
        let early = written(1_793_593_738, &TimeZone::UTC).unwrap();
        assert_eq!(early, "Mon Nov  2 04:28:58 2026");
        let is = |text: &str| is(text, 1_793_593_738, &TimeZone::UTC);
        assert_eq!(is(" Mon Nov 2 04:28:58 2026 "), Some(true));
        assert_eq!(is("Mon Nov  2 04:28:57 2026"), Some(true), "the second may be rounded");
        assert_eq!(is("Mon Nov  2 05:28:58 2026"), Some(true), "printed in another time zone");
        assert_eq!(is("Mon Nov  2 04:29:58 2026"), Some(false));
        assert_eq!(is("Thu Nov  5 04:28:58 2026"), Some(false));
        assert_eq!(is("lun.  2 nov. 04:28:58 2026"), None);
    }
}
