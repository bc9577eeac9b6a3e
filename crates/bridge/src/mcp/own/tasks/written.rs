//! A task as the model reads it. What there is nothing to say of is left out, and long texts are cut, so that a list of
//! many stays readable.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::mcp::own::Refusal;
use crate::mcp::own::receipts::rfc3339;
use crate::{Actor, Handover, HandoverStep, Note, Store, Task, TaskError};

/// Characters of a note in a list.
const EXCERPT: usize = 200;
/// Bytes of all texts of one answer: Claude Code takes 25,000 tokens from a tool.
const ROOM: usize = 48_000;
/// Bytes that a text gets when there is no room left.
const LEAST: usize = 200;
/// So many of the last notes are told of.
const NOTES: usize = 30;
/// So many of the last handovers that ended are looked through for a card.
const HANDOVERS: usize = 200;

/// How much text still fits into an answer.
pub(super) struct Room {
    left: usize,
    clipped: bool,
}

impl Default for Room {
    fn default() -> Room {
        Room { left: ROOM, clipped: false }
    }
}

impl Room {
    /// As much of `text` as there is room for.
    fn take(&mut self, text: &str) -> String {
        let limit = self.left.max(LEAST);
        self.left = self.left.saturating_sub(text.len());
        if text.len() <= limit {
            return text.to_owned();
        }
        self.clipped = true;
        let end = text.floor_char_boundary(limit);
        format!("{}… ({} more characters)", &text[..end], text[end..].chars().count())
    }
}

/// How it stands after a call.
pub(super) fn standing(task: &Task) -> Value {
    json!({
        "task": task.id, "subject": task.what.subject, "state": task.state.word(),
        "owner": task.owner.as_ref().map(|owner| &owner.role), "epoch": task.epoch,
        "lease_until": task.lease.map(rfc3339),
    })
}

/// Whether it is the task of the participant `me`.
pub(super) fn is_owned(task: &Task, me: Option<&str>) -> bool {
    task.owner.as_ref().is_some_and(|owner| Some(owner.participant.as_str()) == me)
}

/// The last handover of each of these tasks of one conversation.
pub(super) fn handovers(store: &Store, tasks: &[Task]) -> Result<BTreeMap<i64, Handover>, Refusal> {
    let Some(first) = tasks.iter().find(|task| task.revoked.is_some()) else { return Ok(BTreeMap::new()) };
    let newest_first = store.handovers(Some(&first.conversation), HANDOVERS)?;
    Ok(newest_first.into_iter().rev().map(|handover| (handover.task, handover)).collect())
}

/// A task in a list.
pub(super) fn entry(task: &Task, me: Option<&str>, handover: Option<&Handover>) -> Value {
    Value::Object(members(task, me, handover))
}

fn members(task: &Task, me: Option<&str>, handover: Option<&Handover>) -> Map<String, Value> {
    let what = &task.what;
    let mut members = Map::new();
    let mut say =
        |name: &str, value: Option<Value>| drop(value.map(|value| members.insert(name.into(), value)));
    say("task", Some(task.id.into()));
    say("subject", Some(what.subject.clone().into()));
    say("state", Some(task.state.word().into()));
    say("owner", task.owner.as_ref().map(|owner| owner.role.clone().into()));
    say("mine", is_owned(task, me).then(|| true.into()));
    say("epoch", Some(task.epoch.into()));
    say("priority", (what.priority != 0).then(|| what.priority.into()));
    say("needs", (!what.needs.is_empty()).then(|| what.needs.clone().into()));
    say("blocked", task.blocked.then(|| true.into()));
    say("folder", what.folder.clone().map(Value::from));
    say("deadline", what.deadline.map(|at| rfc3339(at).into()));
    say("lease_until", task.lease.map(|at| rfc3339(at).into()));
    say("attempts", (task.attempts > 0).then(|| task.attempts.into()));
    say("updated", Some(rfc3339(task.updated).into()));
    say("handover", handover.filter(|one| one.step != HandoverStep::Undone).map(|one| from_whom(one).into()));
    say("last_note", task.progress.as_ref().map(|note| excerpt(note).into()));
    say("late", (!task.late.is_empty()).then(|| task.late.len().into()));
    members
}

