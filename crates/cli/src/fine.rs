//! `peerwatch fine`: a silence that is as it should be.

use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::Ending;
use crate::{dismiss, order, reach};

/// Say that a silence is fine: take its alert off the list, and let so long a pause be usual for this worker
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch fine 12           alert 12
  peerwatch fine api          the alert about api")]
pub(crate) struct Args {
    /// The alert's number, or the worker that it is about
    alert: String,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let alert = dismiss::find(&reach::engine_view(global)?, &args.alert)?;
    let done = format!("Alert {alert} is off the list; so long a pause is usual from now on.");
    order::give(global, &Command::Fine { alert }, &done)
}
