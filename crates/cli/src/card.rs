//! The handover card, as it is written where no engine runs: what whoever takes a task over should read first.

use std::fmt::Write as _;

use peerwatch_bridge::{NoteKind, Participant, Store, Task};
use peerwatch_engine::rfc3339;

use crate::printable::lines;

/// Reports that are repeated, the newest of them.
const REPORTS: usize = 5;
/// Messages that are repeated, the newest of them.
const MESSAGES: usize = 5;
/// Characters of each of them.
const LONGEST: usize = 1_500;
/// Messages among which those of the owner are looked for.
const PAGE: usize = 100_000;

/// The card of a task.
pub(crate) fn of(store: &Store, task: &Task, from: &Participant, why: &str) -> anyhow::Result<String> {
    let mut card = format!("# {}\n\n", one_line(&task.what.subject));
    let _ = writeln!(
        card,
        "You take over task {} from {}: {}.",
        task.id,
        from.role,
        one_line(why).trim_end_matches('.')
    );
    if let Some(description) = &task.what.description {
        section(&mut card, "Goal", &quoted(description));
    }
    let folder = task.what.folder.as_ref().map(|folder| format!("To be done in {folder}.\n"));
    let worked = from.bearer.cwd.as_ref().filter(|cwd| Some(*cwd) != task.what.folder.as_ref());
    let worked = worked.map(|cwd| format!("{} worked in {cwd}.\n", from.role));
    if folder.is_some() || worked.is_some() {
        let look = "Look for uncommitted and unpushed work there before you begin.\n";
        section(
            &mut card,
            "Folder",
            &[folder, worked].into_iter().flatten().chain([look.into()]).collect::<String>(),
        );
    }
    reports(&mut card, store, task)?;
    messages(&mut card, store, from)?;
    Ok(card)
}

fn reports(card: &mut String, store: &Store, task: &Task) -> anyhow::Result<()> {
    let notes = store.notes(task.id)?;
    let skipped = notes.len().saturating_sub(REPORTS);
    let said: String = notes
        .iter()
        .skip(skipped)
        .map(|note| {
            let late = matches!(note.kind, NoteKind::LateProgress | NoteKind::LateResult);
            let late = if late { ", after the task was taken from it" } else { "" };
            format!("{} at {}{late}:\n{}\n", note.by, rfc3339(note.at), quoted(&note.text))
        })
        .collect();
    if !said.is_empty() {
        section(card, "Reported so far", &said);
    }
    if task.attempts > 1 {
        let _ = writeln!(card, "It was begun {} times.", task.attempts);
    }
    Ok(())
}

/// What was last written to its owner, and by it.
fn messages(card: &mut String, store: &Store, from: &Participant) -> anyhow::Result<()> {
    let letters = store.letters(&from.conversation, 0, PAGE)?;
    let is_system = |kind: Option<&str>| kind.is_some_and(|kind| kind.starts_with("task_"));
    let concerns = |one: &&peerwatch_bridge::Letter| {
        (one.from == from.participant || one.to == from.participant) && !is_system(one.kind.as_deref())
    };
    let mut last: Vec<_> = letters.iter().rev().filter(concerns).take(MESSAGES).collect();
    last.reverse();
    let said: String = last
        .iter()
        .map(|one| {
            format!("{} to {} at {}:\n{}\n", one.from_role, one.to_role, rfc3339(one.sent), quoted(&one.text))
        })
        .collect();
    if !said.is_empty() {
        section(card, "Last messages", &said);
    }
    Ok(())
}

fn section(card: &mut String, title: &str, text: &str) {
    let _ = write!(card, "\n## {title}\n\n{text}");
    if !card.ends_with('\n') {
        card.push('\n');
    }
}

fn one_line(text: &str) -> String {
    crate::printable::line(text)
}

/// Somebody else's words, so marked and bounded.
fn quoted(text: &str) -> String {
    let cut: String = text.chars().take(LONGEST).collect();
    let more = if cut.len() < text.len() { "> …\n" } else { "" };
    let said: String = lines(&cut).iter().map(|line| format!("> {line}\n")).collect();
    said + more
}
