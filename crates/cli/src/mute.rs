//! `peerwatch mute`: no notifications about one worker for a while.

use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::Ending;
use crate::printable::line;
use crate::{find, order, reach, span, words};

/// Show no notifications about one worker for a while
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch mute api 1h
  peerwatch mute api 0        unmute")]
pub(crate) struct Args {
    /// Name, id, pid or session id
    worker: String,

    /// How long: 15m, 1h30m, tomorrow; 0 unmutes
    #[arg(value_name = "TIME", value_parser = span::parse, default_value = "1h")]
    time: u64,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let view = reach::engine_view(global)?;
    let worker = find::worker(&view, &args.worker)?;
    let name = line(&worker.name);
    let done = match args.time {
        0 => format!("Notifications about {name} are shown again."),
        seconds => format!("No notifications about {name} for {}.", words::span(seconds)),
    };
    order::give(global, &Command::Mute { worker: worker.id.clone(), seconds: args.time }, &done)
}
