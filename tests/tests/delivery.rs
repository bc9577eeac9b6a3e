//! Messages between real sessions over Peerwatch's bridge: they start the turn of one that sits idle, arrive once whatever
//! the recipient is at, and survive the death of anybody.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge_sessions::{Bridged, mcp};
use peerwatch_tests::model::{bash, call, say};
use peerwatch_tests::require;
use serde_json::json;

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_message_starts_the_turn_of_a_session_that_sits_idle_and_its_receipt_says_so() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("the schema is ready", [say("I shall look at it.")]);
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");

    bridged.send(&frontend, "backend", "the schema is ready");
    bridged.world.model.await_asked("the schema is ready", 0);
    let receipt = bridged.await_receipt("the schema is ready", "seen", SOON);
    assert_eq!(receipt["to"], "backend");
    assert_eq!(bridged.shown(&backend, "the schema is ready"), 1, "once in the transcript");
}

#[test]
fn a_message_to_a_session_in_a_long_command_comes_once_at_the_next_boundary() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("take long", [bash("until test -e go; do sleep 0.1; done"), say("Done.")]);
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    backend.prompt("take long over it");
    bridged.world.model.await_asked("take long", 0);
    backend.await_status("busy");

    bridged.send(&frontend, "backend", "stop the deploy");
    bridged.await_receipt("stop the deploy", "accepted", SOON);
    std::fs::write(backend.folder().join("go"), "").unwrap();
    bridged.await_receipt("stop the deploy", "seen", SOON);
    bridged.world.model.await_asked("take long", 1);
    backend.await_status("idle");
    assert_eq!(bridged.shown(&backend, "stop the deploy"), 1, "once in the transcript");
}

#[test]
fn a_message_to_a_session_that_waits_for_a_permission_leaves_the_dialog_alone() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("list it", [bash("touch there"), say("Listed.")]);
    let backend = bridged.joined_strict("backend");
    let frontend = bridged.joined("frontend");
    backend.prompt("list it please");
    backend.await_status("waiting");

    bridged.send(&frontend, "backend", "no hurry with it");
    bridged.await_receipt("no hurry with it", "accepted", SOON);
    assert_eq!(backend.entry().unwrap().status.as_deref(), Some("waiting"));
    backend.await_screen("1. Yes");
    backend.approve();
    bridged.await_receipt("no hurry with it", "seen", SOON);
    assert_eq!(bridged.shown(&backend, "no hurry with it"), 1, "once in the transcript");
}

#[test]
fn a_message_to_a_session_that_was_killed_comes_once_after_it_is_resumed() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("before you died", [say("I know.")]);
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    let id = backend.id();
    backend.kill();
    bridged.send(&frontend, "backend", "sent when before you died was over");
    let resumed = bridged.resumed("backend", &id);
    bridged.world.model.await_asked("before you died", 0);
    bridged.await_receipt("sent when before you died was over", "seen", SOON);
    assert_eq!(bridged.shown(&resumed, "before you died"), 1);
}

#[test]
fn a_message_that_stood_in_the_queue_of_a_session_when_it_was_killed_comes_once_after_it_is_resumed() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("take long", [bash("sleep 600"), say("Done.")]);
    bridged.world.model.when("in the queue", [say("I have it.")]);
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    let id = backend.id();
    backend.prompt("take long over it");
    bridged.world.model.await_asked("take long", 0);
    bridged.send(&frontend, "backend", "this stood in the queue");
    bridged.await_receipt("this stood in the queue", "accepted", SOON);
    backend.kill();
    let resumed = bridged.resumed("backend", &id);
    bridged.await_receipt("this stood in the queue", "seen", SOON);
    assert_eq!(bridged.shown(&resumed, "this stood in the queue"), 1);
}

#[test]
fn after_a_clear_the_session_still_gets_its_mail_and_under_its_new_id() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("a fresh start", [say("Hello.")]);
    let backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    backend.clear();
    bridged.send(&frontend, "backend", "to a fresh start");
    bridged.world.model.await_asked("a fresh start", 0);
    bridged.await_receipt("to a fresh start", "seen", SOON);
}

