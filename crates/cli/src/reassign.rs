//! `peerwatch reassign`: tasks go to another worker; without a task, who is silent or gone and what they owe.

mod alone;
mod asked;
pub(crate) mod owed;
mod said;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use peerwatch_bridge::{Actor, HandoverStep};
use peerwatch_wire::Command;

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::ledger::{Ledger, Name};
use crate::printable::line;
use crate::reach::Reach;
use crate::shapes::MovedView;
use crate::span::seconds;
use crate::{awake, order, piped, screen};
use peerwatch_engine::handover_view;

/// Give tasks to another worker; without a task, report who is silent or gone and what they owe
///
/// A handover takes a task from its owner, tells it, waits until it confirms or is proven gone, and gives the task to
/// another worker with a card that says all there is to know. Nobody can own the task twice meanwhile, and what the old
/// owner hands in later is kept. A running engine does this; without one the command does it itself, in the bridge.
///
/// Without a task it names everybody whom `peerwatch watchdog` would call silent, with the messages that wait for them and
/// the questions and proposals that they have not answered, writes one row for each silence into the audit log, and
/// names the tasks of owners who are proven gone. No work is moved then.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch reassign                          who is lost, and what to type
  peerwatch reassign 12 --dry-run             what would be done, and the card
  peerwatch reassign 12                       to the best free worker
  peerwatch reassign 12 13 --to reviewer --reason \"backend is on holiday\"
  peerwatch reassign 12 --anyway              do not wait for the old owner
  peerwatch reassign --undo 12                until the new owner has begun
  peerwatch reassign session:api --to docs    whatever a session is at that owns no task
  peerwatch reassign --all --yes              every task of a worker that is proven gone

Exit 1 when somebody is silent or gone, or a handover needs a person: not confirmed, nobody free, too
soon after the last; 3 when something could not be done.")]
pub(crate) struct Args {
    /// The tasks, by number, or by name as `peerwatch tasks` prints it
    #[arg(value_name = "TASK")]
    tasks: Vec<String>,

    /// Who gets them: a worker or a role, instead of the best free one
    #[arg(long, value_name = "WORKER")]
    to: Option<String>,

    /// The handover card, instead of the one that Peerwatch writes; `-` reads it from standard input
    #[arg(long, value_name = "FILE")]
    card: Option<PathBuf>,

    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Do not wait for the old owner to confirm, and pass over the brakes
    #[arg(long)]
    anyway: bool,

    /// All tasks of workers that are proven gone
    #[arg(long, conflicts_with = "tasks")]
    all: bool,

    /// Take the last handover of these tasks back
    #[arg(long, requires = "tasks", conflicts_with_all = ["to", "card", "reason", "anyway", "dry_run"])]
    undo: bool,

    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,

    /// Ask nothing
    #[arg(long, short)]
    yes: bool,

    /// Seconds without a heartbeat after which somebody is silent
    #[arg(long, value_name = "SECONDS", default_value = "300", value_parser = seconds)]
    threshold: Duration,

    /// Rows as the original's watchdog prints them, `conversation|…`: only these conversations. Silence is judged anew
    #[arg(long, value_name = "ROWS", allow_hyphen_values = true, conflicts_with_all = ["tasks", "all"])]
    silent_workers: Option<String>,
}

/// What is wanted of each task.
struct Wish {
    to: Option<String>,
    card: Option<String>,
    reason: Option<String>,
    anyway: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    if args.undo {
        return undo(global, &args.tasks);
    }
    if args.tasks.is_empty() && !args.all {
        let idle = args.to.is_none() && args.card.is_none() && args.reason.is_none();
        if !idle || args.anyway || args.dry_run || args.yes {
            return Err(WrongUse("name the tasks, or --all for those of workers that are gone".into()).into());
        }
        return owed::run(global, args.threshold, args.silent_workers.as_deref());
    }
    let card = args.card.as_deref().map(|file| piped::file(file, "the card")).transpose()?;
    let wish = Wish { to: args.to.clone(), card, reason: args.reason.clone(), anyway: args.anyway };
    match Reach::open(global)? {
        Reach::Engine(client) => asked::run(global, args, &wish, *client),
        reach @ Reach::Alone(_) => alone::run(global, args, &wish, reach),
    }
}

/// Takes the last handovers of tasks back: in the bridge itself, or where others keep a task, by the engine.
pub(crate) fn undo(global: &Global, tasks: &[String]) -> anyhow::Result<Ending> {
    let mut moved = Vec::new();
    for name in tasks {
        match Name::parse(name)? {
            Name::Kept(..) => moved.push(undo_kept(global, name)?),
            Name::Others(name) => {
                let view = crate::reach::engine_view(global)?;
                let handover = view.handovers.iter().find(|it| it.task == name && it.undoable);
                let handover = handover.ok_or_else(|| nothing_to_undo(&name))?.id;
                order::give(
                    global,
                    &Command::UndoHandover { handover },
                    &format!("{} is taken back.", line(&name)),
                )?;
            }
        }
    }
    if global.json {
        screen::print_json(&moved)?;
    }
    Ok(Ending::Fine)
}

fn undo_kept(global: &Global, name: &str) -> anyhow::Result<MovedView> {
    let (mut ledger, id) = Ledger::of_task(global, name)?;
    let task = ledger.task(id)?;
    let handovers = ledger.handovers(&task)?;
    let last = handovers.iter().find(|it| it.step != HandoverStep::Undone);
    let last = last.ok_or_else(|| nothing_to_undo(name))?;
    let undone = ledger.store.undo_handover(last.id, &Actor::Person, awake::wall())?;
    if !global.json {
        let from = line(&undone.from.role);
        screen::print(&[format!("Task {id} is {from}'s again: {}", line(&undone.subject))])?;
    }
    Ok(MovedView {
        task: name.into(),
        handover: Some(handover_view(&undone)),
        steps: Vec::new(),
        refused: None,
    })
}

fn nothing_to_undo(name: &str) -> anyhow::Error {
    anyhow!("no handover of {} can be taken back; `peerwatch tasks history` lists them", line(name))
}
