//! `peerwatch pause`: no notifications for a while.

use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::Ending;
use crate::{order, span, words};

/// Show no notifications for a while
///
/// What is held back is counted, and shown when the pause ends.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch pause 15m
  peerwatch pause tomorrow
  peerwatch pause 0           resume")]
pub(crate) struct Args {
    /// How long: 15m, 1h30m, tomorrow; 0 resumes
    #[arg(value_name = "TIME", value_parser = span::parse)]
    time: u64,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let done = match args.time {
        0 => "Notifications are shown again.".into(),
        seconds => format!("No notifications for {}.", words::span(seconds)),
    };
    order::give(global, &Command::Pause { seconds: args.time }, &done)
}
