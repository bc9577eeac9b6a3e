//! Wall times as the wire writes them.

use peerwatch_core::Timestamp;

/// RFC 3339 in UTC, to the millisecond. Times that no calendar knows are written as the epoch.
#[must_use]
pub fn rfc3339(time: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc() {
        assert_eq!(rfc3339(Timestamp(1_795_403_463_743)), "2026-11-23T03:11:03.743Z");
        assert_eq!(rfc3339(Timestamp(i64::MAX)), "1970-01-01T00:00:00Z");
    }
}
