//! `peerwatch messages`: a conversation, read in the terminal.

use peerwatch_wire::{Entry, Page};
use unicode_width::UnicodeWidthStr as _;

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::{CARE, DIM, STRONG};
use crate::printable::{fit, line, lines, padded, wrapped};
use crate::reach::Reach;
use crate::{find, screen, words};

/// Read a conversation: between workers, or a worker's own transcript
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch messages api                          the last of api's transcript
  peerwatch messages \"backend and frontend\"       a conversation by its title
  peerwatch messages conv_4f1d… --limit 200 --json")]
pub(crate) struct Args {
    /// Id or title of a conversation, or a worker
    conversation: String,

    /// How many of the newest
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    limit: u32,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let mut reach = Reach::open(global)?;
    let conversation = find::conversation(&reach.view()?, &args.conversation)?;
    let page = reach.read(&conversation, Page::Newest, args.limit)?;
    if let Some(note) = &page.note {
        screen::say(&line(note));
    }
    if global.json {
        screen::print_json(&page.entries)?;
        return Ok(Ending::Fine);
    }
    let mut out = vec![format!("{STRONG}{}{STRONG:#}", line(&page.title)), String::new()];
    out.extend(entries(&page.entries, screen::width(), usize::MAX));
    screen::print(&out)?;
    Ok(Ending::Fine)
}

/// Entries under each other, each with at most `bound` lines of text.
pub(crate) fn entries(entries: &[Entry], width: usize, bound: usize) -> Vec<String> {
    let names = entries.iter().map(|entry| line(&entry.from).width()).max().unwrap_or(0).min(NAME);
    entries.iter().flat_map(|entry| one(entry, names, width, bound)).collect()
}

const TIME: usize = 16;
/// The widest that a name may be.
const NAME: usize = 18;

fn one(entry: &Entry, names: usize, width: usize, bound: usize) -> Vec<String> {
    let time = entry.at.as_deref().map(words::clock).unwrap_or_default();
    let time_width = if time.len() <= 8 { 8 } else { TIME };
    let name = padded(&fit(&line(&entry.from), names), names);
    let state =
        entry.state.as_deref().map(|state| format!("  {CARE}{}{CARE:#}", line(state))).unwrap_or_default();
    let indent = time_width + 2 + names + 2;
    let room = width.saturating_sub(indent).max(20);
    let text = format!("{}{}", words::entry(entry.kind), entry.text);
    let mut pieces: Vec<String> = lines(&text).iter().flat_map(|text| wrapped(text, room)).collect();
    if pieces.len() > bound {
        pieces.truncate(bound);
        if let Some(last) = pieces.last_mut() {
            *last = fit(&format!("{last} …"), room);
        }
    }
    let first = pieces.first().cloned().unwrap_or_default();
    let mut out =
        vec![format!("{DIM}{}{DIM:#}  {STRONG}{name}{STRONG:#}  {first}{state}", padded(&time, time_width))];
    out.extend(pieces.into_iter().skip(1).map(|piece| format!("{}{piece}", " ".repeat(indent))));
    out
}
