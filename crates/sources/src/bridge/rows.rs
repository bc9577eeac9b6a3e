//! Reads rows, and draws no conclusions: what it gathers can be thrown away when the file changed meanwhile.

use std::collections::BTreeMap;

use peerwatch_core::WorkerId;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};

use super::names::Side;
use super::schema::{Family, Schema};

/// How much of a message's text is kept.
pub(super) const TEXT_BOUND: usize = 4_000;
/// Messages in one look.
pub(super) const BATCH: usize = 500;
/// Unread messages that are watched for their receipt.
pub(super) const UNREAD_BOUND: usize = 10_000;
/// Conversations that are shown.
pub(super) const CONVERSATION_BOUND: usize = 500;
/// Rows of the audit log that a first look goes back.
const AUDIT_BOUND: i64 = 2_000;

/// One message, as it stands in its row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct MessageRow {
    pub(super) row: i64,
    pub(super) id: String,
    pub(super) conversation: String,
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) text: String,
    pub(super) cut: bool,
    pub(super) kind: Option<String>,
    pub(super) at: String,
    pub(super) read: bool,
    /// The row of the message that it answers, where it says so; 0 for one that is not there.
    pub(super) reply_to: Option<i64>,
}

/// One conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ConversationRow {
    pub(super) id: String,
    /// The name that it has as a bridge of ours.
    pub(super) name: Option<String>,
    /// Whether it is a bridge of ours, which has tasks of its own.
    pub(super) is_own: bool,
    /// Those of its participants who are workers.
    pub(super) sides: Vec<SideRow>,
    /// The person, who takes part and is no worker.
    pub(super) person: Option<Side>,
    /// What its participants are called, also those who left.
    pub(super) roles: BTreeMap<Side, String>,
    pub(super) created: Option<String>,
    pub(super) expires: Option<String>,
}

/// One participant who is a worker.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SideRow {
    pub(super) side: Side,
    /// The session that holds it, where the database says.
    pub(super) bearer: Option<WorkerId>,
    /// When it joined, in milliseconds since the epoch; the original's two are there from the beginning.
    pub(super) joined: Option<i64>,
}

impl ConversationRow {
    /// Whether this side is a worker.
    pub(super) fn has(&self, side: &Side) -> bool {
        self.sides.iter().any(|known| known.side == *side)
    }
}

/// One declared status with its heartbeat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct StatusRow {
    pub(super) conversation: String,
    pub(super) session: String,
    pub(super) status: String,
    pub(super) heartbeat: String,
}

/// One side that asked for its messages.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct FetchRow {
    pub(super) conversation: String,
    pub(super) session: String,
    pub(super) at: String,
}

/// A message nobody has fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct UnreadRow {
    pub(super) row: i64,
    pub(super) id: String,
    pub(super) conversation: String,
    pub(super) waits_for: String,
    pub(super) at: String,
}

/// Reads one database through one connection.
pub(super) struct Rows<'a> {
    pub(super) connection: &'a Connection,
    pub(super) schema: Schema,
}

