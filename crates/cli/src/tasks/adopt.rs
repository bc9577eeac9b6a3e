//! `peerwatch tasks adopt`: take late work after all.

use peerwatch_bridge::{Actor, TaskState};

use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::Ledger;
use crate::{awake, screen};
use peerwatch_engine::task_view;

/// Take the late work of a former owner
///
/// A late result becomes the result, and the task is done; whoever has it now is told. A late report becomes a report.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks show 12            names the late work
  peerwatch tasks adopt 12 31")]
pub(super) struct Args {
    /// The task's number
    #[arg(value_name = "TASK")]
    task: String,

    /// The number of the late work
    #[arg(value_name = "LATE")]
    late: i64,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let (mut ledger, id) = Ledger::of_task(global, &args.task)?;
    let task = ledger.store.adopt(id, args.late, &Actor::Person, awake::wall())?;
    if global.json {
        screen::print_json(&task_view(&task))?;
    } else {
        let what = if task.state == TaskState::Done { "; it is done" } else { "" };
        screen::print(&[format!("Task {} has the late work {}{what}.", task.id, args.late)])?;
    }
    Ok(Ending::Fine)
}
