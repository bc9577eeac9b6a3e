//! `peerwatch tasks progress`, `complete`, `release`: what an owner says of its task.

use anyhow::bail;
use peerwatch_bridge::{Store, Task, TaskError};
use peerwatch_core::Timestamp;

use crate::acting::Acting;
use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::Ledger;
use crate::{awake, piped, screen};
use peerwatch_engine::task_view;

/// Whose task it is, and since which change of hands.
#[derive(clap::Args, Debug)]
struct Owned {
    /// The task's number
    #[arg(value_name = "TASK")]
    task: String,

    #[command(flatten)]
    acting: Acting,

    /// The epoch in which it was claimed, so that no older run reports for a newer one
    #[arg(long, value_name = "N")]
    epoch: Option<i64>,
}

/// Report how far a task is
///
/// Begins a task that was assigned, and renews the lease of its owner.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks progress 12 \"half of the tests pass\" --as builder
  make test 2>&1 | tail -5 | peerwatch tasks progress 12 - --as builder --epoch 1

Exit 1 when the task was taken from the role; the report is kept as late work.")]
pub(super) struct ProgressArgs {
    #[command(flatten)]
    owned: Owned,

    /// How far it is; `-` reads it from standard input
    text: String,
}

/// Say that a task is done
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks complete 12 \"all tests pass, see parser.rs\" --as builder
  peerwatch tasks complete 12 - --as builder < result.md

Exit 1 when the task was taken from the role; the result is kept as late work.")]
pub(super) struct CompleteArgs {
    #[command(flatten)]
    owned: Owned,

    /// What came out of it; `-` reads it from standard input
    #[arg(value_name = "RESULT")]
    text: String,
}

/// Give a task back, for somebody else to take
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks release 12 --as builder --reason \"needs the schema first\"

Exit 1 when the task was taken from the role already.")]
pub(super) struct ReleaseArgs {
    #[command(flatten)]
    owned: Owned,

    /// Why
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
}

pub(super) fn progress(global: &Global, args: &ProgressArgs) -> anyhow::Result<Ending> {
    let text = said(&args.text, "how far it is")?;
    report(global, &args.owned, "Noted.", |store, id, epoch, by, now| {
        store.progress_task(id, epoch, by, &text, now)
    })
}

pub(super) fn complete(global: &Global, args: &CompleteArgs) -> anyhow::Result<Ending> {
    let text = said(&args.text, "the result")?;
    report(global, &args.owned, "Done.", |store, id, epoch, by, now| {
        store.complete_task(id, epoch, by, &text, now)
    })
}

pub(super) fn release(global: &Global, args: &ReleaseArgs) -> anyhow::Result<Ending> {
    report(global, &args.owned, "It is open again.", |store, id, epoch, by, now| {
        store.release_task(id, epoch, by, &args.reason, now)
    })
}

fn said(text: &str, what: &str) -> anyhow::Result<String> {
    let text = piped::text(text, what)?;
    if text.trim().is_empty() {
        bail!("nothing is said: the text is empty");
    }
    Ok(text)
}

fn report(
    global: &Global,
    owned: &Owned,
    done: &str,
    act: impl FnOnce(&mut Store, i64, Option<i64>, &str, Timestamp) -> Result<Task, TaskError>,
) -> anyhow::Result<Ending> {
    let now = awake::wall();
    let (mut ledger, id) = Ledger::of_task(global, &owned.task)?;
    let conversation = ledger.task(id)?.conversation;
    let letter = owned.acting.letter(global, &mut ledger, &conversation, now)?;
    match act(&mut ledger.store, id, owned.epoch, &letter, now) {
        Ok(task) => {
            if global.json {
                screen::print_json(&task_view(&task))?;
            } else {
                screen::print(&[format!("Task {}: {done}", task.id)])?;
            }
            Ok(Ending::Fine)
        }
        // Nothing is lost, and a person decides what becomes of it.
        Err(error @ TaskError::TakenOver { .. }) => {
            screen::say_error(&error.to_string());
            Ok(Ending::NeedsPerson)
        }
        Err(error) if error.kept().is_some() => {
            screen::say_error(&error.to_string());
            Ok(Ending::NeedsPerson)
        }
        Err(error) => Err(error.into()),
    }
}
