//! What a session is told that runs into a fence: what was taken, what to do with what it has, and how to go on.

use jiff::Timestamp;

use super::Fence;

/// Letters of a subject, a name, a reason: others wrote them.
const LONGEST: usize = 300;

/// The text, in one paragraph.
pub(super) fn of(fence: &Fence) -> String {
    // Only tasks of Peerwatch's own bridges have tools to hand work in with.
    let own = fence.task.parse::<u64>().is_ok();
    let subject = plain(&fence.subject);
    let task = if own {
        format!("Task {} “{subject}”", fence.task)
    } else {
        format!("The task “{subject}”")
    };
    let by = fence.by.as_deref().map(plain);
    let taken = match &by {
        Some(by) => format!("was taken over by {by}"),
        None => "was taken away from you".to_owned(),
    };
    let at = moment(fence.at);
    let why = plain(&fence.why);
    let why = why.trim_end_matches('.');
    let why = if why.is_empty() { String::new() } else { format!(", because: {why}") };
    format!("{task} {taken}{at}{why}. {}", what_to_do(own, by.as_deref()))
}

fn what_to_do(own: bool, by: Option<&str>) -> String {
    if own {
        return "Stop working on it, and hand in what you have with complete_task or report_progress: it is kept. To go \
                on with other work, hand that in first; then you can edit and push again."
            .to_owned();
    }
    let by = by.unwrap_or("whoever gave it to you");
    format!(
        "Stop working on it, and tell {by} what you have done so far. To go on with other work, ask the person at this \
         machine to lift the fence in Peerwatch."
    )
}

fn moment(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(at) => format!(" at {}", at.strftime("%H:%M UTC on %Y-%m-%d")),
        Err(_) => String::new(),
    }
}

/// One line, bounded, without what would change how the rest is read.
fn plain(text: &str) -> String {
    let turns = |letter: char| matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let readable = |letter: char| if letter.is_control() || turns(letter) { ' ' } else { letter };
    let text: String = text.chars().map(readable).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= LONGEST {
        return text;
    }
    text.chars().take(LONGEST).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::tests::fence;
    use super::*;

    #[test]
    fn it_says_what_was_taken_and_how_to_go_on() {
        expect!["Task 12 “Write the parser” was taken over by frontend at 09:12 UTC on 2026-11-23, because: backend was silent for 40 min. Stop working on it, and hand in what you have with complete_task or report_progress: it is kept. To go on with other work, hand that in first; then you can edit and push again."]
            .assert_eq(&of(&fence("12")));
        expect!["The task “Write the parser” was taken over by frontend at 09:12 UTC on 2026-11-23, because: backend was silent for 40 min. Stop working on it, and tell frontend what you have done so far. To go on with other work, ask the person at this machine to lift the fence in Peerwatch."]
            .assert_eq(&of(&fence("team:session-1:4")));
        let nobody = Fence { by: None, why: "A person said so.\n".into(), at: i64::MAX, ..fence("12") };
        expect!["Task 12 “Write the parser” was taken away from you, because: A person said so. Stop working on it, and hand in what you have with complete_task or report_progress: it is kept. To go on with other work, hand that in first; then you can edit and push again."]
            .assert_eq(&of(&nobody));
    }

    #[test]
    fn what_others_wrote_stays_one_short_line() {
        let long = Fence {
            subject: format!("a\nb\u{1b}[31m \u{202e}c{}", "x".repeat(5_000)),
            why: String::new(),
            ..fence("12")
        };
        let text = of(&long);
        assert!(text.starts_with("Task 12 “a b [31m cxxx") && text.len() < 700, "{text}");
        assert!(!text.contains(char::is_control) && !text.contains("because"), "{text}");
    }
}
