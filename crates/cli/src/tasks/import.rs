//! `peerwatch tasks import`: many tasks from a list, all of them or none.

mod checklist;
mod json_lines;
mod plan;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use peerwatch_bridge::{Actor, NewTask, Task};
use peerwatch_core::Timestamp;

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::ledger::{self, Ledger};
use crate::printable::line;
use crate::words::counted;
use crate::{awake, piped, screen};
use peerwatch_engine::task_view;

use plan::{Plan, Step};

/// Create many tasks from a list: JSON lines, or a Markdown checklist
///
/// JSON: one object a line, or one array, with `subject` and, as you like, `description`, `priority`, `needs`, `folder`,
/// `deadline` and `assign`. `needs` names other entries by their own `id` or `key`. What `peerwatch tasks --json` prints can
/// be read again.
///
/// Markdown: each `- [ ]` is a task, `- [x]` is done and skipped. A task needs the tasks that are nested under it; other
/// nested lines are its description. All else in the page is passed over.
///
/// The whole list is looked through before anything is created. An entry that stands in the bridge already, with the same
/// subject and description and not done, is not created a second time, so a list that has grown can be imported again.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks import plan.md --dry-run
  peerwatch tasks import plan.md --bridge docs
  jq -c '.[] | {subject: .title}' issues.json | peerwatch tasks import -")]
pub(super) struct Args {
    /// The list; `-` reads it from standard input
    file: PathBuf,

    /// The bridge that the tasks belong to
    #[arg(long, value_name = "NAME")]
    bridge: Option<String>,

    /// Only say what would be created
    #[arg(long)]
    dry_run: bool,
}

/// An entry of a list, as it stands there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
struct Entry {
    /// Where it begins, for messages.
    line: usize,
    /// The name by which others need it.
    key: Option<String>,
    what: NewTask,
    /// The keys of the entries that it needs.
    needs: Vec<String>,
    /// The role that gets it.
    assign: Option<String>,
    /// Whether it is over already.
    over: bool,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let now = awake::wall();
    let text = piped::file(&args.file, "the list")?;
    let entries = read(&args.file, text.trim_start_matches('\u{feff}'), now).map_err(WrongUse)?;
    let plan = Plan::of(entries).map_err(WrongUse)?;
    if args.dry_run {
        let ledger = existing(global)?;
        let conversation = ledger.as_ref().map(|it| it.known(args.bridge.as_deref())).transpose()?.flatten();
        let plan = match (&ledger, &conversation) {
            (Some(ledger), Some(conversation)) => settled(plan, ledger, conversation)?,
            _ => plan.with_roles(&[]).map_err(WrongUse)?,
        };
        return say_plan(global, args, &plan);
    }
    let mut ledger = Ledger::open_or_make(global)?;
    let conversation = ledger.bridge(args.bridge.as_deref(), now)?;
    let plan = settled(plan, &ledger, &conversation)?;
    let created = create(&mut ledger, &conversation, &plan, now)?;
    say_created(global, &plan, &created)
}

/// The database where it is there: a look makes nothing.
fn existing(global: &Global) -> anyhow::Result<Option<Ledger>> {
    if global.db.is_empty() && !ledger::path(global)?.exists() {
        return Ok(None);
    }
    Ok(Some(Ledger::open(global)?))
}

/// The plan beside what is in the bridge already.
fn settled(plan: Plan, ledger: &Ledger, conversation: &str) -> anyhow::Result<Plan> {
    let roles = ledger.store.participants(conversation)?;
    let plan = plan.with_roles(&roles).map_err(WrongUse)?;
    Ok(plan.beside(&ledger.store.tasks(Some(conversation))?))
}

fn read(file: &Path, text: &str, now: Timestamp) -> Result<Vec<Entry>, String> {
    let entries = if is_json(file, text) { json_lines::read(text, now)? } else { checklist::read(text) };
    if entries.is_empty() {
        return Err(
            "the list has no tasks: JSON lines with a `subject`, or Markdown with `- [ ]`, are read".into()
        );
    }
    Ok(entries)
}

