//! What scripts rely on: names of fields, exit codes, one object a line.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::watched::Watched;
use serde_json::Value;

const CONVERSATION: &str = "conv_0123456789abcdef";
const FIELDS: [&str; 13] = [
    "id",
    "name",
    "source",
    "presence",
    "waiting_for",
    "since",
    "last_heard",
    "pid",
    "session_id",
    "cwd",
    "witnesses",
    "unread",
    "tasks",
];

struct Office {
    peerwatch: Peerwatch,
    writer: Writer,
    _scratch: Scratch,
}

impl Office {
    /// A database in which one side is at work and the other has been silent for an hour with a message unread.
    fn begin() -> Result<Self, Missing> {
        let (binaries, python) = (Binaries::find()?, Writer::find()?);
        let scratch = Scratch::new();
        let database = scratch.path("bridge.db");
        let peerwatch = Peerwatch::headless(&scratch, binaries);
        peerwatch.configure(&format!("databases = [{database:?}]\n"));
        let writer = Writer::open(&scratch, &python, &database, Schema::Bridge, Connections::Each);
        writer.conversation(CONVERSATION, "backend developer", "frontend developer");
        writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
        writer.heartbeat(CONVERSATION, "b", "working", Duration::from_secs(3600));
        writer.send(CONVERSATION, "a", "are you there");
        Ok(Self { peerwatch, writer, _scratch: scratch })
    }

    fn json(&self, words: &[&str]) -> Value {
        let output = self.peerwatch.output(words);
        let text = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!("{words:?}: {error} in {text:?}; {}", String::from_utf8_lossy(&output.stderr))
        })
    }
}

#[test]
fn status_has_every_field_and_null_for_what_is_not_known() {
    let office = require!(Office::begin());
    let status = office.json(&["status", "--json"]);
    assert_eq!(status["schema"], 1);
    assert!(status["at"].as_str().is_some_and(|at| at.ends_with('Z')), "times are in UTC: {}", status["at"]);
    assert!(status["problems"].is_array());
    let workers = status["workers"].as_array().expect("a list of workers");
    assert_eq!(workers.len(), 2, "{workers:#?}");
    for worker in workers {
        for field in FIELDS {
            assert!(worker.get(field).is_some(), "no {field} in {worker:#}");
        }
        assert!(worker["pid"].is_null() && worker["tasks"].is_array());
        for witness in worker["witnesses"].as_array().expect("a list of witnesses") {
            assert!(witness["what"].is_string() && witness["age_s"].is_u64(), "{witness}");
        }
    }
}

#[test]
fn conversations_and_messages_are_lists_of_objects() {
    let office = require!(Office::begin());
    let conversations = office.json(&["conversations", "--json"]);
    let id = conversations[0]["id"].as_str().expect("a conversation").to_owned();
    let messages = office.json(&["messages", &id, "--json"]);
    assert_eq!(messages.as_array().map(Vec::len), Some(1), "{messages:#}");
    assert!(messages.to_string().contains("are you there 0"));
}

#[test]
fn exit_codes_mean_something() {
    let office = require!(Office::begin());
    let code = |words: &[&str]| office.peerwatch.output(words).status.code();
    assert_eq!(code(&["status"]), Some(0));
    assert_eq!(code(&["--help"]), Some(0));
    assert_eq!(code(&["status", "--nonsense"]), Some(2));
    assert_eq!(code(&["show", "nobody"]), Some(2), "there is no such worker");
    assert_eq!(code(&["stop"]), Some(3), "there is no engine to stop");
    assert_eq!(code(&["status", "--check"]), Some(1), "one side is lost");
    office.writer.heartbeat(CONVERSATION, "b", "working", Duration::ZERO);
    office.writer.read(CONVERSATION, "b");
    assert_eq!(code(&["status", "--check"]), Some(0), "nobody needs anything");
}

#[test]
fn the_watch_says_who_what_and_when() {
    let office = require!(Office::begin());
    let watched = Watched::begin(&office.peerwatch);
    watched.worker_where("a side", |worker| worker.source == "bridge");
    office.writer.send(CONVERSATION, "b", "here I am");
    let line = watched.watch.messages("here I am", 1, Duration::from_secs(5)).pop().expect("the message");
    for field in ["event", "at", "conversation", "id", "from", "to", "text"] {
        assert!(line.event[field].is_string(), "no {field} in {}", line.event);
    }
    let long = "x".repeat(2000);
    office.writer.send(CONVERSATION, "b", &long);
    let line = watched.watch.messages("xxx", 1, Duration::from_secs(5)).pop().expect("the long message");
    assert!(line.event["text"].as_str().is_some_and(|text| text.chars().count() <= 501), "it is cut at 500");
}

#[test]
fn a_watch_that_loses_its_engine_says_so_and_without_one_watches_by_itself() {
    let office = require!(Office::begin());
    let mut watched = Watched::begin(&office.peerwatch);
    watched.engine.signal(rustix::process::Signal::TERM);
    watched.engine.await_end(Duration::from_secs(5));
    let left = watched.watch.process().await_end(Duration::from_secs(5));
    assert_eq!(left.code(), Some(3), "what was watched is no more");

    let alone = office.peerwatch.watch();
    office.writer.begin_sending(CONVERSATION, "b", 20, Duration::from_millis(100), "anybody there");
    let last = alone.await_line(0, "the last message", Duration::from_secs(10), |event| {
        event["text"] == "anybody there 19"
    });
    assert_eq!(last.event["event"], "message");
}
