//! `peerwatch tasks cancel`: give a task up.

use peerwatch_bridge::Actor;

use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::Ledger;
use crate::printable::line;
use crate::{awake, screen};
use peerwatch_engine::task_view;

/// Give a task up: nobody shall do it
///
/// Its owner is told.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks cancel 12 --reason \"the customer wants something else\"")]
pub(super) struct Args {
    /// The task's number
    #[arg(value_name = "TASK")]
    task: String,

    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let (mut ledger, id) = Ledger::of_task(global, &args.task)?;
    let task = ledger.store.cancel_task(id, &Actor::Person, &args.reason, awake::wall())?;
    if global.json {
        screen::print_json(&task_view(&task))?;
    } else {
        screen::print(&[format!("Task {} is cancelled: {}", task.id, line(&task.what.subject))])?;
    }
    Ok(Ending::Fine)
}
