//! The traps of a live Claude Code, one story each.

use std::fs;
use std::time::Duration;

use peerwatch_core::{Children, Evidence, Fact, Listing, Process, Status, StatusWord, Turn};
use peerwatch_sources::Source;
use peerwatch_sources::process::Child;

use crate::home::*;

const W: &str = "claude:41:s41";

fn status(word: StatusWord) -> Fact {
    Fact::Status(Status { word, waiting_for: None })
}

fn second(home: &mut Home) {
    home.pass(Duration::from_secs(1));
}

// The registry.

#[test]
fn an_entry_that_was_created_and_not_written_yet_is_looked_at_again_at_once() {
    let mut home = Home::new();
    home.processes.live(41, "s41");
    home.write("sessions/41.json", "");
    let reading = home.poll();
    assert_eq!((reading.observations.len(), reading.troubles.len()), (0, 0));
    assert!(reading.again.unwrap() <= Duration::from_millis(50));
    home.register(41, IDLE);
    let reading = home.hint(&[]);
    assert_eq!(Facts::of(&reading).get(W, "Status"), Some(&status(StatusWord::Idle)));
    assert_eq!(reading.again, None);
}

#[test]
fn an_entry_that_stays_broken_becomes_a_problem_and_the_old_one_still_counts() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.register(42, IDLE);
    home.poll();
    home.write("sessions/41.json", r#"{"pid":41,"#);
    let mut reading = home.poll();
    assert!(reading.troubles.is_empty());
    for _ in 0..5 {
        reading = home.poll();
    }
    assert_eq!(reading.troubles.len(), 1);
    assert!(reading.troubles[0].subject.ends_with("sessions/41.json"));
    assert!(Facts::of(&reading).get(W, "Process").is_some(), "and the session is still watched");
    home.register(41, IDLE);
    assert!(home.poll().troubles.is_empty());
}

#[test]
fn a_new_entry_followed_by_the_end_of_an_older_one_is_the_new_one() {
    let mut home = Home::new();
    home.register(41, WAITING);
    home.poll();
    second(&mut home);
    let old = home.entry(41, SESSION, WAITING);
    let new = home.entry(41, SESSION, BUSY);
    home.write("sessions/41.json", &format!("{new}{}", &old[new.len()..]));
    let reading = home.hint(&["sessions/41.json"]);
    assert_eq!(
        Facts::of(&reading).get(W, "Status"),
        Some(&status(StatusWord::Busy)),
        "and it waits for nothing"
    );
}

#[test]
fn the_first_entry_has_no_status_and_the_next_one_may_be_dated_before_the_start() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, "");
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Status"), Some(&status(StatusWord::Absent)));
    home.wall -= 3;
    let entry = home.entry(41, SESSION, IDLE);
    home.wall += 103;
    home.write("sessions/41.json", &entry);
    facts.learn(&home.hint(&["sessions/41.json"]));
    assert_eq!(facts.get(W, "Status"), Some(&status(StatusWord::Idle)));
}

#[cfg(unix)]
#[test]
fn keys_are_never_opened() {
    let mut home = Home::new();
    home.register(41, IDLE);
    // Whoever opens a pipe that nobody writes to waits for ever.
    let pipe = home.path().join("sessions/41.00.key");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_eq!(Facts::of(&home.poll()).workers(), [W]);
    home.hint(&["sessions/41.00.key"]);
}

