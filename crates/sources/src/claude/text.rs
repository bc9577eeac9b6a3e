//! Text of others: bounded, printable, never trusted.

/// The longest text of a message or an entry, in characters.
pub(super) const LONGEST: usize = 8_000;

/// The first `most` characters, and whether any were left out.
pub(super) fn cut(text: &str, most: usize) -> (String, bool) {
    match text.char_indices().nth(most) {
        Some((end, _)) => (text[..end].to_owned(), true),
        None => (text.to_owned(), false),
    }
}

/// The first line with anything in it, without control characters, at most `most` characters.
pub(super) fn line(text: &str, most: usize) -> String {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let plain: String = first.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    match cut(&plain, most) {
        (whole, false) => whole,
        (head, true) => format!("{}…", head.trim_end()),
    }
}

/// A path for people: printable, with its end kept when it is long.
pub(super) fn path(path: &std::path::Path) -> String {
    let plain: String = path.to_string_lossy().chars().filter(|one| !one.is_control()).collect();
    let length = plain.chars().count();
    match plain.char_indices().nth(length.saturating_sub(160)) {
        Some((begin, _)) if begin > 0 => format!("…{}", &plain[begin..]),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_at_characters() {
        assert_eq!(cut("añb", 2), ("añ".to_owned(), true));
        assert_eq!(cut("añb", 3), ("añb".to_owned(), false));
    }

    #[test]
    fn a_line_is_one_plain_line() {
        assert_eq!(line("\n  ls\u{1b}[31m \n rm", 20), "ls [31m");
        assert_eq!(line("abcdef", 3), "abc…");
    }
}
