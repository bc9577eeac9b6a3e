//! `peerwatch tasks claim`: a worker takes a task.

use anyhow::bail;
use peerwatch_bridge::Task;

use crate::acting::Acting;
use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::ledger::Ledger;
use crate::printable::line;
use crate::{awake, screen};
use peerwatch_engine::task_view;

/// Take an open task for a role, or begin one that was assigned to it
///
/// Without a number the best one is taken: what is assigned to the role, else the open task of the highest priority that
/// waits for no other. A role that nobody holds is taken by the session or program that runs the command.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks claim 12 --as builder
  peerwatch tasks claim --as builder --json | jq -r '.id, .epoch'

Exit 3 when there is nothing to take.")]
pub(super) struct Args {
    /// The task's number; without one the best task
    #[arg(value_name = "TASK")]
    task: Option<String>,

    #[command(flatten)]
    acting: Acting,

    /// The bridge of the best task
    #[arg(long, value_name = "NAME", conflicts_with = "task")]
    bridge: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let task = match &args.task {
        Some(task) => one(global, args, task)?,
        None => best(global, args)?,
    };
    if global.json {
        screen::print_json(&task_view(&task))?;
    } else {
        screen::print(&[format!(
            "Task {} is {}'s, in epoch {}: {}",
            task.id,
            args.acting.name(),
            task.epoch,
            line(&task.what.subject)
        )])?;
    }
    Ok(Ending::Fine)
}

fn one(global: &Global, args: &Args, name: &str) -> anyhow::Result<Task> {
    let now = awake::wall();
    let (mut ledger, id) = Ledger::of_task(global, name)?;
    let conversation = ledger.task(id)?.conversation;
    let letter = args.acting.seat(global, &mut ledger, &conversation, now)?;
    Ok(ledger.store.claim_task(id, &letter, now)?)
}

fn best(global: &Global, args: &Args) -> anyhow::Result<Task> {
    let now = awake::wall();
    let mut ledger = Ledger::open(global)?;
    let Some(conversation) = ledger.known(args.bridge.as_deref())? else {
        let name = line(args.bridge.as_deref().unwrap_or(crate::ledger::MAIN));
        return Err(WrongUse(format!("there is no bridge {name} yet, and so no task in it")).into());
    };
    let letter = args.acting.seat(global, &mut ledger, &conversation, now)?;
    match ledger.store.claim_next(&conversation, &letter, now)? {
        Some(task) => Ok(task),
        None => bail!("no task is open that waits for no other"),
    }
}
