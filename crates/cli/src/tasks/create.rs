//! `peerwatch tasks create`: one task.

use std::path::{Path, PathBuf};

use peerwatch_bridge::{Actor, NewTask};

use super::when;
use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::ledger::{Ledger, Name};
use crate::printable::line;
use crate::{awake, piped, screen};
use peerwatch_engine::task_view;

/// Create a task
///
/// In Peerwatch's own bridge it may name a bridge that is not there yet; it is made then.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks create \"Write the parser\"
  peerwatch tasks create \"Port the importer\" --needs 12 --folder ~/acme/api --assign backend
  peerwatch tasks create \"Read the audit\" --deadline tomorrow --description - < audit.md")]
pub(super) struct Args {
    /// What is to be done, in a few words
    subject: String,

    /// More about it; `-` reads it from standard input
    #[arg(long, short, value_name = "TEXT")]
    description: Option<String>,

    /// The bridge it belongs to
    #[arg(long, value_name = "NAME")]
    bridge: Option<String>,

    /// Higher goes first
    #[arg(long, short, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    priority: i32,

    /// Tasks that must be done before it
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
    needs: Vec<String>,

    /// The folder to work in
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// When it should be done: 2h, tomorrow, 2026-12-01, "2026-12-01 18:00"
    #[arg(long, value_name = "WHEN")]
    deadline: Option<String>,

    /// Who gets it: a role in the bridge
    #[arg(long, value_name = "ROLE")]
    assign: Option<String>,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let now = awake::wall();
    let deadline = args.deadline.as_deref().map(|at| when::parse(at, now)).transpose().map_err(WrongUse)?;
    let description = args.description.as_deref().map(|it| piped::text(it, "the description")).transpose()?;
    let what = NewTask {
        subject: args.subject.clone(),
        description: description.filter(|text| !text.trim().is_empty()),
        priority: args.priority,
        needs: needs(&args.needs)?,
        folder: args.folder.as_deref().map(folder),
        deadline,
    };
    let mut ledger = Ledger::open_or_make(global)?;
    let conversation = ledger.bridge(args.bridge.as_deref(), now)?;
    // Nothing is made for somebody who is not there.
    let heir = args.assign.as_deref().map(|role| ledger.participant(&conversation, role)).transpose()?;
    let mut task = ledger.store.create_task(&conversation, &what, &Actor::Person, now)?;
    if let Some(heir) = &heir {
        task = ledger.store.assign_task(task.id, &heir.participant, &Actor::Person, true, now)?;
    }
    if global.json {
        screen::print_json(&task_view(&task))?;
    } else {
        let given = heir.map(|heir| format!(" It is {}'s.", line(&heir.role))).unwrap_or_default();
        screen::print(&[format!("Task {} is created.{given}", task.id)])?;
    }
    Ok(Ending::Fine)
}

fn needs(names: &[String]) -> Result<Vec<i64>, WrongUse> {
    let number = |name: &String| match Name::parse(name)? {
        Name::Kept(None, number) => Ok(number),
        _ => {
            Err(WrongUse(format!("a task needs tasks of its own bridge, by number; {} is none", line(name))))
        }
    };
    names.iter().map(number).collect()
}

/// The folder as whoever works in it elsewhere finds it.
pub(super) fn folder(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}
