//! Rows of a bridge, as the original writes them.

use std::path::{Path, PathBuf};

use peerwatch_core::Timestamp;
use rusqlite::{Connection, params};

use super::records::uuid;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL, session_b_role TEXT NOT NULL,
  session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL, from_session TEXT NOT NULL,
  to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT, timestamp TEXT NOT NULL, read INTEGER DEFAULT 0,
  FOREIGN KEY (conversation_id) REFERENCES conversations(id));
CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT NOT NULL, session_id TEXT NOT NULL, status TEXT NOT NULL,
  last_heartbeat TEXT NOT NULL, PRIMARY KEY (conversation_id, session_id));
CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, session_id TEXT, action TEXT NOT NULL,
  details TEXT, timestamp TEXT NOT NULL);
";

/// A conversation of the original bridge lives so long, in milliseconds.
const LIFE: i64 = 3 * 3600 * 1000;

/// One conversation between two sides, by their roles.
pub(super) struct Conversation {
    path: PathBuf,
    id: String,
    roles: [String; 2],
}

impl Conversation {
    /// Opens a conversation; the side that opens it is `a`.
    pub(super) fn open(path: &Path, a: &str, b: &str, now: Timestamp) -> Self {
        let id = format!("conv_{}", &uuid(&format!("{a}{b}")).replace('-', "")[..16]);
        let conversation = Self { path: path.into(), id, roles: [a.into(), b.into()] };
        let connection = conversation.connect();
        connection.execute_batch(SCHEMA).expect("the tables");
        let token = "0".repeat(64);
        let expires = naive(Timestamp(now.0 + LIFE));
        connection
            .execute(
                "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)",
                params![conversation.id, a, b, token, token, naive(now), expires],
            )
            .expect("a conversation");
        conversation
    }

    /// Which side a role is.
    pub(super) fn side(&self, role: &str) -> Option<&'static str> {
        self.roles.iter().position(|known| known == role).map(|place| ["a", "b"][place])
    }

    /// `update_my_status`, or what a keep-alive of Peerwatch writes.
    pub(super) fn beat(&self, side: &str, status: &str, now: Timestamp) {
        let sql = "INSERT OR REPLACE INTO session_status VALUES (?, ?, ?, ?)";
        self.connect().execute(sql, params![self.id, side, status, naive(now)]).expect("a heartbeat");
    }

    /// `send_to_partner`.
    pub(super) fn send(&self, side: &str, text: &str, now: Timestamp) {
        let to = if side == "a" { "b" } else { "a" };
        let metadata = r#"{"action_type": "info", "files_involved": []}"#;
        let connection = self.connect();
        let sql =
            "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)
                   VALUES (?, ?, ?, ?, ?, ?)";
        connection.execute(sql, params![self.id, side, to, text, metadata, naive(now)]).expect("a message");
        self.audit(&connection, side, "send_message", now);
    }

    /// `check_messages`.
    pub(super) fn fetch(&self, side: &str, now: Timestamp) {
        let connection = self.connect();
        let sql = "UPDATE messages SET read = 1 WHERE conversation_id = ? AND to_session = ? AND read = 0";
        connection.execute(sql, params![self.id, side]).expect("a fetch");
        self.audit(&connection, side, "get_messages", now);
    }

    fn audit(&self, connection: &Connection, side: &str, action: &str, now: Timestamp) {
        let sql = "INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp) VALUES (?, ?, ?, '{}', ?)";
        connection.execute(sql, params![self.id, side, action, naive(now)]).expect("a row of the log");
    }

    /// A connection for one act, as the original has it. Nobody pulls the plug here, so nothing waits for the disk.
    fn connect(&self) -> Connection {
        let connection = Connection::open(&self.path).expect("the database");
        connection.pragma_update(None, "journal_mode", "WAL").expect("a log");
        connection.pragma_update(None, "synchronous", "OFF").expect("no waiting");
        connection
    }
}

/// Naive UTC with six digits, as Python's `isoformat` writes it.
fn naive(now: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(now.0).expect("a time");
    time.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.%6f").to_string()
}
