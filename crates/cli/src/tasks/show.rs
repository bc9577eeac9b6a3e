//! `peerwatch tasks show`: one task, and all that was said on it.

use anyhow::anyhow;
use peerwatch_bridge::{Note, NoteKind, Store, Task};
use peerwatch_engine::{handover_view, rfc3339, task_view};
use peerwatch_sources::process;
use peerwatch_wire::TaskView;

use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::{Ledger, Name};
use crate::palette::{CARE, DIM, STRONG};
use crate::printable::{line, lines, padded, wrapped};
use crate::reach::Reach;
use crate::shapes::{NoteView, TaskDetailView};
use crate::words::{self, clock};
use crate::{awake, fare, screen};

/// Show one task: its owner, its reports, late work, and its handovers
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch tasks show 12
  peerwatch tasks show 12 --json | jq '.notes[-1].text'")]
pub(super) struct Args {
    /// The task's number, or its name as `peerwatch tasks` prints it
    #[arg(value_name = "TASK")]
    task: String,
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let (detail, owner) = match Name::parse(&args.task)? {
        Name::Others(name) => (others(global, &name)?, None),
        Name::Kept(..) => {
            let (ledger, id) = Ledger::of_task(global, &args.task)?;
            let task = ledger.task(id)?;
            (of(&ledger, &task)?, sentence(&ledger.store, &task)?)
        }
    };
    if global.json {
        screen::print_json(&detail)?;
    } else {
        screen::print(&text(&detail, owner.as_deref(), screen::width().min(100)))?;
    }
    Ok(Ending::Fine)
}

fn others(global: &Global, name: &str) -> anyhow::Result<TaskDetailView> {
    let view = Reach::open(global)?.view()?;
    let task = view.tasks.into_iter().find(|task| task.id == name);
    let task =
        task.ok_or_else(|| anyhow!("there is no task {} now; `peerwatch tasks` lists them", line(name)))?;
    let handovers = view.handovers.into_iter().filter(|it| it.task == name).collect();
    Ok(TaskDetailView { task, notes: Vec::new(), handovers })
}

fn of(ledger: &Ledger, task: &Task) -> anyhow::Result<TaskDetailView> {
    let handovers = ledger.handovers(task)?;
    Ok(TaskDetailView {
        task: task_view(task),
        notes: ledger.store.notes(task.id)?.iter().map(note).collect(),
        handovers: handovers.iter().map(handover_view).collect(),
    })
}

/// How the owner fares.
fn sentence(store: &Store, task: &Task) -> anyhow::Result<Option<String>> {
    let Some(owner) = &task.owner else { return Ok(None) };
    let fare = fare::of(store, owner, process::system().as_ref(), awake::wall())?;
    Ok(Some(fare.sentence(&owner.role)))
}

fn note(note: &Note) -> NoteView {
    NoteView {
        id: u64::try_from(note.id).unwrap_or_default(),
        kind: match note.kind {
            NoteKind::Progress => "progress",
            NoteKind::Result => "result",
            NoteKind::Reason => "reason",
            NoteKind::LateProgress => "late_progress",
            NoteKind::LateResult => "late_result",
        }
        .into(),
        by: note.by.clone(),
        epoch: u64::try_from(note.epoch).unwrap_or_default(),
        at: rfc3339(note.at),
        text: note.text.clone(),
    }
}

fn text(detail: &TaskDetailView, owner: Option<&str>, width: usize) -> Vec<String> {
    let task = &detail.task;
    let mut out = vec![format!(
        "{STRONG}{}{STRONG:#}  {}  {DIM}{}{DIM:#}",
        line(&task.id),
        line(&task.subject),
        words::task(task.state)
    )];
    let facts = facts(task, owner).into_iter();
    out.extend(facts.map(|(what, text)| format!("  {DIM}{}{DIM:#}{}", padded(what, 12), line(&text))));
    if let Some(warning) = &task.contested {
        out.push(format!("  {CARE}{}{CARE:#}", line(warning)));
    }
    if let Some(description) = &task.description {
        out.push(String::new());
        out.extend(block(description, width));
    }
    if !detail.notes.is_empty() {
        out.extend([String::new(), format!("{DIM}Said{DIM:#}")]);
        out.extend(detail.notes.iter().flat_map(|note| said(note, width)));
    }
    for late in &task.late {
        out.push(format!(
            "  {CARE}late work {} of {} waits: peerwatch tasks adopt {} {}{CARE:#}",
            late.id,
            line(&late.by),
            line(&task.id),
            late.id
        ));
    }
    if !detail.handovers.is_empty() {
        out.extend([String::new(), format!("{DIM}Handovers{DIM:#}")]);
        out.extend(detail.handovers.iter().map(|it| {
            format!(
                "  {DIM}{}{DIM:#}  {}: {}; {}",
                clock(&it.at),
                line(&it.actor),
                line(&it.reason),
                line(&it.summary)
            )
        }));
    }
    out
}

fn facts(task: &TaskView, owner: Option<&str>) -> Vec<(&'static str, String)> {
    let blocked = if task.blocked { "; not all of them are done" } else { "" };
    let needs = (!task.needs.is_empty()).then(|| format!("{}{blocked}", task.needs.join(", ")));
    let known = [
        ("bridge", Some(task.place.clone())),
        ("owner", owner.map(Into::into).or_else(|| task.owner_name.clone())),
        ("epoch", task.epoch.map(|epoch| epoch.to_string())),
        ("lease", task.lease_until.as_deref().map(|at| format!("until {}", clock(at)))),
        ("priority", Some(task.priority).filter(|it| *it != 0).map(|it| it.to_string())),
        ("needs", needs),
        ("folder", task.folder.clone()),
        ("deadline", task.deadline.as_deref().map(clock)),
        ("attempts", Some(task.attempts).filter(|it| *it > 0).map(|it| it.to_string())),
        ("changed", task.updated.as_deref().map(clock)),
    ];
    known.into_iter().filter_map(|(what, text)| text.map(|text| (what, text))).collect()
}

fn said(note: &NoteView, width: usize) -> Vec<String> {
    let kind = note.kind.replace('_', " ");
    let head = format!(
        "  {DIM}{}{DIM:#}  {} {DIM}{}, epoch {}{DIM:#}",
        clock(&note.at),
        line(&note.by),
        line(&kind),
        note.epoch
    );
    std::iter::once(head)
        .chain(block(&note.text, width).into_iter().map(|text| format!("  {text}")))
        .collect()
}

/// A text of several lines, indented and wrapped.
fn block(text: &str, width: usize) -> Vec<String> {
    let wide = width.saturating_sub(4).max(20);
    lines(text).iter().flat_map(|text| wrapped(text, wide)).map(|text| format!("  {text}")).collect()
}
