//! Messages in bridge databases, written by another process: each is noticed, once, and soon.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use peerwatch_tests::bridge::{Committed, Connections, Schema, Writer, counted};
use peerwatch_tests::product::{Binaries, Line, Peerwatch};
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;
use peerwatch_tests::watched::Watched;

const CONVERSATION: &str = "conv_0123456789abcdef";
/// Ten seconds of messages, twenty a second.
const MANY: usize = 200;
const EVERY: Duration = Duration::from_millis(50);
/// Later than this, a message was found by the slow poll and not by the watcher.
const SOON: Duration = Duration::from_secs(1);

struct Office {
    peerwatch: Peerwatch,
    scratch: Scratch,
    python: PathBuf,
    database: PathBuf,
    _turn: Turn,
}

impl Office {
    fn begin() -> Result<Self, Missing> {
        let (binaries, python) = (Binaries::find()?, Writer::find()?);
        let turn = Turn::heavy();
        let scratch = Scratch::new();
        let database = scratch.path("bridge.db");
        let peerwatch = Peerwatch::headless(&scratch, binaries);
        peerwatch.configure(&format!("databases = [{database:?}]\n"));
        Ok(Self { peerwatch, scratch, python, database, _turn: turn })
    }

    fn writer(&self, schema: Schema, connections: Connections) -> Writer {
        Writer::open(&self.scratch, &self.python, &self.database, schema, connections)
    }

    fn bridge_writer(&self, connections: Connections) -> Writer {
        let writer = self.writer(Schema::Bridge, connections);
        writer.conversation(CONVERSATION, "backend developer", "frontend developer");
        writer
    }
}

/// Each committed message was said exactly once, in order, and soon after its commit.
fn assert_each_once(committed: &[Committed], said: &[Line]) {
    let texts: Vec<&str> = said.iter().filter_map(|line| line.event["text"].as_str()).collect();
    let counts = counted(texts.iter().copied());
    for message in committed {
        assert_eq!(counts.get(&message.text), Some(&1), "{} of {}", message.text, committed.len());
    }
    assert_eq!(texts.len(), committed.len(), "nothing else was said");
    let written: Vec<&str> = committed.iter().map(|message| message.text.as_str()).collect();
    assert_eq!(texts, written, "in the order of writing");
    let late = committed.iter().zip(said).map(|(message, line)| line.at.since(message.at)).max();
    assert!(late < Some(SOON), "the slowest message took {late:?}");
}

fn a_stream_of_messages(connections: Connections, held_open: bool) -> Result<(), Missing> {
    let office = Office::begin()?;
    let writer = office.bridge_writer(connections);
    let holder = held_open.then(|| office.writer(Schema::Bridge, Connections::Each));
    if let Some(holder) = &holder {
        holder.hold();
    }
    let watched = Watched::begin(&office.peerwatch);
    watched.worker_where("the side that writes", |worker| worker.source == "bridge");
    writer.begin_sending(CONVERSATION, "a", MANY, EVERY, "message");
    let committed = writer.await_committed(MANY, Duration::from_secs(40));
    watched.watch.messages("message", MANY, Duration::from_secs(5));
    // A message that is said twice is said the second time by a later look.
    let said = watched.watch.messages("message", MANY + 1, Duration::from_secs(3));
    assert_each_once(&committed, &said);
    Ok(())
}

#[test]
fn each_message_once_when_the_writer_opens_a_connection_for_each() {
    require!(a_stream_of_messages(Connections::Each, false));
}

#[test]
fn each_message_once_when_another_process_holds_the_database_open() {
    require!(a_stream_of_messages(Connections::Each, true));
}

#[test]
fn each_message_once_when_the_writer_keeps_its_connection() {
    require!(a_stream_of_messages(Connections::Kept, false));
}

#[test]
fn each_message_once_when_the_writer_keeps_its_connection_and_another_process_too() {
    require!(a_stream_of_messages(Connections::Kept, true));
}

