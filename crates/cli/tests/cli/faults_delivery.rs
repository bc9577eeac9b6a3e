//! How messages got lost, stolen, cut, doubled or late, and do not here.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION, Connections, Schema, Worker};
use crate::home::{Home, Running, line_with};

/// Starts a watch of the conversation, and waits until it hears.
fn watching(home: &Home, bridge: &mut Bridge) -> Running {
    let watch = home.start(&bridge.args("watch", &["--json"]));
    line_with(&watch.err, "Watching here");
    // Whoever is seen for the first time is told: then it looks.
    line_with(&watch.out, "presence");
    watch
}

fn message(watch: &Running, text: &str) -> Value {
    serde_json::from_str(&line_with(&watch.out, &format!("{text}\""))).unwrap()
}

/// Processor time that a process has used, in milliseconds.
#[cfg(target_os = "linux")]
fn cpu_ms(pid: u32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    (fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()) * 10
}

#[cfg(target_os = "linux")]
#[test]
fn fault_07_a_watch_that_has_seen_a_message_rests_again() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    let watch = watching(&home, &mut bridge);
    bridge.send("a", "one");
    message(&watch, "one 0");
    let used = cpu_ms(watch.child.id());
    // Nobody writes; the original used 99 % of a core from here on.
    let quiet = watch.out.recv_timeout(Duration::from_secs(3));
    assert!(quiet.is_err(), "{quiet:?}");
    let more = cpu_ms(watch.child.id()) - used;
    // What it still had to do for the message may fall into them, slowly on a busy machine.
    assert!(more < 1_200, "{more} ms of processor time in three idle seconds");
}

#[test]
fn fault_08_messages_of_a_writer_that_keeps_its_connection_are_told_while_it_runs() {
    let home = Home::new();
    let mut bridge = Bridge::with(&home.path().join("team.db"), Schema::Original, Connections::Kept);
    let watch = watching(&home, &mut bridge);
    for number in 0..20 {
        bridge.send("a", &format!("kept {number}:"));
        let text = format!("kept {number}: 0");
        assert_eq!(message(&watch, &text)["text"], text);
    }
}

#[test]
fn fault_09_a_watch_survives_a_replaced_database_and_waits_for_one_that_comes_later() {
    let home = Home::new();
    let path = home.path().join("team.db");
    let args = ["--db-path", path.to_str().unwrap(), "watch", "--conversation-id", CONVERSATION, "--json"];
    let watch = home.start(&args);
    line_with(&watch.err, "Watching here");
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "born");
    message(&watch, "born 0");
    for number in 0..3 {
        bridge.tell("replace");
        bridge.send("a", &format!("after {number}:"));
        message(&watch, &format!("after {number}: 0"));
    }
}

#[test]
fn fault_10_a_look_takes_nothing_away_and_shows_the_whole_text() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    let text = format!("{} IMPORTANT: stop the deploy", "x".repeat(2_000));
    bridge.send("a", &text);
    for _ in 0..3 {
        let said = bridge.run(&home, 1, "check", &[]);
        assert!(said.code == 0 && said.out.contains(&text), "{}", said.out);
    }
    let worker = Worker::start();
    bridge.run(&home, 1, "keepalive", &["--once", "--pid", &worker.pid()]);
    assert_eq!(bridge.number("SELECT read FROM messages"), 0);
    let whole: Value = serde_json::from_str(&bridge.run(&home, 1, "check", &["--json"]).out).unwrap();
    assert_eq!(whole[0]["text"], format!("{text} 0"));
    assert_eq!(bridge.tell(&format!("read {CONVERSATION} b"))["read"], 1, "it still waits for its reader");
}

