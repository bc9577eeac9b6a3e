//! How messages reach sessions is the person's choice: woken, with the next turn, or told of only; others' databases are
//! left alone until they are connected; and two sessions that answer each other without end are stopped.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::bridge_sessions::{Bridged, mcp};
use peerwatch_tests::claude::Session;
use peerwatch_tests::model::{bash, say};
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use serde_json::json;

const SOON: Duration = Duration::from_secs(10);
const CONVERSATION: &str = "conv_0123456789abcdef";

#[test]
fn with_next_turn_an_idle_session_is_left_alone_until_somebody_else_starts_its_turn() {
    let bridged = require!(Bridged::begin_with("deliver = \"next_turn\"\n"));
    bridged.world.model.when("go on now", [bash("until test -e go; do sleep 0.1; done"), say("Done.")]);
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    bridged.send(&frontend, "backend", "whenever you work again");
    bridged.settle();
    assert_eq!(bridged.receipt("whenever you work again")["attempts"], 0);
    assert_eq!(backend.entry().unwrap().status.as_deref(), Some("idle"));

    backend.prompt("go on now");
    bridged.world.model.await_asked("go on now", 0);
    bridged.await_receipt("whenever you work again", "accepted", SOON);
    std::fs::write(backend.folder().join("go"), "").unwrap();
    bridged.await_receipt("whenever you work again", "seen", SOON);
}

#[test]
fn with_tell_me_nothing_is_put_into_a_session_and_the_person_is_told() {
    let bridged = require!(Bridged::begin_with("deliver = \"tell_me\"\n"));
    let _backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    bridged.send(&frontend, "backend", "only for your person");
    bridged.watched.watch.await_line(0, "the alert", SOON, |event| {
        event["event"] == "alert" && event["kind"] == "message" && event["raised"] == true
    });
    bridged.settle();
    assert_eq!(bridged.receipt("only for your person")["attempts"], 0);
}

#[test]
fn two_sessions_that_answer_each_other_without_end_are_stopped_and_their_person_is_told_once() {
    let bridged = require!(Bridged::begin());
    let model = &bridged.world.model;
    model.when("ping", [mcp("send", json!({"to": "backend", "text": "pong"})), say("Sent.")]);
    model.when("pong", [mcp("send", json!({"to": "frontend", "text": "ping"})), say("Sent.")]);
    let _backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    frontend.prompt("say ping");
    let alert = bridged.watched.watch.await_line(0, "the brake", Duration::from_secs(120), |event| {
        event["event"] == "alert" && event["kind"] == "undelivered"
    });
    assert_eq!(alert.event["raised"], true);
    let count = bridged.messages();
    bridged.settle();
    assert_eq!(bridged.messages(), count, "nobody answers any more");
    let view = bridged.world.peerwatch.output(&["conversations", "--json"]);
    let view: serde_json::Value = serde_json::from_slice(&view.stdout).unwrap();
    let main = view.as_array().unwrap().iter().find(|it| !it["braked"].is_null());
    assert!(main.is_some(), "{view:#}");
}

/// A database of the original bridge, whose side `b` a real session holds: it has shown its token.
fn foreign(bridged: &Bridged) -> Result<(Writer, Session<'_>), Missing> {
    let path = bridged.world.scratch.path("team.db");
    let python = Writer::find()?;
    let writer = Writer::open(&bridged.world.scratch, &python, &path, Schema::Bridge, Connections::Each);
    writer.conversation(CONVERSATION, "orchestrator", "worker");
    let session = bridged.on_database(&path, "worker");
    let call =
        json!({"conversation_id": CONVERSATION, "session_id": "b", "token": bridged.token(&path, "b")});
    bridged.world.model.when("look into it", [mcp("check_messages", call), say("Nothing.")]);
    session.prompt("look into it");
    bridged.world.model.await_asked("look into it", 1);
    session.await_status("idle");
    Ok((writer, session))
}

#[test]
fn in_the_database_of_another_nobody_is_woken_until_the_conversation_is_connected() {
    let bridged = require!(Bridged::begin());
    let path = bridged.world.scratch.path("team.db");
    let watch = format!("databases = [\"{}\"]\n", path.display());
    bridged.world.peerwatch.configure(&watch);
    bridged.world.model.when("the plan has changed", [say("I see.")]);
    let (writer, session) = require!(foreign(&bridged));
    writer.send(CONVERSATION, "a", "the plan has changed");
    bridged.watched.watch.messages("the plan has changed", 1, SOON);
    bridged.settle();
    assert_eq!(session.entry().unwrap().status.as_deref(), Some("idle"));
    assert!(!bridged.has_touched(&path, "the plan has changed"), "not so much as a receipt was written");

    let conversation = bridged.conversation_of(&path);
    bridged.world.peerwatch.configure(&format!(
        "{watch}[conversations.\"{conversation}\"]\ndeliver = \"wake\"\nheartbeats = true\n"
    ));
    bridged.world.model.await_asked("the plan has changed", 0);
    bridged.await_shown(&session, "the plan has changed", 1);
    bridged.await_heartbeat(&path, "b", SOON);
}

#[test]
fn where_it_is_allowed_the_person_of_a_session_without_permissions_decides_and_that_is_shown() {
    let bridged = require!(Bridged::begin_with("deliver_to_bypassing = true\n"));
    let settings = bridged.world.claude.config().join("settings.json");
    std::fs::write(settings, r#"{"skipDangerousModePermissionPrompt":true}"#).unwrap();
    bridged.world.model.when("take this", [say("Taken.")]);
    let backend = bridged.joined_with("backend", &["--dangerously-skip-permissions"]);
    let mut outsider = bridged.outsider();
    outsider.send("backend", "take this if you may");
    bridged.await_receipt("take this if you may", "held", SOON);
    bridged.watched.watch.await_line(0, "the alert", SOON, |event| {
        event["event"] == "alert" && event["kind"] == "undelivered" && event["raised"] == true
    });
    backend.await_held_dialog();
    backend.keys(&["Down"]);
    backend.await_screen("❯ Deliver");
    backend.keys(&["Enter"]);
    bridged.world.model.await_asked("take this", 0);
    bridged.await_receipt("take this if you may", "seen", SOON);
    bridged.watched.watch.await_line(0, "the end of the alert", SOON, |event| {
        event["event"] == "alert" && event["kind"] == "undelivered" && event["raised"] == false
    });
}
