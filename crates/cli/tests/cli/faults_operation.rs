//! Orphans, doubles and logs without end; and how it is here.

use std::time::Duration;

use crate::bridge::{Bridge, CONVERSATION, Worker};
use crate::home::{Home, line_with};

#[cfg(target_os = "linux")]
#[test]
fn fault_33_each_command_is_one_process_and_ends_when_it_is_told_to() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
    let worker = Worker::start();
    for command in [
        bridge.args("watch", &["--json"]),
        bridge.args("keepalive", &["--pid", &worker.pid(), "--json"]),
        vec!["--db", bridge.db(), "watchdog", "--json"],
    ] {
        let mut running = home.start_with(&command, &[("PEERWATCH_TOKEN", &bridge.tokens[1])]);
        line_with(&running.out, "event");
        let pid = running.child.id();
        let children = std::process::Command::new("ps")
            .args(["--ppid", &pid.to_string(), "-o", "pid="])
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&children.stdout).trim(), "", "{command:?}");
        running.signal("-TERM");
        assert_eq!(running.code(), Some(0), "{command:?}");
    }
    bridge.send("a", "after the end");
    assert_eq!(bridge.number("SELECT count(*) FROM messages WHERE read = 0"), 1);
}

#[test]
fn fault_34_a_second_keepalive_of_a_side_learns_who_was_first() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let worker = Worker::start();
    let first = bridge.start(&home, 1, "keepalive", &["--pid", &worker.pid()]);
    line_with(&first.out, "✅ Heartbeat updated");
    let second = bridge.run(&home, 1, "keepalive", &["--pid", &worker.pid()]);
    assert_eq!(second.code, 3, "{}", second.out);
    assert!(second.err.contains(&format!("(pid {})", first.child.id())), "{}", second.err);
    assert_eq!(
        bridge.run(&home, 0, "keepalive", &["--once", "--pid", &worker.pid()]).code,
        0,
        "the other side is free"
    );
    drop(first);
    assert_eq!(
        bridge.run(&home, 1, "keepalive", &["--once", "--pid", &worker.pid()]).code,
        0,
        "a killed one holds nothing"
    );
}

#[test]
fn fault_35_looking_again_and_again_writes_nothing() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
    bridge.run(&home, 1, "check", &[]);
    let rows = bridge.number("SELECT count(*) FROM audit_log");
    for _ in 0..5 {
        bridge.run(&home, 1, "check", &[]);
        bridge.run(&home, 1, "check", &["--mark-read"]);
        home.run(&["--db", bridge.db(), "watchdog", "--once"]);
    }
    assert_eq!(bridge.number("SELECT count(*) FROM audit_log"), rows);
    let watchdog = home.start(&["--db", bridge.db(), "watchdog", "--interval", "0.1"]);
    line_with(&watchdog.out, "✅ All workers healthy");
    let more = watchdog.out.recv_timeout(Duration::from_millis(1_500));
    assert!(more.is_err(), "health is said once: {more:?}");
}

#[test]
fn fault_37_both_sides_have_everything() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("b", "an answer for the orchestrator");
    let worker = Worker::start();
    let beat = bridge.run(&home, 0, "keepalive", &["--once", "--pid", &worker.pid()]);
    assert!(beat.out.contains("Unread messages: 1"), "{}{}", beat.out, beat.err);
    assert!(bridge.run(&home, 0, "check", &["--mark-read"]).out.contains("an answer for the orchestrator"));
    assert_eq!(bridge.sql(&["SELECT session_id FROM session_status"])[0][0], "a");
    bridge.tell(&format!("heartbeat {CONVERSATION} a working 400"));
    // A fetch is a sign of life as well.
    bridge.sql(&["UPDATE audit_log SET timestamp = '2026-01-01T00:00:00.000000'"]);
    let silent = home.run(&["--db", bridge.db(), "watchdog", "--once"]);
    assert!(silent.code == 1 && silent.out.contains("lead (a)"), "{}", silent.out);
}

#[test]
fn a_keepalive_says_when_the_engine_beats_as_well() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "hello");
    let listed = home.run(&["--db", bridge.db(), "conversations", "--json"]);
    let listed: serde_json::Value = serde_json::from_str(&listed.out).unwrap();
    let config = home.path().join("config.toml");
    let id = listed[0]["id"].as_str().unwrap();
    let settings = format!("databases = [{:?}]\n[conversations.{id:?}]\nheartbeats = true\n", bridge.db());
    std::fs::write(&config, settings).unwrap();
    let engine = home.start(&["--config", config.to_str().unwrap(), "run"]);
    line_with(&engine.err, "keeps watch");
    let worker = Worker::start();
    let pid = worker.pid();
    let args = ["--once", "--pid", &pid];
    let told =
        (0..100).any(|_| bridge.run(&home, 1, "keepalive", &args).err.contains("it needs no keepalive"));
    assert!(told, "{}", bridge.run(&home, 1, "keepalive", &args).err);
    let alone = home.run_with(
        &[&bridge.args("keepalive", &args)[..], &["--no-engine"]].concat(),
        &[("PEERWATCH_TOKEN", &bridge.tokens[1])],
    );
    assert!(!alone.err.contains("it needs no keepalive"), "{}", alone.err);
}
