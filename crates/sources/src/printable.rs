//! Text of other programs, made fit for a sentence.

/// One line without control characters, of at most `bound` characters.
pub(crate) fn printable(text: &str, bound: usize) -> String {
    let mut kept: String =
        text.chars().map(|letter| if letter.is_control() { '·' } else { letter }).take(bound).collect();
    if text.chars().nth(bound).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a29_escape_sequences_and_newlines_cannot_forge_a_line() {
        assert_eq!(printable("a\x1b[2J\nb", 80), "a·[2J·b");
        assert_eq!(printable("abcdef", 3), "abc…");
        assert_eq!(printable("abc", 3), "abc");
    }
}
