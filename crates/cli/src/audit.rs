//! `peerwatch audit`: what was done on a bridge, and when.

use std::cmp::Reverse;
use std::path::Path;

use peerwatch_bridge::{Schema, Store, schema_of};
use peerwatch_engine::rfc3339;

use crate::args::Global;
use crate::ending::Ending;
use crate::palette::DIM;
use crate::shapes::AuditView;
use crate::table::{Cell, Table};
use crate::{databases, screen, tables};

/// Show a bridge's audit log, newest first
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch --db team.db audit
  peerwatch audit --conversation conv_4f1d0c9ab8e27763 --limit 200 --json
  peerwatch audit --json | jq '.[] | select(.action == \"login_refused\")'")]
pub(crate) struct Args {
    /// Only this conversation
    #[arg(long, alias = "conversation-id", value_name = "ID")]
    conversation: Option<String>,

    /// How many of the newest
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    limit: usize,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let mut rows = Vec::new();
    for path in databases::found(global)?.with_tasks() {
        rows.extend(read(&path, args.conversation.as_deref(), args.limit)?);
    }
    // Numbers of one database stand in order already; several are brought together by time.
    rows.sort_by_key(|row| Reverse(row.at.as_deref().and_then(tables::time)));
    rows.truncate(args.limit);
    if global.json {
        screen::print_json(&rows)?;
    } else if rows.is_empty() {
        screen::print(&["Nothing is in the audit log.".into()])?;
    } else {
        screen::print(&lines(&rows))?;
    }
    Ok(Ending::Fine)
}

fn read(path: &Path, conversation: Option<&str>, limit: usize) -> anyhow::Result<Vec<AuditView>> {
    let database = path.to_string_lossy().into_owned();
    Ok(match schema_of(path)? {
        Schema::Original => {
            let rows = Store::open_existing(path)?.audit(conversation, limit)?;
            let view = |row: peerwatch_bridge::AuditRow| AuditView {
                database: database.clone(),
                id: row.id,
                at: tables::time(&row.at).map(rfc3339),
                conversation: row.conversation,
                participant: row.participant,
                action: row.action,
                details: row.details,
            };
            rows.into_iter().map(view).collect()
        }
        Schema::Coordinator => {
            let rows = tables::events(path, conversation, limit)?;
            let view = |row: tables::Event| AuditView {
                database: database.clone(),
                id: row.row,
                at: row.at.as_deref().and_then(tables::time).map(rfc3339),
                conversation: row.conversation,
                participant: None,
                action: row.event,
                details: row.metadata.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            };
            rows.into_iter().map(view).collect()
        }
    })
}

fn lines(rows: &[AuditView]) -> Vec<String> {
    let mut table = Table::new(&[24, 24, 3, 26]);
    for row in rows {
        table.row(vec![
            Cell::new(row.at.as_deref().unwrap_or("unknown"), DIM),
            Cell::plain(row.conversation.as_deref().unwrap_or("-")),
            Cell::plain(row.participant.as_deref().unwrap_or("-")),
            Cell::plain(&row.action),
            Cell::new(row.details.to_string(), DIM),
        ]);
    }
    table.lines(screen::width())
}
