//! The two schemas, as their writers make them.

/// The tables of the original bridge.
pub(super) const ORIGINAL: &str = "
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL, session_b_role TEXT NOT NULL,
  session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL,
  from_session TEXT NOT NULL, to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT, timestamp TEXT NOT NULL,
  read INTEGER DEFAULT 0, FOREIGN KEY (conversation_id) REFERENCES conversations(id));
CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT NOT NULL, session_id TEXT NOT NULL, status TEXT NOT NULL,
  last_heartbeat TEXT NOT NULL, PRIMARY KEY (conversation_id, session_id));
CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, session_id TEXT,
  action TEXT NOT NULL, details TEXT, timestamp TEXT NOT NULL);
";

/// The tables that the coordinator scripts expect before the first heartbeat.
pub(super) const COORDINATOR: &str = "
CREATE TABLE conversations (id TEXT PRIMARY KEY, role_a TEXT, role_b TEXT);
CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation_id TEXT, sender TEXT, content TEXT, action_type TEXT,
  created_at TEXT, read_by_b INTEGER DEFAULT 0);
";