#[test]
fn legacy_orphans_spare_processes_and_other_programs_are_no_sessions() {
    let mut home = Home::new();
    home.write("sessions/pid-1234.json", r#"{"session_id":"x","cwd":"/"}"#);
    home.register(42, r#","status":"idle","spare":true"#);
    home.register(43, IDLE);
    home.processes.change(43, |one| one.executable = Some("/usr/local/bin/codex".into()));
    home.register(44, IDLE);
    home.processes
        .change(44, |one| one.executable = Some("/home/dev/.local/share/claude/versions/2.1.330".into()));
    assert_eq!(Facts::of(&home.poll()).workers(), ["claude:44:s44"]);
}

#[test]
fn a_background_session_and_one_run_by_a_program_say_so() {
    let mut home = Home::new();
    let role = |home: &mut Home| match Facts::of(&home.poll()).get(W, "Identity") {
        Some(Fact::Identity(identity)) => identity.role.clone().unwrap(),
        other => panic!("{other:?}"),
    };
    home.register(41, r#","status":"idle","kind":"bg""#);
    assert_eq!(role(&mut home), "bg");
    home.register(41, r#","status":"idle","entrypoint":"sdk-cli""#);
    assert_eq!(role(&mut home), "sdk-cli");
}

#[test]
fn an_unknown_status_is_kept_as_it_is() {
    let mut home = Home::new();
    home.register(41, r#","status":"dreaming""#);
    let reading = home.poll();
    assert_eq!(Facts::of(&reading).get(W, "Status"), Some(&status(StatusWord::Unknown("dreaming".into()))));
}

#[test]
fn a_long_turn_leaves_the_registry_alone_and_the_transcript_proves_the_life() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    home.append(&transcript(), &home.record(PROMPT));
    facts.learn(&home.poll());
    home.pass(Duration::from_secs(600));
    home.append(&transcript(), &home.record(CALL));
    facts.learn(&home.hint(&[&transcript()]));
    let table = facts.table(home.wall);
    assert!(table.contains("600.0 s  Heartbeat(StatusChange)"), "{table}");
    assert!(table.contains("   0.0 s  Heartbeat(Transcript)"), "{table}");
}

#[test]
fn clearing_changes_the_session_under_the_same_worker() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, IDLE);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    facts.learn(&home.poll());
    second(&mut home);
    let other = "99999999-2222-4333-8444-555555555555";
    home.write("sessions/41.json", &home.entry(41, other, IDLE));
    facts.learn(&home.hint(&["sessions/41.json"]));
    assert_eq!(facts.workers(), [W], "the cleared conversation does not end as somebody else");
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::NotBegun)));
    home.pass(Duration::from_secs(120));
    facts.learn(&home.poll());
    assert_eq!(facts.workers(), [W]);
}

#[test]
fn taking_up_an_old_session_shows_its_last_turn_although_it_is_older() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    let old = "99999999-2222-4333-8444-555555555555";
    home.append(&format!("projects/-p/{old}.jsonl"), &(home.record(PROMPT) + &home.record(SAID)));
    home.pass(Duration::from_secs(3600));
    home.register(41, BUSY);
    home.append(&transcript(), &home.record(PROMPT));
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
    second(&mut home);
    home.write("sessions/41.json", &home.entry(41, old, IDLE));
    facts.learn(&home.hint(&["sessions/41.json"]));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Over)));
}

#[test]
fn two_processes_with_one_session_are_two_workers_and_a_message_is_told_once() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.register(42, IDLE);
    home.poll();
    second(&mut home);
    home.append(&transcript(), &home.record(PEER));
    let reading = home.poll();
    assert_eq!(Facts::of(&reading).workers(), [W, "claude:42:s42"]);
    assert_eq!(reading.messages.len(), 1);
    assert_eq!(reading.messages[0].to.worker, None, "nobody can say which of them it was meant for");
}

const PEER: &str = r##"{"type":"user","isMeta":true,"uuid":"#","timestamp":"@","origin":{"kind":"peer","msg_id":"m#","name":"alpha","body":"hello"},"message":{"role":"user","content":"<cross-session-message>hello</cross-session-message>"}}"##;

// The end of a session.

