//! `peerwatch tasks list`: all tasks, whoever keeps them.

use std::collections::BTreeMap;

use peerwatch_wire::{TaskSource, TaskState, TaskView, View};

use crate::args::Global;
use crate::ending::Ending;
use crate::ledger::{self, Ledger};
use crate::palette::{CARE, DIM, ERROR, GOOD, PLAIN, STRONG};
use crate::printable::{fit, line};
use crate::reach::Reach;
use crate::screen;
use crate::table::{Cell, Table};
use crate::words::{self, counted};
use peerwatch_engine::task_view;

/// List tasks: those of the bridge, of agent teams, and what silent workers owe
#[derive(clap::Args, Debug, PartialEq)]
#[group(skip)]
#[command(after_help = "Examples:
  peerwatch tasks
  peerwatch tasks list --all --bridge docs
  peerwatch tasks --json | jq -r '.[] | select(.state == \"open\" and (.blocked | not)) | .id'")]
pub(super) struct Args {
    /// Also those that are done or cancelled, the last fifty of them
    #[arg(long)]
    all: bool,

    /// Only the tasks of this bridge, team or conversation
    #[arg(long, value_name = "NAME")]
    bridge: Option<String>,
}

impl Args {
    pub(super) fn is_default(&self) -> bool {
        *self == Self { all: false, bridge: None }
    }
}

pub(super) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let mut tasks = all(global)?;
    tasks.retain(|task| args.all || !is_over(task.state));
    if let Some(place) = &args.bridge {
        tasks.retain(|task| task.place == *place);
    }
    if global.json {
        screen::print_json(&tasks)?;
    } else {
        screen::print(&lines(&tasks, screen::width()))?;
    }
    Ok(Ending::Fine)
}

/// Every task that is known, those of the bridge that is meant first.
fn all(global: &Global) -> anyhow::Result<Vec<TaskView>> {
    // The files are read first: nothing else may open a database while a store has it open.
    let view = if global.db.is_empty() { Some(Reach::open(global)?.view()?) } else { None };
    let mut tasks = kept(global)?;
    if let Some(view) = view {
        tasks.iter_mut().for_each(|task| complete(task, &view));
        tasks.extend(elsewhere(view));
    }
    Ok(tasks)
}

/// Adds what only whoever watches all workers knows, where the view is as new as the task.
fn complete(task: &mut TaskView, view: &View) {
    let seen = view.tasks.iter().find(|seen| seen.id == task.id && seen.epoch == task.epoch);
    if let Some(seen) = seen.filter(|seen| seen.owner.is_some() == task.owner.is_some()) {
        task.owner.clone_from(&seen.owner);
        task.proposed.clone_from(&seen.proposed);
        task.contested.clone_from(&seen.contested);
    }
}

/// Tasks that the view alone knows of: those of other databases, and those that others keep.
fn elsewhere(view: View) -> impl Iterator<Item = TaskView> {
    let is_own = |task: &TaskView| task.source == TaskSource::Bridge && task.id.parse::<i64>().is_ok();
    view.tasks.into_iter().filter(move |task| !is_own(task))
}

/// The tasks of the database that is meant; none where Peerwatch's own bridge was never made.
fn kept(global: &Global) -> anyhow::Result<Vec<TaskView>> {
    if global.db.is_empty() && !ledger::path(global)?.exists() {
        return Ok(Vec::new());
    }
    Ok(Ledger::open(global)?.store.tasks(None)?.iter().map(task_view).collect())
}

pub(crate) fn is_over(state: TaskState) -> bool {
    matches!(state, TaskState::Done | TaskState::Cancelled)
}

fn lines(tasks: &[TaskView], width: usize) -> Vec<String> {
    if tasks.is_empty() {
        return vec![
            "There are no tasks. `peerwatch tasks create` makes one, `peerwatch tasks import` many.".into(),
        ];
    }
    let mut out = vec![format!("{STRONG}{}{STRONG:#}", fit(&sentence(tasks), width))];
    let mut places: Vec<(&str, Vec<&TaskView>)> = Vec::new();
    for task in tasks {
        match places.iter_mut().find(|(place, _)| *place == task.place) {
            Some((_, there)) => there.push(task),
            None => places.push((&task.place, vec![task])),
        }
    }
    for (place, there) in places {
        out.push(String::new());
        out.push(format!("{DIM}{}{DIM:#}", fit(&line(place), width)));
        let mut table = Table::new(&[28, 12, 20, 60]);
        for task in there {
            table.row(row(task));
        }
        out.extend(table.lines(width.saturating_sub(2)).into_iter().map(|text| format!("  {text}")));
    }
    out
}

