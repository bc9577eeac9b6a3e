//! The account at the end: what the bridge says it stored, and what stands in the transcripts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;

const MARK: &str = "[peerwatch message ";

/// Every message of a bridge, by its identity, and how often a model was shown it.
#[derive(Debug, Default)]
pub(super) struct Account {
    shown: BTreeMap<String, usize>,
}

impl Account {
    /// Reads the bridge and all transcripts below a configuration folder.
    pub(super) fn draw(database: &Path, config: &Path) -> Self {
        let mut shown: BTreeMap<String, usize> = uids(database).into_iter().map(|uid| (uid, 0)).collect();
        for transcript in transcripts(config) {
            let records = std::fs::read_to_string(transcript).unwrap_or_default();
            for uid in records.lines().filter(|line| line.contains(MARK)).flat_map(shown_by) {
                *shown.entry(uid).or_default() += 1;
            }
        }
        Self { shown }
    }

    /// How many messages there are.
    pub(super) fn messages(&self) -> usize {
        self.shown.len()
    }

    /// Those that no model was shown.
    pub(super) fn lost(&self) -> Vec<&str> {
        self.where_shown(|times| times == 0)
    }

    /// Those that a model was shown more than once.
    pub(super) fn doubled(&self) -> Vec<&str> {
        self.where_shown(|times| times > 1)
    }

    fn where_shown(&self, fits: impl Fn(usize) -> bool) -> Vec<&str> {
        self.shown.iter().filter(|(_, times)| fits(**times)).map(|(uid, _)| uid.as_str()).collect()
    }
}

/// How many messages are not seen yet, and what is in the way of each.
pub(super) fn unseen(database: &Path) -> Vec<String> {
    let sql = "SELECT p.uid || ' to ' || coalesce(r.role, p.recipient) || ': pushed ' || coalesce(p.pushed_ms, 'never')
          || ', ' || p.attempts || ' attempts, accepted ' || coalesce(p.accepted_ms, 'never')
          || ', fetched ' || coalesce(p.fetched_ms, 'never') || ', ' || coalesce(p.trouble, 'no trouble')
        FROM messages m LEFT JOIN peerwatch_messages p ON p.message_id = m.id
        LEFT JOIN peerwatch_participants r ON r.conversation_id = p.conversation_id AND r.participant = p.recipient
        WHERE p.seen_ms IS NULL";
    rows(database, sql)
}

fn uids(database: &Path) -> Vec<String> {
    rows(database, "SELECT uid FROM messages JOIN peerwatch_messages ON message_id = id")
}

fn rows(database: &Path, sql: &str) -> Vec<String> {
    let db =
        Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the bridge opens");
    db.busy_timeout(Duration::from_secs(10)).expect("a timeout");
    let mut statement = db.prepare(sql).expect("a question to the bridge");
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).expect("an answer");
    rows.map(|row| row.expect("a row").unwrap_or_else(|| "one that nobody has taken up".into())).collect()
}

fn transcripts(config: &Path) -> Vec<PathBuf> {
    let folders = std::fs::read_dir(config.join("projects")).into_iter().flatten().flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    files.map(|file| file.path()).filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect()
}

/// The identities of the messages that this record puts before a model: as a prompt, or between two calls of tools.
fn shown_by(line: &str) -> Vec<String> {
    let record: Value = serde_json::from_str(line).unwrap_or_default();
    let (text, origin) = match record["type"].as_str() {
        Some("user") => (record["message"]["content"].to_string(), &record["origin"]),
        Some("attachment") => (record["attachment"]["prompt"].to_string(), &record["attachment"]["origin"]),
        _ => return Vec::new(),
    };
    if origin["kind"] != "peer" {
        return Vec::new();
    }
    text.split(MARK).skip(1).filter_map(|rest| Some(rest.split_once(']')?.0.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_comes_before_a_model_is_counted_and_each_message_of_several() {
        let two = "2 messages:\n\n[peerwatch message one]\n\n[peerwatch message two]\n(Answer …)";
        let peer = json!({"kind": "peer"});
        let prompt = json!({"type": "user", "message": {"role": "user", "content": two}, "origin": peer});
        assert_eq!(shown_by(&prompt.to_string()), ["one", "two"]);
        let attached = json!({"type": "attachment", "attachment": {"prompt": two, "origin": peer}});
        assert_eq!(shown_by(&attached.to_string()), ["one", "two"]);
        let queued = json!({"type": "queue-operation", "operation": "enqueue", "content": two});
        assert_eq!(shown_by(&queued.to_string()), Vec::<String>::new());
        let quoted = json!({"type": "user", "message": {"content": two}, "origin": {"kind": "human"}});
        assert_eq!(shown_by(&quoted.to_string()), Vec::<String>::new());
    }
}
