//! `peerwatch doctor`: what is found, where it was looked for, what is wrong, and what to do.

use peerwatch_engine::client::{self, ConnectError};
use peerwatch_engine::{Folders, read_once};
use peerwatch_wire::{DoctorView, EngineView, PathView, View};

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::{CARE, DIM, GOOD, STRONG};
use crate::printable::{line, wrapped};
use crate::words::counted;
use crate::{reach, screen};

/// Say what is connected, what is wrong, and what to do about it
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch doctor
  peerwatch doctor --json | jq -e .healthy

Exit 1 when something needs a person.")]
pub(crate) struct Args {}

pub(crate) fn run(global: &Global, _: &Args) -> anyhow::Result<Ending> {
    let doctor = examine(global);
    if global.json {
        screen::print_json(&doctor)?;
    } else {
        screen::print(&lines(&doctor, screen::width().min(100)))?;
    }
    Ok(if doctor.healthy { Ending::Fine } else { Ending::NeedsPerson })
}

fn examine(global: &Global) -> DoctorView {
    let options = reach::options(global);
    let (engine, answers, view) = ask(global);
    let view = view.unwrap_or_else(|| read_once(&options));
    let connected = view.connections.iter().any(|connection| connection.connected);
    DoctorView {
        schema: view.schema,
        at: view.at,
        version: env!("CARGO_PKG_VERSION").into(),
        healthy: answers && connected && view.problems.is_empty(),
        engine,
        workers: u32::try_from(view.workers.len()).unwrap_or(u32::MAX),
        connections: view.connections,
        problems: view.problems,
        paths: paths(global),
    }
}

/// What is known of the engine, whether that is as it should be, and its view.
fn ask(global: &Global) -> (EngineView, bool, Option<View>) {
    let options = reach::options(global);
    let known = |running, summary: &str, remedy: Option<&str>| EngineView {
        running,
        summary: summary.into(),
        remedy: remedy.map(Into::into),
    };
    if global.no_engine || options.only_these {
        return (known(false, "not asked; the files were read here", None), true, None);
    }
    match client::connect(&options) {
        Ok(mut client) => match reach::view_of(&mut client) {
            Ok(view) => (known(true, "running", None), true, Some(view)),
            Err(error) => {
                let summary = format!("runs, and does not answer as it should: {error:#}");
                (known(true, &summary, Some("Restart it: peerwatch stop, then peerwatch run.")), false, None)
            }
        },
        Err(ConnectError::NotRunning) => {
            let remedy = "Start the tray application, or `peerwatch run` on a machine without a screen.";
            (known(false, "not running, so nobody is notified", Some(remedy)), true, None)
        }
        Err(error) => {
            let remedy = "If it stays so, end that process and start Peerwatch again.";
            (known(false, &error.to_string(), Some(remedy)), false, None)
        }
    }
}

fn paths(global: &Global) -> Vec<PathView> {
    let Some(folders) = Folders::of_the_user() else { return Vec::new() };
    let config = global.config.clone().unwrap_or_else(|| folders.config.clone());
    [
        ("settings", config),
        ("store", folders.store.clone()),
        ("logs", folders.logs.clone()),
        ("socket", folders.socket()),
        ("lock", folders.lock()),
    ]
    .into_iter()
    .map(|(kind, path)| PathView {
        kind: kind.into(),
        exists: path.exists(),
        path: path.display().to_string(),
    })
    .collect()
}

fn lines(doctor: &DoctorView, width: usize) -> Vec<String> {
    let mut out = vec![format!("{STRONG}Peerwatch {}{STRONG:#}", doctor.version), String::new()];
    let ok = doctor.engine.running || doctor.engine.remedy.is_none();
    out.extend(item(ok, "Engine", &doctor.engine.summary, doctor.engine.remedy.as_deref(), width));
    for connection in &doctor.connections {
        let place = connection.path.as_deref().map(|path| format!("{}: ", line(path))).unwrap_or_default();
        let text = format!("{place}{}", connection.summary);
        out.extend(item(connection.connected, &connection.kind, &text, connection.remedy.as_deref(), width));
    }
    if doctor.connections.iter().all(|connection| !connection.connected) {
        let remedy = "Start Claude Code once, or name a folder with --claude-config or a database with --db.";
        out.extend(item(
            false,
            "Nothing to watch",
            "neither sessions nor a bridge were found",
            Some(remedy),
            width,
        ));
    }
    out.push(String::new());
    out.push(match doctor.workers {
        0 => "No worker was found.".into(),
        n => format!("{} found.", counted(usize::try_from(n).unwrap_or(usize::MAX), "worker")),
    });
    out.extend(problems(doctor, width));
    out.push(String::new());
    out.push(format!("{DIM}Peerwatch's own files{DIM:#}"));
    out.extend(doctor.paths.iter().map(|path| {
        let missing = if path.exists { "" } else { " (not there)" };
        format!("  {:<9} {}{DIM}{missing}{DIM:#}", path.kind, line(&path.path))
    }));
    out
}

fn problems(doctor: &DoctorView, width: usize) -> Vec<String> {
    if doctor.problems.is_empty() {
        return vec![format!("{GOOD}Everything that was found can be read.{GOOD:#}")];
    }
    let mut out = vec![String::new(), format!("{CARE}{}{CARE:#}", counted(doctor.problems.len(), "problem"))];
    for problem in &doctor.problems {
        out.extend(item(false, &problem.subject, &problem.what, problem.remedy.as_deref(), width));
    }
    out
}

/// A finding with what to do about it.
fn item(good: bool, what: &str, text: &str, remedy: Option<&str>, width: usize) -> Vec<String> {
    let (mark, style) = if good { ("ok", GOOD) } else { ("!!", CARE) };
    let room = width.saturating_sub(4);
    let mut out = Vec::new();
    for (n, piece) in wrapped(&format!("{}: {}", line(what), line(text)), room).into_iter().enumerate() {
        let lead = if n == 0 { format!("{style}{mark}{style:#}  ") } else { "    ".into() };
        out.push(format!("{lead}{piece}"));
    }
    let remedy = remedy.map(line).unwrap_or_default();
    if !remedy.is_empty() {
        out.extend(
            wrapped(&remedy, room.saturating_sub(2))
                .into_iter()
                .map(|piece| format!("      {DIM}{piece}{DIM:#}")),
        );
    }
    out
}
