//! The engine on a machine without a screen: it starts, stands alone, sleeps, wakes and stops.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;
use peerwatch_tests::watched::Watched;
use rustix::process::Signal;

const CONVERSATION: &str = "conv_0123456789abcdef";

#[test]
fn it_stops_cleanly_when_it_is_told_and_can_start_again() {
    let binaries = require!(Binaries::find());
    let scratch = Scratch::new();
    let peerwatch = Peerwatch::headless(&scratch, binaries);
    for signal in [Signal::TERM, Signal::INT] {
        let mut engine = peerwatch.run();
        engine.signal(signal);
        let status = engine.await_end(Duration::from_secs(5));
        assert!(status.success(), "{signal:?}: {status}; {}", peerwatch.run_log());
    }
}

#[test]
fn a_killed_engine_leaves_nothing_that_stops_the_next() {
    let binaries = require!(Binaries::find());
    let scratch = Scratch::new();
    let peerwatch = Peerwatch::headless(&scratch, binaries);
    let mut engine = peerwatch.run();
    engine.signal(Signal::KILL);
    engine.await_end(Duration::from_secs(5));
    assert_eq!(peerwatch.status().schema, 1, "without an engine, the command line looks for itself");
    let mut again = peerwatch.run();
    assert!(again.ended().is_none());
}

#[test]
fn a_second_engine_says_that_there_is_one() {
    let binaries = require!(Binaries::find());
    let scratch = Scratch::new();
    let peerwatch = Peerwatch::headless(&scratch, binaries);
    let mut engine = peerwatch.run();
    let second = peerwatch.output(&["run"]);
    let said = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(3), "{said}");
    assert!(said.contains("already"), "{said}");
    assert!(engine.ended().is_none(), "the first is not disturbed");
    assert_eq!(peerwatch.status().schema, 1);
}

#[test]
fn whoever_asks_while_it_starts_is_answered() {
    let binaries = require!(Binaries::find());
    let scratch = Scratch::new();
    let peerwatch = Peerwatch::headless(&scratch, binaries);
    for _ in 0..5 {
        let engine = peerwatch.begin_run();
        for _ in 0..10 {
            assert_eq!(peerwatch.status().schema, 1);
        }
        drop(engine);
    }
    assert!(!peerwatch.run_log().to_lowercase().contains("error"), "{}", peerwatch.run_log());
}

#[test]
fn a_sleep_accuses_nobody_and_a_real_silence_after_it_is_reported() {
    let (binaries, python) = (require!(Binaries::find()), require!(Writer::find()));
    let _turn = Turn::heavy();
    let scratch = Scratch::new();
    let database = scratch.path("bridge.db");
    let peerwatch = Peerwatch::headless(&scratch, binaries);
    peerwatch.configure(&format!("bridge_silence_s = 10\ndatabases = [{database:?}]\n"));
    let writer = Writer::open(&scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation(CONVERSATION, "backend developer", "frontend developer");
    writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
    let watched = Watched::begin(&peerwatch);
    watched.worker_where("the side at work", |worker| worker.presence == "working");

    // A laptop that sleeps stops everybody; the engine notices by the gap in its own ticks.
    watched.engine.signal(Signal::STOP);
    std::thread::sleep(Duration::from_secs(20));
    watched.engine.signal(Signal::CONT);
    let woken = std::time::Instant::now();
    let silent =
        watched.watch.await_line(0, "an alert", Duration::from_secs(30), |event| event["event"] == "alert");
    assert_eq!(silent.event["kind"], "silent");
    assert!(woken.elapsed() >= Duration::from_secs(9), "judged {:?} after the sleep", woken.elapsed());
    assert_eq!(watched.watch.alerts().len(), 1);

    writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
    watched.watch.await_line(0, "the end of the alert", Duration::from_secs(5), |event| {
        event["event"] == "alert" && event["raised"] == false && event["id"] == silent.event["id"]
    });
}
