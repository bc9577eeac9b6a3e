//! `peerwatch jump`: a session's terminal comes to the front, or an ended session is gone on with.

use std::path::Path;

use anyhow::{anyhow, bail};
use peerwatch_terminal::{
    Capability, FocusError, Jump, Jumped, NotResumable, Resume, Seen, open_terminal, resume_command,
};
use peerwatch_wire::{Presence, WorkerView};
use serde::{Deserialize, Serialize};

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::palette::{DIM, STRONG};
use crate::printable::line;
use crate::reach::Reach;
use crate::{find, screen};

mod terminals;

/// Bring a worker's terminal to the front: its pane, its tab, its window
///
/// For a session that has ended it prints the command that goes on with it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch jump api
  peerwatch jump api --dry-run      what it would do: exact pane, window only, or why nothing
  peerwatch jump api --resume       go on with an ended session in a new terminal
  peerwatch jump api --resume --terminal kitty
  peerwatch jump --terminals        what works where, those in use here first")]
pub(crate) struct Args {
    /// Name, id, pid or session id, or the beginning of one
    #[arg(required_unless_present = "terminals")]
    worker: Option<String>,

    /// Only say what it would do
    #[arg(long)]
    dry_run: bool,

    /// Go on with an ended session: open a terminal with `claude --resume`
    #[arg(long)]
    resume: bool,

    /// The terminal to open with --resume, by name or path
    #[arg(long, value_name = "PROGRAM", requires = "resume")]
    terminal: Option<String>,

    /// Say what a jump can do in each terminal and on each desktop
    #[arg(long, conflicts_with_all = ["worker", "dry_run", "resume"])]
    terminals: bool,
}

/// How near a jump comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Nearness {
    /// The pane or tab itself.
    ExactPane,
    /// Its window.
    WindowOnly,
    /// The pane within its multiplexer, and no window.
    PaneOnly,
    /// Nothing.
    NotPossible,
    /// The session has ended.
    Ended,
}

/// `peerwatch jump --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub(crate) struct JumpView {
    /// The worker's id.
    pub(crate) worker: String,
    /// Its name.
    pub(crate) name: String,
    /// Its process.
    pub(crate) pid: Option<u32>,
    /// How near a jump comes.
    pub(crate) capability: Nearness,
    /// What a jump would do, in words.
    pub(crate) would: String,
    /// What came to the front, or the terminal that was opened; `null` when nothing was done.
    pub(crate) done: Option<String>,
    /// Whether it was seen in front afterwards; `null` when nothing was done.
    pub(crate) seen: Option<bool>,
    /// How long it took, in milliseconds.
    pub(crate) took_ms: Option<u64>,
    /// The command that goes on with an ended session.
    pub(crate) resume: Option<String>,
    /// Why it failed.
    pub(crate) error: Option<String>,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let view = Reach::open(global)?.view()?;
    let Some(worker) = &args.worker else {
        terminals::say(global.json, &view)?;
        return Ok(Ending::Fine);
    };
    let worker = find::worker(&view, worker)?;
    if matches!(worker.presence, Presence::Gone | Presence::Ended) {
        return ended(global, args, worker);
    }
    if args.resume {
        let why = format!("{} has not ended: only an ended session is gone on with", line(&worker.name));
        return Err(WrongUse(why).into());
    }
    let Some(pid) = worker.pid else {
        let why = format!("the process of {} is not known, so neither is its terminal", line(&worker.name));
        return say(global, JumpView::of(worker, Nearness::NotPossible, why.clone()).failed(why));
    };
    let jump = Jump::to(pid);
    if args.dry_run {
        let way = jump.way();
        let told = JumpView::of(worker, nearness(way.capability()), way.sentence().to_owned());
        return say(
            global,
            match way.capability() {
                Capability::NotPossible(why) => told.failed(why.clone()),
                _ => told,
            },
        );
    }
    say(global, jumped(worker, &jump.go()))
}

impl JumpView {
    fn of(worker: &WorkerView, capability: Nearness, would: String) -> Self {
        Self {
            worker: worker.id.clone(),
            name: worker.name.clone(),
            pid: worker.pid,
            capability,
            would,
            done: None,
            seen: None,
            took_ms: None,
            resume: None,
            error: None,
        }
    }

    fn failed(self, why: String) -> Self {
        Self { error: Some(why), ..self }
    }
}

