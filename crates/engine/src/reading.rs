//! Reads a page of a conversation from wherever it is kept.

use peerwatch_core::ConversationId;
use peerwatch_sources::{Entry, EntryKind, Place, Trouble, bridge, claude};
use peerwatch_wire as wire;

use crate::looking::Places;
use crate::times::rfc3339;

/// More than a window asks for at once.
const MOST: u32 = 500;

/// Reads it, or says why not.
pub(crate) fn read(places: &Places, id: &str, title: String, page: wire::Page, limit: u32) -> wire::Reply {
    let place = match page {
        wire::Page::Newest => Place::Newest,
        wire::Page::Before(place) => Place::Before(place),
        wire::Page::After(place) => Place::After(place),
    };
    let limit = usize::try_from(limit.clamp(1, MOST)).unwrap_or(1);
    let conversation = ConversationId::new(id);
    match find(places, &conversation, &place, limit) {
        Some(Ok(page)) => {
            let page = wire::ConversationPage {
                conversation: id.into(),
                title,
                entries: page.entries.into_iter().map(entry).collect(),
                before: page.before,
                after: page.after,
                note: page.note,
            };
            wire::Reply::Page { page }
        }
        Some(Err(trouble)) => {
            let remedy = trouble.remedy.map(|remedy| format!(" {remedy}")).unwrap_or_default();
            wire::Reply::Refused { why: format!("{}: {}{remedy}", trouble.subject, trouble.what) }
        }
        None => wire::Reply::Refused {
            why: format!(
                "the conversation {id} cannot be found any longer; its file may have been moved or removed"
            ),
        },
    }
}

fn find(
    places: &Places,
    conversation: &ConversationId,
    place: &Place,
    limit: usize,
) -> Option<Result<peerwatch_sources::Page, Trouble>> {
    if let Some(config) = places.claude.iter().find(|config| claude::belongs(config, conversation)) {
        return Some(claude::read_page(config, conversation, place, limit));
    }
    let database = places.databases.iter().find(|path| bridge::belongs(path, conversation))?;
    Some(bridge::read_page(database, conversation, place, limit))
}

fn entry(entry: Entry) -> wire::Entry {
    wire::Entry {
        id: entry.id,
        at: entry.at.map(rfc3339),
        kind: match entry.kind {
            EntryKind::Prompt => wire::EntryKind::Prompt,
            EntryKind::Answer => wire::EntryKind::Answer,
            EntryKind::Thinking => wire::EntryKind::Thinking,
            EntryKind::ToolCall => wire::EntryKind::ToolCall,
            EntryKind::ToolResult => wire::EntryKind::ToolResult,
            EntryKind::Message => wire::EntryKind::Message,
            EntryKind::Note => wire::EntryKind::Note,
        },
        from: entry.from,
        text: entry.text,
        cut: entry.cut,
        state: entry.state,
    }
}
