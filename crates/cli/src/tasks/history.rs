//! `peerwatch tasks history`: which task went from whom to whom, and why.

use peerwatch_wire::HandoverView;

use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::{self, Ledger, Name};
use crate::palette::DIM;
use crate::reach::Reach;
use crate::screen;
use crate::table::{Cell, Table};
use crate::words::{self, clock};
use peerwatch_engine::handover_view;

/// Show handovers, newest first: from whom to whom, why, and how far
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks history
  peerwatch tasks history 12
  peerwatch tasks history --json | jq -r '.[] | select(.step == \"revoked\") | .task'")]
pub(super) struct Args {
    /// Only those of this task
    #[arg(value_name = "TASK")]
    task: Option<String>,

    /// How many of the newest
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    limit: usize,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let mut handovers = match &args.task {
        Some(task) => of_task(global, task)?,
        None => all(global, args.limit)?,
    };
    handovers.sort_by(|one, other| other.at.cmp(&one.at).then(other.id.cmp(&one.id)));
    handovers.truncate(args.limit);
    if global.json {
        screen::print_json(&handovers)?;
    } else if handovers.is_empty() {
        screen::print(&["Nothing was handed over.".into()])?;
    } else {
        screen::print(&lines(&handovers))?;
    }
    Ok(Ending::Fine)
}

fn of_task(global: &Global, name: &str) -> anyhow::Result<Vec<HandoverView>> {
    if let Name::Others(name) = Name::parse(name)? {
        let view = Reach::open(global)?.view()?;
        return Ok(view.handovers.into_iter().filter(|it| it.task == name).collect());
    }
    let (ledger, id) = Ledger::of_task(global, name)?;
    let task = ledger.task(id)?;
    Ok(ledger.handovers(&task)?.iter().map(handover_view).collect())
}

/// Those of the database that is meant, and those of tasks that others keep.
fn all(global: &Global, limit: usize) -> anyhow::Result<Vec<HandoverView>> {
    // The files are read first: nothing else may open a database while a store has it open.
    let view = if global.db.is_empty() { Some(Reach::open(global)?.view()?) } else { None };
    let own = |it: &HandoverView| it.task.parse::<i64>().is_ok();
    let elsewhere = view.into_iter().flat_map(|view| view.handovers).filter(|it| !own(it));
    let mut handovers: Vec<HandoverView> = elsewhere.collect();
    if !global.db.is_empty() || ledger::path(global)?.exists() {
        let ledger = Ledger::open(global)?;
        handovers.extend(ledger.store.handovers(None, limit)?.iter().map(handover_view));
    }
    Ok(handovers)
}

fn lines(handovers: &[HandoverView]) -> Vec<String> {
    let mut table = Table::new(&[19, 12, 40, 40, 9, 40, 12]);
    for it in handovers {
        let to = it.to_name.as_deref().unwrap_or("nobody yet");
        table.row(vec![
            Cell::new(clock(&it.at), DIM),
            Cell::plain(&it.task),
            Cell::plain(&it.subject),
            Cell::plain(format!("{} → {to}", it.from_name)),
            Cell::plain(words::step(it.step)),
            Cell::plain(&it.reason),
            Cell::new(format!("by {}", it.actor), DIM),
            Cell::new(&it.summary, DIM),
        ]);
    }
    table.lines(screen::width())
}