fn nearness(capability: &Capability) -> Nearness {
    match capability {
        Capability::ExactPane => Nearness::ExactPane,
        Capability::WindowOnly => Nearness::WindowOnly,
        Capability::PaneOnly(_) => Nearness::PaneOnly,
        Capability::NotPossible(_) => Nearness::NotPossible,
    }
}

fn jumped(worker: &WorkerView, jumped: &Jumped) -> JumpView {
    let told = JumpView::of(worker, nearness(&jumped.capability), jumped.sentence.clone());
    match &jumped.outcome {
        Ok(done) => JumpView {
            done: Some(done.what.clone()),
            seen: Some(done.seen == Seen::InFront),
            took_ms: u64::try_from(done.took.as_millis()).ok(),
            ..told
        },
        Err(FocusError::NotPossible(why)) => told.failed(why.clone()),
        Err(error) => told.failed(error.to_string()),
    }
}

/// Prints what became of it; what failed is an error, with JSON and without.
fn say(global: &Global, told: JumpView) -> anyhow::Result<Ending> {
    let error = told.error.clone();
    if global.json {
        screen::print_json(&told)?;
    } else if error.is_none() {
        let name = line(&told.name);
        screen::print(&[match &told.done {
            None => format!("{STRONG}{name}{STRONG:#}: {}", line(&told.would)),
            Some(done) if told.seen == Some(true) => {
                format!("{STRONG}{name}{STRONG:#}: {} is in front", line(done))
            }
            Some(done) => format!("{STRONG}{name}{STRONG:#}: {} was asked to come to the front", line(done)),
        }])?;
    }
    match error {
        Some(why) => bail!("{}: {why}", told.name),
        None => Ok(Ending::Fine),
    }
}

/// An ended session has no terminal any more: it can be gone on with.
fn ended(global: &Global, args: &Args, worker: &WorkerView) -> anyhow::Result<Ending> {
    let resume = resumable(worker)?;
    let would = "opens a new terminal that goes on with the session".to_owned();
    let mut told = JumpView { resume: Some(resume.here()), ..JumpView::of(worker, Nearness::Ended, would) };
    if args.resume && !args.dry_run {
        let shell = std::env::var("SHELL").ok().filter(|shell| Path::new(shell).is_absolute());
        let words = resume.words(shell.as_deref().unwrap_or("/bin/sh"));
        let opened = open_terminal(&words, Path::new(resume.folder()), args.terminal.as_deref(), None);
        told.done = Some(opened?.program);
    }
    if global.json {
        screen::print_json(&told)?;
    } else if let Some(program) = &told.done {
        screen::print(&[format!("{STRONG}{}{STRONG:#} goes on in {}", line(&told.name), line(program))])?;
    } else {
        let name = line(&told.name);
        screen::print(&[
            format!("{STRONG}{name}{STRONG:#} has ended. This goes on with it, as does --resume:"),
            format!("{DIM}  {DIM:#}{}", resume.here()),
        ])?;
    }
    match told.done.is_some() || args.dry_run {
        true => Ok(Ending::Fine),
        false => Err(anyhow!("{} has ended: there is no terminal to jump to", told.name)),
    }
}

fn resumable(worker: &WorkerView) -> anyhow::Result<Resume> {
    let folder = worker.cwd.as_deref().unwrap_or_default();
    let session = worker.session_id.as_deref().ok_or_else(|| {
        anyhow!("{} has ended, and no session is known that could be gone on with", worker.name)
    })?;
    resume_command(folder, session).map_err(|error: NotResumable| anyhow!("{}: {error}", worker.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_what_is_printed() {
        let page = include_str!("../../../docs/cli.md");
        let (_, rest) = page.split_once("<!-- JumpView -->\n```json\n").unwrap();
        let example = rest.split_once("\n```").unwrap().0;
        let written: serde_json::Value = serde_json::from_str(example).unwrap();
        let read: JumpView = serde_json::from_str(example).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), written);
        for near in [
            Nearness::ExactPane,
            Nearness::WindowOnly,
            Nearness::PaneOnly,
            Nearness::NotPossible,
            Nearness::Ended,
        ] {
            let word = serde_json::to_value(near).unwrap();
            assert!(page.contains(&format!("`{}`", word.as_str().unwrap())), "the page lacks {word}");
        }
    }
}
