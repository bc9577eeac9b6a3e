"""Another process that writes bridge databases, one command a line, one answer a line.

Standard library only. Commands are JSON arrays; the first element names what to do.
"""

import datetime
import json
import os
import sqlite3
import sys

ORIGINAL = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL, session_b_role TEXT NOT NULL,
  session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL,
  from_session TEXT NOT NULL, to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT, timestamp TEXT NOT NULL,
  read INTEGER DEFAULT 0, FOREIGN KEY (conversation_id) REFERENCES conversations(id));
CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT NOT NULL, session_id TEXT NOT NULL, status TEXT NOT NULL,
  last_heartbeat TEXT NOT NULL, PRIMARY KEY (conversation_id, session_id));
CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, session_id TEXT,
  action TEXT NOT NULL, details TEXT, timestamp TEXT NOT NULL);
"""

held = {}


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat()


def connect(path):
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    return connection


class Brief:
    """A connection for one operation, as the bridge uses them, or the one that is held under a name."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.connection = held.get("keep") or connect(self.path)
        return self.connection

    def __exit__(self, *_):
        if self.connection is not held.get("keep"):
            self.connection.close()


def create(path, conversation):
    with Brief(path) as db:
        db.executescript(ORIGINAL)
        end = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(hours=3)
        db.execute(
            "INSERT INTO conversations VALUES (?, 'backend', 'frontend', ?, ?, ?, ?)",
            (conversation, "a" * 64, "b" * 64, now(), end.isoformat()),
        )


def send(path, conversation, sender, text):
    to = "b" if sender == "a" else "a"
    with Brief(path) as db:
        db.execute(
            "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (conversation, sender, to, text, json.dumps({"action_type": "info", "files_involved": []}), now()),
        )


def flood(path, conversation, count):
    """As fast as it can, by turns with a connection of its own and with one that is kept."""
    kept = connect(path)
    for number in range(count):
        if number % 2:
            held["keep"] = kept
        send(path, conversation, "a", f"m{number}")
        held.pop("keep", None)
    kept.close()


def fetch(path, conversation, side):
    with Brief(path) as db:
        db.execute("BEGIN IMMEDIATE")
        rows = db.execute(
            "SELECT id FROM messages WHERE conversation_id = ? AND to_session = ? AND read = 0", (conversation, side)
        ).fetchall()
        db.executemany("UPDATE messages SET read = 1 WHERE id = ?", rows)
        db.execute("COMMIT")
    with Brief(path) as db:
        db.execute(
            "INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp) VALUES (?, ?, ?, ?, ?)",
            (conversation, side, "get_messages", json.dumps({"count": len(rows)}), now()),
        )


def status(path, conversation, side, word, at=None):
    with Brief(path) as db:
        db.execute(
            "INSERT OR REPLACE INTO session_status VALUES (?, ?, ?, ?)", (conversation, side, word, at or now())
        )


def sql(path, *statements):
    with Brief(path) as db:
        for statement in statements:
            db.execute(statement)


def plain(path, script):
    """A connection that leaves the journal mode alone."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.executescript(script)
    connection.close()


def hold(name, path, *statements):
    held[name] = sqlite3.connect(path, timeout=10, isolation_level=None)
    held[name].execute("SELECT count(*) FROM sqlite_master").fetchall()
    for statement in statements:
        held[name].execute(statement).fetchall()


def on(name, *statements):
    for statement in statements:
        held[name].execute(statement).fetchall()


def release(name):
    held.pop(name).close()


def replace(path):
    """Vacuum into another file, then rename it over the first."""
    with Brief(path) as db:
        db.execute("VACUUM INTO ?", (path + ".new",))
    os.replace(path + ".new", path)


def integrity(path):
    with Brief(path) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]


def count(path):
    with Brief(path) as db:
        return db.execute("SELECT count(*) FROM messages").fetchone()[0]


def die():
    os._exit(9)


COMMANDS = {f.__name__: f for f in (create, send, flood, fetch, status, sql, plain, hold, on, release, replace, integrity, count, die)}

for line in sys.stdin:
    name, *arguments = json.loads(line)
    try:
        print(json.dumps({"ok": COMMANDS[name](*arguments)}), flush=True)
    except Exception as error:  # the test decides what an error means
        print(json.dumps({"error": str(error)}), flush=True)
