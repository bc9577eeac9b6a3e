"""Another program that writes a team's files as Claude Code 2.1.330 does: mkdir, read, write beside, rename, rmdir.

writer.py update TASK INBOX COUNT   counts up in the task's metadata and writes letters, so often each
writer.py hold FILE                 takes the lock of a file and keeps it until it is ended
"""
import json
import os
import secrets
import sys
import time

# After about so long Claude Code gives up with an error.
PATIENCE = 2.7


def locked(path, change):
    began = time.monotonic()
    while True:
        try:
            os.mkdir(path + ".lock")
            break
        except FileExistsError:
            if time.monotonic() - began > PATIENCE:
                sys.exit("Lock file is already being held: " + path)
            time.sleep(0.002)
    try:
        with open(path) as file:
            value = json.load(file)
        change(value)
        beside = f"{path}.tmp.{secrets.token_hex(4)}"
        with open(beside, "x") as file:
            json.dump(value, file, indent=2)
        os.rename(beside, path)
    finally:
        os.rmdir(path + ".lock")


def update(task, inbox, count):
    def counted(value):
        value["metadata"]["count"] += 1

    for number in range(int(count)):
        letter = {"from": "a", "text": f"theirs {number}", "msgV": 1, "msg_id": f"m{number}", "read": False}
        locked(task, counted)
        locked(inbox, lambda value: value.append(letter))


def hold(path):
    os.mkdir(path + ".lock")
    print("held", flush=True)
    time.sleep(600)


{"update": update, "hold": hold}[sys.argv[1]](*sys.argv[2:])