#[test]
fn an_orderly_end_takes_the_session_off_the_list_and_then_the_process_goes() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, IDLE);
    facts.learn(&home.poll());
    second(&mut home);
    home.remove("sessions/41.json");
    let reading = home.hint(&["sessions/41.json"]);
    facts.learn(&reading);
    assert_eq!(facts.get(W, "Listing"), Some(&Fact::Listing(Listing::Removed)));
    assert_eq!(facts.get(W, "Process"), Some(&Fact::Process(Process::Alive)));
    assert!(reading.again.is_some(), "it ends in a moment");
    home.processes.end(41);
    let reading = home.hint(&[]);
    facts.learn(&reading);
    assert_eq!(facts.get(W, "Process"), Some(&Fact::Process(Process::Absent)));
    assert_eq!(reading.again, None);
}

#[test]
fn a_crash_leaves_an_entry_behind_that_proves_nothing() {
    let mut home = Home::live("killed");
    let reading = home.poll();
    let facts = Facts::of(&reading);
    let worker = "claude:25856:682158";
    assert_eq!(facts.get(worker, "Status"), Some(&status(StatusWord::Busy)), "as it was when it died");
    assert_eq!(facts.get(worker, "Process"), Some(&Fact::Process(Process::Absent)));
}

#[test]
fn a_pid_that_another_process_has_now_is_a_dead_session() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    facts.learn(&home.poll());
    home.processes.live(41, "later");
    second(&mut home);
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Process"), Some(&Fact::Process(Process::Replaced)));
}

#[test]
fn a_zombie_is_dead_although_its_pid_and_start_are_right() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.processes.change(41, |one| one.state = Some(Process::Zombie));
    assert_eq!(Facts::of(&home.poll()).get(W, "Process"), Some(&Fact::Process(Process::Zombie)));
}

#[test]
fn what_died_more_than_a_day_ago_is_not_told_of() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.register(42, IDLE);
    home.processes.end(41);
    home.pass(Duration::from_secs(25 * 3600));
    assert_eq!(Facts::of(&home.poll()).workers(), ["claude:42:s42"], "but who lives is, however old");
}

#[test]
fn a_session_taken_up_by_another_process_does_not_bring_the_dead_one_back() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    home.append(&transcript(), &home.record(PROMPT));
    facts.learn(&home.poll());
    home.processes.end(41);
    second(&mut home);
    home.register(42, BUSY);
    home.append(&transcript(), &home.record(CALL));
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Process"), Some(&Fact::Process(Process::Absent)));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)), "as it was");
    assert!(matches!(facts.get("claude:42:s42", "Turn"), Some(Fact::Turn(Turn::Tool { .. }))));
}

// The transcript.

#[test]
fn the_transcript_appears_with_the_first_prompt() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, IDLE);
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::NotBegun)));
    second(&mut home);
    home.append(&transcript(), &home.record(PROMPT));
    facts.learn(&home.hint(&[&transcript()]));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
}

#[test]
fn a_torn_last_line_waits_for_its_rest() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    let said = home.record(SAID);
    home.append(&transcript(), &(home.record(PROMPT) + &said[..30]));
    let reading = home.poll();
    facts.learn(&reading);
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
    assert!(reading.troubles.is_empty());
    second(&mut home);
    home.append(&transcript(), &said[30..]);
    facts.learn(&home.hint(&[&transcript()]));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Over)));
}

#[test]
fn retries_grow_the_transcript_and_are_no_heartbeat() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    home.append(&transcript(), &home.record(PROMPT));
    facts.learn(&home.poll());
    for _ in 0..3 {
        home.pass(Duration::from_secs(30));
        let again = r##"{"type":"api-request","id":"#","timestamp":"@","base":"b","tail":[]}"##;
        home.append(&transcript(), &home.record(again));
        let reading = home.hint(&[&transcript()]);
        let beats =
            reading.observations.iter().filter(|one| one.fact == Fact::Heartbeat(Evidence::Transcript));
        assert_eq!(beats.count(), 0);
        facts.learn(&reading);
    }
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Retrying { attempts: 3 })));
    home.append(&transcript(), &home.record(SAID));
    facts.learn(&home.hint(&[&transcript()]));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Over)));
}

