//! Reads a conversation for display, page by page, without a source.

use std::collections::BTreeMap;
use std::path::Path;

use peerwatch_core::ConversationId;

use super::consulting::{Consultant, Refusal, trouble};
use super::names::{Names, Side};
use super::own::Standing;
use super::rows::{ConversationRow, MessageRow, Rows};
use super::times::parse;
use crate::{Entry, EntryKind, Page, Place, Trouble};

/// Whether a conversation is one of the database at `path`.
#[must_use]
pub fn belongs(path: &Path, conversation: &ConversationId) -> bool {
    Names::new(path).within(conversation).is_some()
}

/// A conversation of the database at `path` as everybody else names it.
#[must_use]
pub fn named(path: &Path, conversation: &str) -> ConversationId {
    Names::new(path).conversation(conversation)
}

/// Reads at most `limit` entries of a conversation of the database at `path`.
///
/// # Errors
/// When the database cannot be read, or the place or conversation is none of its own: in words for a person.
pub fn read_page(
    path: &Path,
    conversation: &ConversationId,
    place: &Place,
    limit: usize,
) -> Result<Page, Trouble> {
    let names = Names::new(path);
    let Some(within) = names.within(conversation) else {
        return Err(trouble(path, "This conversation is not in this database.".into(), None));
    };
    let limit = limit.clamp(1, 1_000);
    let at = match place {
        Place::Newest => Ok(None),
        Place::Before(row) | Place::After(row) => row.parse::<i64>().map(Some),
    };
    let Ok(at) = at else {
        return Err(trouble(path, "This place is not one of this conversation.".into(), None));
    };
    let consulted = Consultant::default().consult(path, |rows, _| match (place, at) {
        (Place::After(_), Some(row)) => after(rows, within, row, limit),
        (_, row) => before(rows, within, row.unwrap_or(i64::MAX), limit),
    });
    match consulted {
        Ok(consulted) => Ok(consulted.answer),
        Err(Refusal::Trouble(found)) => Err(found),
        Err(Refusal::Absent | Refusal::Making) => {
            Err(trouble(path, "The database is not there.".into(), None))
        }
        Err(Refusal::Later(_) | Refusal::Busy) => {
            Err(trouble(path, "Other programs keep the database busy.".into(), Some("Try again.")))
        }
    }
}

fn before(rows: &Rows<'_>, conversation: &str, row: i64, limit: usize) -> rusqlite::Result<Page> {
    let mut found = rows.messages_before(row, conversation, limit + 1)?;
    let older = found.len() > limit;
    found.truncate(limit);
    found.reverse();
    let last = found.last().map_or_else(|| if row == i64::MAX { 0 } else { row - 1 }, |last| last.row);
    let first = found.first().filter(|_| older).map(|first| first.row.to_string());
    page(rows, conversation, &found, first, last)
}

fn after(rows: &Rows<'_>, conversation: &str, row: i64, limit: usize) -> rusqlite::Result<Page> {
    let found = rows.messages_of(row, conversation, limit)?;
    let last = found.last().map_or(row, |last| last.row);
    let first = match found.first() {
        Some(first) => Some(first.row),
        None => row.checked_add(1),
    };
    let older = match first {
        Some(first) => !rows.messages_before(first, conversation, 1)?.is_empty(),
        None => false,
    };
    page(rows, conversation, &found, first.filter(|_| older).map(|first| first.to_string()), last)
}

fn page(
    rows: &Rows<'_>,
    conversation: &str,
    found: &[MessageRow],
    before: Option<String>,
    last: i64,
) -> rusqlite::Result<Page> {
    let known = rows.conversation(conversation)?;
    let note = known.is_none().then(|| "This conversation is no longer in the database.".to_owned());
    let standings: BTreeMap<i64, Standing> = match (found.first(), found.last()) {
        (Some(first), Some(last)) => rows.standings(first.row, last.row, usize::MAX)?,
        _ => Vec::new(),
    }
    .into_iter()
    .map(|one| (one.row, one.standing))
    .collect();
    let entries = found.iter().map(|row| entry(row, known.as_ref(), standings.get(&row.row))).collect();
    let title = known.and_then(|known| known.name);
    Ok(Page { title, entries, before, after: last.to_string(), note })
}

fn entry(row: &MessageRow, conversation: Option<&ConversationRow>, standing: Option<&Standing>) -> Entry {
    let side = Side::of(&row.from);
    let to = row.to.as_deref().and_then(Side::of);
    let named = |side: Option<&Side>, word: &str| {
        let role = conversation.zip(side).and_then(|(known, side)| known.roles.get(side).cloned());
        role.unwrap_or_else(|| word.to_owned())
    };
    let from = named(side.as_ref(), &row.from);
    // Between two it goes without saying to whom.
    let from = match (&row.to, conversation.is_some_and(|known| known.roles.len() > 2)) {
        (Some(word), true) => format!("{from} to {}", named(to.as_ref(), word)),
        _ => from,
    };
    // The person reads it here.
    let to_person = to.is_some() && conversation.is_some_and(|known| known.person == to);
    let known = !to_person && (row.to.is_some() || side != Some(Side::b()));
    let word = standing.and_then(Standing::word).unwrap_or(if row.read { "read" } else { "sent" });
    Entry {
        id: row.id.clone(),
        at: parse(&row.at),
        kind: EntryKind::Message,
        from,
        text: row.text.clone(),
        cut: row.cut,
        state: known.then(|| word.to_owned()),
    }
}