impl Rows<'_> {
    /// Messages after a row, oldest first, at most [`BATCH`].
    pub(super) fn messages_after(&self, after: i64) -> rusqlite::Result<Vec<MessageRow>> {
        self.messages("rowid > ?1 ORDER BY rowid", after, "", BATCH)
    }

    /// Messages before a row, newest first; of one conversation, or of all when it is empty.
    pub(super) fn messages_before(
        &self,
        before: i64,
        conversation: &str,
        limit: usize,
    ) -> rusqlite::Result<Vec<MessageRow>> {
        self.messages("rowid < ?1 ORDER BY rowid DESC", before, conversation, limit)
    }

    /// Messages of one conversation after a row, oldest first.
    pub(super) fn messages_of(
        &self,
        after: i64,
        conversation: &str,
        limit: usize,
    ) -> rusqlite::Result<Vec<MessageRow>> {
        self.messages("rowid > ?1 ORDER BY rowid", after, conversation, limit)
    }

    /// One message.
    pub(super) fn message(&self, row: i64) -> rusqlite::Result<Option<MessageRow>> {
        Ok(self.messages("rowid = ?1", row, "", 1)?.pop())
    }

    fn messages(
        &self,
        which: &str,
        row: i64,
        conversation: &str,
        limit: usize,
    ) -> rusqlite::Result<Vec<MessageRow>> {
        let of = self.schema.columns();
        let kind = match self.schema.family {
            Family::Original => "CASE WHEN octet_length(metadata) < 65536 THEN metadata END",
            Family::Coordinator => "substr(action_type, 1, 64)",
        };
        let sql = format!(
            "SELECT rowid, CAST(id AS TEXT), {conversation_id}, {from}, {to}, \
             CASE WHEN octet_length({text}) > 4000000 THEN '(too long to show)' \
             ELSE substr({text}, 1, {bound}) END, \
             {kind} AS kind, {at}, {read}, {reply} FROM messages WHERE (?2 = '' OR conversation_id = ?2) AND {which} LIMIT ?3",
            conversation_id = short("conversation_id"),
            from = short(of.from),
            to = short(of.to),
            text = of.text,
            bound = TEXT_BOUND + 1,
            at = short(of.at),
            read = of.read,
            reply = self.reply(),
        );
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let family = self.schema.family;
        self.connection
            .prepare_cached(&sql)?
            .query_map((row, conversation, limit), |row| message(row, family))?
            .collect()
    }

    /// SQL for the row of the message that a message answers.
    pub(super) fn reply(&self) -> &'static str {
        if !self.schema.standings {
            return "NULL";
        }
        "(SELECT coalesce((SELECT asked.message_id FROM peerwatch_messages asked WHERE asked.uid = own.reply_to), 0) \
         FROM peerwatch_messages own WHERE own.message_id = messages.rowid AND own.reply_to IS NOT NULL)"
    }

    /// The newest conversations, and how many there are.
    pub(super) fn conversations(&self) -> rusqlite::Result<(Vec<ConversationRow>, usize)> {
        let found = self.conversations_named("")?;
        let count = match found.len() {
            CONVERSATION_BOUND => self.number("SELECT count(*) FROM conversations")?.unwrap_or(0),
            fewer => i64::try_from(fewer).unwrap_or(0),
        };
        Ok((found, usize::try_from(count).unwrap_or(0)))
    }

    /// One conversation.
    pub(super) fn conversation(&self, id: &str) -> rusqlite::Result<Option<ConversationRow>> {
        Ok(self.conversations_named(id)?.pop())
    }

    /// The newest conversations, or the one that is named.
    fn conversations_named(&self, only: &str) -> rusqlite::Result<Vec<ConversationRow>> {
        let (roles, times) = match self.schema.family {
            Family::Original => (["session_a_role", "session_b_role"], ["created_at", "expires_at"]),
            Family::Coordinator => (["role_a", "role_b"], ["NULL", "NULL"]),
        };
        let sql = format!(
            "SELECT {}, {}, {}, {}, {} FROM conversations WHERE ?1 = '' OR id = ?1 \
             ORDER BY rowid DESC LIMIT {CONVERSATION_BOUND}",
            short("id"),
            short(roles[0]),
            short(roles[1]),
            short(times[0]),
            short(times[1]),
        );
        let mut found: Vec<ConversationRow> = self
            .connection
            .prepare_cached(&sql)?
            .query_map([only], |row| {
                let role = |column| Ok::<_, rusqlite::Error>(text(row, column)?.unwrap_or_default());
                Ok(ConversationRow {
                    id: text(row, 0)?.unwrap_or_default(),
                    name: None,
                    is_own: false,
                    sides: [Side::a(), Side::b()]
                        .map(|side| SideRow { side, bearer: None, joined: None })
                        .into(),
                    person: None,
                    roles: [(Side::a(), role(1)?), (Side::b(), role(2)?)].into(),
                    created: text(row, 3)?,
                    expires: text(row, 4)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        self.complete(only, &mut found)?;
        Ok(found)
    }

    /// All declared statuses, bounded.
    pub(super) fn statuses(&self) -> rusqlite::Result<Vec<StatusRow>> {
        if !self.schema.statuses {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {}, {}, {}, {} FROM session_status ORDER BY rowid DESC LIMIT {}",
            short("conversation_id"),
            short("session_id"),
            short("status"),
            short("last_heartbeat"),
            CONVERSATION_BOUND * 4,
        );
        self.connection
            .prepare_cached(&sql)?
            .query_map([], |row| {
                Ok(StatusRow {
                    conversation: text(row, 0)?.unwrap_or_default(),
                    session: text(row, 1)?.unwrap_or_default(),
                    status: text(row, 2)?.unwrap_or_default(),
                    heartbeat: text(row, 3)?.unwrap_or_default(),
                })
            })?
            .collect()
    }

    /// Who fetched messages after a row of the audit log, oldest first, and the log's last row.
    pub(super) fn fetches(&self, after: Option<i64>) -> rusqlite::Result<(Vec<FetchRow>, i64)> {
        if !self.schema.audit {
            return Ok((Vec::new(), 0));
        }
        let last = self.number("SELECT max(rowid) FROM audit_log")?.unwrap_or(0);
        let from = after.filter(|&after| after <= last).unwrap_or(0).max(last - AUDIT_BOUND);
        let sql = format!(
            "SELECT {}, {}, {} FROM audit_log \
             WHERE rowid > ?1 AND rowid <= ?2 AND action = 'get_messages' ORDER BY rowid",
            short("conversation_id"),
            short("session_id"),
            short("timestamp"),
        );
        let found = self
            .connection
            .prepare_cached(&sql)?
            .query_map((from, last), |row| {
                Ok(FetchRow {
                    conversation: text(row, 0)?.unwrap_or_default(),
                    session: text(row, 1)?.unwrap_or_default(),
                    at: text(row, 2)?.unwrap_or_default(),
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        Ok((found, last))
    }

    /// Every message that nobody has fetched, newest first, bounded.
    pub(super) fn unread(&self) -> rusqlite::Result<Vec<UnreadRow>> {
        let of = self.schema.columns();
        let sql = format!(
            "SELECT rowid, CAST(id AS TEXT), {}, {}, {} FROM messages WHERE {} ORDER BY rowid DESC LIMIT {UNREAD_BOUND}",
            short("conversation_id"),
            short(of.waits_for),
            short(of.at),
            of.unread,
        );
        self.connection
            .prepare_cached(&sql)?
            .query_map([], |row| {
                Ok(UnreadRow {
                    row: row.get(0)?,
                    id: text(row, 1)?.unwrap_or_default(),
                    conversation: text(row, 2)?.unwrap_or_default(),
                    waits_for: text(row, 3)?.unwrap_or_default(),
                    at: text(row, 4)?.unwrap_or_default(),
                })
            })?
            .collect()
    }

    /// Whether a message has been fetched; `None` when it is gone.
    pub(super) fn is_read(&self, row: i64) -> rusqlite::Result<Option<bool>> {
        let sql = format!("SELECT {} FROM messages WHERE rowid = ?1", self.schema.columns().read);
        self.connection.prepare_cached(&sql)?.query_row([row], |row| flag(row, 0)).optional()
    }

    /// The highest row of `messages`.
    pub(super) fn last_message(&self) -> rusqlite::Result<i64> {
        Ok(self.number("SELECT max(rowid) FROM messages")?.unwrap_or(0))
    }

    /// The highest row that `messages` ever had, where the database keeps count.
    pub(super) fn last_ever(&self) -> rusqlite::Result<i64> {
        let counted = match self.schema.sequence {
            true => self.number("SELECT seq FROM sqlite_sequence WHERE name = 'messages'")?,
            false => None,
        };
        Ok(counted.unwrap_or(0).max(self.last_message()?))
    }

    fn number(&self, sql: &str) -> rusqlite::Result<Option<i64>> {
        let found = self.connection.prepare_cached(sql)?.query_row([], |row| {
            Ok(match row.get_ref(0)? {
                ValueRef::Integer(number) => Some(number),
                _ => None,
            })
        });
        Ok(found.optional()?.flatten())
    }
}

fn message(row: &Row<'_>, family: Family) -> rusqlite::Result<MessageRow> {
    let mut body = text(row, 5)?.unwrap_or_default();
    let end = body.char_indices().nth(TEXT_BOUND).map(|(end, _)| end);
    if let Some(end) = end {
        body.truncate(end);
    }
    Ok(MessageRow {
        row: row.get(0)?,
        id: text(row, 1)?.unwrap_or_default(),
        conversation: text(row, 2)?.unwrap_or_default(),
        from: text(row, 3)?.unwrap_or_default(),
        to: text(row, 4)?,
        text: body,
        cut: end.is_some(),
        kind: kind_of(text(row, 6)?, family),
        at: text(row, 7)?.unwrap_or_default(),
        read: flag(row, 8)?,
        reply_to: number(row, 9)?,
    })
}

/// The kind of a message, by the column that has it.
pub(super) fn kind_of(column: Option<String>, family: Family) -> Option<String> {
    match family {
        Family::Original => column.and_then(|metadata| action_type(&metadata)),
        Family::Coordinator => column,
    }
}

/// The kind of a message as its metadata tells it.
fn action_type(metadata: &str) -> Option<String> {
    let parsed: serde_json::Value = serde_json::from_str(metadata).ok()?;
    let found = parsed.get("action_type").or_else(|| parsed.get("type"))?.as_str()?;
    Some(found.chars().take(64).collect::<String>()).filter(|kind| !kind.is_empty())
}

/// A column's text, bounded by the database itself. Columns may hold anything, whatever their declared type.
pub(super) fn short(column: &str) -> String {
    format!("substr({column}, 1, 200)")
}

pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<String>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

pub(super) fn number(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<i64>> {
    Ok(match row.get_ref(column)? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    })
}

fn flag(row: &Row<'_>, column: usize) -> rusqlite::Result<bool> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => false,
        ValueRef::Integer(number) => number != 0,
        ValueRef::Text(word) => !matches!(word, b"" | b"0" | b"false"),
        ValueRef::Real(number) => number != 0.0,
        ValueRef::Blob(_) => true,
    })
}
