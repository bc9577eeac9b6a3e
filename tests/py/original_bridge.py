#!/usr/bin/env python3
"""Stands for the original Python bridge server (`claude_bridge_secure.py`) in tests and measurements.

    original_bridge.py <database>          MCP over standard input and output, one JSON object a line

Written from what the original was seen to do, on the wire and in its database: the five tools with their texts, a new
connection for each step of each call (three for a message), `journal_mode=WAL` set each time, the same transactions and
audit rows, the same redaction, the same fixed-window rate limit. With ORIGINAL_BRIDGE_UNLIMITED in the environment there
is no rate limit, so that a throughput can be measured.

What it lacks: the `mcp` package, whose imports make the original slower to start (about 0.4 s) and larger (about 57 MB),
and which costs some milliseconds in each call; the two tools for running commands; and of several faults in the
arguments it may name another one first. So it is never slower than the original, and where it breaks the original would.
"""

import contextlib
import datetime
import hashlib
import hmac
import json
import os
import re
import secrets
import sqlite3
import sys
import time

TABLES = """
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

REDACTED = [(re.compile(form, re.DOTALL), label) for form, label in (
    (r"AKIA[0-9A-Z]{16}", "AWS_KEY_REDACTED"),
    (r"-----BEGIN[^-]+PRIVATE KEY-----.*?-----END[^-]+PRIVATE KEY-----", "PRIVATE_KEY_REDACTED"),
    (r"Bearer [A-Za-z0-9\-._~+/]+=*", "BEARER_TOKEN_REDACTED"),
    (r'(?i)password["\s:=]+[^\s"]+', "PASSWORD_REDACTED"),
    (r'(?i)api[_-]?key["\s:=]+[^\s"]+', "API_KEY_REDACTED"),
    (r'(?i)secret["\s:=]+[^\s"]+', "SECRET_REDACTED"),
    (r"ghp_[A-Za-z0-9]{36}", "GITHUB_TOKEN_REDACTED"),
    (r"sk-[A-Za-z0-9]{48}", "OPENAI_KEY_REDACTED"),
)]

ROLE = {"type": "string", "minLength": 3, "maxLength": 100}
ENTRY = {
    "conversation_id": {"type": "string", "pattern": "^conv_[a-f0-9]{16}$"},
    "session_id": {"type": "string", "enum": ["a", "b"]},
    "token": {"type": "string", "minLength": 64, "maxLength": 64},
}


def tool(name, description, properties, required):
    schema = {"type": "object", "properties": properties, "required": required}
    return {"name": name, "description": description, "inputSchema": schema}


def session_tool(name, description, properties, required):
    return tool(name, description, {**ENTRY, **properties}, [*ENTRY, *required])


TOOLS = [
    tool("create_conversation", "Initialize a new secure conversation. Returns tokens for both sessions.", {
        "my_role": {**ROLE, "description": "Your role (e.g., 'backend_developer')"},
        "partner_role": {**ROLE, "description": "Partner's role (e.g., 'frontend_developer')"},
    }, ["my_role", "partner_role"]),
    session_tool("send_to_partner", "Send a message to partner session (authenticated, redacted)", {
        "message": {"type": "string", "maxLength": 50000},
        "action_type": {"type": "string", "enum": ["question", "info", "proposal", "blocked", "complete"]},
        "files_involved": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
    }, ["message"]),
    session_tool("check_messages", "Check for new messages (atomic read + mark)", {}, []),
    session_tool("update_my_status", "Update status with heartbeat", {
        "status": {"type": "string", "enum": ["working", "waiting", "blocked", "complete"]},
    }, ["status"]),
    session_tool("check_partner_status", "Get partner session status and liveness", {}, []),
]


def utcnow():
    """Naive UTC, as `datetime.utcnow()` gave it."""
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def redact(text):
    for form, label in REDACTED:
        text = form.sub(label, text)
    return text


def partner_of(side):
    return "b" if side == "a" else "a"


class Limit:
    """Fixed windows in this process's memory, for the letter alone: the same over all conversations."""

    SPANS = ((60, 10, "min"), (3600, 100, "hour"), (86400, 500, "day"))

    def __init__(self):
        self.windows = {}

    def check(self, side):
        now = time.time()
        windows = [self.window(side, span, now) for span, _, _ in self.SPANS]
        for window, (span, most, name) in zip(windows, self.SPANS):
            if window[1] >= most:
                left = int(window[0] + span - now)
                until = {"min": f"{left}s", "hour": f"{left // 60}m", "day": f"{left // 3600}h"}[name]
                raise ValueError(
                    f"Rate limit exceeded: Rate limit: {most} req/{name} exceeded (resets in {until})")
        for window in windows:
            window[1] += 1

    def window(self, side, span, now):
        window = self.windows.setdefault((side, span), [now, 0])
        if now - window[0] >= span:
            window[:] = [now, 0]
        return window


