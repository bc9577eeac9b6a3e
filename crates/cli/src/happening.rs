//! Events in words, one line each.

use jiff::Zoned;
use peerwatch_wire::Event;

use crate::palette::{self, CARE, DIM, GOOD, PLAIN, STRONG};
use crate::printable::{fit, line, padded};
use crate::{screen, words};

/// Columns of a name.
const NAME: usize = 18;

/// An event that was heard at that time, as a line of at most `width` columns; `None` for what is no news to a person.
pub(crate) fn said(event: &Event, heard: &Zoned, width: usize) -> Option<String> {
    // A live picture shows today; a file is read on other days too.
    let format = if screen::is_terminal() { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
    said_at(event, &heard.strftime(format).to_string(), width)
}

/// The same, with a time that is written already.
pub(crate) fn said_at(event: &Event, time: &str, width: usize) -> Option<String> {
    let (who, style, text) = news(event)?;
    let room = width.saturating_sub(time.len() + 2 + NAME + 2).max(10);
    Some(format!(
        "{DIM}{time}{DIM:#}  {STRONG}{}{STRONG:#}  {style}{}{style:#}",
        padded(&fit(&line(who), NAME), NAME),
        fit(&line(&text), room)
    ))
}

/// Who and what; an alert that only repeats a presence or a message is no news.
fn news(event: &Event) -> Option<(&str, anstyle::Style, String)> {
    Some(match event {
        Event::Presence { name, before, presence, waiting_for, .. } => {
            let was = before.map(|before| format!(" (was {})", words::presence(before, None)));
            let text = format!("{}{}", words::presence(*presence, *waiting_for), was.unwrap_or_default());
            (name, palette::of(*presence), text)
        }
        Event::Message { from, to, text, .. } => (from, PLAIN, format!("→ {}: {text}", line(to))),
        Event::Alert { raised: false, ending: Some(ending), title, kind, .. }
            if !matches!(kind.as_str(), "waiting" | "message") =>
        {
            ("✓", GOOD, format!("{title}: {ending}"))
        }
        Event::Problem { subject, what: Some(what), .. } => ("problem", CARE, format!("{subject}: {what}")),
        Event::Problem { subject, what: None, .. } => ("problem", GOOD, format!("{subject}: mended")),
        Event::Handover { subject, from, to, step, .. } => {
            let to = to.as_deref().map(|to| format!(" to {}", line(to))).unwrap_or_default();
            (from, CARE, format!("{}{to}: {subject}", words::step(*step)))
        }
        Event::Alert { .. } | Event::Receipt { .. } => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use peerwatch_wire::{Presence, WaitingFor};

    fn plain(event: &Event) -> String {
        let heard: Zoned = "2026-11-23T09:12:11[UTC]".parse().unwrap();
        anstream::adapter::strip_str(&said(event, &heard, 200).unwrap()).to_string()
    }

    #[test]
    fn a_line_says_when_who_and_what() {
        let at = "2026-11-23T09:00:00Z".to_string();
        let presence = Event::Presence {
            at: at.clone(),
            worker: "claude:1:2".into(),
            name: "api".into(),
            before: Some(Presence::Working),
            presence: Presence::WaitingForYou,
            waiting_for: Some(WaitingFor::Permission),
        };
        assert!(
            plain(&presence).ends_with("09:12:11  api                 waiting: permission (was working)")
        );
        let message = Event::Message {
            at,
            conversation: "c".into(),
            id: "1".into(),
            from: "a\u{1b}[2J".into(),
            to: "b".into(),
            text: "hello\nthere".into(),
        };
        assert!(plain(&message).ends_with("09:12:11  a�[2J               → b: hello there"));
    }
}
