//! The hook as Claude Code starts it, with an engine that answers, one that does not, and none.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use peerwatch_connect::fence::{Fence, Holder, Whom};
use serde_json::{Value, json};

const HOOK: &str = env!("CARGO_BIN_EXE_peerwatch-hook");
const ACCOUNT: &str =
    r#"{"session_id":"s-1","cwd":"/code","hook_event_name":"Stop","stop_hook_active":false}"#;
const EDIT: &str = r#"{"session_id":"s-1","cwd":"/code","hook_event_name":"PreToolUse","tool_name":"Write","tool_input":{"file_path":"/code/a","content":"A line.\n"}}"#;

fn fence(session_id: &str) -> Fence {
    let holder = Holder { pid: u32::MAX, started: None, session_id: session_id.to_owned() };
    Fence {
        holder,
        whom: Whom::Own,
        task: "12".to_owned(),
        epoch: Some(1),
        subject: "Write the parser".to_owned(),
        by: Some("frontend".to_owned()),
        at: 1_795_425_120_000,
        why: "it was silent for 40 min".to_owned(),
    }
}

fn start(event: &str, socket: &Path, account: &str) -> Child {
    let mut command = Command::new(HOOK);
    command.env_clear().env("CLAUDE_PID", "42").env("CLAUDE_CODE_ENTRYPOINT", "cli").arg(event).arg(socket);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A hook that ends without reading breaks the pipe, which is its right.
    let _ = child.stdin.take().unwrap().write_all(account.as_bytes());
    child
}

fn run(event: &str, socket: &Path, account: &str) -> Output {
    start(event, socket, account).wait_with_output().unwrap()
}

/// An engine that reads one line of each client and answers with `reply`.
fn engine(socket: &Path, reply: Value) -> thread::JoinHandle<Value> {
    let listener = UnixListener::bind(socket).unwrap();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let told = line(&client);
        let _ = writeln!(&client, "{}", json!({"line": "reply", "reply": reply}));
        told
    })
}

fn line(client: &UnixStream) -> Value {
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).unwrap();
    serde_json::from_str(&line).unwrap()
}

fn assert_silent(output: &Output) {
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_session_that_stops_gets_what_the_engine_has_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let engine = engine(&socket, json!({"reply": "hook", "text": "A message:\n\"hi\""}));
    let output = run("Stop", &socket, ACCOUNT);
    assert_eq!(output.status.code(), Some(0));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, json!({"decision": "block", "reason": "A message:\n\"hi\""}));
    let told = engine.join().unwrap();
    assert_eq!(told["request"], "do");
    assert_eq!(told["command"]["session_id"], "s-1");
    assert_eq!(told["command"]["input"]["pid"], 42);
}

#[test]
fn every_other_event_is_told_and_never_prints() {
    for event in ["SessionStart", "UserPromptSubmit", "PermissionRequest", "StopFailure", "SessionEnd"] {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s");
        let engine = engine(&socket, json!({"reply": "hook", "text": "not for now"}));
        assert_silent(&run(event, &socket, ACCOUNT));
        assert_eq!(engine.join().unwrap()["command"]["event"], event);
    }
}

#[test]
fn without_an_engine_or_with_nonsense_it_ends_well() {
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("nobody");
    for event in ["Stop", "SessionStart", "Wait"] {
        assert_silent(&run(event, &nowhere, ACCOUNT));
    }
    assert_silent(&run("Stop", &nowhere, "not json"));
    assert_silent(&run("Stop", &nowhere, &"x".repeat(5 << 20)));
    assert_silent(&Command::new(HOOK).output().unwrap());
    let left = folder.path().join("left");
    drop(UnixListener::bind(&left).unwrap());
    assert_silent(&run("Stop", &left, ACCOUNT));
}