#[test]
fn an_interruption_before_any_output_is_told_by_the_registry_alone() {
    let mut home = Home::live("interrupted-early");
    let facts = Facts::of(&home.poll());
    let worker = "claude:25963:682873";
    assert_eq!(facts.get(worker, "Status"), Some(&status(StatusWord::Idle)));
    assert_eq!(facts.get(worker, "Turn"), Some(&Fact::Turn(Turn::Thinking)), "nothing was written");
}

#[test]
fn an_interruption_while_streaming_and_one_in_a_tool_are_told_by_their_marks() {
    for (before, mark) in
        [(SAID, "[Request interrupted by user]"), (CALL, "[Request interrupted by user for tool use]")]
    {
        let mut home = Home::new();
        home.register(41, IDLE);
        let mark = format!(
            r##"{{"type":"user","uuid":"#","timestamp":"@","message":{{"content":[{{"type":"text","text":"{mark}"}}]}}}}"##
        );
        let partial = before.replace(r#""end_turn""#, "null");
        home.append(&transcript(), &(home.record(PROMPT) + &home.record(&partial) + &home.record(&mark)));
        assert_eq!(Facts::of(&home.poll()).get(W, "Turn"), Some(&Fact::Turn(Turn::Interrupted)));
    }
}

#[test]
fn an_answer_in_two_pieces_that_calls_a_tool_is_a_call() {
    let mut home = Home::new();
    home.register(41, BUSY);
    let text = SAID.replace("end_turn", "tool_use");
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(&text)));
    assert_eq!(Facts::of(&home.poll()).get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
    home.append(&transcript(), &home.record(CALL));
    assert!(matches!(Facts::of(&home.poll()).get(W, "Turn"), Some(Fact::Turn(Turn::Tool { .. }))));
}

#[test]
fn an_old_retry_record_is_a_retry_too() {
    let mut home = Home::new();
    home.register(41, BUSY);
    let error = r##"{"type":"system","subtype":"api_error","uuid":"#","timestamp":"@","retryAttempt":2,"maxRetries":10}"##;
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(error)));
    assert_eq!(Facts::of(&home.poll()).get(W, "Turn"), Some(&Fact::Turn(Turn::Retrying { attempts: 2 })));
}

#[test]
fn a_record_written_twice_counts_once() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, IDLE);
    let (prompt, said) = (home.record(PROMPT), home.record(SAID));
    home.append(&transcript(), &(prompt.clone() + &said));
    facts.learn(&home.poll());
    second(&mut home);
    home.append(&transcript(), &prompt);
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Over)));
}

#[test]
fn a_transcript_that_moves_to_another_project_is_followed_and_not_read_again() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(CALL)));
    facts.learn(&home.poll());
    second(&mut home);
    let other = format!("projects/-home-dev-other/{SESSION}.jsonl");
    fs::create_dir_all(home.path().join("projects/-home-dev-other")).unwrap();
    fs::rename(home.path().join(transcript()), home.path().join(&other)).unwrap();
    home.append(&other, &home.record(RESULT));
    facts.learn(&home.hint(&[&transcript(), &other]));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)), "the call is known from before");
}

#[test]
fn of_two_transcripts_of_one_session_the_newest_counts() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    second(&mut home);
    home.append(&format!("projects/-worktree/{SESSION}.jsonl"), &home.record(PROMPT));
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
}

#[test]
fn a_transcript_that_is_truncated_replaced_or_written_anew_is_begun_again() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(CALL)));
    facts.learn(&home.poll());
    let path = home.path().join(transcript());

    second(&mut home);
    home.write(&transcript(), &(home.record(PROMPT)));
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)), "truncated");

    second(&mut home);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(path.with_extension("new"), text + &home.record(CALL)).unwrap();
    fs::rename(path.with_extension("new"), &path).unwrap();
    facts.learn(&home.poll());
    assert!(matches!(facts.get(W, "Turn"), Some(Fact::Turn(Turn::Tool { .. }))), "replaced");

    second(&mut home);
    let longer = home.record(&PROMPT.replace("do it", &"x".repeat(2000))) + &home.record(SAID);
    home.write(&transcript(), &longer);
    facts.learn(&home.poll());
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Over)), "written anew, and longer");
}

