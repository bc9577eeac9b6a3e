//! `peerwatch tasks`: what is to be done, by whom, and how far it is.
//!
//! These commands work on the bridge's database itself, with or without an engine.

mod adopt;
mod assign;
mod cancel;
mod claim;
mod create;
mod history;
mod import;
mod list;
mod show;
mod undo;
mod when;
mod working;

use crate::args::Global;
use crate::ending::{Ending, WrongUse};

/// List tasks, create them, hand them out, and report on them
///
/// A task belongs to a bridge, Peerwatch's own one called main unless you name another, and has at most one owner: a role
/// in that bridge. Whenever its owner loses it, its epoch grows; what a former owner hands in later is refused and
/// kept as late work. Without a subcommand it lists: the bridge's tasks, and those that agent teams and silent workers
/// have.
#[derive(clap::Args, Debug)]
#[command(
    subcommand_value_name = "SUBCOMMAND",
    subcommand_help_heading = "Subcommands",
    after_help = "Examples:
  peerwatch tasks                                   what is to be done, and by whom
  peerwatch tasks create \"Write the parser\" --assign backend
  peerwatch tasks import plan.md                    a checklist, all of it or nothing
  peerwatch tasks show 12
  peerwatch reassign 12                             give it to somebody else

For scripts that work:
  id=$(peerwatch tasks claim --as builder --json | jq -r .id)
  peerwatch tasks progress \"$id\" \"half of it\" --as builder
  peerwatch tasks complete \"$id\" \"all tests pass\" --as builder

Exit 1 when a task was taken from the role that reports on it; what it handed in is kept then."
)]
pub(crate) struct Args {
    #[command(flatten)]
    list: list::Args,

    #[command(subcommand)]
    what: Option<What>,
}

#[derive(clap::Subcommand, Debug)]
enum What {
    List(list::Args),
    Show(show::Args),
    Create(create::Args),
    Import(import::Args),
    Assign(assign::Args),
    Claim(claim::Args),
    Progress(working::ProgressArgs),
    Complete(working::CompleteArgs),
    Release(working::ReleaseArgs),
    Cancel(cancel::Args),
    Adopt(adopt::Args),
    Undo(undo::Args),
    History(history::Args),
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    if args.what.is_some() && !args.list.is_default() {
        let why = "--all and --bridge go behind the subcommand, where it has them";
        return Err(WrongUse(why.into()).into());
    }
    match &args.what {
        None => list::run(global, &args.list),
        Some(What::List(args)) => list::run(global, args),
        Some(What::Show(args)) => show::run(global, args),
        Some(What::Create(args)) => create::run(global, args),
        Some(What::Import(args)) => import::run(global, args),
        Some(What::Assign(args)) => assign::run(global, args),
        Some(What::Claim(args)) => claim::run(global, args),
        Some(What::Progress(args)) => working::progress(global, args),
        Some(What::Complete(args)) => working::complete(global, args),
        Some(What::Release(args)) => working::release(global, args),
        Some(What::Cancel(args)) => cancel::run(global, args),
        Some(What::Adopt(args)) => adopt::run(global, args),
        Some(What::Undo(args)) => undo::run(global, args),
        Some(What::History(args)) => history::run(global, args),
    }
}