fn from_whom(handover: &Handover) -> String {
    let Handover { from, at, reason, .. } = handover;
    format!("taken from {} at {}: {}", from.role, rfc3339(*at), shortened(reason))
}

fn excerpt(note: &Note) -> String {
    format!("{}, {}: {}", note.by, rfc3339(note.at), shortened(&note.text))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A task with its description, the card of its last handover and its notes, as far as there is room.
pub(super) fn whole(store: &Store, task: &Task, me: Option<&str>, room: &mut Room) -> Result<Value, Refusal> {
    let handover = handovers(store, std::slice::from_ref(task))?.remove(&task.id);
    let mut whole = members(task, me, handover.as_ref());
    // The whole text stands among the notes.
    whole.remove("last_note");
    whole.insert("bridge".into(), task.bridge.as_ref().unwrap_or(&task.conversation).clone().into());
    whole.insert("created_by".into(), created_by(store, task)?.into());
    if let Some(description) = &task.what.description {
        whole.insert("description".into(), room.take(description).into());
    }
    if let Some(handover) = handover.filter(|one| one.step != HandoverStep::Undone && !one.card.is_empty()) {
        whole.insert("card".into(), room.take(&handover.card).into());
    }
    let notes = store.notes(task.id)?;
    let first = notes.len().saturating_sub(NOTES);
    // The newest ones get their room first, and stand last.
    let mut told: Vec<_> =
        notes[first..].iter().rev().map(|note| told(note, room.take(&note.text))).collect();
    told.reverse();
    if !told.is_empty() {
        whole.insert("notes".into(), told.into());
    }
    if room.clipped {
        whole.insert("clipped".into(), true.into());
    }
    Ok(Value::Object(whole))
}

/// A task with one of its notes uncut.
pub(super) fn with_note(store: &Store, task: &Task, me: Option<&str>, note: i64) -> Result<Value, Refusal> {
    let Some(found) = store.notes(task.id)?.into_iter().find(|one| one.id == note) else {
        return Err(TaskError::NoNote { note }.into());
    };
    let mut members = members(task, me, None);
    members.remove("last_note");
    members.insert("notes".into(), json!([told(&found, found.text.clone())]));
    Ok(Value::Object(members))
}

fn told(note: &Note, text: String) -> Value {
    json!({
        "note": note.id, "kind": note.kind.word(), "by": note.by, "epoch": note.epoch, "at": rfc3339(note.at),
        "text": text,
    })
}

fn created_by(store: &Store, task: &Task) -> Result<String, Refusal> {
    Ok(match &task.created_by {
        Actor::Person => "the person".into(),
        Actor::Peerwatch => "Peerwatch".into(),
        Actor::Participant(letter) => {
            let there = store.participants(&task.conversation)?;
            let creator = there.into_iter().find(|one| one.participant == *letter);
            creator.map_or_else(|| letter.clone(), |creator| creator.role)
        }
    })
}

/// The same for a reader: a line with what matters, and below it the long texts.
pub(super) fn read(task: &Value) -> String {
    let text = |name: &str| task[name].as_str();
    let mut facts = vec![text("state").unwrap_or_default().replace('_', " ")];
    if task["mine"] == true {
        facts.push("yours".into());
    } else if let Some(owner) = text("owner") {
        facts.push(owner.into());
    }
    if task["blocked"] == true {
        facts.push("waits for others".into());
    }
    facts.push(format!("epoch {}", task["epoch"]));
    let mut lines =
        vec![format!("- {} {} ({})", task["task"], text("subject").unwrap_or_default(), facts.join(", "))];
    for name in ["folder", "deadline", "handover", "last_note", "description", "card"] {
        if let Some(text) = text(name) {
            lines.push(format!("  {}: {text}", name.replace('_', " ")));
        }
    }
    for name in ["needs", "late"] {
        if !task[name].is_null() {
            lines.push(format!("  {name}: {}", task[name]));
        }
    }
    for note in task["notes"].as_array().into_iter().flatten() {
        let word = |name: &str| note[name].as_str().unwrap_or_default();
        let kind = word("kind").replace('_', " ");
        lines.push(format!("  {kind} {} by {}, {}: {}", note["note"], word("by"), word("at"), word("text")));
    }
    lines.join("\n")
}