#[test]
fn a_malformed_last_line_is_a_problem_until_work_follows() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + "{\"type\":\"assis\n"));
    let reading = home.poll();
    assert_eq!(reading.troubles.len(), 1);
    assert_eq!(Facts::of(&reading).get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
    home.append(&transcript(), &(home.record(SAID) + &home.record(r#"{"type":"of the future"}"#)));
    assert!(home.poll().troubles.is_empty());
}

#[test]
fn folder_names_are_never_decoded() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.append(&format!("projects/-nothing-that-means-it/{SESSION}.jsonl"), &home.record(PROMPT));
    home.append("projects/-p/memory/MEMORY.md", "no transcript");
    home.append(&format!("projects/-p/{SESSION}.orphaned-1.jsonl"), &home.record(SAID));
    assert_eq!(Facts::of(&home.poll()).get(W, "Turn"), Some(&Fact::Turn(Turn::Thinking)));
}

// Subagents and children.

#[test]
fn a_busy_session_may_only_have_a_subagent_at_work() {
    let mut home = Home::live("subagent");
    let facts = Facts::of(&home.poll());
    let worker = "claude:26161:685121";
    assert_eq!(facts.get(worker, "Status"), Some(&status(StatusWord::Busy)));
    assert_eq!(facts.get(worker, "Turn"), Some(&Fact::Turn(Turn::Over)));
    let Some(Fact::Background(background)) = facts.get(worker, "Background") else { panic!() };
    assert_eq!(background.subagents, 1, "of two, one has finished");
}

#[test]
fn a_subagent_proves_life_and_ends_by_its_meta_file() {
    let mut home = Home::new();
    let mut facts = Facts::default();
    home.register(41, BUSY);
    home.append(&transcript(), &home.record(PROMPT));
    facts.learn(&home.poll());
    home.pass(Duration::from_secs(60));
    let agent = format!("projects/-home-dev-acme/{SESSION}/subagents/agent-a1");
    home.write(&format!("{agent}.meta.json"), r#"{"agentType":"Explore"}"#);
    let side = |record: &str| record.replacen('{', r#"{"isSidechain":true,"#, 1);
    home.append(&format!("{agent}.jsonl"), &home.record(&side(PROMPT)));
    let subagents = |facts: &Facts| match facts.get(W, "Background") {
        Some(Fact::Background(background)) => background.subagents,
        _ => 0,
    };
    facts.learn(&home.hint(&[&format!("{agent}.jsonl")]));
    assert_eq!(subagents(&facts), 1);
    assert!(facts.table(home.wall).contains("   0.0 s  Heartbeat(Subagent)"));
    second(&mut home);
    home.write(&format!("{agent}.meta.json"), r#"{"agentType":"Explore","finished":true}"#);
    facts.learn(&home.hint(&[&format!("{agent}.meta.json")]));
    assert_eq!(subagents(&facts), 0);
}

#[test]
fn a_subagent_of_a_workflow_counts_too() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    let run = format!("projects/-home-dev-acme/{SESSION}/subagents/workflows/wf_1");
    home.append(&format!("{run}/agent-a1.jsonl"), &home.record(CALL));
    home.append(&format!("{run}/journal.jsonl"), "{}\n");
    let Some(Fact::Background(background)) = Facts::of(&home.poll()).get(W, "Background").cloned() else {
        panic!()
    };
    assert_eq!(background.subagents, 1);
}

#[test]
fn children_are_looked_at_only_in_a_long_silence_and_mcp_servers_are_none() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.pass(Duration::from_secs(600));
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(CALL)));
    let child = |pid, parent, age: u64, cpu| Child {
        pid,
        parent,
        age: Duration::from_secs(age),
        cpu: Duration::from_secs(cpu),
        command: format!("command {pid}"),
    };
    home.processes.change(41, |one| one.children = vec![child(5, 41, 595, 90), child(6, 41, 50, 3)]);
    assert_eq!(Facts::of(&home.poll()).get(W, "Children"), None);
    home.pass(Duration::from_secs(50));
    let reading = home.poll();
    let expected = Children { count: 1, busy: true, command: Some("command 6".into()) };
    assert_eq!(Facts::of(&reading).get(W, "Children"), Some(&Fact::Children(expected)));
    home.append(&transcript(), &home.record(RESULT));
    let expected = Children { count: 0, busy: false, command: None };
    assert_eq!(Facts::of(&home.poll()).get(W, "Children"), Some(&Fact::Children(expected)), "taken back");
}

// Polling alone.

#[test]
fn a_hint_looks_at_what_it_names_and_the_poll_at_everything() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.register(42, BUSY);
    home.poll();
    second(&mut home);
    home.write("sessions/41.json", &home.entry(41, SESSION, IDLE));
    home.write("sessions/42.json", &home.entry(42, SESSION, IDLE));
    let statuses = |reading: &peerwatch_sources::Reading| {
        let those = reading.observations.iter().filter(|one| matches!(one.fact, Fact::Status(_)));
        those.map(|one| one.worker.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(statuses(&home.hint(&["sessions/41.json"])), [W]);
    assert_eq!(statuses(&home.hint(&["history.jsonl"])), [""; 0]);
    assert_eq!(statuses(&home.poll()), ["claude:42:s42"]);
    assert_eq!(statuses(&home.poll()), [""; 0], "nothing is said twice");
}

#[test]
fn a_folder_that_does_not_exist_yet_is_no_problem() {
    let mut home = Home::new();
    let reading = home.poll();
    assert_eq!((reading.observations.len(), reading.troubles.len()), (0, 0));
    let said = home.source().connections().remove(0);
    assert_eq!((said.found, said.summary.as_str()), (false, "not there yet"));
    home.register(41, IDLE);
    assert_eq!(Facts::of(&home.poll()).workers(), [W]);
    assert_eq!(home.source().connections().remove(0).summary, "1 session, 0 teams, 0 transcripts");
}

#[test]
fn what_happened_before_a_sleep_and_is_seen_after_it_still_counts() {
    let mut home = Home::new();
    home.register(41, BUSY);
    let before = home.poll();
    home.pass(Duration::from_millis(500));
    home.write("sessions/41.json", &home.entry(41, SESSION, IDLE));
    home.pass(Duration::from_secs(8 * 3600));
    home.asleep = 8 * 3600 * 1000;
    let after = home.poll();
    let status = |reading: &peerwatch_sources::Reading| {
        let found = reading.observations.iter().find(|one| matches!(one.fact, Fact::Status(_)));
        found.map(|one| one.at).unwrap()
    };
    assert!(
        status(&before) < status(&after),
        "of two facts of a kind the roster keeps the newer by awake time"
    );
}

#[cfg(unix)]
#[test]
fn hints_may_name_the_folder_by_another_path() {
    let mut home = Home::new();
    home.register(41, BUSY);
    let link = home.path().join("link");
    std::os::unix::fs::symlink(home.path(), &link).unwrap();
    let processes = Box::new(home.processes.clone());
    let mut source = peerwatch_sources::claude::ClaudeSource::new(link, home.options.clone(), processes);
    source.look(home.moment(), &peerwatch_sources::Hint::Everything);
    second(&mut home);
    home.write("sessions/41.json", &home.entry(41, SESSION, IDLE));
    let real = fs::canonicalize(home.path()).unwrap().join("sessions/41.json");
    let reading = source.look(home.moment(), &peerwatch_sources::Hint::Paths(vec![real]));
    assert_eq!(Facts::of(&reading).get(W, "Status"), Some(&status(StatusWord::Idle)));
}

// Sessions without a process.

const OVER: &str = "claude:ended:11111111-2222-4333-8444-555555555555";

#[test]
fn a_transcript_without_a_process_is_over_when_it_says_so_or_rests() {
    let mut home = Home::new();
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    second(&mut home);
    assert_eq!(Facts::of(&home.poll()).workers(), [""; 0], "somebody may still be writing it");
    home.pass(Duration::from_secs(61));
    assert_eq!(Facts::of(&home.poll()).workers(), [OVER]);
    assert_eq!(Facts::of(&home.poll()).workers(), [""; 0], "told once");

    let mut home = Home::new();
    let end = "{\"type\":\"last-prompt\",\"lastPrompt\":\"mend the tests\"}\n{\"type\":\"cost-state\"}\n";
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID) + end));
    let reading = home.poll();
    let facts = Facts::of(&reading);
    assert_eq!(facts.get(OVER, "Listing"), Some(&Fact::Listing(Listing::Over)));
    let Some(Fact::Identity(identity)) = facts.get(OVER, "Identity") else { panic!() };
    assert_eq!(identity.name, "mend the tests");
}

