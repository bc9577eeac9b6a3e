//! `peerwatch dismiss`: take an alert off the list.

use std::fmt::Write as _;

use peerwatch_wire::{Command, View};

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::printable::line;
use crate::{find, order, reach, words};

/// Take an alert off the list; its cause may raise another later
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch dismiss 12        alert 12
  peerwatch dismiss api       the alert about api")]
pub(crate) struct Args {
    /// The alert's number, or the worker that it is about
    alert: String,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let alert = find(&reach::engine_view(global)?, &args.alert)?;
    order::give(global, &Command::Dismiss { alert }, &format!("Alert {alert} is off the list."))
}

/// The alert that is meant.
pub(crate) fn find(view: &View, name: &str) -> Result<u64, WrongUse> {
    if let Some(alert) = view.alerts.iter().find(|alert| alert.id.to_string() == name) {
        return Ok(alert.id);
    }
    if let Ok(worker) = find::worker(view, name)
        && let Some(alert) = view.alerts.iter().find(|alert| alert.worker.as_deref() == Some(&worker.id))
    {
        return Ok(alert.id);
    }
    let mut text = format!("no alert has the number or is about the worker “{}”", line(name));
    text.push_str(if view.alerts.is_empty() { "; none stands" } else { "; these stand:" });
    for alert in &view.alerts {
        let _ = write!(text, "\n  {}  {}  {}", alert.id, words::severity(alert.severity), line(&alert.title));
    }
    Err(WrongUse(text))
}