/// `5 tasks: 2 in progress, 3 open`.
fn sentence(tasks: &[TaskView]) -> String {
    let mut counts: BTreeMap<u8, (TaskState, usize)> = BTreeMap::new();
    for task in tasks {
        counts.entry(rank(task.state)).or_insert((task.state, 0)).1 += 1;
    }
    let parts: Vec<String> =
        counts.values().map(|(state, count)| format!("{count} {}", words::task(*state))).collect();
    format!("{}: {}", counted(tasks.len(), "task"), parts.join(", "))
}

fn rank(state: TaskState) -> u8 {
    match state {
        TaskState::HandingOver => 0,
        TaskState::InProgress => 1,
        TaskState::Assigned => 2,
        TaskState::Open => 3,
        TaskState::Done => 4,
        TaskState::Cancelled => 5,
    }
}

fn row(task: &TaskView) -> Vec<Cell> {
    let style = match task.state {
        TaskState::HandingOver => CARE,
        TaskState::InProgress => GOOD,
        TaskState::Assigned | TaskState::Open => PLAIN,
        TaskState::Done | TaskState::Cancelled => DIM,
    };
    let style = if task.contested.is_some() { ERROR } else { style };
    let mut row = vec![
        Cell::plain(&task.id),
        Cell::new(words::task(task.state), style),
        Cell::plain(task.owner_name.as_deref().unwrap_or("-")),
        Cell::plain(&task.subject),
    ];
    row.extend(Some(gist(task)).filter(|gist| !gist.is_empty()).map(|gist| Cell::new(gist, DIM)));
    row
}

/// The one thing that should be known of a task in a list.
fn gist(task: &TaskView) -> String {
    if let Some(warning) = &task.contested {
        return warning.clone();
    }
    if let Some(late) = task.late.last() {
        return format!("late work {} of {}", late.id, late.by);
    }
    if task.blocked && !is_over(task.state) {
        return format!("needs {}", task.needs.join(", "));
    }
    task.progress.as_ref().map(|said| said.text.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use peerwatch_wire::{LateView, ProgressView};

    fn task(id: &str, place: &str, state: TaskState, owner: Option<&str>, subject: &str) -> TaskView {
        TaskView {
            id: id.into(),
            source: TaskSource::Bridge,
            place: place.into(),
            subject: subject.into(),
            description: None,
            state,
            owner: None,
            owner_name: owner.map(Into::into),
            epoch: Some(1),
            lease_until: None,
            priority: 0,
            needs: Vec::new(),
            blocked: false,
            folder: None,
            deadline: None,
            attempts: 0,
            updated: None,
            progress: None,
            late: Vec::new(),
            handover: None,
            proposed: None,
            contested: None,
            fixed: None,
        }
    }

    #[test]
    fn tasks_stand_under_their_bridges_with_what_should_be_known_of_them() {
        let at = "2026-11-23T09:00:00Z".to_owned();
        let by = "backend".to_owned();
        let mut tasks = vec![
            task("12", "main", TaskState::InProgress, Some("backend"), "Write the parser"),
            task("7", "main", TaskState::Open, None, "Port the importer"),
            task("9", "main", TaskState::HandingOver, None, "Draw\u{1b}[2J the tree"),
            task("team:acme:3", "acme", TaskState::Assigned, Some("lena"), "Check the links"),
        ];
        tasks[0].progress =
            Some(ProgressView { by: by.clone(), at: at.clone(), text: "half\nof the tests pass".into() });
        tasks[1].needs = vec!["12".into()];
        tasks[1].blocked = true;
        tasks[2].late.push(LateView { id: 31, by, at, completes: true, text: "done".into() });
        let plain: Vec<String> =
            lines(&tasks, 80).iter().map(|line| anstream::adapter::strip_str(line).to_string()).collect();
        expect![[r#"
            4 tasks: 1 handing over, 1 in progress, 1 assigned, 1 open

            main
              12  in progress   backend  Write the parser   half of the tests pass
              7   open          -        Port the importer  needs 12
              9   handing over  -        Draw�[2J the tree  late work 31 of backend

            acme
              team:acme:3  assigned  lena  Check the links"#]]
        .assert_eq(&plain.join("\n"));
    }
}
