//! The hook before the use of a tool: a fence that the library raises is one that the program finds.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use expect_test::expect;
use peerwatch_connect::fence::{Fence, Holder, Whom, lower, raise};
use serde_json::{Value, json};

const HOOK: &str = env!("CARGO_BIN_EXE_peerwatch-hook");

/// A runtime folder, and this test's process in the place of a session.
struct Runtime {
    folder: tempfile::TempDir,
}

impl Runtime {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn socket(&self) -> PathBuf {
        self.path().join("engine.sock")
    }

    fn start(&self, account: &[u8]) -> Child {
        let mut command = Command::new(HOOK);
        command.env_clear().env("CLAUDE_PID", std::process::id().to_string());
        command.arg("PreToolUse").arg(self.socket());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A hook that has nothing to refuse does not read what is told.
        let _ = child.stdin.as_mut().unwrap().write_all(account);
        child
    }

    /// What the hook says; it always ends well and never complains.
    fn say(&self, account: &[u8]) -> String {
        let mut child = self.start(account);
        drop(child.stdin.take());
        said(&child.wait_with_output().unwrap())
    }

    fn refuses(&self, account: &Value) -> bool {
        let said = self.say(account.to_string().as_bytes());
        let decision: Value = serde_json::from_str(&said).unwrap_or_default();
        assert!(said.is_empty() || decision["hookSpecificOutput"]["permissionDecision"] == "deny", "{said}");
        !said.is_empty()
    }
}

fn said(output: &Output) -> String {
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), b"".as_slice()));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn fence(task: &str) -> Fence {
    Fence {
        holder: Holder { pid: std::process::id(), started: Some(started()), session_id: "s-1".into() },
        whom: Whom::Own,
        task: task.into(),
        epoch: Some(3),
        subject: "Write the parser".into(),
        by: Some("frontend".into()),
        at: 1_795_425_120_000,
        why: "backend was silent for 40 min".into(),
    }
}

fn started() -> String {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_owned()
}

fn write(session_id: &str) -> Value {
    call(session_id, "Write", &json!({"file_path": "/code/a", "content": "git push"}))
}

fn bash(command: &str) -> Value {
    call("s-1", "Bash", &json!({"command": command, "description": "A step"}))
}

fn call(session_id: &str, tool: &str, input: &Value) -> Value {
    json!({"session_id": session_id, "cwd": "/code", "permission_mode": "default", "hook_event_name": "PreToolUse",
        "tool_name": tool, "tool_input": input, "tool_use_id": "toolu_1"})
}

