//! One reading of a database: all rows that a look needs, before anything is concluded from them.

use super::file::FileIdentity;
use super::memory::{Memory, Start};
use super::rows::{BATCH, ConversationRow, FetchRow, MessageRow, Rows, StatusRow, UnreadRow};
use super::schema::Schema;

/// The rows of one reading.
pub(super) struct Gathered {
    pub(super) file: FileIdentity,
    pub(super) schema: Schema,
    pub(super) start: Start,
    /// Oldest first.
    pub(super) messages: Vec<MessageRow>,
    /// Whether there are more than one look takes.
    pub(super) more: bool,
    /// The last row that this reading covers.
    pub(super) last: i64,
    pub(super) conversations: Vec<ConversationRow>,
    pub(super) conversation_count: usize,
    pub(super) statuses: Vec<StatusRow>,
    pub(super) fetches: Vec<FetchRow>,
    pub(super) audit: i64,
    /// All unread messages, in a file that is read for the first time.
    pub(super) unread: Option<Vec<UnreadRow>>,
    /// The messages asked about: read, unread or gone.
    pub(super) states: Vec<(i64, Option<bool>)>,
}

/// Reads everything that may have changed.
pub(super) fn gather(
    rows: &Rows<'_>,
    file: FileIdentity,
    memory: &Memory,
    watched: impl Fn(&dyn Fn(i64) -> rusqlite::Result<Option<bool>>) -> rusqlite::Result<Vec<(i64, Option<bool>)>>,
) -> rusqlite::Result<Gathered> {
    let start = memory.start(file, rows)?;
    let end = rows.last_message()?;
    let mut messages = match start {
        Start::After(row) => rows.messages_after(row)?,
        Start::First | Start::Another => {
            let mut newest = rows.messages_before(i64::MAX, "", BATCH)?;
            newest.reverse();
            newest
        }
    };
    let more = matches!(start, Start::After(_)) && messages.len() >= BATCH;
    let last = match (more, messages.last()) {
        (true, Some(message)) => message.row,
        (_, last) => end.max(last.map_or(0, |message| message.row)),
    };
    if start == Start::Another {
        // A copy may have renumbered its rows. In a file that goes on, equal messages are different messages.
        messages.retain(|message| !memory.has(message));
    }
    let known = matches!(start, Start::After(_));
    let unread = if known { None } else { Some(rows.unread()?) };
    let states = if known { watched(&|row| rows.is_read(row))? } else { Vec::new() };
    let (conversations, conversation_count) = rows.conversations()?;
    let (fetches, audit) = rows.fetches(if memory.knows(file) { memory.audit } else { None })?;
    let statuses = rows.statuses()?;
    let schema = rows.schema;
    Ok(Gathered {
        file,
        schema,
        start,
        messages,
        more,
        last,
        conversations,
        conversation_count,
        statuses,
        fetches,
        audit,
        unread,
        states,
    })
}
