//! `peerwatch watch`: the roster live, or a line for each thing that happens.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::RecvTimeoutError;
use std::time::{Duration, Instant};

use anyhow::bail;
use jiff::Zoned;
use peerwatch_wire::{Event, View};

use crate::args::Global;
use crate::canvas::Canvas;
use crate::conversation::Conversation;
use crate::ending::Ending;
use crate::follow::{self, Followed, Update};
use crate::palette::DIM;
use crate::ticket::TokenArgs;
use crate::{happening, roster, screen};

/// Watch the roster live
///
/// On a terminal the roster is redrawn at each change; into a pipe each thing that happens is a line. Follows the
/// running engine; without one it watches by itself and notifies nobody.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch watch                 live, q ends it
  peerwatch watch | tee log       a line for each thing that happens
  peerwatch watch --json | jq -c 'select(.event == \"message\")'
  peerwatch --db team.db watch --conversation-id conv_4f1d0c9ab8e27763")]
pub(crate) struct Args {
    /// Only what happens in this bridge conversation, a line each; its database may come later
    #[arg(long, value_name = "ID")]
    conversation_id: Option<String>,

    #[command(flatten)]
    token: TokenArgs,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let Some(id) = &args.conversation_id else {
        let followed = follow::follow(global)?;
        follow::on_signal(&followed.sender)?;
        return show(&followed, global.json, None, &|_| None);
    };
    let conversation = Conversation::new(global, id, args.token.find()?)?;
    let followed = follow::follow(global)?;
    follow::on_signal(&followed.sender)?;
    conversation.tell(&followed, global.json)
}

/// Shows updates until the person stops, the time is over or the engine is lost. `footer` is drawn below the roster.
pub(crate) fn show(
    followed: &Followed,
    json: bool,
    until: Option<Instant>,
    footer: &dyn Fn(usize) -> Option<String>,
) -> anyhow::Result<Ending> {
    if json || !screen::is_terminal() { lines(followed, json, until) } else { live(followed, until, footer) }
}

fn lines(followed: &Followed, json: bool, until: Option<Instant>) -> anyhow::Result<Ending> {
    loop {
        match next(followed, until, Duration::from_secs(3600)) {
            Some(Update::Event(event)) if json => screen::print_json_line(&event)?,
            Some(Update::Event(event)) => {
                screen::print(happening::said(&event, &Zoned::now(), screen::width()).as_slice())?;
            }
            Some(Update::Stop) => return Ok(Ending::Fine),
            Some(Update::Lost(why)) => bail!(why),
            Some(Update::View(_) | Update::Resized) => {}
            None if is_over(until) => return Ok(Ending::Fine),
            None => {}
        }
    }
}

/// Happenings that a live picture keeps.
const KEPT: usize = 50;
/// Ages move on even when nothing happens.
const TICK: Duration = Duration::from_secs(1);

fn live(
    followed: &Followed,
    until: Option<Instant>,
    footer: &dyn Fn(usize) -> Option<String>,
) -> anyhow::Result<Ending> {
    let mut canvas = Canvas::open(&followed.sender)?;
    let mut view: Option<Arc<View>> = None;
    let mut lately: VecDeque<(Event, Zoned)> = VecDeque::new();
    let began = jiff::Timestamp::now();
    loop {
        match next(followed, until, TICK) {
            Some(Update::View(new)) => view = Some(new),
            Some(Update::Event(event)) if is_old(&event, began) => {}
            Some(Update::Event(event)) => {
                lately.push_front((event, Zoned::now()));
                lately.truncate(KEPT);
            }
            Some(Update::Resized) => canvas.forget(),
            Some(Update::Stop) => return Ok(Ending::Fine),
            Some(Update::Lost(why)) => bail!(why),
            None if is_over(until) => return Ok(Ending::Fine),
            None => {}
        }
        canvas.draw(picture(view.as_deref(), &lately, Canvas::size(), footer))?;
    }
}

/// Whoever was there before is on the list, and no news.
fn is_old(event: &Event, began: jiff::Timestamp) -> bool {
    let Event::Presence { at, before: None, .. } = event else { return false };
    at.parse::<jiff::Timestamp>().is_ok_and(|at| at < began)
}

fn picture(
    view: Option<&View>,
    lately: &VecDeque<(Event, Zoned)>,
    (width, height): (usize, usize),
    footer: &dyn Fn(usize) -> Option<String>,
) -> Vec<String> {
    let mut out = match view {
        Some(view) => {
            let now = View { at: jiff::Timestamp::now().to_string(), ..view.clone() };
            roster::lines(&now, width, false)
        }
        None => vec!["Looking…".into()],
    };
    let end = footer(width).unwrap_or_else(|| format!("{DIM}q ends{DIM:#}"));
    let room = height.saturating_sub(2);
    if out.len() > room {
        let hidden = out.len() + 1 - room;
        out.truncate(room.saturating_sub(1));
        out.push(format!("{DIM}… {hidden} more lines; a taller window shows them{DIM:#}"));
    } else {
        let news: Vec<String> = lately
            .iter()
            .filter_map(|(event, heard)| happening::said(event, heard, width.saturating_sub(2)))
            .collect();
        let free = room.saturating_sub(out.len() + 2).min(8);
        if free > 1 && !news.is_empty() {
            out.push(String::new());
            out.push(format!("{DIM}Lately{DIM:#}"));
            out.extend(news.into_iter().take(free).map(|line| format!("  {line}")));
        }
    }
    out.resize(height.saturating_sub(1), String::new());
    out.push(end);
    out
}

/// The next update, or `None` when the time is over or nothing came for a while.
fn next(followed: &Followed, until: Option<Instant>, patience: Duration) -> Option<Update> {
    let left = until.map_or(patience, |until| until.saturating_duration_since(Instant::now()).min(patience));
    match followed.updates.recv_timeout(left) {
        Ok(update) => Some(update),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => Some(Update::Lost("nothing can be heard any longer".into())),
    }
}

fn is_over(until: Option<Instant>) -> bool {
    until.is_some_and(|until| Instant::now() >= until)
}
