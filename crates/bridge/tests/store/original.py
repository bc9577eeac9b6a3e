"""One process that uses a bridge database as the original bridge does: a new connection for every operation.

    original.py <database> <conversation> <side> <messages> <prefix>

Sends that many messages to the other side, and reads what comes after every tenth. Prints each text that it read, then
`sent`; then reads on until its standard input ends. An error ends it with a traceback.
"""

import datetime
import json
import sqlite3
import sys
import threading

path, conversation, side, count, prefix = sys.argv[1:6]
other = "b" if side == "a" else "a"


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None).isoformat()


def operate(act):
    connection = sqlite3.connect(path, timeout=10.0)
    connection.execute("PRAGMA journal_mode=WAL")
    try:
        result = act(connection)
        connection.commit()
        return result
    finally:
        connection.close()


def verify():
    token = "SELECT session_a_token, expires_at FROM conversations WHERE id = ?"
    expires = operate(lambda db: db.execute(token, (conversation,)).fetchone())[1]
    assert datetime.datetime.fromisoformat(expires) > datetime.datetime.fromisoformat(now())


def audit(action, details):
    row = (conversation, side, action, json.dumps(details), now())
    sql = "INSERT INTO audit_log (conversation_id, session_id, action, details, timestamp) VALUES (?, ?, ?, ?, ?)"
    operate(lambda db: db.execute(sql, row))


def send(text):
    verify()
    row = (conversation, side, other, text, json.dumps({"action_type": "info", "files_involved": []}), now())
    sql = ("INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)"
           " VALUES (?, ?, ?, ?, ?, ?)")
    operate(lambda db: db.execute(sql, row))
    audit("send_message", {"to": other, "message_length": len(text), "redacted": False})


def read():
    verify()

    def take(db):
        db.execute("BEGIN IMMEDIATE")
        rows = db.execute(
            "SELECT id, message FROM messages WHERE conversation_id = ? AND to_session = ? AND read = 0"
            " ORDER BY timestamp", (conversation, side)).fetchall()
        db.executemany("UPDATE messages SET read = 1 WHERE id = ?", [(row[0],) for row in rows])
        return [row[1] for row in rows]

    texts = operate(take)
    audit("get_messages", {"count": len(texts)})
    for text in texts:
        print(text)


def status():
    row = (conversation, side, "working", now())
    operate(lambda db: db.execute("INSERT OR REPLACE INTO session_status VALUES (?, ?, ?, ?)", row))


for number in range(int(count)):
    send(f"{prefix} {number}")
    if number % 10 == 9:
        read()
        status()
print("sent", flush=True)

ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
while not ended.wait(0.1):
    read()
read()
