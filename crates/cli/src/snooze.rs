//! `peerwatch snooze`: show an alert again later.

use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::Ending;
use crate::{dismiss, order, reach, span, words};

/// Take an alert's notification away, and show it again later if it still stands
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch snooze 12         alert 12, for 15 minutes
  peerwatch snooze api 1h     the alert about api")]
pub(crate) struct Args {
    /// The alert's number, or the worker that it is about
    alert: String,

    /// How long: 15m, 1h30m, tomorrow
    #[arg(value_name = "TIME", value_parser = span::parse, default_value = "15m")]
    time: u64,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let alert = dismiss::find(&reach::engine_view(global)?, &args.alert)?;
    let done = format!("Alert {alert} comes back in {} if it still stands.", words::span(args.time));
    order::give(global, &Command::Snooze { alert, seconds: args.time }, &done)
}
