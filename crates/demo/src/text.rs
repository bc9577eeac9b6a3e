//! Small things that every file needs: JSON strings, dates, invented identities.

use jiff::Timestamp;

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// A date as Claude Code writes it: RFC 3339 in UTC with milliseconds.
pub(crate) fn iso(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// A date as the original bridge writes it: no zone, six digits.
pub(crate) fn naive(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S%.6f").to_string()
}

/// Hexadecimal digits that depend on `seed` alone, so that a demonstration is the same each time.
pub(crate) fn hex(seed: &str, digits: usize) -> String {
    let mut out = String::new();
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    while out.len() < digits {
        for byte in seed.bytes().chain([b'.']) {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        out.push_str(&format!("{:016x}", state ^ (state >> 29)));
    }
    out.truncate(digits);
    out
}

/// An identity in the form of a random UUID.
pub(crate) fn uuid(seed: &str) -> String {
    let h = hex(seed, 32);
    format!("{}-{}-4{}-8{}-{}", &h[..8], &h[8..12], &h[13..16], &h[17..20], &h[20..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_depend_on_their_seed_alone() {
        assert_eq!(uuid("api"), uuid("api"));
        assert_ne!(uuid("api"), uuid("apj"));
        assert_eq!(uuid("api").len(), 36);
    }

    #[test]
    fn dates_have_the_form_of_their_writers() {
        let at: Timestamp = "2026-11-23T04:25:51Z".parse().unwrap();
        assert_eq!(iso(at), "2026-11-23T04:25:51.000Z");
        assert_eq!(naive(at), "2026-11-23T04:25:51.000000");
    }
}
