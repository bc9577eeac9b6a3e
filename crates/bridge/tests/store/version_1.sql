-- A bridge database as version 1 made it.
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
INSERT INTO peerwatch_version VALUES (1);
INSERT INTO conversations VALUES ('conv_main', 'api', 'web', 'token a', 'token b', '2026-11-20T04:00:00.000000',
  '9999-01-01T00:00:00.000000');
INSERT INTO peerwatch_conversations VALUES ('conv_main', 'main', 1795147200000);
INSERT INTO peerwatch_participants VALUES ('conv_main', 'a', 'api', 'session', 1, 'start 1', 's-1', '', NULL, NULL,
  1795147200000, NULL);
INSERT INTO peerwatch_participants VALUES ('conv_main', 'b', 'web', 'session', 2, 'start 2', 's-2', '', NULL, NULL,
  1795147200000, NULL);
INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)
  VALUES ('conv_main', 'a', 'b', 'from before', '{}', '2026-11-20T05:00:00.000000');
INSERT INTO peerwatch_messages (message_id, uid, conversation_id, sender, recipient, sent_ms)
  VALUES (1, '11111111-1111-4111-8111-111111111111', 'conv_main', 'a', 'b', 1795150800000);
