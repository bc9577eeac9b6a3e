//! Times and identities as Claude Code writes them.

use std::hash::{BuildHasher, Hasher, RandomState};

use peerwatch_core::Timestamp;

/// A time like `2026-11-23T04:26:45.380Z`.
pub(super) fn iso(time: Timestamp) -> String {
    let (days, rest) = (time.0.div_euclid(86_400_000), time.0.rem_euclid(86_400_000));
    let (year, month, day) = date(days);
    let (hour, minute, second, milli) =
        (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// Year, month and day of a day counted from 1970. Years are counted from March, so that a leap day is their last.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day - (153 * march + 2) / 5 + 1)
}

/// A random UUID.
pub(super) fn uuid() -> String {
    let (a, b) = (random(), random());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        a >> 16 & 0xffff,
        a & 0xfff,
        0x8000 | b >> 48 & 0x3fff,
        b & 0xffff_ffff_ffff
    )
}

/// Eight random digits, for a file that nobody else has.
pub(super) fn mark() -> String {
    format!("{:08x}", random() >> 32)
}

/// A random number: the standard library has them for its hash maps.
pub(super) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_claude_code_writes_them() {
        assert_eq!(iso(Timestamp(1_795_403_463_743)), "2026-11-23T03:11:03.743Z");
        assert_eq!(iso(Timestamp(1_709_164_799_999)), "2024-02-28T23:59:59.999Z");
        assert_eq!(iso(Timestamp(1_709_164_800_000)), "2024-02-29T00:00:00.000Z");
        assert_eq!(iso(Timestamp(-1)), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn an_identity_is_a_uuid_and_no_two_are_the_same() {
        let all: std::collections::BTreeSet<String> = (0..1_000).map(|_| uuid()).collect();
        assert_eq!(all.len(), 1_000);
        for one in all {
            let parts: Vec<usize> = one.split('-').map(str::len).collect();
            assert_eq!(parts, [8, 4, 4, 4, 12], "{one}");
            assert!(one[14..].starts_with('4') && "89ab".contains(&one[19..20]), "{one}");
        }
    }
}
