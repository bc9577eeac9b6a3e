//! One question about one session, asked without a source: was it taken, was it shown, who called, where is its door.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use peerwatch_sources::Sighted;
use peerwatch_sources::claude::{agent_of, bypasses_permissions, caller, door, find_uid, was_shown};
use peerwatch_sources::process::{Processes as _, System};

use crate::home::*;
use crate::sightings::{ENQUEUED, READ, UID, marked};

fn say(home: &Home, record: &str) {
    home.append(&transcript(), &home.record(record));
}

const FIXTURE: &str = "acbd1658-1774-44c7-a215-39f267d37cc4";

#[test]
fn a_message_is_found_wherever_its_session_went_and_however_large_the_transcript_is() {
    let home = Home::live("peer-message");
    assert_eq!(find_uid(home.path(), FIXTURE, UID), Some(Sighted::Read));
    assert_eq!(find_uid(home.path(), FIXTURE, "339f859a-fe64-4564-b5a0-c4964423b928"), Some(Sighted::Read));
    assert_eq!(find_uid(home.path(), FIXTURE, "00000000-0000-4000-8000-000000000000"), None);
    assert_eq!(find_uid(home.path(), "no-such-session", UID), None);
    assert_eq!(find_uid(home.path(), "../..", UID), None);
    let from = home.path().join(format!("projects/-home-dev-acme-api/{FIXTURE}.jsonl"));
    let noise = format!("{{\"type\":\"api-request-shape\",\"x\":\"{}\"}}\n", "y".repeat(100_000)).repeat(100);
    home.append(&format!("projects/-elsewhere/{FIXTURE}.jsonl"), &noise);
    home.append(&format!("projects/-home-dev-acme-api/{FIXTURE}.jsonl"), &noise);
    assert!(fs::metadata(from).unwrap().len() > 10_000_000);
    assert_eq!(find_uid(home.path(), FIXTURE, UID), Some(Sighted::Read));
}

#[test]
fn queued_is_told_from_read_and_the_furthest_counts() {
    let home = Home::new();
    say(&home, &SAID.replace("Done.", &format!("I acknowledge {UID}")));
    assert_eq!(find_uid(home.path(), SESSION, UID), None, "talk of it is no proof");
    say(&home, &marked(ENQUEUED));
    assert_eq!(find_uid(home.path(), SESSION, UID), Some(Sighted::Queued));
    say(&home, &marked(READ));
    say(&home, &marked(ENQUEUED));
    assert_eq!(find_uid(home.path(), SESSION, UID), Some(Sighted::Read));
    let torn = home.record(&marked(READ));
    home.write(&transcript(), torn.trim_end());
    assert_eq!(find_uid(home.path(), SESSION, UID), None, "a line is a record when it has ended");
}

const WAIT: &str = r##"{"type":"assistant","uuid":"#","timestamp":"@","message":{"id":"m1","role":"assistant","content":[{"type":"tool_use","id":"toolu_wait","name":"mcp__peerwatch__check_messages","input":{}}],"stop_reason":"tool_use"}}"##;
const ALSO: &str = r##"{"type":"assistant","uuid":"#","timestamp":"@","message":{"id":"m1","role":"assistant","content":[{"type":"tool_use","id":"toolu_also","name":"Bash","input":{}}],"stop_reason":"tool_use"}}"##;

fn result(of: &str, more: &str) -> String {
    format!(
        r##"{{"type":"user","uuid":"#","timestamp":"@","message":{{"role":"user","content":[{{"tool_use_id":"{of}","type":"tool_result","content":[{{"type":"text","text":"got"}}]{more}}}]}}}}"##
    )
}

/// What is said of the call after these records.
fn shown(records: &[&str]) -> Option<bool> {
    let home = Home::new();
    records.iter().for_each(|record| say(&home, record));
    was_shown(home.path(), SESSION, "toolu_wait")
}

