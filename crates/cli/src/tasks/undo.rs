//! `peerwatch tasks undo`: take a handover back.

use crate::args::Global;
use crate::ending::Ending;
use crate::reassign;

/// Take a task's handover back, until its new owner has begun
///
/// The old owner has it again, and both are told. `peerwatch reassign --undo` is the same.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks undo 12")]
pub(super) struct Args {
    /// The task's number, or its name as `peerwatch tasks` prints it
    #[arg(value_name = "TASK")]
    task: String,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    reassign::undo(global, std::slice::from_ref(&args.task))
}
