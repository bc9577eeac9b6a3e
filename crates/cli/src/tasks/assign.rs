//! `peerwatch tasks assign`: who gets a task that nobody has.

use peerwatch_bridge::Actor;

use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::Ledger;
use crate::printable::line;
use crate::{awake, screen};
use peerwatch_engine::task_view;

/// Give an open task to a role, and tell it so
///
/// A task that somebody owns is handed over with `peerwatch reassign`, so that its owner hears of it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks assign 12 backend")]
pub(super) struct Args {
    /// The task's number
    #[arg(value_name = "TASK")]
    task: String,

    /// A role in the task's bridge
    role: String,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let (mut ledger, id) = Ledger::of_task(global, &args.task)?;
    let task = ledger.task(id)?;
    let heir = ledger.participant(&task.conversation, &args.role)?;
    let task = ledger.store.assign_task(id, &heir.participant, &Actor::Person, true, awake::wall())?;
    if global.json {
        screen::print_json(&task_view(&task))?;
    } else {
        screen::print(&[format!("Task {} is {}'s now.", task.id, line(&heir.role))])?;
    }
    Ok(Ending::Fine)
}