fn housekeeping_in_between(connections: Connections) -> Result<(), Missing> {
    let office = Office::begin()?;
    let writer = office.bridge_writer(connections);
    let watched = Watched::begin(&office.peerwatch);
    watched.worker_where("the side that writes", |worker| worker.source == "bridge");
    let mut expected = 0;
    let mut send_some = |when: &str| {
        expected += 20;
        writer.begin_sending(CONVERSATION, "a", 20, EVERY, &format!("message {when}"));
        writer.await_committed(expected, Duration::from_secs(20));
        watched.watch.messages("message", expected, Duration::from_secs(5));
    };
    send_some("at first");
    writer.vacuum();
    send_some("after a vacuum");
    writer.replace();
    send_some("after a replacement");
    writer.start_over(&office.scratch.path("old.db"));
    writer.conversation(CONVERSATION, "backend developer", "frontend developer");
    send_some("in a new database");
    let committed = writer.await_committed(expected, Duration::ZERO);
    let said = watched.watch.messages("message", expected + 1, Duration::from_secs(3));
    assert_each_once(&committed, &said);
    Ok(())
}

#[test]
fn housekeeping_neither_loses_nor_doubles_a_message() {
    require!(housekeeping_in_between(Connections::Each));
}

#[test]
fn housekeeping_neither_loses_nor_doubles_a_message_of_a_kept_connection() {
    require!(housekeeping_in_between(Connections::Kept));
}

#[test]
fn a_message_that_is_fetched_has_a_receipt_and_is_no_longer_unread() {
    let office = require!(Office::begin());
    let writer = office.bridge_writer(Connections::Each);
    let watched = Watched::begin(&office.peerwatch);
    writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
    writer.heartbeat(CONVERSATION, "b", "waiting", Duration::ZERO);
    writer.send(CONVERSATION, "a", "are you there");
    let message = watched.watch.messages("are you there", 1, SOON).pop().expect("the message");
    watched.worker_where("one with a message unread", |worker| worker.unread == Some(1));

    writer.read(CONVERSATION, "b");
    watched.watch.await_line(0, "the receipt", Duration::from_secs(5), |event| {
        event["event"] == "receipt" && event["receipt"] == "seen" && event["id"] == message.event["id"]
    });
    watched.worker_where("nobody with a message unread", |worker| worker.unread == Some(0));
}

#[test]
fn the_coordinators_schema_is_read_too() {
    let office = require!(Office::begin());
    let writer = office.writer(Schema::Coordinator, Connections::Each);
    writer.conversation("conv_worker_one", "orchestrator", "worker");
    writer.pulse("conv_worker_one", Duration::ZERO);
    let watched = Watched::begin(&office.peerwatch);
    watched.worker_where("the worker", |worker| worker.source == "bridge" && worker.presence == "working");
    writer.post("conv_worker_one", "session_a", "a task for you");
    assert_eq!(watched.watch.messages("a task for you", 1, Duration::from_secs(5)).len(), 1);
}

#[test]
fn a_database_that_appears_later_is_found() {
    let office = require!(Office::begin());
    let watched = Watched::begin(&office.peerwatch);
    let writer = office.bridge_writer(Connections::Each);
    writer.send(CONVERSATION, "a", "first words");
    assert_eq!(watched.watch.messages("first words", 1, Duration::from_secs(15)).len(), 1);
}

#[test]
fn without_an_engine_a_named_database_is_read() {
    let office = require!(Office::begin());
    let writer = office.bridge_writer(Connections::Each);
    writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
    let named =
        Peerwatch::headless(&office.scratch, require!(Binaries::find())).with_database(&office.database);
    let working = |status: &peerwatch_tests::product::Status| status.with_presence("working").cloned();
    let worker = named.await_status("the side at work", Duration::from_secs(5), working);
    assert_eq!(worker.source, "bridge");
    assert!(worker.has_witness("heartbeat in the bridge"), "{worker:#?}");
}
