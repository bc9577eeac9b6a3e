//! `peerwatch cleanup`: takes away what nobody can use any more.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::anyhow;
use peerwatch_bridge::{Schema, Store, schema_of};
use peerwatch_core::Timestamp;
use peerwatch_engine::{Folders, rfc3339};

use crate::args::Global;
use crate::ending::Ending;
use crate::printable::line;
use crate::shapes::CleanupView;
use crate::words::counted;
use crate::{awake, reach, screen, tables};

/// Take away bridge conversations that expired more than a day ago
///
/// Goes through Peerwatch's own bridge, or the databases named with --db. Conversations with a message that nobody has
/// read stay, unless you say --force. The audit log stays whole. Nothing is asked; --dry-run shows what would go.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch --db team.db cleanup --dry-run
  peerwatch --db team.db cleanup")]
pub(crate) struct Args {
    /// Only say what would go
    #[arg(long)]
    dry_run: bool,

    /// Take away unread messages as well
    #[arg(long)]
    force: bool,
}

/// How long a conversation is kept after its end, as the store keeps it.
const GRACE: Duration = Duration::from_secs(24 * 3_600);

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let mut cleaned = Vec::new();
    for path in paths(global)? {
        cleaned.push(clean(&path, args, awake::wall())?);
    }
    if global.json {
        screen::print_json(&cleaned)?;
    } else {
        screen::print(&cleaned.iter().flat_map(|one| lines(one, args)).collect::<Vec<_>>())?;
    }
    Ok(Ending::Fine)
}

/// What is deleted is named, or our own.
fn paths(global: &Global) -> anyhow::Result<Vec<PathBuf>> {
    let named = reach::options(global).databases;
    if !named.is_empty() {
        return Ok(named);
    }
    let folders = Folders::of_the_user();
    let own =
        folders.ok_or_else(|| anyhow!("this user has no home folder that the system knows of"))?.bridge();
    Ok(vec![own])
}

fn clean(path: &Path, args: &Args, now: Timestamp) -> anyhow::Result<CleanupView> {
    let mut view = CleanupView {
        at: rfc3339(now),
        database: path.to_string_lossy().into_owned(),
        dry_run: args.dry_run,
        conversations: Vec::new(),
        messages: 0,
        kept: Vec::new(),
    };
    if schema_of(path)? == Schema::Coordinator {
        screen::say(
            "Conversations of the coordinator schema do not expire, so there is nothing to take away.",
        );
        return Ok(view);
    }
    let mut store = Store::open_existing(path)?;
    let over: Vec<(String, u64)> = store
        .conversations()?
        .into_iter()
        .filter(|one| one.expires.is_some_and(|expires| expires.plus(GRACE) < now))
        .map(|one| (one.id, one.messages))
        .collect();
    let plain = store.cleanup(now, true)?;
    view.kept =
        over.iter().map(|(id, _)| id.clone()).filter(|id| !plain.conversations.contains(id)).collect();
    (view.conversations, view.messages) = (plain.conversations, plain.messages);
    if args.force && !view.kept.is_empty() {
        let kept = std::mem::take(&mut view.kept);
        view.messages +=
            over.iter().filter(|(id, _)| kept.contains(id)).map(|(_, messages)| messages).sum::<u64>();
        if !args.dry_run {
            tables::forsake(path, &kept)?;
        }
        view.conversations.extend(kept);
    }
    if !args.dry_run {
        let cleaned = store.cleanup(now, false)?;
        (view.conversations, view.messages) = (cleaned.conversations, cleaned.messages);
    }
    Ok(view)
}

fn lines(view: &CleanupView, args: &Args) -> Vec<String> {
    let count = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
    let verb = if view.dry_run { "would go" } else { "gone" };
    let mut out = vec![format!(
        "{}: {} and {} {verb}",
        line(&view.database),
        counted(view.conversations.len(), "conversation"),
        counted(count(view.messages), "message")
    )];
    out.extend(view.conversations.iter().map(|id| format!("  {}", line(id))));
    if !view.kept.is_empty() && !args.force {
        out.push(format!(
            "{} stays with unread messages; --force takes it too:",
            counted(view.kept.len(), "conversation")
        ));
        out.extend(view.kept.iter().map(|id| format!("  {}", line(id))));
    }
    out
}
