//! Makes text of unknown origin fit to be shown: no control characters, no reordering, a bounded length.

use std::borrow::Cow;

const TITLE_CHARS: usize = 120;
const BODY_CHARS: usize = 400;
const LABEL_CHARS: usize = 40;

/// One line; never empty, because some desktops refuse a notification without a title.
pub(crate) fn title(text: &str) -> String {
    let line = one_line(text, TITLE_CHARS);
    if line.is_empty() { "Peerwatch".into() } else { line }
}

/// A few lines; blank ones are left out.
pub(crate) fn body(text: &str) -> String {
    let clean = printable(text);
    let lines: Vec<&str> = clean.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    bounded(&lines.join("\n"), BODY_CHARS)
}

/// What a button says.
pub(crate) fn label(text: &str) -> String {
    one_line(text, LABEL_CHARS)
}

/// For servers that read the body as markup.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(crate) fn escape_markup(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>']) {
        return text.into();
    }
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").into()
}

fn one_line(text: &str, limit: usize) -> String {
    let clean = printable(text);
    let words: Vec<&str> = clean.split_whitespace().collect();
    bounded(&words.join(" "), limit)
}

fn bounded(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.into(),
        Some(_) => text.chars().take(limit - 1).chain(['…']).collect(),
    }
}

/// Without control characters (newline stays, tab becomes a space), terminal escapes and invisible reordering.
fn printable(text: &str) -> String {
    let mut clean = String::with_capacity(text.len().min(4 * BODY_CHARS));
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\n' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push(' '),
            c if c.is_control() || reorders(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// The rest of a terminal's escape sequence: `ESC [ … letter` or `ESC ] … BEL`.
fn skip_escape(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            while chars.next_if(|c| !('@'..='~').contains(c)).is_some() {}
            chars.next_if(|c| ('@'..='~').contains(c));
        }
        Some(']') => while chars.next_if(|c| !matches!(c, '\u{7}' | '\u{1b}' | '\n')).is_some() {},
        _ => {}
    }
}

/// Bidirectional overrides and the like, which make a text look like another one.
fn reorders(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_s_colours_leave_no_trace() {
        assert_eq!(body("\u{1b}[1;31mfailed\u{1b}[0m \u{1b}]0;title\u{7}after"), "failed after");
    }

    #[test]
    fn text_cannot_reorder_what_stands_around_it() {
        assert_eq!(title("rm \u{202e}fdp.txt\u{2066}"), "rm fdp.txt");
    }

    #[test]
    fn a_title_is_one_line_and_never_empty() {
        assert_eq!(title("  two\nlines\tand a tab "), "two lines and a tab");
        assert_eq!(title("\u{0}\u{7}\n"), "Peerwatch");
    }

    #[test]
    fn a_body_keeps_its_lines_without_blank_ones() {
        assert_eq!(body("one\r\n\r\n\r\ntwo\n"), "one\ntwo");
    }

    #[test]
    fn length_is_bounded_in_characters_not_in_bytes() {
        let long = "ü".repeat(10_000);
        assert_eq!(body(&long).chars().count(), BODY_CHARS);
        assert!(body(&long).ends_with("ü…"));
        assert_eq!(body(&"ü".repeat(BODY_CHARS)), "ü".repeat(BODY_CHARS));
    }

    #[test]
    fn markup_is_shown_as_it_was_written() {
        assert_eq!(escape_markup("<b>a && b</b>"), "&lt;b&gt;a &amp;&amp; b&lt;/b&gt;");
        assert_eq!(escape_markup("plain"), "plain");
    }
}
