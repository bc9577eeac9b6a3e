//! The original bridge's database, written the way the original writes it: a new connection for each operation.

use std::path::{Path, PathBuf};

use jiff::{Span, Timestamp};
use rusqlite::{Connection, params};

use crate::error::Result;
use crate::text::{hex, naive};

/// The schema that the original creates, word for word.
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

/// One conversation between two sides.
pub(crate) struct Bridge {
    path: PathBuf,
    conversation: String,
    roles: [String; 2],
}

impl Bridge {
    /// Opens a conversation; the side that opens it is `a`.
    pub(crate) fn open(path: &Path, a: &str, b: &str, when: Timestamp) -> Result<Self> {
        let conversation = format!("conv_{}", hex(&format!("{a}{b}"), 16));
        let bridge = Self { path: path.into(), conversation, roles: [a.into(), b.into()] };
        let connection = bridge.connect()?;
        connection.execute_batch(SCHEMA)?;
        connection.execute(
            "INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)",
            // Tokens of zeros open nothing.
            params![
                bridge.conversation,
                a,
                b,
                "0".repeat(64),
                "0".repeat(64),
                naive(when),
                naive(when + Span::new().hours(3)),
            ],
        )?;
        bridge.audit(
            None,
            "create_conversation",
            &serde_json::json!({ "roles": [a, b] }).to_string(),
            when,
        )?;
        Ok(bridge)
    }

    /// Which side a role is.
    pub(crate) fn side(&self, role: &str) -> Option<&'static str> {
        self.roles.iter().position(|r| r == role).map(|n| ["a", "b"][n])
    }

    /// One side writes to the other.
    pub(crate) fn send(&self, from: &str, kind: &str, text: &str, when: Timestamp) -> Result<()> {
        let to = if from == "a" { "b" } else { "a" };
        self.connect()?.execute(
            "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp) VALUES (?, ?, ?, ?, ?, ?)",
            params![
                self.conversation,
                from,
                to,
                text,
                format!(r#"{{"action_type": "{kind}", "files_involved": []}}"#),
                naive(when)
            ],
        )?;
        let details =
            format!(r#"{{"to": "{to}", "message_length": {}, "redacted": false}}"#, text.chars().count());
        self.audit(Some(from), "send_message", &details, when)
    }

    /// One side fetches what waits for it.
    pub(crate) fn fetch(&self, side: &str, when: Timestamp) -> Result<()> {
        let fetched = self.connect()?.execute(
            "UPDATE messages SET read = 1 WHERE conversation_id = ? AND to_session = ? AND read = 0",
            params![self.conversation, side],
        )?;
        self.audit(Some(side), "get_messages", &format!(r#"{{"count": {fetched}}}"#), when)
    }

    /// One side says that it lives, and what it does.
    pub(crate) fn beat(&self, side: &str, status: &str, when: Timestamp) -> Result<()> {
        self.connect()?.execute(
            "INSERT OR REPLACE INTO session_status VALUES (?, ?, ?, ?)",
            params![self.conversation, side, status, naive(when)],
        )?;
        Ok(())
    }

    fn audit(&self, side: Option<&str>, action: &str, details: &str, when: Timestamp) -> Result<()> {
        self.connect()?.execute(
            "INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp) VALUES (?, ?, ?, ?, ?)",
            params![self.conversation, side, action, details, naive(when)],
        )?;
        Ok(())
    }

    fn connect(&self) -> Result<Connection> {
        let connection = Connection::open(&self.path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        Ok(connection)
    }
}
