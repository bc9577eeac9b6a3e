//! Times and JSON as the original, a Python program, writes them.

use std::io::{self, Write};

use jiff::civil::DateTime;
use jiff::tz::Offset;
use peerwatch_core::Timestamp;
use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The time of what never expires: far off, and readable by every program.
pub(crate) const NEVER: &str = "9999-01-01T00:00:00.000000";

/// Naive UTC with six digits. The original dies of a `Z` or an offset.
pub(crate) fn stamp(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    Offset::UTC.to_datetime(instant).strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
}

/// Reads a time as Python's `isoformat`, SQLite's `datetime` or RFC 3339 write it; without an offset it is UTC.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
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

/// As `json.dumps` writes it: a blank after comma and colon, and ASCII alone.
pub(crate) fn json(value: &impl Serialize) -> String {
    let mut bytes = Vec::new();
    match value.serialize(&mut Serializer::with_formatter(&mut bytes, Dumps)) {
        Ok(()) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            // Only maps with keys that are no strings fail, and none is written here.
            tracing::warn!("not written as JSON: {error}");
            "{}".into()
        }
    }
}

struct Dumps;

impl Formatter for Dumps {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        writer.write_all(if first { b"" } else { b", " })
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        writer.write_all(b": ")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, writer: &mut W, text: &str) -> io::Result<()> {
        for character in text.chars() {
            if matches!(character, ' '..='~') {
                writer.write_all(&[character as u8])?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_digits_and_no_zone_and_are_read_back() {
        let at = Timestamp(1_795_406_706_007);
        assert_eq!(stamp(at), "2026-11-23T04:05:06.007000");
        assert_eq!(time(&stamp(at)), Some(at));
        assert_eq!(time("2026-11-23T04:05:06"), Some(Timestamp(1_795_406_706_000)));
        assert_eq!(time("2026-11-23T05:05:06.007+01:00"), Some(at));
        assert_eq!(time("yesterday"), None);
        assert!(time(NEVER).is_some());
    }

    #[test]
    fn json_is_written_as_python_writes_it() {
        let value = serde_json::json!({"a": ["x", "é\u{7f}\n\"🦀"], "b": {"c": 1}});
        assert_eq!(json(&value), r#"{"a": ["x", "\u00e9\u007f\n\"\ud83e\udd80"], "b": {"c": 1}}"#);
    }
}