#[test]
fn an_edit_is_refused_with_the_reason_until_the_fence_is_lowered() {
    let runtime = Runtime::new();
    assert!(!runtime.refuses(&write("s-1")));
    raise(runtime.path(), &fence("12")).unwrap();
    let said: Value = serde_json::from_str(&runtime.say(write("s-1").to_string().as_bytes())).unwrap();
    expect![[r#"
        {
          "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": "Peerwatch refused this edit. Task 12 “Write the parser” was taken over by frontend at 09:12 UTC on 2026-11-23, because: backend was silent for 40 min. Stop working on it, and hand in what you have with complete_task or report_progress: it is kept. To go on with other work, hand that in first; then you can edit and push again."
          }
        }"#]]
    .assert_eq(&format!("{said:#}"));
    lower(runtime.path(), &fence("12")).unwrap();
    assert!(!runtime.refuses(&write("s-1")));
}

#[test]
fn a_push_is_refused_and_other_commands_and_tools_are_not() {
    let runtime = Runtime::new();
    raise(runtime.path(), &fence("12")).unwrap();
    assert!(runtime.refuses(&bash("cd sub && git -C . push origin HEAD")));
    assert!(runtime.refuses(&call("s-1", "NotebookEdit", &json!({"notebook_path": "/code/a.ipynb"}))));
    for harmless in [bash("git status"), bash("echo \"git push\""), call("s-1", "Read", &json!({}))] {
        assert!(!runtime.refuses(&harmless), "{harmless}");
    }
}

#[test]
fn it_holds_after_clear_and_for_who_resumes_and_for_nobody_else() {
    let runtime = Runtime::new();
    raise(runtime.path(), &fence("12")).unwrap();
    assert!(runtime.refuses(&write("s-2")), "the process is the same");
    lower(runtime.path(), &fence("12")).unwrap();

    let with = |pid, started: &str, session_id: &str| {
        let holder = Holder { pid, started: Some(started.into()), session_id: session_id.into() };
        Fence { holder, ..fence("12") }
    };
    let killed = with(1, "1", "s-1");
    raise(runtime.path(), &killed).unwrap();
    assert!(runtime.refuses(&write("s-1")), "the conversation is the same");
    lower(runtime.path(), &killed).unwrap();

    for other in [with(1, &started(), "s-2"), with(std::process::id(), "1", "s-2")] {
        raise(runtime.path(), &other).unwrap();
    }
    assert!(!runtime.refuses(&write("s-1")), "neither another process nor a pid that was used again");
}

#[test]
fn every_task_that_was_taken_is_told() {
    let runtime = Runtime::new();
    for task in ["12", "13"] {
        raise(runtime.path(), &fence(task)).unwrap();
    }
    let said = runtime.say(write("s-1").to_string().as_bytes());
    assert!(said.contains("Task 12 ") && said.contains("Task 13 "), "{said}");
    lower(runtime.path(), &fence("12")).unwrap();
    let said = runtime.say(write("s-1").to_string().as_bytes());
    assert!(!said.contains("Task 12 ") && said.contains("Task 13 "), "{said}");
}

#[test]
fn a_subagent_is_refused_only_where_the_fence_says_so() {
    let runtime = Runtime::new();
    let mut account = write("s-1");
    account["agent_id"] = "aec81b1858ac9a4a3".into();
    account["agent_type"] = "general-purpose".into();
    for (whom, refused) in [
        (Whom::Own, false),
        (Whom::OwnAndSubagents, true),
        (Whom::Agent("aec81b1858ac9a4a3".into()), true),
        (Whom::Agent("another".into()), false),
    ] {
        let fence = Fence { whom, ..fence("12") };
        raise(runtime.path(), &fence).unwrap();
        assert_eq!(runtime.refuses(&account), refused, "{:?}", fence.whom);
        lower(runtime.path(), &fence).unwrap();
    }
}

#[test]
fn what_cannot_be_read_refuses_nothing() {
    let runtime = Runtime::new();
    let folder = runtime.path().join("fences");
    fs::create_dir(&folder).unwrap();
    assert_eq!(runtime.say(write("s-1").to_string().as_bytes()), "");
    for (name, text) in
        [("1.json", "{\"session_id\":"), ("2.json", "[]"), ("3.json", "{\"session_id\":\"s-1\"}")]
    {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::create_dir(folder.join("4.json")).unwrap();
    assert_eq!(runtime.say(write("s-1").to_string().as_bytes()), "");

    raise(runtime.path(), &fence("12")).unwrap();
    let huge =
        format!("{{\"tool_name\":\"Write\",\"tool_input\":{{\"content\":\"{}\"}}}}", "x".repeat(5 << 20));
    for broken in ["", "not json", "null", "[1]", "{\"tool_name\":7}", "{\"tool_name\":\"Write\"", &huge] {
        assert_eq!(runtime.say(broken.as_bytes()), "", "{}", &broken[..broken.len().min(40)]);
    }
    assert!(runtime.refuses(&write("s-1")), "and the fence stands all the same");
}

#[test]
fn a_session_that_never_says_what_it_calls_is_not_waited_for() {
    let runtime = Runtime::new();
    raise(runtime.path(), &fence("12")).unwrap();
    let begun = Instant::now();
    let mut child = runtime.start(b"{\"tool_name\":\"Write\",");
    let _open = child.stdin.take();
    assert_eq!(said(&child.wait_with_output().unwrap()), "");
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "a busy machine opens no fence: {:?}",
        begun.elapsed()
    );
    // Claude Code ends a hook after 5 s.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn no_engine_is_asked() {
    let runtime = Runtime::new();
    let engine = UnixListener::bind(runtime.socket()).unwrap();
    engine.set_nonblocking(true).unwrap();
    assert!(!runtime.refuses(&write("s-1")));
    raise(runtime.path(), &fence("12")).unwrap();
    assert!(runtime.refuses(&write("s-1")));
    assert!(engine.accept().is_err());
}