#[test]
fn fault_11_two_readers_at_once_get_each_message_once() {
    for schema in [Schema::Original, Schema::Coordinator] {
        let home = Home::new();
        let mut bridge = Bridge::with(&home.path().join("team.db"), schema, Connections::Brief);
        for number in 0..50 {
            match schema {
                Schema::Original => bridge.send("a", &format!("n{number}:")),
                Schema::Coordinator => {
                    drop(bridge.tell(&format!("post {CONVERSATION} session_a 'n{number}: 0'")))
                }
            }
        }
        let read = || {
            let said = bridge.run(&home, 1, "check", &["--mark-read", "--json"]);
            serde_json::from_str::<Vec<Value>>(&said.out)
                .unwrap_or_else(|error| panic!("{error}: {}", said.err))
        };
        let all: Vec<Value> = std::thread::scope(|scope| {
            let readers: Vec<_> = (0..4).map(|_| scope.spawn(read)).collect();
            readers.into_iter().flat_map(|reader| reader.join().unwrap()).collect()
        });
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for one in all {
            *counts.entry(one["text"].as_str().unwrap().into()).or_default() += 1;
        }
        assert!(counts.len() == 50 && counts.values().all(|count| *count == 1), "{schema:?}: {counts:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn fault_11_what_could_not_be_printed_is_not_read() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "precious");
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = home.command(&bridge.args("check", &["--mark-read"]));
    command.env("PEERWATCH_TOKEN", &bridge.tokens[1]).stdout(Stdio::from(full)).stderr(Stdio::piped());
    assert_eq!(command.output().unwrap().status.code(), Some(3));
    assert!(bridge.run(&home, 1, "check", &[]).out.contains("precious"));
}

#[test]
fn fault_12_nobody_gets_its_own_messages_back() {
    let home = Home::new();
    let mut bridge = Bridge::coordinator(&home);
    for (sender, text) in [("session_b", "mine"), ("b", "mine too"), ("session_a", "yours")] {
        bridge.tell(&format!("post {CONVERSATION} {sender} '{text}'"));
    }
    let said = bridge.run(&home, 1, "check", &[]);
    assert!(said.out.contains("📨 1 new message(s)") && said.out.contains("yours"), "{}", said.out);
    assert!(!said.out.contains("mine"), "{}", said.out);
}

#[test]
fn fault_13_what_was_sent_in_time_is_read_after_the_end_and_use_puts_the_end_off() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "sent in time");
    let soon = "UPDATE conversations SET expires_at = strftime('%Y-%m-%dT%H:%M:%f000', 'now', '+10 minutes')";
    bridge.sql(&[soon]);
    assert_eq!(bridge.run(&home, 1, "check", &[]).code, 0);
    let left =
        "SELECT CAST((julianday(expires_at) - julianday('now')) * 86400 AS INTEGER) FROM conversations";
    assert!(bridge.number(left) > 10_000, "three more hours");
    bridge.sql(&["UPDATE conversations SET expires_at = '2026-01-01T00:00:00.000000'"]);
    let said = bridge.run(&home, 1, "check", &["--mark-read"]);
    assert!(said.code == 0 && said.out.contains("sent in time"), "{}{}", said.out, said.err);
    assert!(said.err.contains("has expired"), "{}", said.err);
}

#[test]
fn fault_15_a_message_is_told_with_its_text_at_once_and_not_at_the_next_poll() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    let watch = watching(&home, &mut bridge);
    let mut spans = Vec::new();
    for number in 0..30 {
        let began = Instant::now();
        bridge.send("a", &format!("fast {number}:"));
        message(&watch, &format!("fast {number}: 0"));
        spans.push(began.elapsed());
    }
    spans.sort();
    // The original's polls took 15 s in the middle and told a number.
    assert!(spans[15] < Duration::from_millis(500), "{:?}", spans[15]);
}

#[test]
fn with_a_token_a_watch_tells_the_messages_of_that_side_alone() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    let watch = bridge.start(&home, 1, "watch", &["--json"]);
    line_with(&watch.out, "presence");
    bridge.send("b", "from b");
    bridge.send("a", "to b");
    let first = line_with(&watch.out, "\"message\"");
    assert!(first.contains("to b 0"), "{first}");
    let args = ["--db", bridge.db(), "watch", "--conversation-id", CONVERSATION];
    let refused = home.run_with(&args, &[("PEERWATCH_TOKEN", "0000")]);
    assert_eq!(refused.code, 3);
    assert!(refused.err.contains("Invalid session token"), "{}", refused.err);
    assert!(Path::new(bridge.db()).exists());
}
