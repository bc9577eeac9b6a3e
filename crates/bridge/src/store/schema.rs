//! The tables: the original's, exactly as its programs make them, and ours beside them.
//!
//! Only plain SQL that old versions of SQLite understand stands in the file, since the Python side may bring one: a table
//! declared `STRICT` would make the whole database unreadable to it. Their tables get no column and no index of ours.

/// The version of our tables.
pub(super) const VERSION: i64 = 1;

/// What the original makes at every start.
pub(super) const ORIGINAL: &str = "
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL,
  session_b_role TEXT NOT NULL, session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL,
  created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL,
  from_session TEXT NOT NULL, to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT,
  timestamp TEXT NOT NULL, read INTEGER DEFAULT 0, FOREIGN KEY (conversation_id) REFERENCES conversations(id));
CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT NOT NULL, session_id TEXT NOT NULL,
  status TEXT NOT NULL, last_heartbeat TEXT NOT NULL, PRIMARY KEY (conversation_id, session_id));
CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, session_id TEXT,
  action TEXT NOT NULL, details TEXT, timestamp TEXT NOT NULL);
";

/// What we add. `settled` is 1 when nothing more happens to a message: seen, acknowledged, or read by another program.
pub(super) const OWN: &str = "
CREATE TABLE IF NOT EXISTS peerwatch_version (version INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS peerwatch_conversations (conversation_id TEXT PRIMARY KEY, name TEXT UNIQUE,
  created_ms INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS peerwatch_participants (conversation_id TEXT NOT NULL, participant TEXT NOT NULL,
  role TEXT NOT NULL, kind TEXT NOT NULL, pid INTEGER, process_start TEXT, session_id TEXT,
  agent TEXT NOT NULL DEFAULT '', claude_config TEXT, cwd TEXT, joined_ms INTEGER NOT NULL, left_ms INTEGER,
  PRIMARY KEY (conversation_id, participant));
CREATE TABLE IF NOT EXISTS peerwatch_messages (message_id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
  conversation_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, reply_to TEXT, sent_ms INTEGER NOT NULL,
  accepted_ms INTEGER, accepted_by TEXT, seen_ms INTEGER, seen_by TEXT, acknowledged_ms INTEGER,
  fetched_ms INTEGER, fetched_by TEXT, fetched_call TEXT, trouble TEXT, trouble_detail TEXT,
  attempts INTEGER NOT NULL DEFAULT 0, pushed_ms INTEGER, pushed_to TEXT, settled INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS peerwatch_messages_open ON peerwatch_messages (conversation_id, recipient)
  WHERE settled = 0;
CREATE INDEX IF NOT EXISTS peerwatch_messages_sent ON peerwatch_messages (conversation_id, sender, sent_ms);
CREATE TABLE IF NOT EXISTS peerwatch_heartbeats (conversation_id TEXT NOT NULL, participant TEXT NOT NULL,
  at_ms INTEGER NOT NULL, evidence TEXT NOT NULL, PRIMARY KEY (conversation_id, participant));
";
