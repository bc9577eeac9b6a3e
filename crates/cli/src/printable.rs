//! Text of agents and files is untrusted: nothing of it may steer the terminal or stretch a table.

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// One line: control characters and those that turn the direction of writing are replaced.
pub(crate) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            '\n' | '\r' | '\t' => out.push(' '),
            c if is_unsafe(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// JSON with every character escaped that could steer a terminal; it means the same.
pub(crate) fn json(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // Blank space between values is JSON's own; within strings it is escaped already.
        if is_unsafe(c) && c != '\n' {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

/// Several lines, each of them safe.
pub(crate) fn lines(text: &str) -> Vec<String> {
    text.trim_end().lines().map(|text| line(text.trim_end())).collect()
}

/// As much of a line as fits into `width` columns, with an ellipsis when something is missing.
pub(crate) fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.into();
    }
    let mut out = String::new();
    let mut used = 0;
    for c in text.chars() {
        let columns = c.width().unwrap_or(0);
        if used + columns + 1 > width {
            break;
        }
        used += columns;
        out.push(c);
    }
    if width > 0 {
        out.push('…');
    }
    out
}

/// A word as a shell takes it back, within quotes where it needs them.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%=".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.into();
    }
    format!("'{}'", line(word).replace('\'', "'\\''"))
}

/// A line filled up with blanks to `width` columns.
pub(crate) fn padded(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// A line wrapped at blanks so that each piece fits into `width` columns.
pub(crate) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match pieces.last_mut() {
            Some(piece) if piece.width() + 1 + word.width() <= width => {
                piece.push(' ');
                piece.push_str(word);
            }
            _ => pieces.push(fit(word, width)),
        }
    }
    pieces
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(line("\u{1b}[2J\u{1b}]0;title\u{7}clear"), "�[2J�]0;title�clear");
        assert_eq!(line("a\u{202e}txt.exe\u{9b}31m"), "a�txt.exe�31m");
        assert_eq!(line("  two\nlines\tand a tab "), "two lines and a tab");
        assert_eq!(lines("one\n\u{1b}two\n"), ["one", "�two"]);
    }

    #[test]
    fn json_says_the_same_and_steers_nothing() {
        let said = serde_json::to_string("\u{9b}2J\u{7f}\u{202e}\u{1b}[0m").unwrap();
        assert_eq!(json(&said), r#""\u009b2J\u007f\u202e\u001b[0m""#);
        assert_eq!(
            serde_json::from_str::<String>(&json(&said)).unwrap(),
            serde_json::from_str::<String>(&said).unwrap()
        );
    }

    #[test]
    fn columns_are_counted_not_characters() {
        assert_eq!(fit("東京で動く", 6), "東京…");
        assert_eq!(fit("東京", 4), "東京");
        assert_eq!(padded("東", 4), "東  ");
        assert_eq!(fit("abcdef", 4), "abc…");
        assert_eq!(fit("abc", 0), "");
    }

    #[test]
    fn a_path_with_blanks_is_quoted_for_a_shell() {
        assert_eq!(quoted("/home/dev/team.db"), "/home/dev/team.db");
        assert_eq!(quoted("/it's mine/$(x).db"), r"'/it'\''s mine/$(x).db'");
    }

    #[test]
    fn long_lines_break_at_blanks() {
        assert_eq!(wrapped("one two three four", 9), ["one two", "three", "four"]);
        assert_eq!(wrapped("incomprehensibilities", 9), ["incompre…"]);
    }
}
