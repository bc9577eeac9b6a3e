//! `peerwatch show`: one worker, and why Peerwatch says what it says of it.

use peerwatch_wire::{Page, ShowView, View, WorkerView};

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::{DIM, STRONG};
use crate::printable::{line, padded, wrapped};
use crate::reach::Reach;
use crate::table::{Cell, Table};
use crate::words::{ago, since, source, span, verdict};
use crate::{find, messages, palette, screen};

/// Show one worker: the verdict, its evidence, and the last of its conversation
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch show api
  peerwatch show 4711               by pid
  peerwatch show 7badc82c           by the beginning of a session id
  peerwatch show api --json | jq .worker.witnesses")]
pub(crate) struct Args {
    /// Name, id, pid or session id, or the beginning of one
    worker: String,

    /// How many entries of its conversation
    #[arg(long, short = 'n', value_name = "N", default_value_t = 8)]
    limit: u32,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let mut reach = Reach::open(global)?;
    let view = reach.view()?;
    let worker = find::worker(&view, &args.worker)?.clone();
    let page = match &worker.conversation {
        Some(conversation) if args.limit > 0 => Some(reach.read(conversation, Page::Newest, args.limit)),
        _ => None,
    };
    let (entries, note) = match page {
        Some(Ok(page)) => (page.entries, page.note),
        // A conversation that cannot be read takes nothing from the rest.
        Some(Err(error)) => (Vec::new(), Some(format!("{error:#}"))),
        None => (Vec::new(), None),
    };
    if global.json {
        screen::print_json(&ShowView { schema: view.schema, at: view.at, worker, entries, note })?;
        return Ok(Ending::Fine);
    }
    let width = screen::width().min(100);
    let mut out = head(&view, &worker, width);
    out.extend(evidence(&worker, width));
    if !entries.is_empty() || note.is_some() {
        out.push(String::new());
        out.push(format!("{DIM}Conversation{DIM:#}"));
        out.extend(
            messages::entries(&entries, width.saturating_sub(2), 3)
                .into_iter()
                .map(|line| format!("  {line}")),
        );
        out.extend(note.map(|note| format!("  {DIM}{}{DIM:#}", line(&note))));
    }
    screen::print(&out)?;
    Ok(Ending::Fine)
}

fn head(view: &View, worker: &WorkerView, width: usize) -> Vec<String> {
    let style = palette::of(worker.presence);
    let held = worker.since.as_deref().and_then(|at| since(&view.at, at));
    let held = held.filter(|held| *held > 0).map(|held| format!(" for {}", span(held))).unwrap_or_default();
    let mut out = vec![format!(
        "{style}{}{style:#} {STRONG}{}{STRONG:#}  {style}{}{style:#}{held}",
        palette::mark(worker.group),
        line(&worker.name),
        verdict(worker),
    )];
    out.extend(
        wrapped(&line(&worker.summary), width.saturating_sub(2)).iter().map(|text| format!("  {text}")),
    );
    out.push(String::new());
    out.extend(
        facts(view, worker)
            .into_iter()
            .map(|(what, text)| format!("  {DIM}{}{DIM:#}{}", padded(what, 12), line(&text))),
    );
    out
}

/// Who it is; what is not known is left out.
fn facts(view: &View, worker: &WorkerView) -> Vec<(&'static str, String)> {
    let version = worker.version.as_deref().map(|v| format!(", version {v}")).unwrap_or_default();
    let role = worker.role.as_deref().map(|r| format!(" ({r})")).unwrap_or_default();
    let partner = worker.partner.as_deref().map(|id| {
        view.workers.iter().find(|other| other.id == id).map_or(id, |other| &other.name).to_string()
    });
    let known = [
        ("kind", Some(format!("{}{role}{version}", source(worker.source)))),
        ("folder", worker.cwd.clone()),
        ("process", worker.pid.map(|pid| pid.to_string())),
        ("session", worker.session_id.clone()),
        ("with", partner),
        ("unread", worker.unread.filter(|n| *n > 0).map(|n| n.to_string())),
        ("tasks", Some(tasks(view, worker)).filter(|tasks| !tasks.is_empty())),
        ("muted", worker.muted_until.as_deref().map(crate::mute::until)),
        ("id", Some(worker.id.clone())),
    ];
    known.into_iter().filter_map(|(what, text)| text.map(|text| (what, text))).collect()
}

/// The tasks that it owns, by number and subject.
fn tasks(view: &View, worker: &WorkerView) -> String {
    let subject = |id: &String| {
        let task = view.tasks.iter().find(|task| task.id == *id);
        task.map_or_else(|| id.clone(), |task| format!("{id} {}", task.subject))
    };
    worker.tasks.iter().map(subject).collect::<Vec<_>>().join("; ")
}

fn evidence(worker: &WorkerView, width: usize) -> Vec<String> {
    let mut out = vec![String::new(), format!("{DIM}Evidence{DIM:#}")];
    if worker.witnesses.is_empty() {
        out.push("  nothing was seen of it yet".into());
    }
    let mut table = Table::new(&[width.saturating_sub(16)]);
    for witness in &worker.witnesses {
        table.row(vec![Cell::plain(&witness.what), Cell::new(ago(witness.age_s), DIM)]);
    }
    out.extend(table.lines(width.saturating_sub(2)).into_iter().map(|text| format!("  {text}")));
    let silence = match (worker.silent_s, worker.threshold_s) {
        (Some(silent), Some(threshold)) if silent >= threshold => {
            Some(format!("Not heard for {}; {} is remarked.", span(silent), span(threshold)))
        }
        (Some(silent), Some(threshold)) => {
            Some(format!("Heard {}; a silence of {} would be remarked.", ago(silent), span(threshold)))
        }
        _ => None,
    };
    out.extend(
        silence
            .iter()
            .flat_map(|text| wrapped(text, width.saturating_sub(2)))
            .map(|text| format!("  {text}")),
    );
    out
}
