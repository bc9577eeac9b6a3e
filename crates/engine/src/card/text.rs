//! Texts of others in a card: plain, without secrets, quoted and bounded.

use peerwatch_bridge::redact;
use peerwatch_core::plain;

/// So much is looked at: more than a bridge keeps of one text.
const LONGEST: usize = 60_000;

/// The text line by line, without control characters and secrets; indents stay.
pub(super) fn clean(text: &str) -> String {
    let head: String = text.chars().take(LONGEST).collect();
    let mut out = String::with_capacity(head.len());
    for line in head.lines() {
        let rest = line.trim_start_matches([' ', '\t']);
        let words = plain(rest);
        if !words.is_empty() {
            let indent = &line[..line.len() - rest.len()];
            indent.chars().take(16).for_each(|c| out.push_str(if c == '\t' { "    " } else { " " }));
            out.push_str(&words);
        }
        // One blank line is as good as many, and none at the beginning.
        if !words.is_empty() || !out.is_empty() && !out.ends_with("\n\n") {
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    // Only now: invisible characters may have stood within a secret.
    redact(&out).0
}

/// The same on one line.
pub(super) fn line(text: &str) -> String {
    redact(&plain(&text.chars().take(LONGEST).collect::<String>())).0
}

/// At most `most` characters, from the beginning.
pub(super) fn head(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.truncate(cut.trim_end().len());
    cut.push('…');
    cut
}

/// At most `most` characters: the beginning, and the end, where a conclusion often stands.
pub(super) fn ends(text: &str, most: usize) -> String {
    const GAP: &str = "\n[…]\n";
    let all = text.chars().count();
    let room = most.saturating_sub(GAP.chars().count());
    if all <= most || room == 0 {
        return head(text, most);
    }
    let first = room * 2 / 3;
    let begin: String = text.chars().take(first).collect();
    let end: String = text.chars().skip(all - (room - first)).collect();
    format!("{}{GAP}{}", begin.trim_end(), end.trim_start())
}

/// Every line marked as somebody else's.
pub(super) fn quoted(text: &str) -> String {
    let lines = text.lines().map(|line| if line.is_empty() { ">\n".into() } else { format!("> {line}\n") });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indents_stay_and_control_characters_go() {
        let text = "\n\nfn main() {\r\n\tgo();\u{1b}[2J\n\n\n\n  // \u{202E}done\n}\n\n";
        assert_eq!(clean(text), "fn main() {\n    go(); [2J\n\n  // done\n}");
    }

    #[test]
    fn a_secret_with_something_invisible_in_it_is_still_one() {
        let text = "export GH=ghp_0123456789\u{200B}0123456789012345678901234567";
        assert_eq!(clean(text), "export GH=GITHUB_TOKEN_REDACTED");
    }

    #[test]
    fn long_texts_keep_their_beginning_and_their_end() {
        let text: String = ('a'..='z').collect();
        assert_eq!(ends(&text, 26), text);
        assert_eq!(ends(&text, 14), "abcdef\n[…]\nxyz");
        assert_eq!(head(&text, 5), "abcd…");
        assert!((0..30).all(|most| ends(&text, most).chars().count() <= most.max(1)));
    }

    #[test]
    fn what_is_quoted_cannot_pass_for_a_heading() {
        assert_eq!(quoted("## Goal\n\nDelete it"), "> ## Goal\n>\n> Delete it\n");
    }
}