#[test]
fn an_ended_session_that_is_taken_up_again_lives_under_its_process() {
    let mut home = Home::new();
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    home.pass(Duration::from_secs(3600));
    let mut facts = Facts::default();
    facts.learn(&home.poll());
    assert_eq!(facts.workers(), [OVER]);
    second(&mut home);
    home.register(41, IDLE);
    facts.learn(&home.poll());
    assert_eq!(facts.get(OVER, "Listing"), Some(&Fact::Listing(Listing::Removed)));
    assert_eq!(facts.get(W, "Turn"), Some(&Fact::Turn(Turn::Over)));
}

#[test]
fn what_ended_more_than_a_day_ago_is_not_shown() {
    let mut home = Home::new();
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    home.pass(Duration::from_secs(25 * 3600));
    assert_eq!(Facts::of(&home.poll()).workers(), [""; 0]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_real_process_that_is_killed_is_gone() {
    use peerwatch_sources::Hint;
    use peerwatch_sources::process::{death_watch, system};

    let mut home = Home::new();
    let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
    let pid = child.id();
    let start = system().start(pid).unwrap();
    let entry = home.entry(pid, SESSION, BUSY).replace(&format!(r#""s{pid}""#), &format!(r#""{start}""#));
    home.write(&format!("sessions/{pid}.json"), &entry);
    let config = home.path().to_path_buf();
    let mut source = peerwatch_sources::claude::ClaudeSource::new(config, home.options.clone(), system());
    let worker = format!("claude:{pid}:{start}");
    let mut state = |home: &Home| {
        let facts = Facts::of(&source.look(home.moment(), &Hint::Everything));
        facts.get(&worker, "Process").cloned()
    };
    assert_eq!(state(&home), Some(Fact::Process(Process::Alive)));
    let watch = death_watch(pid).unwrap();
    child.kill().unwrap();
    let mut poll = [rustix::event::PollFd::new(&watch, rustix::event::PollFlags::IN)];
    rustix::event::poll(&mut poll, None).unwrap();
    second(&mut home);
    assert_eq!(state(&home), Some(Fact::Process(Process::Zombie)));
    child.wait().unwrap();
    second(&mut home);
    assert_eq!(state(&home), Some(Fact::Process(Process::Absent)));
}

#[test]
fn of_a_process_that_means_nothing_here_no_children_are_told() {
    let mut home = Home::new();
    home.register(41, BUSY);
    // In a container that shares the registry.
    home.processes.change(41, |one| one.state = Some(Process::Unknowable));
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(CALL)));
    home.poll();
    home.pass(Duration::from_secs(600));
    assert_eq!(Facts::of(&home.poll()).get(W, "Children"), None, "that none are seen proves nothing");
}