class Bridge:
    def __init__(self, path):
        self.path = path
        self.master_secret = secrets.token_bytes(32)
        self.limit = None if os.environ.get("ORIGINAL_BRIDGE_UNLIMITED") else Limit()
        with self.connection() as db:
            db.executescript(TABLES)

    @contextlib.contextmanager
    def connection(self):
        """A connection for one step of one call."""
        db = sqlite3.connect(self.path, timeout=10.0)
        try:
            db.execute("PRAGMA journal_mode=WAL")
            yield db
            db.commit()
        finally:
            db.close()

    def audit(self, conversation, side, action, details):
        with self.connection() as db:
            db.execute("INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp)"
                       " VALUES (?, ?, ?, ?, ?)",
                       (conversation, side, action, json.dumps(details), utcnow().isoformat()))

    def verify(self, conversation, side, token):
        with self.connection() as db:
            row = db.execute("SELECT session_a_token, session_b_token, expires_at FROM conversations WHERE id = ?",
                             (conversation,)).fetchone()
        if row is None or datetime.datetime.fromisoformat(row[2]) < utcnow():
            raise PermissionError("Invalid session token")
        if not hmac.compare_digest(row[0] if side == "a" else row[1], token):
            raise PermissionError("Invalid session token")

    def token(self, conversation, side):
        words = f"{conversation}:{side}:{utcnow().isoformat()}"
        return hmac.new(self.master_secret, words.encode(), hashlib.sha256).hexdigest()

    def create_conversation(self, my_role, partner_role):
        conversation = f"conv_{secrets.token_hex(8)}"
        tokens = self.token(conversation, "a"), self.token(conversation, "b")
        expires = (utcnow() + datetime.timedelta(hours=3)).isoformat()
        with self.connection() as db:
            db.execute("INSERT INTO conversations VALUES (?, ?, ?, ?, ?, ?, ?)",
                       (conversation, my_role, partner_role, *tokens, utcnow().isoformat(), expires))
        self.audit(conversation, None, "create_conversation", {"roles": [my_role, partner_role]})
        return (f"✅ Secure conversation created!\n\nConversation ID: {conversation}\n\n"
                f"Your token (keep secret): {tokens[0]}\nPartner token (share securely): {tokens[1]}\n\n"
                f"Expires: {expires}\n\nIMPORTANT: Tokens are required for all operations. Store your token securely.\n"
                "Share the conversation ID and partner token with your partner session via a secure channel.")

    def send_to_partner(self, conversation_id, session_id, token, message, action_type="info", files_involved=()):
        if self.limit:
            self.limit.check(session_id)
        self.verify(conversation_id, session_id, token)
        text, to = redact(message), partner_of(session_id)
        metadata = redact(json.dumps({"action_type": action_type, "files_involved": list(files_involved)}))
        # A word in a path that looks like a secret makes this invalid, and the message is refused.
        json.loads(metadata)
        with self.connection() as db:
            db.execute("INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       (conversation_id, session_id, to, text, metadata, utcnow().isoformat()))
        self.audit(conversation_id, session_id, "send_message",
                   {"to": to, "message_length": len(text), "redacted": text != message})
        notice = "\n⚠️  Secrets were redacted from your message" if text != message else ""
        return f"📤 Message sent to partner session{notice}"

    def check_messages(self, conversation_id, session_id, token):
        self.verify(conversation_id, session_id, token)
        with self.connection() as db:
            db.execute("BEGIN IMMEDIATE")
            rows = db.execute("SELECT id, from_session, message, metadata, timestamp FROM messages"
                              " WHERE conversation_id = ? AND to_session = ? AND read = 0 ORDER BY timestamp",
                              (conversation_id, session_id)).fetchall()
            if rows:
                marks = ",".join("?" * len(rows))
                db.execute(f"UPDATE messages SET read = 1 WHERE id IN ({marks})", [row[0] for row in rows])
        self.audit(conversation_id, session_id, "get_messages", {"count": len(rows)})
        if not rows:
            return "📭 No new messages"
        return f"📬 {len(rows)} new message(s):\n\n" + "".join(shown(*row[1:]) for row in rows)

    def update_my_status(self, conversation_id, session_id, token, status):
        self.verify(conversation_id, session_id, token)
        with self.connection() as db:
            db.execute("INSERT OR REPLACE INTO session_status VALUES (?, ?, ?, ?)",
                       (conversation_id, session_id, status, utcnow().isoformat()))
        return f"✅ Status updated: {status}"

    def check_partner_status(self, conversation_id, session_id, token):
        self.verify(conversation_id, session_id, token)
        side = partner_of(session_id)
        with self.connection() as db:
            row = db.execute("SELECT status, last_heartbeat FROM session_status"
                             " WHERE conversation_id = ? AND session_id = ?", (conversation_id, side)).fetchone()
        status, heard, age, alive = "unknown", "Never", "N/A", False
        if row:
            status, heard = row
            seconds = (utcnow() - datetime.datetime.fromisoformat(heard)).total_seconds()
            age, alive = int(seconds), seconds < 120
        return (f"{'🟢' if alive else '🔴'} Partner Session {side.upper()}\n\nStatus: {status}\n"
                f"Last heartbeat: {heard}\nAge: {age}s\nAlive: {alive}")


def shown(sender, message, metadata, timestamp):
    more = json.loads(metadata) if metadata else {}
    kind = f"Type: {more['action_type']}\n" if more.get("action_type") else ""
    files = f"\nFiles: {', '.join(more['files_involved'])}\n" if more.get("files_involved") else ""
    return f"From: Session {sender}\nTime: {timestamp}\n{kind}\nMessage:\n{message}\n{files}\n{'=' * 60}\n\n"


def fault_of(value, schema):
    """What the schema forbids in a value, in the words of Python's `jsonschema`."""
    kinds = {"string": str, "array": list}
    if not isinstance(value, kinds[schema["type"]]):
        return f"{value!r} is not of type '{schema['type']}'"
    if "enum" in schema and value not in schema["enum"]:
        return f"{value!r} is not one of {schema['enum']!r}"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        return f"{value!r} does not match {schema['pattern']!r}"
    if len(value) < schema.get("minLength", 0):
        return f"{value!r} is too short"
    if len(value) > schema.get("maxLength", schema.get("maxItems", len(value))):
        return f"{value!r} is too long"
    if schema["type"] == "array":
        return next((fault for item in value if (fault := fault_of(item, schema["items"]))), None)
    return None


def fault_in(schema, arguments):
    missing = (f"{name!r} is a required property" for name in schema["required"] if name not in arguments)
    wrong = (fault_of(arguments[name], property) for name, property in schema["properties"].items()
             if name in arguments)
    return next((fault for fault in [*missing, *wrong] if fault), None)


def call(bridge, name, arguments):
    """A tool's text, and whether it is an error in the protocol's sense: the original's own errors are not."""
    known = next((tool for tool in TOOLS if tool["name"] == name), None)
    if known is None:
        return "❌ Unknown tool", False
    schema = known["inputSchema"]
    if fault := fault_in(schema, arguments):
        return f"Input validation error: {fault}", True
    try:
        taken = {name: value for name, value in arguments.items() if name in schema["properties"]}
        return getattr(bridge, name)(**taken), False
    except PermissionError as error:
        return f"🔒 Authentication failed: {error}", False
    except Exception as error:  # whatever it is, the original puts it into a text
        return f"❌ Error: {error}", False


def answer(bridge, method, params):
    if method == "initialize":
        return {"protocolVersion": params.get("protocolVersion", "2025-11-25"),
                "capabilities": {"experimental": {}, "tools": {"listChanged": False}},
                "serverInfo": {"name": "mcp-multiagent-bridge", "version": "1.30.0"}}
    if method == "tools/list":
        return {"tools": TOOLS}
    if method == "tools/call":
        text, is_error = call(bridge, params["name"], params.get("arguments") or {})
        return {"content": [{"type": "text", "text": text}], "isError": is_error}
    if method == "ping":
        return {}
    return None


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "/tmp/claude_bridge_secure.db"
    print(f"Starting secure bridge with database: {path}", file=sys.stderr)
    bridge = Bridge(path)
    for line in sys.stdin:
        question = json.loads(line)
        if "id" not in question or "method" not in question:
            continue
        result = answer(bridge, question["method"], question.get("params") or {})
        said = {"result": result} if result is not None else {
            "error": {"code": -32601, "message": "Method not found"}}
        print(json.dumps({"jsonrpc": "2.0", "id": question["id"], **said}, ensure_ascii=False), flush=True)


main()
