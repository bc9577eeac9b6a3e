//! Real Claude Code sessions: what Peerwatch says of them, by what evidence, and how soon.
#![cfg(target_os = "linux")]

use std::time::{Duration, SystemTime};

use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{ask, background_agent, bash, call, fail, fail_times, murmur, say};
use peerwatch_tests::require;
use peerwatch_tests::watched::Watched;
use peerwatch_tests::world::World;
use serde_json::json;

/// A session that asks for no permission to run commands.
const FREE: &[&str] = &["--allowedTools", "Bash"];

#[test]
fn one_works_one_rests_one_waits_and_one_was_killed() {
    let world = require!(World::begin());
    world.model.when("ponder", [say("Pondered.").when_released()]);
    world.model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    world.model.when("doomed", [say("Never said.").when_released()]);
    let watched = Watched::begin(&world.peerwatch);
    let [working, resting, waiting, killed] = ["api", "web", "docs", "jobs"].map(|name| {
        let session = world.claude.session(name).start();
        watched.expect(&session, "idle");
        session
    });

    let start = watched.watch.position();
    working.prompt("ponder the question");
    let entry = working.await_status("busy");
    watched.expect_soon(start, &working, "working", &entry);

    waiting.prompt("make it so");
    let entry = waiting.await_status("waiting");
    watched.expect_soon(start, &waiting, "waiting_for_you", &entry);

    killed.prompt("doomed");
    killed.await_status("busy");
    watched.expect(&killed, "working");
    let death = SystemTime::now();
    killed.kill();
    watched.expect_soon_after(start, &killed, "gone", death);

    assert!(watched.expect(&working, "working").has_witness("process alive"));
    assert!(watched.expect(&resting, "idle").has_witness("idle"));
    let gone = watched.expect(&killed, "gone");
    assert!(gone.has_witness("process"), "{gone:#?}");
    let asked = watched.expect(&waiting, "waiting_for_you");
    assert_eq!(asked.waiting_for.as_deref(), Some("permission"));
    assert!(asked.has_witness("permission prompt"), "{asked:#?}");
    assert_eq!(asked.cwd.as_deref(), waiting.folder().to_str());
    assert_eq!(asked.session_id.as_deref(), Some(waiting.id().as_str()));

    let start = watched.watch.position();
    waiting.approve();
    world.model.release("ponder");
    let entry = waiting.await_status("idle");
    watched.expect_soon(start, &waiting, "idle", &entry);
    let entry = working.await_status("idle");
    watched.expect_soon(start, &working, "idle", &entry);
}

#[test]
fn a_question_waits_for_the_person_and_an_answer_ends_the_wait() {
    let world = require!(World::begin());
    world.model.when("which one", [ask("Which colour?", &["Red", "Blue"]), say("Red it is.")]);
    let watched = Watched::begin(&world.peerwatch);
    let session = world.claude.session("api").start();
    watched.expect(&session, "idle");

    let start = watched.watch.position();
    session.prompt("which one do you want");
    let entry = session.await_status("waiting");
    watched.expect_soon(start, &session, "waiting_for_you", &entry);
    assert_eq!(watched.expect(&session, "waiting_for_you").waiting_for.as_deref(), Some("question"));
    session.approve();
    let entry = session.await_status("idle");
    watched.expect_soon(start, &session, "idle", &entry);
    assert_eq!(watched.expect(&session, "idle").waiting_for, None);
}

#[test]
fn a_background_shell_outlives_the_turn() {
    let world = require!(World::begin());
    let watcher = json!({"command": "sleep 6", "description": "Watches", "run_in_background": true});
    world.model.when("keep watch", [call("Bash", watcher), say("Watching.")]);
    let watched = Watched::begin(&world.peerwatch);
    let session = world.claude.session("api").start();

    let start = watched.watch.position();
    session.prompt("keep watch of it");
    let entry = session.await_status("shell");
    watched.expect_soon(start, &session, "background", &entry);
    watched.expect(&session, "background");
    let entry = session.await_status("idle");
    watched.expect_soon(start, &session, "idle", &entry);
}

#[test]
fn an_interrupted_session_is_idle_however_early_it_was_interrupted() {
    let world = require!(World::begin());
    world.model.when("ponder", [say("Never said.").when_released()]);
    let lines = "Line one.\n\nLine two.\n\n".repeat(30);
    world.model.when("recite", [murmur(&lines, Duration::from_millis(200))]);
    world.model.when("take long", [bash("tail -f /dev/null")]);
    let watched = Watched::begin(&world.peerwatch);
    let session = world.claude.session("api").with(FREE).start();
    for (prompt, sign) in
        [("ponder it", "ponder"), ("recite it", "recite"), ("take long over it", "take long")]
    {
        let start = watched.watch.position();
        session.prompt(prompt);
        world.model.await_asked(sign, 0);
        let entry = session.await_status("busy");
        watched.expect_soon(start, &session, "working", &entry);
        match sign {
            "recite" => session.await_screen("Line two."),
            "take long" => session.await_screen("tail -f"),
            _ => {}
        }
        session.interrupt();
        let entry = session.await_status("idle");
        watched.expect_soon(start, &session, "idle", &entry);
        session.clear_composer();
    }
}

