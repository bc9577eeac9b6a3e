#!/usr/bin/env python3
"""Writes a bridge database as the original bridge does, from a process of its own.

Takes commands on standard input, one a line, and answers each with one line of JSON. Every commit is reported with the
machine's monotonic clock, so that a reader can tell how long a message took to be noticed.

    conversation <id> <role a> <role b>
    send <conversation> <from> <count> <every ms> <prefix>     one message each, `<prefix> <number>`
    heartbeat <conversation> <a|b> <status> [<seconds ago>]
    read <conversation> <a|b>                                   as check_messages: marks what is unread as read
    hold | let-go                                               keep the database open in this process, idly
    vacuum | rename <to> | replace                              the housekeeping that happens to such files
    pulse <conversation> [<seconds ago>]                        coordinator schema: the worker's heartbeat
    post <conversation> <sender> <text>                         coordinator schema: one message
"""

import datetime
import json
import os
import shlex
import sqlite3
import sys
import time

BRIDGE = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL,
  session_b_role TEXT NOT NULL, session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL,
  created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL,
  from_session TEXT NOT NULL, to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT,
  timestamp TEXT NOT NULL, read INTEGER DEFAULT 0, FOREIGN KEY (conversation_id) REFERENCES conversations(id));
CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT NOT NULL, session_id TEXT NOT NULL,
  status TEXT NOT NULL, last_heartbeat TEXT NOT NULL, PRIMARY KEY (conversation_id, session_id));
CREATE TABLE IF NOT EXISTS audit_log (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT,
  session_id TEXT, action TEXT NOT NULL, details TEXT, timestamp TEXT NOT NULL);
"""

COORDINATOR = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, role_a TEXT, role_b TEXT);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, sender TEXT,
  content TEXT, action_type TEXT, created_at TEXT, read_by_b INTEGER DEFAULT 0);
CREATE TABLE IF NOT EXISTS session_status (conversation_id TEXT PRIMARY KEY, session_id TEXT NOT NULL,
  last_heartbeat TEXT NOT NULL, status TEXT DEFAULT 'active');
CREATE TABLE IF NOT EXISTS audit_log (event_type TEXT, conversation_id TEXT, metadata TEXT, timestamp TEXT);
"""


def utc(seconds_ago=0.0):
    """Naive UTC with six digits, as the bridge writes it."""
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    return (now - datetime.timedelta(seconds=seconds_ago)).isoformat(timespec="microseconds")


