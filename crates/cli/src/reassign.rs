//! `peerwatch reassign`: who is silent, and what they still owe to others.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use peerwatch_core::Timestamp;

use crate::args::Global;
use crate::debts::Debts;
use crate::ending::Ending;
use crate::printable::{fit, line};
use crate::shapes::{MessageView, OwedView, SilentView};
use crate::span::seconds;
use crate::words::{counted, span};
use crate::{awake, databases, screen, watchdog};

/// Report silent workers and what they still owe, and record their silence
///
/// Names everybody whom `peerwatch watchdog` would call silent, with the messages that wait for them and the questions
/// and proposals that they have not answered, and writes one row for each silence into the audit log. No work is moved.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch --db team.db reassign
  peerwatch reassign --json | jq '.[] | select(.unread > 0) | .role'

Exit 1 when somebody is silent, 3 when a database cannot be looked at.")]
pub(crate) struct Args {
    /// Seconds without a heartbeat after which somebody is silent
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    threshold: Duration,

    /// Rows as the original's watchdog prints them, `conversation|…`: only these conversations. Silence is judged anew
    #[arg(long, value_name = "ROWS", allow_hyphen_values = true)]
    silent_workers: Option<String>,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let paths = databases::all(global)?;
    let mut silent = watchdog::look_once(&paths, args.threshold)?;
    if let Some(rows) = &args.silent_workers {
        let named = named(rows);
        silent.retain(|one| named.contains(one.conversation.as_str()));
    }
    let owed = owed(&silent, awake::wall())?;
    if global.json {
        screen::print_json(&owed)?;
    } else if owed.is_empty() {
        screen::print(&["✅ All workers healthy: nobody owes anything to anybody who waits.".into()])?;
    } else {
        screen::print(&text(&owed))?;
    }
    Ok(if owed.is_empty() { Ending::Fine } else { Ending::NeedsPerson })
}

/// The conversations of the watchdog's rows.
fn named(rows: &str) -> BTreeSet<&str> {
    rows.lines().filter_map(|row| row.split('|').next()).map(str::trim).filter(|id| !id.is_empty()).collect()
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
            out.push(OwedView { silent: one.clone(), unread, open, recorded });
        }
    }
    Ok(out)
}

/// Columns of a message's first line.
const GLIMPSE: usize = 100;

pub(crate) fn text(owed: &[OwedView]) -> Vec<String> {
    let mut out = Vec::new();
    for OwedView { silent, unread, open, recorded } in owed {
        let who = format!(
            "{} ({}) of {}",
            line(&silent.role),
            line(&silent.participant),
            line(&silent.conversation)
        );
        out.push(format!("⚠️  {who} is silent for {}", span(silent.silent_s)));
        out.push(format!("   {} for it, {}", counted(*unread, "unread message"), unanswered(open)));
        out.extend(open.iter().map(glimpse));
        let recorded = if *recorded { "recorded in the audit log" } else { "recorded before" };
        out.push(format!("   ✅ {recorded}; nothing was moved, hand its work on yourself"));
    }
    out
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