#[test]
fn clear_changes_the_session_id_and_not_the_worker() {
    let world = require!(World::begin());
    world.model.when("remember", [say("Remembered.")]);
    let watched = Watched::begin(&world.peerwatch);
    let session = world.claude.session("api").start();
    let before = watched.expect(&session, "idle");
    session.prompt("remember this");
    world.model.await_asked("remember", 0);
    session.await_status("idle");

    let cleared = session.clear();
    let after =
        watched.worker_where("the new session id", |worker| worker.session_id.as_deref() == Some(&cleared));
    assert_eq!((&after.id, after.pid), (&before.id, before.pid));
    let of_this_process = |worker: &&peerwatch_tests::product::Worker| worker.pid == before.pid;
    assert_eq!(world.peerwatch.status().workers.iter().filter(of_this_process).count(), 1);
}

#[test]
fn a_killed_session_is_gone_and_its_resumption_is_another_worker() {
    let world = require!(World::begin());
    world.model.when("remember", [say("Remembered.")]);
    let watched = Watched::begin(&world.peerwatch);
    let first = world.claude.session("api").start();
    first.prompt("remember this");
    world.model.await_asked("remember", 0);
    first.await_status("idle");
    let (id, name) = (first.id(), watched.expect(&first, "idle").id);
    // Claude Code writes its transcript a little later, and resumes nothing that was never written.
    eventually("the answer in the transcript", Duration::from_secs(10), || {
        std::fs::read_to_string(first.transcript_path()).ok()?.contains("Remembered.").then_some(())
    });
    first.kill();
    watched.expect(&first, "gone");

    let second = world.claude.session("api").resuming(&id).start();
    let resumed = watched.expect(&second, "idle");
    assert_ne!(resumed.id, name);
    assert_eq!(resumed.session_id.as_deref(), Some(id.as_str()));
    let start = watched.watch.position();
    let ending = SystemTime::now();
    second.exit();
    let line = watched.watch.await_presence(start, &resumed.id, "ended", Duration::from_secs(5));
    // `/exit` itself takes a moment: the session says good-bye before it takes its entry away.
    assert!(line.at_wall.duration_since(ending).unwrap_or_default() < Duration::from_secs(3));
}

#[test]
fn retries_are_work_and_a_refused_login_is_a_limit() {
    let world = require!(World::begin());
    world.model.when("crowded", [fail_times(529, 2), say("At last.")]);
    world.model.when("locked out", [fail(403)]);
    let watched = Watched::begin(&world.peerwatch);
    let session = world.claude.session("api").start();

    session.prompt("a crowded hour");
    world.model.await_attempts("crowded", 2);
    watched.expect(&session, "working");
    world.model.await_attempts("crowded", 3);
    session.await_status("idle");
    watched.expect(&session, "idle");

    session.prompt("locked out of it");
    world.model.await_asked("locked out", 0);
    let limited = watched.expect(&session, "limited");
    assert!(limited.has_witness("authentication_failed"), "{limited:#?}");
}

#[test]
fn a_subagent_works_on_after_its_parents_turn() {
    let world = require!(World::begin());
    world.model.when("delegate", [background_agent("look around", "inspect everything"), say("Delegated.")]);
    world.model.when("inspect", [say("All inspected.").when_released()]);
    let watched = Watched::begin(&world.peerwatch);
    let session = world.claude.session("api").start();

    session.prompt("delegate it");
    world.model.await_asked("delegate", 1);
    world.model.await_asked("inspect", 0);
    let worker = watched.expect(&session, "background");
    assert!(worker.has_witness("1 subagent works"), "{worker:#?}");
    world.model.release("inspect");
    world.model.await_asked("delegate", 2);
    session.await_status("idle");
    watched.expect(&session, "idle");
}

#[test]
fn a_model_that_hangs_makes_a_session_quiet_and_a_running_tool_does_not() {
    let world = require!(World::begin());
    // Tools' processes are looked at only after three quarters of a minute without a word.
    world.peerwatch.configure("session_silence_s = 50\n");
    world.model.when("ponder", [say("Pondered.").when_released()]);
    world.model.when("take long", [bash("tail -f /dev/null")]);
    let watched = Watched::begin(&world.peerwatch);
    let [pondering, running] = ["api", "web"].map(|name| world.claude.session(name).with(FREE).start());
    running.prompt("take long over it");
    running.await_screen("tail -f");
    pondering.prompt("ponder the question");
    pondering.await_status("busy");
    let worker = watched.expect(&pondering, "working").id;
    let start = watched.watch.position();
    watched.watch.await_presence(start, &worker, "quiet", Duration::from_secs(80));

    let quiet = watched.expect(&pondering, "quiet");
    assert!(quiet.has_witness("process alive"), "{quiet:#?}");
    let excused = watched.expect(&running, "working");
    assert!(excused.has_witness("child process"), "a running tool is an excuse: {excused:#?}");
    assert_eq!(watched.watch.alerts().len(), 0, "a silence on one witness is told to nobody");

    let start = watched.watch.position();
    world.model.release("ponder");
    let entry = pondering.await_status("idle");
    watched.expect_soon(start, &pondering, "idle", &entry);
}

#[test]
fn without_an_engine_status_looks_for_itself() {
    let world = require!(World::begin());
    let session = world.claude.session("api").start();
    let worker = world.peerwatch.await_status("the session, idle", Duration::from_secs(10), |status| {
        status.of_pid(session.pid()).filter(|worker| worker.presence == "idle").cloned()
    });
    assert!(!worker.witnesses.is_empty());
    session.kill();
    let status = world.peerwatch.status();
    assert_eq!(status.of_pid(session.pid()).map(|worker| worker.presence.as_str()), Some("gone"));
}
