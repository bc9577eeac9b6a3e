//! One reading of a database: all rows that a look needs, before anything is concluded from them.

use super::file::FileIdentity;
use super::ledger::Ledger;
use super::memory::{Memory, Start};
use super::own::StandingRow;
use super::rows::{BATCH, ConversationRow, FetchRow, MessageRow, Rows, StatusRow, UnreadRow};
use super::said::SaidRow;
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
    /// Everything else; left for the next look when there are messages to be told at once.
    pub(super) rest: Option<Rest>,
}

/// What is not a new message.
pub(super) struct Rest {
    pub(super) conversations: Vec<ConversationRow>,
    pub(super) conversation_count: usize,
    pub(super) statuses: Vec<StatusRow>,
    pub(super) fetches: Vec<FetchRow>,
    pub(super) audit: i64,
    /// All unread messages, in a file that is read for the first time, or by this process for the first time.
    pub(super) unread: Option<Vec<UnreadRow>>,
    /// What was asked and answered, likewise, where that is wanted.
    pub(super) said: Option<Vec<SaidRow>>,
    /// Where the newest messages stand, where the database says.
    pub(super) standings: Vec<StandingRow>,
    /// The messages asked about: read, unread or gone.
    pub(super) states: Vec<(i64, Option<bool>)>,
}

/// How much a look reads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Depth {
    /// New messages alone, if there are any: somebody may wait for them.
    Messages,
    /// Everything, and receipts where a fetch would show first.
    Usual,
    /// Everything, and every receipt.
    Thorough,
}

/// Reads what may have changed.
pub(super) fn gather(
    rows: &Rows<'_>,
    file: FileIdentity,
    memory: &Memory,
    ledger: &Ledger,
    depth: Depth,
) -> rusqlite::Result<Gathered> {
    let start = memory.start(file, rows)?;
    let mut messages = match start {
        Start::After(row) => rows.messages_after(row)?,
        Start::First | Start::Another => {
            let mut newest = rows.messages_before(i64::MAX, "", BATCH)?;
            newest.reverse();
            newest
        }
    };
    let goes_on = matches!(start, Start::After(_));
    let more = goes_on && messages.len() >= BATCH;
    let last = match (messages.last(), start) {
        (Some(message), _) => message.row,
        (None, Start::After(row)) => row,
        (None, _) => 0,
    };
    let at_once = depth == Depth::Messages && goes_on && !messages.is_empty();
    let rest = match at_once && messages.iter().all(|message| ledger.knows(&message.conversation)) {
        true => None,
        false => Some(rest(rows, goes_on, memory.audit.filter(|_| memory.knows(file)), ledger, depth)?),
    };
    if start == Start::Another {
        // A copy may have renumbered its rows. In a file that goes on, equal messages are different messages.
        messages.retain(|message| !memory.has(message));
    }
    Ok(Gathered { file, schema: rows.schema, start, messages, more, last, rest })
}

fn rest(
    rows: &Rows<'_>,
    goes_on: bool,
    audit: Option<i64>,
    ledger: &Ledger,
    depth: Depth,
) -> rusqlite::Result<Rest> {
    let begins = !goes_on || ledger.is_new();
    let unread = begins.then(|| rows.unread()).transpose()?;
    let said = (begins && ledger.wants_said()).then(|| rows.said()).transpose()?;
    let mut states = Vec::new();
    for row in if goes_on { ledger.watched(depth == Depth::Thorough) } else { Vec::new() } {
        let state = rows.is_read(row)?;
        states.push((row, state));
        if state != Some(false) && depth != Depth::Thorough {
            for sibling in ledger.siblings(row) {
                states.push((sibling, rows.is_read(sibling)?));
            }
        }
    }
    let (conversations, conversation_count) = rows.conversations()?;
    let (fetches, audit) = rows.fetches(audit)?;
    let statuses = rows.statuses()?;
    let standings = rows.newest_standings()?;
    Ok(Rest { conversations, conversation_count, statuses, fetches, audit, unread, said, standings, states })
}
