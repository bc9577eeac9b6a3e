//! Start times as Claude Code writes them on Windows, against the seconds that the system gives.

/// Seconds between 1601, where Windows counts from, and 1970.
const WINDOWS_EPOCH: u64 = 11_644_473_600;

/// The second at which a Windows process started, from its start as an 18-digit count of 100 ns since 1601.
pub(super) fn read(text: &str) -> Option<u64> {
    (text.trim().parse::<u64>().ok()? / 10_000_000).checked_sub(WINDOWS_EPOCH)
}

/// A start in the form of [`read`], to the second.
pub(super) fn written(seconds: u64) -> String {
    ((seconds + WINDOWS_EPOCH) * 10_000_000).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filetime_is_read_to_the_second() {
        assert_eq!(read("134398817381234567"), Some(1_795_408_138));
        assert_eq!(read(&written(1_795_408_138)), Some(1_795_408_138));
        assert_eq!(read("Mon"), None);
    }
}
