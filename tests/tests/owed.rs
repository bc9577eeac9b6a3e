//! What a silent side of an original bridge has not read goes to another worker of that bridge.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require;
use peerwatch_tests::scratch::Scratch;
use serde_json::Value;

const SILENT: &str = "conv_0123456789abcdef";
const HEALTHY: &str = "conv_fedcba9876543210";

#[test]
fn the_mail_of_a_silent_side_is_listed_as_owed_and_handed_to_another_one() {
    let (binaries, python) = (require!(Binaries::find()), require!(Writer::find()));
    let scratch = Scratch::new();
    let peerwatch = Peerwatch::headless(&scratch, binaries);
    let database = scratch.path("team.db");
    peerwatch.configure(&format!("databases = [{database:?}]\nbridge_silence_s = 3\n"));
    let writer = Writer::open(&scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation(SILENT, "orchestrator", "parser worker");
    writer.conversation(HEALTHY, "orchestrator", "icon worker");
    writer.heartbeat(SILENT, "b", "working", Duration::ZERO);
    writer.send(SILENT, "a", "write the parser of the log");
    let _engine = peerwatch.run();

    let owed = eventually("what is owed", Duration::from_secs(30), || {
        // The other one is heard all the time.
        writer.heartbeat(HEALTHY, "b", "working", Duration::ZERO);
        let output = peerwatch.output(&["tasks", "--json"]);
        let tasks: Value = serde_json::from_slice(&output.stdout).ok()?;
        tasks.as_array()?.iter().find(|task| task["source"] == "owed").cloned()
    });
    assert_eq!(owed["owner_name"], "parser worker", "{owed}");

    let id = owed["id"].as_str().unwrap();
    let done = peerwatch.output(&["reassign", id, "--to", "icon worker", "--yes"]);
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let read = peerwatch.output(&["messages", HEALTHY, "--json", "--db", &database.to_string_lossy()]);
    let messages: Value = serde_json::from_slice(&read.stdout).expect("messages");
    let passed_on =
        messages.as_array().unwrap().iter().any(|message| {
            message["text"].as_str().is_some_and(|it| it.contains("write the parser of the log"))
        });
    assert!(passed_on, "{messages}");
}
