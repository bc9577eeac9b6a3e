//! `peerwatch doctor`: what is found, where it was looked for, what is wrong, and what to do.

#[cfg(target_os = "linux")]
mod desktop;
mod plugin;

use peerwatch_engine::client::{self, ConnectError};
use peerwatch_engine::{Folders, read_once};
use peerwatch_wire::{ConnectionView, DoctorView, EngineView, PathView, View};

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::{CARE, DIM, GOOD, STRONG};
use crate::printable::{line, wrapped};
use crate::words::counted;
use crate::{reach, screen};

const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    let reads = view.connections.iter().any(|it| it.connected && is_source(it));
    let plugin = plugin_of(global, &view);
    let works = plugin.as_ref().is_none_or(|plugin| !plugin.is_broken);
    DoctorView {
        schema: view.schema,
        at: view.at,
        version: VERSION.into(),
        healthy: answers && reads && works && view.problems.is_empty(),
        engine,
        workers: u32::try_from(view.workers.len()).unwrap_or(u32::MAX),
        connections: connections(view.connections, plugin),
        problems: view.problems,
        paths: paths(global),
    }
}

/// The plugin; not looked at when only databases are asked for.
fn plugin_of(global: &Global, view: &View) -> Option<plugin::Plugin> {
    let options = reach::options(global);
    if options.only_these && options.claude_config.is_empty() {
        return None;
    }
    let told = || view.settings.claude_config.iter().map(Into::into).collect();
    let configs = if options.claude_config.is_empty() { told() } else { options.claude_config };
    Some(plugin::look(&Folders::of_the_user()?, &configs))
}

/// Whether it is something that is watched, and not what is done with it.
fn is_source(connection: &ConnectionView) -> bool {
    ![NOTIFICATIONS, plugin::KIND].contains(&connection.kind.as_str())
}

const NOTIFICATIONS: &str = "Notifications";

/// What is watched, then the desktop, then the plugin.
fn connections(known: Vec<ConnectionView>, plugin: Option<plugin::Plugin>) -> Vec<ConnectionView> {
    let told = |kind: &str| known.iter().find(|it| it.kind == kind).cloned();
    let (notifications, of_engine) = (told(NOTIFICATIONS), told(plugin::KIND));
    let mut all: Vec<ConnectionView> = known.into_iter().filter(is_source).collect();
    #[cfg(target_os = "linux")]
    all.extend(desktop::look(notifications));
    #[cfg(not(target_os = "linux"))]
    all.extend(notifications);
    all.extend(plugin.map(|plugin| plugin.line).or(of_engine));
    all
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
    let mark = if ok { Mark::Good } else { Mark::Bad };
    out.extend(item(mark, "Engine", &doctor.engine.summary, doctor.engine.remedy.as_deref(), width));
    for connection in &doctor.connections {
        let place = connection.path.as_deref().map(|path| format!("{}: ", line(path))).unwrap_or_default();
        let text = format!("{place}{}", connection.summary);
        out.extend(item(Mark::of(connection), &connection.kind, &text, connection.remedy.as_deref(), width));
    }
    if !doctor.connections.iter().any(|it| it.connected && is_source(it)) {
        let remedy = "Start Claude Code once, or name a folder with --claude-config or a database with --db.";
        out.extend(item(
            Mark::Bad,
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
        out.extend(item(Mark::Bad, &problem.subject, &problem.what, problem.remedy.as_deref(), width));
    }
    out
}

/// How a finding is to be taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Mark {
    Good,
    /// It is not there, and need not be.
    Absent,
    Bad,
}

impl Mark {
    fn of(connection: &ConnectionView) -> Self {
        match (connection.connected, &connection.remedy) {
            (true, _) => Self::Good,
            (false, None) => Self::Absent,
            (false, Some(_)) => Self::Bad,
        }
    }
}

/// A finding with what to do about it.
fn item(mark: Mark, what: &str, text: &str, remedy: Option<&str>, width: usize) -> Vec<String> {
    let (mark, style) = match mark {
        Mark::Good => ("ok", GOOD),
        Mark::Absent => ("--", DIM),
        Mark::Bad => ("!!", CARE),
    };
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
