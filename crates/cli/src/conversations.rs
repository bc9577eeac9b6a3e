//! `peerwatch conversations`: who talks with whom.

use anyhow::bail;
use peerwatch_bridge::{Schema, schema_of};
use peerwatch_wire::{ConversationView, View};

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::palette::{CARE, DIM, PLAIN};
use crate::printable::line;
use crate::reach::Reach;
use crate::shapes::TokenView;
use crate::table::{Cell, Table};
use crate::words::{ago, counted, since, source_word};
use crate::{databases, screen, tables};

mod single;

/// List the conversations between workers, newest first, or set what holds for one
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch conversations
  peerwatch conversations --json | jq '.[] | select(.unread > 0)'
  peerwatch --db team.db conversations
  peerwatch --db team.db conversations --show-tokens conv_4f1d0c9ab8e27763
  peerwatch conversations main                       what holds for it
  peerwatch conversations main --recover on          reassign its lost tasks without asking
  peerwatch conversations main --deliver tell-me     put nothing into its sessions")]
pub(crate) struct Args {
    /// Id, title or name of one conversation: say what holds for it
    conversation: Option<String>,

    #[command(flatten)]
    wishes: single::Wishes,

    /// Show the two tokens of this bridge conversation instead: whoever has one is that side
    #[arg(long, value_name = "ID", conflicts_with = "conversation")]
    show_tokens: Option<String>,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    if let Some(id) = &args.show_tokens {
        return show_tokens(global, id);
    }
    if let Some(name) = &args.conversation {
        return single::run(global, name, args.wishes);
    }
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

fn show_tokens(global: &Global, id: &str) -> anyhow::Result<Ending> {
    let path = databases::holding(global, id)?;
    if schema_of(&path)? == Schema::Coordinator {
        bail!("the coordinator schema of this database knows no tokens");
    }
    let Some(keys) = tables::keys(&path, id)? else {
        let why = format!("{} is not in {}", line(id), line(&path.to_string_lossy()));
        return Err(WrongUse(why).into());
    };
    screen::say(
        "Whoever has one of these can read and write as that side: keep them out of files, logs and chats.",
    );
    let tokens = keys.map(|key| TokenView { side: key.side.into(), role: key.role, token: key.token });
    if global.json {
        screen::print_json(&tokens)?;
    } else {
        let mut table = Table::new(&[1, 40, 64]);
        for key in &tokens {
            table.row(vec![Cell::plain(&key.side), Cell::plain(&key.role), Cell::plain(&key.token)]);
        }
        screen::print(&table.lines(screen::width()))?;
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