#[test]
fn an_engine_that_says_nothing_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let _deaf = UnixListener::bind(&socket).unwrap();
    let begun = Instant::now();
    assert_silent(&run("Stop", &socket, ACCOUNT));
    assert!(begun.elapsed() >= Duration::from_millis(200), "it did wait: {:?}", begun.elapsed());
    // Not by the clock of the hook, but far from standing still.
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[test]
fn a_waiter_wakes_the_session_or_leaves_without_a_word() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    let waiter = start("Wait", &socket, ACCOUNT);
    let (client, _) = listener.accept().unwrap();
    assert_eq!(line(&client)["command"]["event"], "Wait");
    writeln!(&client, "{}", json!({"line": "reply", "reply": {"reply": "hook", "text": "Wake up"}})).unwrap();
    let output = waiter.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(2), b"Wake up\n".as_slice()));

    let waiter = start("Wait", &socket, ACCOUNT);
    let (client, _) = listener.accept().unwrap();
    line(&client);
    drop(client);
    assert_silent(&waiter.wait_with_output().unwrap());
}

#[test]
fn nobody_waits_where_there_is_an_inbox_or_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    listener.set_nonblocking(true).unwrap();
    for (name, value) in [
        ("CLAUDE_CODE_MESSAGING_SOCKET", "/run/user/1000/cc-socks/1.sock"),
        ("CLAUDE_CODE_ENTRYPOINT", "sdk-cli"),
    ] {
        let mut command = Command::new(HOOK);
        command.env_clear().env("CLAUDE_CODE_ENTRYPOINT", "cli").env(name, value).arg("Wait").arg(&socket);
        assert_silent(&command.stdin(Stdio::null()).output().unwrap());
        assert!(listener.accept().is_err(), "the engine is not asked either");
    }
}

/// Prints what the hook costs beyond the start of any process; how fast this machine is today is no verdict on it.
#[test]
fn what_it_costs_beyond_the_start_of_a_process() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("s");
    let listener = UnixListener::bind(&socket).unwrap();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            line(&client);
            let _ =
                writeln!(&client, "{}", json!({"line": "reply", "reply": {"reply": "hook", "text": null}}));
        }
    });
    let timed = |program: &str, words: &[&str]| {
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.env_clear().args(words).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let account = if words.first() == Some(&"PreToolUse") { EDIT } else { ACCOUNT };
        let _ = child.stdin.take().unwrap().write_all(account.as_bytes());
        assert!(child.wait().unwrap().success());
        begun.elapsed()
    };
    let fenced = |name: &str, session_id: &str| {
        let runtime = folder.path().join(name);
        peerwatch_connect::fence::raise(&runtime, &fence(session_id)).unwrap();
        runtime.join("s")
    };
    let (anothers, own) = (fenced("anothers", "s-2"), fenced("own", "s-1"));
    let socket = socket.to_str().unwrap();
    let runs = [
        ("/bin/true", "/bin/true", vec![]),
        ("Stop, engine answers", HOOK, vec!["Stop", socket]),
        ("SessionStart, engine told", HOOK, vec!["SessionStart", socket]),
        ("Stop, no engine", HOOK, vec!["Stop", "/nowhere"]),
        ("Wait, not of use", HOOK, vec!["Wait", socket]),
        ("PreToolUse, no fence", HOOK, vec!["PreToolUse", socket]),
        ("PreToolUse, another's fence", HOOK, vec!["PreToolUse", anothers.to_str().unwrap()]),
        ("PreToolUse, refused", HOOK, vec!["PreToolUse", own.to_str().unwrap()]),
    ];
    // In turns, so that what else the machine does falls upon all alike.
    let mut times = vec![Vec::new(); runs.len()];
    for _ in 0..200 {
        for (times, (_, program, words)) in times.iter_mut().zip(&runs) {
            times.push(timed(program, words));
        }
    }
    for (times, (name, ..)) in times.iter_mut().zip(&runs) {
        times.sort();
        println!("{name}: median of {} runs {:?}, p95 {:?}", times.len(), times[100], times[190]);
    }
}
