//! The tables: the original's, exactly as its programs make them, and ours beside them.
//!
//! Only plain SQL that old versions of SQLite understand stands in the file, since the Python side may bring one: a table
//! declared `STRICT` would make the whole database unreadable to it. Their tables get no column and no index of ours.

/// The version of our tables. Version 1 had none for tasks.
pub(super) const VERSION: i64 = 2;

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

/// What version 2 added. An owner's row stays for ever, so that its late calls are known; `lost_ms` and `reason` tell when and
/// why it lost the task. `ended` is 1 when a handover has no step to come, and a task has at most one that has.
pub(super) const TASKS: &str = "
CREATE TABLE IF NOT EXISTS peerwatch_tasks (task_id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL,
  subject TEXT NOT NULL, description TEXT, priority INTEGER NOT NULL DEFAULT 0, folder TEXT, deadline_ms INTEGER,
  state TEXT NOT NULL, owner TEXT, epoch INTEGER NOT NULL DEFAULT 1, lease_ms INTEGER,
  attempts INTEGER NOT NULL DEFAULT 0, created_by TEXT NOT NULL, created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL, revoked_ms INTEGER, over_ms INTEGER);
CREATE INDEX IF NOT EXISTS peerwatch_tasks_open ON peerwatch_tasks (conversation_id, owner) WHERE over_ms IS NULL;
CREATE INDEX IF NOT EXISTS peerwatch_tasks_over ON peerwatch_tasks (over_ms) WHERE over_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS peerwatch_task_needs (task_id INTEGER NOT NULL, needs INTEGER NOT NULL,
  PRIMARY KEY (task_id, needs));
CREATE TABLE IF NOT EXISTS peerwatch_task_notes (note_id INTEGER PRIMARY KEY AUTOINCREMENT, task_id INTEGER NOT NULL,
  kind TEXT NOT NULL, author TEXT NOT NULL, epoch INTEGER NOT NULL, at_ms INTEGER NOT NULL,
  counts_ms INTEGER NOT NULL, text TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS peerwatch_task_notes_kind ON peerwatch_task_notes (task_id, kind, counts_ms);
CREATE TABLE IF NOT EXISTS peerwatch_task_owners (task_id INTEGER NOT NULL, epoch INTEGER NOT NULL,
  participant TEXT NOT NULL, since_ms INTEGER NOT NULL, lost_ms INTEGER, reason TEXT, PRIMARY KEY (task_id, epoch));
CREATE TABLE IF NOT EXISTS peerwatch_handovers (handover_id INTEGER PRIMARY KEY AUTOINCREMENT,
  task_id INTEGER NOT NULL, conversation_id TEXT NOT NULL, old_owner TEXT NOT NULL, old_epoch INTEGER NOT NULL,
  new_owner TEXT, wanted TEXT, card TEXT NOT NULL, step TEXT NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,
  confirmed TEXT, told TEXT, granted TEXT, closed TEXT, at_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,
  ended INTEGER NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX IF NOT EXISTS peerwatch_handovers_open ON peerwatch_handovers (task_id) WHERE ended = 0;
CREATE INDEX IF NOT EXISTS peerwatch_handovers_task ON peerwatch_handovers (task_id, at_ms);
CREATE INDEX IF NOT EXISTS peerwatch_handovers_actor ON peerwatch_handovers (actor, at_ms);
CREATE INDEX IF NOT EXISTS peerwatch_handovers_ended ON peerwatch_handovers (updated_ms) WHERE ended = 1;
CREATE TABLE IF NOT EXISTS peerwatch_task_changes (only INTEGER PRIMARY KEY CHECK (only = 1), count INTEGER NOT NULL);
INSERT OR IGNORE INTO peerwatch_task_changes VALUES (1, 0);
";
