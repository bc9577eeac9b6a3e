//! Events in words, one line each.

use peerwatch_wire::Event;

use crate::palette::{self, CARE, DIM, ERROR, GOOD, STRONG};
use crate::printable::{fit, line, padded};
use crate::words::{self, clock};

/// Columns of a name.
const NAME: usize = 18;

/// An event as a line of at most `width` columns; `None` for what is no news to a person.
pub(crate) fn said(event: &Event, width: usize) -> Option<String> {
    let (at, who, style, text) = match event {
        Event::Presence { at, name, before, presence, waiting_for, .. } => {
            let was = before.map(|before| format!(" (was {})", words::presence(before, None)));
            let text = format!("{}{}", words::presence(*presence, *waiting_for), was.unwrap_or_default());
            (at, name.clone(), palette::of(*presence), text)
        }
        Event::Message { at, from, to, text, .. } => {
            (at, from.clone(), palette::PLAIN, format!("→ {}: {}", line(to), line(text)))
        }
        // The presence says it already, and better.
        Event::Alert { raised: true, kind, .. } if kind != "message" => return None,
        Event::Alert { at, raised: false, ending: Some(ending), title, severity, .. } => {
            let style = if *severity == peerwatch_wire::Severity::Notice { DIM } else { GOOD };
            (at, "✓".into(), style, format!("{}: {}", line(title), line(ending)))
        }
        Event::Alert { .. } | Event::Receipt { .. } => return None,
        Event::Problem { at, subject, what: Some(what), .. } => {
            (at, "problem".into(), CARE, format!("{}: {}", line(subject), line(what)))
        }
        Event::Problem { at, subject, what: None, .. } => {
            (at, "problem".into(), GOOD, format!("{}: mended", line(subject)))
        }
    };
    let time = clock(at);
    let room = width.saturating_sub(time.len() + 2 + NAME + 2).max(10);
    let name_style = if style == ERROR { ERROR } else { STRONG };
    Some(format!(
        "{DIM}{}{DIM:#}  {name_style}{}{name_style:#}  {style}{}{style:#}",
        time,
        padded(&fit(&line(&who), NAME), NAME),
        fit(&line(&text), room)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use peerwatch_wire::{Presence, WaitingFor};

    fn plain(event: &Event) -> String {
        let line = said(event, 60).unwrap();
        let line = anstream::adapter::strip_str(&line).to_string();
        line.split_once(' ').unwrap().1.trim().to_string()
    }

    #[test]
    fn a_line_says_who_and_what() {
        let at = jiff::Timestamp::now().to_string();
        let presence = Event::Presence {
            at: at.clone(),
            worker: "claude:1:2".into(),
            name: "api".into(),
            before: Some(Presence::Working),
            presence: Presence::WaitingForYou,
            waiting_for: Some(WaitingFor::Permission),
        };
        assert_eq!(plain(&presence), "api                 waiting: permission (was work…");
        let message = Event::Message {
            at,
            conversation: "c".into(),
            id: "1".into(),
            from: "a\u{1b}[2J".into(),
            to: "b".into(),
            text: "hello\nthere".into(),
        };
        assert_eq!(plain(&message), "a�[2J               → b: hello there");
    }
}
