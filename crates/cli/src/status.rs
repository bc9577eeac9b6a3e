//! `peerwatch status`, and `peerwatch` alone: the roster, once.

use peerwatch_wire::{Group, StatusView, View};

use crate::args::Global;
use crate::ending::Ending;
use crate::reach::Reach;
use crate::{roster, screen};

/// Print the roster: who works, who waits for you, who is silent or gone
///
/// Asks the running engine; without one it reads the files itself, once, and says so.
#[derive(clap::Args, Debug, Default)]
#[command(after_help = "Examples:
  peerwatch status
  peerwatch status --check || notify-team     exit 1 when somebody needs you
  peerwatch status --json | jq -r '.workers[] | select(.presence == \"waiting_for_you\") | .name'")]
pub(crate) struct Args {
    /// Exit 1 when somebody needs you or may be lost
    #[arg(long)]
    check: bool,

    /// List all that have ended, not only the last
    #[arg(long)]
    all: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let view = Reach::open(global)?.view()?;
    let needs_person = needs_person(&view);
    if global.json {
        screen::print_json(&StatusView {
            schema: view.schema,
            at: view.at,
            workers: view.workers,
            problems: view.problems,
        })?;
    } else {
        screen::print(&roster::lines(&view, screen::width(), args.all))?;
    }
    Ok(if args.check && needs_person { Ending::NeedsPerson } else { Ending::Fine })
}

/// Whether anybody stands in a part of the list that is there to be looked at.
fn needs_person(view: &View) -> bool {
    view.workers.iter().any(|worker| matches!(worker.group, Group::NeedsYou | Group::Suspect))
}