#[test]
fn the_answer_of_a_session_comes_back_by_itself() {
    let bridged = require!(Bridged::begin());
    let model = &bridged.world.model;
    model.when(
        "may I deploy",
        [mcp("send", json!({"to": "frontend", "text": "yes, the way is clear"})), say("Answered.")],
    );
    model.when("the way is clear", [say("Thank you.")]);
    let _backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    bridged.send(&frontend, "backend", "may I deploy");
    model.await_asked("the way is clear", 0);
    bridged.await_receipt("the way is clear", "seen", SOON);
}

#[test]
fn a_message_of_the_person_is_brought_in_and_its_receipt_is_shown() {
    let bridged = require!(Bridged::begin());
    bridged.world.model.when("how is it going", [say("Well.")]);
    let backend = bridged.joined("backend");
    let sent = bridged.world.peerwatch.output(&["send", &backend.pid().to_string(), "how is it going"]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    bridged.world.model.await_asked("how is it going", 0);
    bridged.await_receipt("how is it going", "seen", SOON);
}

#[test]
fn a_session_that_asks_for_no_permissions_is_not_put_into_a_dialog() {
    let bridged = require!(Bridged::begin());
    let settings = bridged.world.claude.config().join("settings.json");
    std::fs::write(settings, r#"{"skipDangerousModePermissionPrompt":true}"#).unwrap();
    let backend = bridged.joined_with("backend", &["--dangerously-skip-permissions"]);
    let frontend = bridged.joined("frontend");
    bridged.send(&frontend, "backend", "never in a dialog");
    bridged.await_receipt("never in a dialog", "no_way", SOON);
    assert_eq!(backend.entry().unwrap().status.as_deref(), Some("idle"));
    let alert = bridged.watched.watch.await_line(0, "the alert", SOON, |event| {
        event["event"] == "alert" && event["kind"] == "undelivered"
    });
    assert_eq!(alert.event["raised"], true);
}

/// The engine dies at moments that nobody chose, while two sessions get a hundred messages each: every one arrives, and
/// none comes before the model twice.
#[test]
fn an_engine_that_is_killed_again_and_again_loses_and_doubles_nothing() {
    const MESSAGES: usize = 200;
    let mut bridged = require!(Bridged::begin());
    bridged.world.model.when("piece of work", [say("Noted.")]);
    // The sessions end with the World, not with these values.
    drop([bridged.joined("left"), bridged.joined("right")]);
    let mut sender = bridged.outsider();
    let mut moments = Moments::new();
    for number in 0..MESSAGES {
        let to = if number % 2 == 0 { "left" } else { "right" };
        sender.send(to, &format!("piece of work {number:03}."));
        if number % 10 == 9 {
            std::thread::sleep(moments.next(Duration::from_millis(400)));
            bridged.kill_engine();
            std::thread::sleep(moments.next(Duration::from_millis(200)));
            bridged.start_engine();
        }
    }
    for number in 0..MESSAGES {
        bridged.await_receipt(&format!("piece of work {number:03}."), "seen", Duration::from_secs(90));
    }
    for number in 0..MESSAGES {
        let text = format!("piece of work {number:03}.");
        let shown = bridged.shown_anywhere(&text);
        assert_eq!(shown, 1, "{text} came before a model {shown} times");
    }
}

/// Spans that differ from run to run and are told, so that a failure can be repeated.
struct Moments(u64);

impl Moments {
    fn new() -> Self {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let seed = u64::from(since.subsec_nanos());
        println!("the moments' seed is {seed}");
        Self(seed | 1)
    }

    fn next(&mut self, most: Duration) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % (most.as_millis() as u64))
    }
}

/// Claude Code tells a model to answer a peer's message with a tool of its own, to the address that it came from.
#[test]
fn an_answer_to_the_address_of_a_message_reaches_its_sender() {
    let bridged = require!(Bridged::begin());
    let model = &bridged.world.model;
    model.when("the way is clear", [say("Thank you.")]);
    let _backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    let answer =
        json!({"to": bridged.address_of("frontend"), "message": "the way is clear", "summary": "An answer"});
    model.when("may I deploy", [call("SendMessage", answer), say("Answered.")]);
    bridged.send(&frontend, "backend", "may I deploy");
    model.await_asked("the way is clear", 0);
    let receipt = bridged.await_receipt("the way is clear", "seen", SOON);
    assert_eq!(receipt["to"], "frontend");
}