/// By the file's name, else by how it begins.
fn is_json(file: &Path, text: &str) -> bool {
    match file.extension().and_then(|end| end.to_str()) {
        Some("md" | "markdown") => false,
        Some("json" | "jsonl" | "ndjson") => true,
        _ => text.trim_start().starts_with(['{', '[']),
    }
}

/// How often a long import says how far it is.
const NEWS: Duration = Duration::from_secs(1);

/// Creates what the plan says; when that fails in the middle, takes all of it back.
fn create(ledger: &mut Ledger, conversation: &str, plan: &Plan, now: Timestamp) -> anyhow::Result<Vec<Task>> {
    let mut created: Vec<Task> = Vec::new();
    let mut numbers: Vec<i64> = Vec::new();
    let mut told = Instant::now();
    for step in &plan.steps {
        match one(ledger, conversation, step, &numbers, now) {
            Ok(Some(task)) => {
                numbers.push(task.id);
                created.push(task);
            }
            Ok(None) => numbers.push(step.known.unwrap_or_default()),
            Err(error) => {
                take_back(ledger, &created, now);
                let what = format!("the entry of line {} was not created, so nothing is", step.line);
                return Err(error.context(what));
            }
        }
        if told.elapsed() > NEWS {
            told = Instant::now();
            screen::say(&format!("{} of {} entries", numbers.len(), plan.steps.len()));
        }
    }
    Ok(created)
}

/// Creates one task, unless it is known; `numbers` are those of the steps before.
fn one(
    ledger: &mut Ledger,
    conversation: &str,
    step: &Step,
    numbers: &[i64],
    now: Timestamp,
) -> anyhow::Result<Option<Task>> {
    if step.known.is_some() {
        return Ok(None);
    }
    let number = |at: &usize| numbers.get(*at).copied().ok_or_else(|| anyhow!("the list is out of order"));
    let needs = step.needs.iter().map(number).collect::<anyhow::Result<Vec<i64>>>()?;
    let what = NewTask { needs, ..step.what.clone() };
    let task = ledger.store.create_task(conversation, &what, &Actor::Person, now)?;
    let Some((letter, role)) = &step.assign else { return Ok(Some(task)) };
    match ledger.store.assign_task(task.id, letter, &Actor::Person, true, now) {
        Ok(task) => Ok(Some(task)),
        Err(error) => {
            take_back(ledger, &[task], now);
            Err(error).with_context(|| format!("it cannot be given to {}", line(role)))
        }
    }
}

fn take_back(ledger: &mut Ledger, created: &[Task], now: Timestamp) {
    // Those that need others go first.
    for task in created.iter().rev() {
        let why = "the import did not succeed";
        if let Err(error) = ledger.store.cancel_task(task.id, &Actor::Person, why, now) {
            screen::say_error(&format!("task {} stays: {error}", task.id));
        }
    }
}

fn say_plan(global: &Global, args: &Args, plan: &Plan) -> anyhow::Result<Ending> {
    if global.json {
        screen::print_json(&plan.views())?;
        return Ok(Ending::Fine);
    }
    let bridge = args.bridge.as_deref().unwrap_or(ledger::MAIN);
    let mut out = vec![format!("{} for {} would be created:", counted(plan.count(), "task"), line(bridge))];
    out.extend(plan.lines(screen::width()));
    out.extend(plan.left_out());
    screen::print(&out)?;
    Ok(Ending::Fine)
}

fn say_created(global: &Global, plan: &Plan, created: &[Task]) -> anyhow::Result<Ending> {
    if global.json {
        let views: Vec<_> = created.iter().map(task_view).collect();
        screen::print_json(&views)?;
        return Ok(Ending::Fine);
    }
    let numbers = match (created.first(), created.last()) {
        (Some(first), Some(last)) if first.id != last.id => format!(": {} to {}", first.id, last.id),
        (Some(only), _) => format!(": {}", only.id),
        _ => String::new(),
    };
    let verb = if created.len() == 1 { "is" } else { "are" };
    let mut out = vec![format!("{} {verb} created{numbers}.", counted(created.len(), "task"))];
    out.extend(plan.left_out());
    screen::print(&out)?;
    Ok(Ending::Fine)
}
