//! `peerwatch reassign` without a task: who is silent or gone, and what they still owe to others.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::Timestamp;
use peerwatch_engine::rfc3339;
use peerwatch_sources::process;

use crate::args::Global;
use crate::debts::Debts;
use crate::ending::Ending;
use crate::lost::{self, Held};
use crate::printable::{fit, line};
use crate::shapes::{MessageView, OwedView, SilentView, Why};
use crate::words::{counted, span};
use crate::{awake, databases, ledger, screen, watchdog};

pub(super) fn run(global: &Global, threshold: Duration, rows: Option<&str>) -> anyhow::Result<Ending> {
    let found = databases::found(global)?;
    let mut silent = watchdog::look_once(&found.databases, threshold)?;
    let named = rows.map(named);
    let is_meant = |conversation: &str| named.as_ref().is_none_or(|named| named.contains(conversation));
    silent.retain(|one| is_meant(&one.conversation));
    let mut held = held(&found.with_tasks())?;
    held.retain(|held| is_meant(&held.task.conversation));
    let owed = all(&silent, &held, awake::wall())?;
    if global.json {
        screen::print_json(&owed)?;
    } else if owed.is_empty() {
        screen::print(&["✅ All workers healthy: nobody owes anything to anybody who waits.".into()])?;
    } else {
        screen::print(&text(&owed))?;
    }
    Ok(if owed.is_empty() { Ending::Fine } else { Ending::NeedsPerson })
}

/// The tasks that somebody has in hand, in all of these databases.
fn held(paths: &[PathBuf]) -> anyhow::Result<Vec<Held>> {
    let (processes, now) = (process::system(), awake::wall());
    let mut held = Vec::new();
    for path in paths {
        held.extend(lost::held(path, processes.as_ref(), now)?);
    }
    Ok(held)
}

/// The conversations of the watchdog's rows.
fn named(rows: &str) -> BTreeSet<&str> {
    rows.lines().filter_map(|row| row.split('|').next()).map(str::trim).filter(|id| !id.is_empty()).collect()
}

/// What the silent owe, with the tasks that they have in hand, and those who are gone with theirs.
fn all(silent: &[SilentView], held: &[Held], now: Timestamp) -> anyhow::Result<Vec<OwedView>> {
    let mut owed = owed(silent, now)?;
    for one in held {
        let database = one.database.to_string_lossy();
        let is_owner = |known: &&mut OwedView| {
            known.silent.database == database
                && known.silent.conversation == one.task.conversation
                && known.silent.participant == one.owner.participant
        };
        let task = one.task.id.to_string();
        match owed.iter_mut().find(is_owner) {
            Some(known) => {
                known.tasks.push(task);
                known.bridge.clone_from(&one.task.bridge);
            }
            None => owed.extend(why(one).map(|why| lost(one, why, now))),
        }
    }
    Ok(owed)
}

/// Why an owner is lost whom nobody missed yet; `None` when it is not.
fn why(held: &Held) -> Option<Why> {
    match held.owner.left {
        Some(_) => Some(Why::Left),
        None => held.fare.is_gone().then_some(Why::Gone),
    }
}

fn lost(held: &Held, why: Why, now: Timestamp) -> OwedView {
    // A task changes with each report of its owner.
    let silent_s = u64::try_from(now.0.saturating_sub(held.task.updated.0) / 1_000).unwrap_or_default();
    let silent = SilentView {
        at: rfc3339(now),
        database: held.database.to_string_lossy().into_owned(),
        conversation: held.task.conversation.clone(),
        participant: held.owner.participant.clone(),
        role: held.owner.role.clone(),
        status: None,
        last_heartbeat: None,
        silent_s,
        why,
    };
    OwedView {
        silent,
        unread: 0,
        open: Vec::new(),
        tasks: vec![held.task.id.to_string()],
        bridge: held.task.bridge.clone(),
        recorded: false,
    }
}

/// What the silent owe; records each silence that no row of the audit log tells of yet.
pub(crate) fn owed(silent: &[SilentView], now: Timestamp) -> anyhow::Result<Vec<OwedView>> {
    let databases: BTreeSet<&str> = silent.iter().map(|one| one.database.as_str()).collect();
    let mut out = Vec::new();
    for database in databases {
        let mut debts = Debts::open(Path::new(database))?;
        for one in silent.iter().filter(|one| one.database == database) {
            let (unread, open) = debts.of(one)?;
            let recorded = debts.record(one, now)?;
            out.push(OwedView {
                silent: one.clone(),
                unread,
                open,
                tasks: Vec::new(),
                bridge: None,
                recorded,
            });
        }
    }
    Ok(out)
}

/// Columns of a message's first line.
const GLIMPSE: usize = 100;

pub(crate) fn text(owed: &[OwedView]) -> Vec<String> {
    owed.iter().flat_map(one).collect()
}

fn one(owed: &OwedView) -> Vec<String> {
    let OwedView { silent, unread, open, tasks, bridge, recorded } = owed;
    let place = bridge.as_ref().unwrap_or(&silent.conversation);
    let who = format!("{} ({}) of {}", line(&silent.role), line(&silent.participant), line(place));
    let mut out = Vec::new();
    match silent.why {
        Why::Gone => out.push(format!("⚠️  {who} is gone: its process has ended")),
        Why::Left => out.push(format!("⚠️  {who} has left")),
        Why::Heartbeat | Why::NeverHeard | Why::Unreadable | Why::Future => {
            out.push(format!("⚠️  {who} is silent for {}", span(silent.silent_s)));
            out.push(format!("   {} for it, {}", counted(*unread, "unread message"), unanswered(open)));
            out.extend(open.iter().map(glimpse));
        }
    }
    if !tasks.is_empty() {
        let command = command(silent, tasks);
        out.push(format!("   · owns {}: `{command}`", counted(tasks.len(), "task")));
    }
    let recorded = match (silent.why, recorded) {
        (Why::Gone | Why::Left, _) => "",
        (_, true) => "recorded in the audit log; ",
        (_, false) => "recorded before; ",
    };
    let rest = if tasks.is_empty() { ", hand its work on yourself" } else { "" };
    out.push(format!("   ✅ {recorded}nothing was moved{rest}"));
    out
}

/// What moves the tasks of somebody.
fn command(silent: &SilentView, tasks: &[String]) -> String {
    let path = Path::new(&silent.database);
    lost::command((!ledger::is_own(path)).then_some(path), tasks)
}

fn unanswered(open: &[MessageView]) -> String {
    match open.len() {
        0 => "no open question or proposal".into(),
        n => format!(
            "{} without an answer:",
            counted(n, "question or proposal").replace("proposals", "proposal")
        ),
    }
}

fn glimpse(message: &MessageView) -> String {
    let kind = message.kind.as_deref().unwrap_or("message");
    let text = fit(&line(&message.text), GLIMPSE);
    format!("   · {} from {}: {text}", line(kind), line(&message.from_role))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_watchdog_name_conversations_and_nothing_else() {
        let rows = "-conv_1|session_b|2026-11-23T09:00:00|315\n\n conv_2 | b | never | 400\nconv_3";
        assert_eq!(named(rows).into_iter().collect::<Vec<_>>(), ["-conv_1", "conv_2", "conv_3"]);
    }
}