class Writer:
    def __init__(self, path, schema, keep):
        self.path, self.schema, self.keep = path, schema, keep
        self.kept = self.held = None
        self.run(lambda db: db.executescript(COORDINATOR if schema == "coordinator" else BRIDGE))

    def connect(self):
        db = sqlite3.connect(self.path, timeout=10.0)
        db.execute("PRAGMA journal_mode=WAL")
        return db

    def run(self, act):
        """One operation: on a connection of its own, as the bridge does, or on the one that is kept."""
        if self.keep:
            self.kept = self.kept or self.connect()
            result = act(self.kept)
            self.kept.commit()
            return result
        db = self.connect()
        try:
            result = act(db)
            db.commit()
            return result
        finally:
            db.close()

    def forget_connections(self):
        for db in (self.kept, self.held):
            if db:
                db.close()
        held, self.kept, self.held = self.held is not None, None, None
        return held

    def audit(self, conversation, side, action, details):
        row = (conversation, side, action, json.dumps(details), utc())
        self.run(lambda db: db.execute(
            "INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp) VALUES (?,?,?,?,?)", row))

    def conversation(self, name, role_a, role_b):
        if self.schema == "coordinator":
            self.run(lambda db: db.execute("INSERT INTO conversations VALUES (?,?,?)", (name, role_a, role_b)))
            return {}
        tokens = [os.urandom(32).hex(), os.urandom(32).hex()]
        row = (name, role_a, role_b, *tokens, utc(), utc(-3 * 3600))
        self.run(lambda db: db.execute("INSERT INTO conversations VALUES (?,?,?,?,?,?,?)", row))
        self.audit(name, None, "create_conversation", {"roles": [role_a, role_b]})
        return {"tokens": tokens}

    def send(self, conversation, sender, count, every_ms, prefix):
        begun = time.monotonic()
        for number in range(int(count)):
            due = begun + number * float(every_ms) / 1000
            time.sleep(max(0.0, due - time.monotonic()))
            self.say(conversation, sender, f"{prefix} {number}")
        return {}

    def say(self, conversation, sender, text):
        receiver = "b" if sender == "a" else "a"
        metadata = json.dumps({"action_type": "info", "files_involved": []})
        # The bridge checks the token on a connection of its own before it writes.
        self.run(lambda db: db.execute("SELECT session_a_token FROM conversations WHERE id=?", (conversation,)).fetchone())
        row = (conversation, sender, receiver, text, metadata, utc())
        written = self.run(lambda db: db.execute(
            "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)"
            " VALUES (?,?,?,?,?,?)", row).lastrowid)
        report({"committed": written, "text": text, "at": time.clock_gettime_ns(time.CLOCK_MONOTONIC)})
        self.audit(conversation, sender, "send_message",
                   {"to": receiver, "message_length": len(text), "redacted": False})

    def heartbeat(self, conversation, side, status, seconds_ago="0"):
        row = (conversation, side, status, utc(float(seconds_ago)))
        self.run(lambda db: db.execute("INSERT OR REPLACE INTO session_status VALUES (?,?,?,?)", row))
        return {}

    def read(self, conversation, side):
        def take(db):
            db.execute("BEGIN IMMEDIATE")
            rows = db.execute("SELECT id FROM messages WHERE conversation_id=? AND to_session=? AND read=0"
                              " ORDER BY timestamp", (conversation, side)).fetchall()
            db.executemany("UPDATE messages SET read=1 WHERE id=?", rows)
            return len(rows)
        count = self.run(take)
        self.audit(conversation, side, "get_messages", {"count": count})
        return {"read": count}

    def hold(self):
        self.held = self.connect()
        self.held.execute("SELECT count(*) FROM messages").fetchone()
        return {}

    def let_go(self):
        if self.held:
            self.held.close()
        self.held = None
        return {}

    def vacuum(self):
        self.run(lambda db: db.execute("VACUUM"))
        return {}

    def rename(self, to):
        """Moves the file aside; the next operation makes a new, empty database in its place."""
        self.forget_connections()
        os.rename(self.path, to)
        return {}

    def create(self):
        self.run(lambda db: db.executescript(COORDINATOR if self.schema == "coordinator" else BRIDGE))
        return {}

    def replace(self):
        """Puts an identical copy in the file's place by renaming, as backup tools and editors do."""
        held = self.forget_connections()
        copy = self.path + ".copy"
        source, target = sqlite3.connect(self.path), sqlite3.connect(copy)
        source.backup(target)
        target.close()
        source.close()
        for tail in ("-wal", "-shm"):
            if os.path.exists(self.path + tail):
                os.remove(self.path + tail)
        os.rename(copy, self.path)
        if held:
            self.hold()
        return {}

    def pulse(self, conversation, seconds_ago="0"):
        when = utc(float(seconds_ago))[:19].replace("T", " ")
        self.run(lambda db: db.execute("INSERT OR REPLACE INTO session_status VALUES (?,'session_b',?,'active')",
                                       (conversation, when)))
        return {}

    def post(self, conversation, sender, text):
        row = (conversation, sender, text, utc()[:19].replace("T", " "))
        self.run(lambda db: db.execute("INSERT INTO messages (conversation_id, sender, content, action_type, created_at)"
                                       " VALUES (?,?,?,'info',?)", row))
        return {}


def report(line):
    print(json.dumps(line), flush=True)


def main():
    path, schema, mode = sys.argv[1:4]
    writer = Writer(path, schema, keep=mode == "keep")
    report({"done": "open"})
    for line in sys.stdin:
        name, *words = shlex.split(line)
        try:
            report({"done": name, **getattr(writer, name.replace("-", "_"))(*words)})
        except Exception as error:  # what went wrong is the test's to judge
            report({"failed": name, "error": str(error)})


main()
