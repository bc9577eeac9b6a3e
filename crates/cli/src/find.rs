//! Finds what a person names: a worker by id, name, pid or session, a conversation by id or title.

use std::fmt::Write as _;

use peerwatch_wire::{ConversationView, View, WorkerView};

use crate::ending::WrongUse;
use crate::printable::line;
use crate::words;

/// The worker that is meant.
pub(crate) fn worker<'a>(view: &'a View, name: &str) -> Result<&'a WorkerView, WrongUse> {
    let all = &view.workers;
    let ways: [&dyn Fn(&WorkerView) -> bool; 5] = [
        &|w| w.id == name,
        &|w| w.name == name,
        &|w| w.pid.is_some_and(|pid| pid.to_string() == name),
        &|w| w.session_id.as_deref() == Some(name),
        &|w| {
            [Some(&w.id), Some(&w.name), w.session_id.as_ref()]
                .into_iter()
                .flatten()
                .any(|text| text.starts_with(name))
        },
    ];
    let found = first_way(all, &ways);
    match found.as_slice() {
        [one] => Ok(one),
        [] => Err(WrongUse(format!("no worker is called {}; `peerwatch` lists them by name", quoted(name)))),
        several => {
            let mut text = format!("{} may be any of these; use the id:", quoted(name));
            for worker in several {
                let _ = write!(
                    text,
                    "\n  {}  {}  {}",
                    line(&worker.id),
                    line(&worker.name),
                    words::verdict(worker)
                );
            }
            Err(WrongUse(text))
        }
    }
}

/// The conversation that is meant: one between workers, or that of a worker.
pub(crate) fn conversation(view: &View, name: &str) -> Result<String, WrongUse> {
    let ways: [&dyn Fn(&ConversationView) -> bool; 3] =
        [&|c| c.id == name, &|c| c.title == name, &|c| c.id.starts_with(name) || c.id.ends_with(name)];
    match first_way(&view.conversations, &ways).as_slice() {
        [one] => return Ok(one.id.clone()),
        [] => {}
        several => {
            let mut text = format!("{} may be any of these:", quoted(name));
            for conversation in several {
                let _ = write!(text, "\n  {}  {}", line(&conversation.id), line(&conversation.title));
            }
            return Err(WrongUse(text));
        }
    }
    let Ok(worker) = worker(view, name) else {
        return Err(WrongUse(format!(
            "no conversation or worker is called {}; `peerwatch conversations` and `peerwatch` list them",
            quoted(name)
        )));
    };
    worker
        .conversation
        .clone()
        .ok_or_else(|| WrongUse(format!("{} has no conversation that can be read", line(&worker.name))))
}

/// Everything that the first way which finds anything finds.
fn first_way<'a, T>(all: &'a [T], ways: &[&dyn Fn(&T) -> bool]) -> Vec<&'a T> {
    ways.iter()
        .map(|way| all.iter().filter(|one| way(one)).collect::<Vec<_>>())
        .find(|found| !found.is_empty())
        .unwrap_or_default()
}

fn quoted(name: &str) -> String {
    format!("“{}”", line(name))
}
