//! Texts of agents are untrusted: what is shown of them is plain and bounded.

/// `text` on one line, without control characters, invisible direction marks or runs of blanks.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() || c.is_control() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !is_invisible(c) {
            out.push(c);
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The beginning of `text`, plain, with at most `limit` characters; an ellipsis tells that there is more.
#[must_use]
pub fn excerpt(text: &str, limit: usize) -> String {
    // Far more than is shown, and bounded: a message may have megabytes.
    let head: String = text.chars().take(limit.saturating_mul(4)).collect();
    let plain = plain(&head);
    if plain.chars().count() <= limit && head.len() == text.len() {
        return plain;
    }
    let mut cut: String = plain.chars().take(limit.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{61C}' | '\u{180E}' | '\u{FEFF}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
        | '\u{FFF9}'..='\u{FFFB}'
        // Tags: whole sentences that nobody sees.
        | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_direction_marks_do_not_pass() {
        assert_eq!(plain("\u{1b}[2Jstop\r\n the\tdeploy\u{202E} "), "[2Jstop the deploy");
        assert_eq!(plain("a\u{61C}b\u{E0041}\u{AD}c\u{2028}d"), "abc d");
    }

    #[test]
    fn a_long_text_is_cut_with_an_ellipsis() {
        assert_eq!(excerpt("short", 10), "short");
        assert_eq!(excerpt("stop the deploy now", 9), "stop the…");
        assert_eq!(excerpt(&"x".repeat(1_000_000), 4), "xxx…");
    }
}
