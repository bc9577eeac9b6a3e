//! Tasks of real sessions: who dies with one in its hands, who takes it over, and what becomes of late work.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

use std::time::{Duration, Instant};

use peerwatch_tests::bridge_sessions::{Bridged, mcp};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{bash, say};
use peerwatch_tests::require;
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(10);
/// From a loss to the heir's turn, with local proof of death.
const PROMISED: Duration = Duration::from_secs(5);
/// What only the message with the card says.
const HEIR: &str = "It was backend's before";

/// Has a session claim a task that the person has created.
fn claimed(bridged: &Bridged, session: &peerwatch_tests::claude::Session<'_>, subject: &str) -> String {
    let created = bridged.tasks(&["create", subject, "--description", "It must read every form."]);
    let id = created[0]["id"].as_str().expect("an id").to_owned();
    let keyword = format!("take up number {id}");
    let claim = mcp("claim_task", json!({"task": id.parse::<i64>().expect("a number")}));
    bridged.world.model.when(&keyword, [claim, say("It is mine.")]);
    session.prompt(&keyword);
    bridged.world.model.await_asked(&keyword, 1);
    session.await_status("idle");
    bridged.await_task(&id, |task| task["state"] == "in_progress", SOON);
    id
}

#[test]
fn the_task_of_a_session_that_dies_goes_to_an_idle_one_whose_turn_starts_and_late_work_is_kept() {
    let bridged = require!(Bridged::begin_with("recover = true\n"));
    let model = &bridged.world.model;
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    let id = claimed(&bridged, &backend, "Write the parser of the log");
    model.when(HEIR, [say("I shall go on with it.")]);

    let id_of_backend = backend.id();
    backend.kill();
    let died = Instant::now();
    model.await_asked(HEIR, 0);
    let took = died.elapsed();
    println!("from the loss to the start of the heir's turn: {} ms", took.as_millis());
    assert!(took < PROMISED, "{took:?}");
    bridged.await_shown(&frontend, HEIR, 1);
    let task = bridged.await_task(&id, |task| task["owner_name"] == "frontend", SOON);
    assert_eq!(task["epoch"], 2, "{task}");

    // The one who had it comes back, and knows nothing of it.
    let number: i64 = id.parse().unwrap();
    let complete = mcp("complete_task", json!({"task": number, "result": "The parser reads every form."}));
    model.when("finish what you had", [complete, say("I see.")]);
    model.when("is not yours any more", [say("So it is.")]);
    let back = bridged.resumed("backend", &id_of_backend);
    model.await_asked("is not yours any more", 0);
    back.await_status("idle");
    back.prompt("finish what you had");
    model.await_asked("finish what you had", 1);
    eventually("the refusal in the transcript", SOON, || {
        let heard = std::fs::read_to_string(back.transcript_path()).ok()?;
        heard.contains("was taken over by frontend").then_some(())
    });
    let task = bridged.await_task(&id, |task| !task["late"].as_array().unwrap().is_empty(), SOON);
    assert_eq!((&task["owner_name"], &task["late"][0]["completes"]), (&json!("frontend"), &json!(true)));

    let late = task["late"][0]["id"].to_string();
    bridged.peerwatch(&["tasks", "adopt", &id, &late]);
    let done = bridged.await_task(&id, |task| task["state"] == "done", SOON);
    assert!(done["progress"]["text"].as_str().unwrap().contains("reads every form"), "{done}");
}

#[test]
fn a_living_owner_is_told_and_the_task_moves_once_it_confirms() {
    let bridged = require!(Bridged::begin());
    let model = &bridged.world.model;
    let backend = bridged.joined("backend");
    let _frontend = bridged.joined("frontend");
    let id = claimed(&bridged, &backend, "Write the index");
    // It is told of the loss by a message, and hands in what it has.
    let number: i64 = id.parse().unwrap();
    let report = mcp("report_progress", json!({"task": number, "text": "half of the index stands"}));
    model.when("is not yours any more", [report, say("I stop.")]);
    model.when(HEIR, [say("I shall go on with it.")]);

    let answer =
        bridged.peerwatch(&["reassign", &id, "--to", "frontend", "--reason", "it is needed today", "--yes"]);
    println!("{answer}");
    model.await_asked("is not yours any more", 1);
    let task = bridged.await_task(&id, |task| task["owner_name"] == "frontend", SOON);
    assert!(!task["late"].as_array().unwrap().is_empty(), "what it handed in is kept: {task}");
    let history: Value =
        serde_json::from_str(&bridged.peerwatch(&["tasks", "history", &id, "--json"])).unwrap();
    assert_eq!(history[0]["reason"], "it is needed today", "{history}");
}

#[test]
fn a_task_that_nobody_is_free_for_goes_to_the_first_who_is() {
    let bridged = require!(Bridged::begin());
    let model = &bridged.world.model;
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    let id = claimed(&bridged, &backend, "Write the lexer");
    model.when("take long", [bash("until test -e go; do sleep 0.1; done"), say("Done.")]);
    model.when(HEIR, [say("I shall go on with it.")]);
    frontend.prompt("take long over it");
    frontend.await_status("busy");
    backend.kill();
    bridged
        .world
        .peerwatch
        .await_status("backend gone", SOON, |status| status.with_presence("gone").map(drop));

    let said = bridged.peerwatch(&["reassign", &id, "--yes"]);
    assert!(said.contains("nobody is free"), "{said}");
    std::fs::write(frontend.folder().join("go"), "").unwrap();
    model.await_asked(HEIR, 0);
    bridged.await_task(
        &id,
        |task| task["owner_name"].as_str().unwrap_or_default().contains("frontend"),
        SOON,
    );
}

#[test]
fn a_fence_stands_while_an_owner_that_lost_a_task_has_not_let_go_and_falls_when_it_gets_the_task_back() {
    let bridged = require!(Bridged::begin());
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    bridged.world.model.when("is not yours any more", [say("I see.")]);
    let id = claimed(&bridged, &backend, "Write the linker");
    let name = backend.entry().and_then(|entry| entry.name).unwrap();
    bridged.peerwatch(&["fence", &name]);
    let standing = || {
        let folder = bridged.world.scratch.runtime().join("peerwatch/fences");
        let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
        files.filter(|file| file.path().extension().is_some_and(|it| it == "json")).count()
    };
    assert_eq!(standing(), 0, "it has lost nothing");
    let heir = frontend.entry().and_then(|entry| entry.name).unwrap();
    bridged.peerwatch(&["reassign", &id, "--to", &heir, "--yes"]);
    eventually("a fence", SOON, || (standing() == 1).then_some(()));
    bridged.peerwatch(&["reassign", "--undo", &id]);
    eventually("no fence", SOON, || (standing() == 0).then_some(()));
}
