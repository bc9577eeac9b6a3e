//! `peerwatch fence`: refuse a worker's edits for tasks that were taken from it.

use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::Ending;
use crate::printable::line;
use crate::{find, order, reach};

/// Refuse a worker's edits and pushes for tasks that were taken from it
///
/// The plugin's hook does it, in sessions that have the plugin: it says why, and that what is there should be handed in.
/// Without it a handover is advisory where nothing proves that the old owner stopped.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch fence api
  peerwatch fence api --off")]
pub(crate) struct Args {
    /// Name, id, pid or session id
    worker: String,

    /// Let it edit again
    #[arg(long)]
    off: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let view = reach::engine_view(global)?;
    let worker = find::worker(&view, &args.worker)?;
    let name = line(&worker.name);
    let done = if args.off {
        format!("Edits of {name} are no longer refused.")
    } else {
        format!("Edits of {name} are refused for tasks that were taken from it.")
    };
    order::give(global, &Command::Fence { worker: worker.id.clone(), on: !args.off }, &done)
}
