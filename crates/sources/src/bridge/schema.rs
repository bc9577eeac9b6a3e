//! Which of the two known schemas a database has, told by its tables and columns.

use rusqlite::Connection;

/// The shape of a bridge database.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Family {
    /// What the bridge itself writes.
    Original,
    /// What the keep-alive and watchdog scripts expect.
    Coordinator,
}

/// A database that can be read: its family, and which optional tables it has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Schema {
    pub(super) family: Family,
    /// Whether there are heartbeats.
    pub(super) statuses: bool,
    /// Whether there is a log of who fetched messages.
    pub(super) audit: bool,
    /// Whether the database numbers messages for ever.
    pub(super) sequence: bool,
    /// Whether it says which conversations are bridges of ours.
    pub(super) bridges: bool,
    /// Whether it says who takes part in them.
    pub(super) participants: bool,
    /// Whether it says where messages stand.
    pub(super) standings: bool,
}

/// The columns of `messages` by their meaning, as SQL.
pub(super) struct Columns {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    pub(super) text: &'static str,
    pub(super) at: &'static str,
    pub(super) read: &'static str,
    /// The side a message waits for.
    pub(super) waits_for: &'static str,
    /// Messages nobody has fetched yet.
    pub(super) unread: &'static str,
}

impl Schema {
    /// Recognises a schema; `None` when it is neither.
    pub(super) fn of(connection: &Connection) -> rusqlite::Result<Option<Schema>> {
        let has = |table: &str, columns: &[&str]| -> rusqlite::Result<bool> {
            let mut statement =
                connection.prepare_cached("SELECT name FROM pragma_table_info(?1) LIMIT 100")?;
            let found = statement
                .query_map([table], |row| row.get::<_, String>(0))?
                .collect::<rusqlite::Result<Vec<String>>>()?;
            Ok(columns.iter().all(|column| found.iter().any(|name| name.eq_ignore_ascii_case(column))))
        };
        let original = has("conversations", &["id", "session_a_role", "session_b_role", "expires_at"])?
            && has(
                "messages",
                &["id", "conversation_id", "from_session", "to_session", "message", "timestamp", "read"],
            )?;
        let coordinator = !original
            && has("conversations", &["id", "role_a", "role_b"])?
            && has("messages", &["id", "conversation_id", "sender", "content", "created_at", "read_by_b"])?;
        let family = match (original, coordinator) {
            (true, _) => Family::Original,
            (_, true) => Family::Coordinator,
            _ => return Ok(None),
        };
        Ok(Some(Schema {
            family,
            statuses: has("session_status", &["conversation_id", "session_id", "status", "last_heartbeat"])?,
            audit: original
                && has("audit_log", &["id", "conversation_id", "session_id", "action", "timestamp"])?,
            sequence: has("sqlite_sequence", &["name", "seq"])?,
            bridges: original && has("peerwatch_conversations", &["conversation_id", "name"])?,
            participants: original && has("peerwatch_participants", &PARTICIPANTS)?,
            standings: original && has("peerwatch_messages", &STANDINGS)?,
        }))
    }

    /// The schema's name in words.
    pub(super) fn name(self) -> &'static str {
        match self.family {
            Family::Original => "original bridge",
            Family::Coordinator => "coordinator database",
        }
    }

    pub(super) fn columns(self) -> Columns {
        match self.family {
            Family::Original => Columns {
                from: "from_session",
                to: "to_session",
                text: "message",
                at: "timestamp",
                read: "read",
                waits_for: "to_session",
                unread: "read = 0",
            },
            Family::Coordinator => Columns {
                from: "sender",
                to: "NULL",
                text: "content",
                at: "created_at",
                read: "read_by_b",
                waits_for: "'b'",
                unread: "read_by_b = 0 AND sender NOT IN ('b', 'session_b')",
            },
        }
    }
}

/// What is read of our own tables; newer versions may have more columns.
const PARTICIPANTS: [&str; 8] =
    ["conversation_id", "participant", "role", "kind", "pid", "process_start", "joined_ms", "left_ms"];
const STANDINGS: [&str; 9] = [
    "message_id",
    "conversation_id",
    "uid",
    "reply_to",
    "accepted_ms",
    "seen_ms",
    "acknowledged_ms",
    "fetched_ms",
    "trouble",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn schema_of(sql: &str) -> Option<Schema> {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(sql).unwrap();
        Schema::of(&connection).unwrap()
    }

    #[test]
    fn the_two_known_schemas_are_told_apart_and_others_refused() {
        let original = schema_of(super::super::fixture::ORIGINAL).unwrap();
        assert_eq!(original.family, Family::Original);
        assert!(original.statuses && original.audit && original.sequence);
        let coordinator = schema_of(super::super::fixture::COORDINATOR).unwrap();
        assert_eq!(coordinator.family, Family::Coordinator);
        assert!(!coordinator.statuses && !coordinator.audit);
        assert_eq!(schema_of("CREATE TABLE messages (id INTEGER PRIMARY KEY, body TEXT)"), None);
        assert_eq!(schema_of(""), None);
    }
}