#[test]
fn a_result_that_the_model_was_given_was_shown() {
    assert_eq!(shown(&[PROMPT, WAIT, &result("toolu_wait", "")]), Some(true));
    assert_eq!(shown(&[PROMPT, WAIT, &result("toolu_wait", r#","is_error":false"#), SAID]), Some(true));
    let long = result("toolu_wait", "").replace("got", &"x".repeat(2_000_000));
    assert_eq!(shown(&[PROMPT, WAIT, &long]), Some(true));
}

#[test]
fn an_error_or_a_turn_that_went_on_without_the_result_was_not_shown() {
    let interrupted = r##"{"type":"user","uuid":"#","timestamp":"@","message":{"role":"user","content":[{"type":"text","text":"[Request interrupted by user for tool use]"}]}}"##;
    assert_eq!(shown(&[WAIT, &result("toolu_wait", r#","is_error":true"#), interrupted]), Some(false));
    assert_eq!(shown(&[WAIT, interrupted]), Some(false));
    assert_eq!(shown(&[WAIT, PROMPT]), Some(false), "killed, resumed, and asked something else");
    assert_eq!(shown(&[WAIT, SAID]), Some(false));
    let resumed = result("toolu_wait", "").replace("got", "[Tool call interrupted: the session ended before");
    assert_eq!(shown(&[WAIT, &resumed]), Some(false), "killed and resumed");
    let over = r##"{"type":"system","subtype":"turn_duration","uuid":"#","timestamp":"@"}"##;
    assert_eq!(shown(&[WAIT, over]), Some(false));
}

#[test]
fn an_open_call_cannot_be_told() {
    assert_eq!(shown(&[PROMPT]), None);
    assert_eq!(shown(&[PROMPT, WAIT]), None);
    let request = result("toolu_wait", "")
        .replace(r##""type":"user","uuid":"#","timestamp":"@""##, r##""type":"api-request-blob""##);
    assert_eq!(shown(&[WAIT, &request]), None, "a request is no record of what happened");
    let flat = r#"{"type":"permission-mode","permissionMode":"default","sessionId":"s"}"#;
    assert_eq!(
        shown(&[WAIT, ALSO, &result("toolu_also", ""), flat]),
        None,
        "another call of the same answer"
    );
    let reminder = r##"{"type":"user","isMeta":true,"uuid":"#","timestamp":"@","message":{"role":"user","content":"<system-reminder>x</system-reminder>"}}"##;
    assert_eq!(shown(&[WAIT, reminder, &marked(ENQUEUED)]), None);
}

#[test]
fn a_live_interruption_and_a_live_subagents_result_are_told() {
    let home = Home::live("interrupted");
    let session = "f8d4c427-4ff6-453e-909b-a9a622eb0175";
    assert_eq!(was_shown(home.path(), session, "toolu_09f67218d534425eb8be"), Some(false));
    let home = Home::live("subagent");
    let session = "87ff0453-f599-4e9c-a973-cb0da3f90308";
    assert_eq!(was_shown(home.path(), session, "toolu_a7e07a40f2cd4e0fa411"), Some(true));
    let home = Home::live("waiting-permission");
    let session = "e6ee1181-549e-4834-922f-4b8da764dbab";
    assert_eq!(was_shown(home.path(), session, "toolu_a18e5fb5464d49d4bab4"), None);
}

#[test]
fn a_caller_is_its_parents_entry_as_it_is_now() {
    let home = Home::live("peer-message");
    let configs = [PathBuf::from("/nowhere"), home.path().to_path_buf()];
    let found = caller(&configs, 26104, &home.processes).unwrap();
    assert_eq!((found.start.as_str(), found.session_id.as_deref()), ("684181", Some(FIXTURE)));
    assert_eq!((found.name.as_str(), found.cwd.as_deref()), ("api-f6", Some("/home/dev/acme/api")));
    assert_eq!((found.config.as_path(), found.worker().as_str()), (home.path(), "claude:26104:684181"));
    let cleared = home.entry(41, "another-id", IDLE);
    home.processes.live(41, "s41");
    home.write("sessions/41.json", &(cleared.clone() + r#"for":"x"}"#));
    assert_eq!(caller(&configs, 41, &home.processes).unwrap().session_id.as_deref(), Some("another-id"));
}

#[test]
fn what_another_process_left_behind_is_no_caller() {
    let home = Home::live("peer-message");
    let configs = [home.path().to_path_buf()];
    home.processes.live(26104, "999");
    assert_eq!(caller(&configs, 26104, &home.processes), None, "the pid was used again");
    home.processes.end(26104);
    assert_eq!(caller(&configs, 26104, &home.processes), None);
    home.processes.live(41, "s41");
    home.write("sessions/41.json", "");
    assert_eq!(caller(&configs, 41, &home.processes), None, "torn for good");
    assert_eq!(caller(&configs, 43, &home.processes), None);
}

#[test]
fn a_teammate_with_a_pane_is_known_by_its_arguments() {
    let home = Home::live("team-tmux");
    let found = caller(&[home.path().to_path_buf()], 26465, &home.processes).unwrap();
    let mate = found.teammate.clone().unwrap();
    assert_eq!((mate.name.as_str(), mate.team.as_str()), ("builder", "session-e5e54873"));
    assert_eq!(mate.agent_id, "builder@session-e5e54873");
    assert_eq!(mate.lead_session.as_deref(), Some("e5e54873-bad7-4018-90c3-d830cb1c9223"));
    assert_eq!(found.session_id.as_deref(), Some("85d92c78-0d77-41fe-b5b4-05499fe5b323"));
    assert_eq!(found.worker().as_str(), "team:session-e5e54873:builder");
    assert_eq!(found.cwd.as_deref(), Some("/home/dev/acme/api"));
}

#[test]
fn a_call_is_traced_to_the_subagent_or_the_teammate_that_made_it() {
    let home = Home::live("subagent");
    let session = "87ff0453-f599-4e9c-a973-cb0da3f90308";
    let found = agent_of(home.path(), session, "toolu_a7e07a40f2cd4e0fa411").unwrap();
    assert_eq!((found.id.as_str(), found.name, found.team), ("adf482097104c71fe", None, None));
    // The session's own call, of which a subagent's meta file knows too.
    assert_eq!(agent_of(home.path(), session, "toolu_07966a7cdc2e47808fab"), None);
    assert_eq!(agent_of(home.path(), session, "toolu_nowhere"), None);

    let home = Home::live("team");
    let folder =
        home.path().join("projects/-home-dev-acme-api/8894d8d9-f3d9-4182-8c17-417d89be0fe1/subagents");
    let text = fs::read_to_string(folder.join("agent-abuilder-e3ad9fb3f622239a.jsonl")).unwrap();
    let call = text.split(r#""type":"tool_use","id":""#).last().unwrap().split('"').next().unwrap();
    let found = agent_of(home.path(), "8894d8d9-f3d9-4182-8c17-417d89be0fe1", call).unwrap();
    assert_eq!(found.id, "abuilder-e3ad9fb3f622239a");
    assert_eq!((found.name.as_deref(), found.team.as_deref()), (Some("builder"), Some("session-8894d8d9")));

    // After /clear the lead has another id, and its teammates go on beside the transcript of before.
    let entry = fs::read_to_string(home.path().join("sessions/26343.json")).unwrap();
    home.write("sessions/26343.json", &entry.replace("8894d8d9-f3d9-4182-8c17-417d89be0fe1", SESSION));
    assert_eq!(agent_of(home.path(), SESSION, call).map(|agent| agent.id), Some(found.id));
}

#[test]
fn a_record_that_comes_a_little_late_is_waited_for_while_subagents_write() {
    let mut home = Home::new();
    home.wall = now();
    let file = format!("projects/-home-dev-acme/{SESSION}/subagents/agent-a1.jsonl");
    home.append(&file, &home.record(PROMPT));
    let record = home.record(WAIT);
    let path = home.path().join(&file);
    let late = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(60));
        let mut text = fs::read_to_string(&path).unwrap();
        text.push_str(&record);
        fs::write(&path, text).unwrap();
    });
    let found = agent_of(home.path(), SESSION, "toolu_wait");
    late.join().unwrap();
    assert_eq!(found.map(|agent| agent.id).as_deref(), Some("a1"));
}

fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A process that waits for its input to end, with these words among its arguments.
fn waiting(words: &[&str]) -> std::process::Child {
    let mut command = Command::new("sh");
    command.args(["-c", "read line", "claude"]).args(words).stdin(Stdio::piped());
    let child = command.spawn().unwrap();
    // A process has no arguments for an instant while it becomes another program.
    while System::new().arguments(child.id()).is_none() {
        std::thread::yield_now();
    }
    child
}

/// An entry of a real process.
fn enter(home: &Home, pid: u32, more: &str) {
    let start = System::new().start(pid).unwrap();
    let entry = home.entry(pid, SESSION, more).replace(&format!("s{pid}"), &start);
    home.write(&format!("sessions/{pid}.json"), &entry);
}

#[cfg(unix)]
#[test]
fn a_door_is_there_while_its_process_and_its_socket_are() {
    let home = Home::new();
    let socket = home.path().join("41.sock");
    let listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let mut child = waiting(&[]);
    let more = format!(r#","messagingSocketPath":"{}","status":"idle""#, socket.display());
    enter(&home, child.id(), &more);
    let found = door(home.path(), child.id()).unwrap();
    assert_eq!((found.socket, found.session_id.as_str(), found.pid), (socket.clone(), SESSION, child.id()));
    assert_eq!(Some(found.start), System::new().start(child.id()));
    drop(listener);
    fs::remove_file(&socket).unwrap();
    assert_eq!(door(home.path(), child.id()), None, "the socket is gone");
    let _again = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    assert!(door(home.path(), child.id()).is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(door(home.path(), child.id()), None, "dead");
    enter(&home, std::process::id(), &more);
    home.write(
        &format!("sessions/{}.json", std::process::id()),
        &home.entry(std::process::id(), SESSION, &more),
    );
    assert_eq!(door(home.path(), std::process::id()), None, "another process has its pid");
}

const BYPASSES: &str = r#"{"type":"permission-mode","permissionMode":"bypassPermissions","sessionId":"s"}"#;
const ASKS: &str = r#"{"type":"permission-mode","permissionMode":"default","sessionId":"s"}"#;

#[test]
fn the_newest_word_of_the_transcript_says_whether_permissions_are_bypassed() {
    let mut home = Home::new();
    home.wall = BEGIN + 1_000;
    let mut child = waiting(&["--dangerously-skip-permissions"]);
    enter(&home, child.id(), IDLE);
    let ask = |home: &Home| bypasses_permissions(home.path(), SESSION, child.id());
    assert_eq!(ask(&home), Some(true), "nothing is written yet, but it was started so");
    say(&home, ASKS);
    say(&home, PROMPT);
    say(&home, &SAID.replace("Done.", r#"\"permissionMode\":\"bypassPermissions\""#));
    assert_eq!(ask(&home), Some(false), "it was switched since");
    say(&home, &READ.replace("default", "bypassPermissions"));
    assert_eq!(ask(&home), Some(true));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn what_an_earlier_process_wrote_says_nothing_of_this_one() {
    let mut home = Home::new();
    home.wall = BEGIN - 60_000;
    say(&home, BYPASSES);
    let mut child = waiting(&["--permission-mode", "default"]);
    home.wall = BEGIN + 1_000;
    enter(&home, child.id(), IDLE);
    assert_eq!(bypasses_permissions(home.path(), SESSION, child.id()), Some(false));
    child.kill().unwrap();
    child.wait().unwrap();
    let other = bypasses_permissions(home.path(), "another-session", child.id());
    assert_eq!(other, None, "nothing was written, and its process is dead");
}

#[test]
fn a_fresh_session_begins_as_arguments_or_settings_say() {
    let home = Home::new();
    let (mut plain, mut said) =
        (waiting(&[]), waiting(&["--permission-mode", "default", "--permission-mode", "bypassPermissions"]));
    [&plain, &said].iter().for_each(|child| enter(&home, child.id(), IDLE));
    let ask = |child: &std::process::Child| bypasses_permissions(home.path(), SESSION, child.id());
    assert_eq!((ask(&plain), ask(&said)), (Some(false), Some(true)));
    home.write("settings.json", r#"{"permissions":{"defaultMode":"bypassPermissions"}}"#);
    assert_eq!(ask(&plain), Some(true));
    for child in [&mut plain, &mut said] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
