//! What counts as an open question or proposal: one rule for all that speak of it.

/// What the rule needs to know of a message. Who writes and who is written to are words, the same for the same side.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Said<'a> {
    /// Its number in the database; later messages have higher ones.
    pub row: i64,
    /// Who wrote it.
    pub from: &'a str,
    /// To whom.
    pub to: &'a str,
    /// The number of the message that it answers, where it says so; 0 for one that is not there.
    pub reply_to: Option<i64>,
}

/// Whether a message of this kind waits for an answer.
#[must_use]
pub fn is_ask(kind: Option<&str>) -> bool {
    matches!(kind, Some("question" | "proposal"))
}

/// Whether `answer` answers `ask`: it is a later one of whoever was asked, and names the ask, or names nothing and goes to
/// whoever asked.
#[must_use]
pub fn answers(answer: &Said<'_>, ask: &Said<'_>) -> bool {
    let names_it = match answer.reply_to {
        Some(row) => row == ask.row,
        None => answer.to == ask.from,
    };
    answer.row > ask.row && answer.from == ask.to && names_it
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_a_later_message_to_whoever_asked_or_names_the_ask() {
        let said = |row, from, to, reply_to| Said { row, from, to, reply_to };
        let ask = said(5, "a", "b", None);
        assert!(answers(&said(6, "b", "a", None), &ask));
        assert!(answers(&said(6, "b", "c", Some(5)), &ask));
        for other in [
            said(4, "b", "a", None),
            said(6, "a", "b", None),
            said(6, "b", "c", None),
            said(6, "b", "a", Some(3)),
            said(6, "b", "a", Some(0)),
        ] {
            assert!(!answers(&other, &ask), "{other:?}");
        }
    }
}
