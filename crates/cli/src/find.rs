//! Finds what a person names: a worker by id, name, pid or session, a conversation by id or title.

use std::fmt::Write as _;

use peerwatch_wire::{ConversationView, Presence, View, WorkerView};

use crate::ending::WrongUse;
use crate::printable::line;
use crate::words;

/// The worker that is meant. Of two with the same name the one that is still there is.
pub(crate) fn worker<'a>(view: &'a View, name: &str) -> Result<&'a WorkerView, WrongUse> {
    let begins = |w: &WorkerView| {
        let texts = [Some(&w.id), Some(&w.name), w.session_id.as_ref()];
        texts.into_iter().flatten().any(|text| text.starts_with(name))
    };
    let ways: [&dyn Fn(&WorkerView) -> bool; 5] = [
        &|w| w.id == name,
        &|w| w.name == name,
        &|w| w.pid.is_some_and(|pid| pid.to_string() == name),
        &|w| w.session_id.as_deref() == Some(name),
        &begins,
    ];
    let found = first_way(&view.workers, &ways);
    let there: Vec<_> = found.iter().copied().filter(|worker| is_there(worker)).collect();
    match (found.as_slice(), there.as_slice()) {
        ([one], _) | (_, [one]) => Ok(one),
        ([], _) => {
            Err(WrongUse(format!("no worker is called {}; `peerwatch` lists them by name", quoted(name))))
        }
        (several, _) => Err(too_many(name, several)),
    }
}

fn is_there(worker: &WorkerView) -> bool {
    !matches!(worker.presence, Presence::Gone | Presence::Ended)
}

fn too_many(name: &str, workers: &[&WorkerView]) -> WrongUse {
    let mut text = format!("{} may be any of these; use the id:", quoted(name));
    for worker in workers {
        let (id, name) = (line(&worker.id), line(&worker.name));
        let _ = write!(text, "\n  {id}  {name}  {}", words::verdict(worker));
    }
    WrongUse(text)
}

/// The conversation that is meant: one between workers, or that of a worker.
pub(crate) fn conversation(view: &View, name: &str) -> Result<String, WrongUse> {
    let ways: [&dyn Fn(&ConversationView) -> bool; 4] = [
        &|c| c.id == name,
        &|c| c.title == name,
        // A bridge of a name of its own: "main: api and web".
        &|c| c.own && c.title.split_once(": ").is_some_and(|(own, _)| own == name),
        &|c| c.id.starts_with(name) || c.id.split(':').any(|part| part.starts_with(name)),
    ];
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
