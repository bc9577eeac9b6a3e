//! Who said what to whom, as far as questions and answers go.

use super::rows::{MessageRow, Rows, kind_of, number, short, text};
use super::schema::Family;

/// How much is read of the text of what may be a question.
const TEXT: usize = 400;
/// Messages in which a first look searches for open questions, the newest.
const BOUND: i64 = 10_000;

/// One message, as it asks or answers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct SaidRow {
    pub(super) row: i64,
    pub(super) conversation: String,
    pub(super) from: String,
    pub(super) to: Option<String>,
    pub(super) kind: Option<String>,
    /// Its beginning, where it may be a question.
    pub(super) text: String,
    pub(super) at: String,
    pub(super) reply_to: Option<i64>,
}

impl From<&MessageRow> for SaidRow {
    fn from(row: &MessageRow) -> Self {
        Self {
            row: row.row,
            conversation: row.conversation.clone(),
            from: row.from.clone(),
            to: row.to.clone(),
            kind: row.kind.clone(),
            text: row.text.chars().take(TEXT).collect(),
            at: row.at.clone(),
            reply_to: row.reply_to,
        }
    }
}

impl Rows<'_> {
    /// Who said what to whom in the newest messages, oldest first.
    pub(super) fn said(&self) -> rusqlite::Result<Vec<SaidRow>> {
        let of = self.schema.columns();
        // Far fewer than are read have a kind that matters.
        let kind = match self.schema.family {
            Family::Original => {
                "CASE WHEN octet_length(metadata) < 65536 AND (metadata LIKE '%question%' OR metadata LIKE '%proposal%') \
                 THEN metadata END"
            }
            Family::Coordinator => "CASE WHEN action_type IN ('question', 'proposal') THEN action_type END",
        };
        let sql = format!(
            "SELECT rowid, {}, {}, {}, {kind} AS kind, CASE WHEN {kind} IS NOT NULL AND octet_length({text}) <= 4000000 \
             THEN substr({text}, 1, {TEXT}) END, {}, {reply} FROM messages \
             WHERE rowid > (SELECT max(rowid) FROM messages) - {BOUND} ORDER BY rowid",
            short("conversation_id"),
            short(of.from),
            short(of.to),
            short(of.at),
            text = of.text,
            reply = self.reply(),
        );
        let family = self.schema.family;
        let mut statement = self.connection.prepare_cached(&sql)?;
        let said = statement.query_map([], |row| {
            Ok(SaidRow {
                row: row.get(0)?,
                conversation: text(row, 1)?.unwrap_or_default(),
                from: text(row, 2)?.unwrap_or_default(),
                to: text(row, 3)?,
                kind: kind_of(text(row, 4)?, family),
                text: text(row, 5)?.unwrap_or_default(),
                at: text(row, 6)?.unwrap_or_default(),
                reply_to: number(row, 7)?,
            })
        })?;
        said.collect()
    }
}
