//! `peerwatch conversations`: who talks with whom.

use peerwatch_wire::{ConversationView, View};

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::{CARE, DIM, PLAIN};
use crate::reach::Reach;
use crate::screen;
use crate::table::{Cell, Table};
use crate::words::{ago, counted, since, source_word};

/// List the conversations between workers, newest first
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch conversations
  peerwatch conversations --json | jq '.[] | select(.unread > 0)'
  peerwatch --db team.db conversations")]
pub(crate) struct Args {}

pub(crate) fn run(global: &Global, _: &Args) -> anyhow::Result<Ending> {
    let view = Reach::open(global)?.view()?;
    if global.json {
        screen::print_json(&view.conversations)?;
    } else if view.conversations.is_empty() {
        screen::print(&["No worker has written to another one.".into()])?;
    } else {
        screen::print(&lines(&view))?;
    }
    Ok(Ending::Fine)
}

fn lines(view: &View) -> Vec<String> {
    let mut table = Table::new(&[40, 6, 12, 9, 14]);
    for conversation in &view.conversations {
        table.row(row(view, conversation));
    }
    table.lines(screen::width())
}

fn row(view: &View, conversation: &ConversationView) -> Vec<Cell> {
    let count = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    let unread = conversation.unread.filter(|unread| *unread > 0);
    let last = conversation.last_at.as_deref().and_then(|at| since(&view.at, at)).map(ago);
    vec![
        Cell::plain(&conversation.title),
        Cell::new(source_word(conversation.source), DIM),
        Cell::plain(counted(count(conversation.messages), "message")),
        Cell::new(unread.map(|n| format!("{n} unread")).unwrap_or_default(), CARE),
        Cell::new(last.unwrap_or_default(), PLAIN),
        Cell::new(&conversation.id, DIM),
    ]
}
