//! Heartbeats that proved nothing and a watchdog that failed open, forgot and cried wolf; and how it is here.

use std::time::{Duration, Instant};

use peerwatch_bridge::Store;
use peerwatch_core::Timestamp;
use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION, Worker};
use crate::home::{Home, Running, line_with};

/// Wall time in milliseconds.
fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_millis()).unwrap())
}

fn once(home: &Home, bridge: &Bridge, more: &[&str]) -> (i32, Vec<Value>) {
    let args = [&["--db-path", bridge.db(), "watchdog", "--once", "--json"], more].concat();
    let said = home.run(&args);
    assert_ne!(said.code, 3, "{}", said.err);
    (said.code, serde_json::from_str(&said.out).unwrap())
}

/// A watchdog of one second of patience that looks often.
fn watchdog(home: &Home, bridge: &Bridge) -> Running {
    let args = ["--db-path", bridge.db(), "watchdog", "--interval", "0.2", "--threshold", "3", "--json"];
    let watchdog = home.start(&args);
    line_with(&watchdog.out, "\"healthy\"");
    watchdog
}

#[test]
fn fault_17_heartbeats_end_with_the_worker_and_24_its_death_is_known_at_once() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let mut worker = Worker::start();
    let mut keepalive = bridge.start(&home, 1, "keepalive", &["--interval", "0.2", "--pid", &worker.pid()]);
    line_with(&keepalive.out, "✅ Heartbeat updated");
    line_with(&keepalive.out, "✅ Heartbeat updated");
    let killed = Instant::now();
    worker.kill();
    assert_eq!(keepalive.code(), Some(1));
    assert!(killed.elapsed() < Duration::from_secs(5), "the original's watchdog took 300 s and more");
    assert!(line_with(&keepalive.err, "Keepalive ends").contains("has ended"));
    let beats = "SELECT last_heartbeat FROM session_status";
    let last = bridge.sql(&[beats]);
    let dead = bridge.run(&home, 1, "keepalive", &["--once", "--pid", &worker.pid()]);
    assert_eq!(dead.code, 3, "{}{}", dead.out, dead.err);
    assert_eq!(bridge.sql(&[beats]), last);
}

#[test]
fn fault_17_and_with_the_conversation() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let worker = Worker::start();
    let mut keepalive = bridge.start(&home, 1, "keepalive", &["--interval", "0.2", "--pid", &worker.pid()]);
    line_with(&keepalive.out, "✅ Heartbeat updated");
    bridge.sql(&["UPDATE conversations SET expires_at = '2026-01-01T00:00:00.000000'"]);
    assert_eq!(keepalive.code(), Some(1));
    assert!(line_with(&keepalive.err, "Keepalive ends").contains("has expired"));
}

#[test]
fn fault_17_who_starts_it_is_the_worker_when_nobody_is_named() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let said = bridge.run(&home, 1, "keepalive", &["--once"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains(&format!("(pid {}) lives", std::process::id())), "{}", said.err);
    let evidence = bridge.sql(&["SELECT participant, evidence FROM peerwatch_heartbeats"]);
    assert_eq!(evidence[0][0], "b");
    assert!(evidence[0][1].as_str().unwrap().contains(&std::process::id().to_string()), "{evidence:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn fault_17_a_claude_code_session_is_the_worker_of_what_its_shells_start() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let sessions = home.path().join(".claude/sessions");
    std::fs::create_dir_all(&sessions).unwrap();
    let me = std::process::id();
    let stat = std::fs::read_to_string(format!("/proc/{me}/stat")).unwrap();
    let start = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(19).unwrap().to_owned();
    let entry = format!(r#"{{"pid":{me},"sessionId":"7badc82c","name":"api","procStart":"{start}"}}"#);
    std::fs::write(sessions.join(format!("{me}.json")), entry).unwrap();
    let mut shell = std::process::Command::new("sh");
    let program = env!("CARGO_BIN_EXE_peerwatch");
    let line =
        format!("'{program}' --db '{}' keepalive --once --conversation-id {CONVERSATION}; true", bridge.db());
    shell.args(["-c", &line]).env_clear().env("HOME", home.path()).env("PEERWATCH_TOKEN", &bridge.tokens[1]);
    let said =
        shell.env("XDG_RUNTIME_DIR", home.path().join("run")).env("PATH", "/usr/bin:/bin").output().unwrap();
    let err = String::from_utf8_lossy(&said.stderr).into_owned();
    assert!(err.contains(&format!("the Claude Code session api (pid {me})")), "{err}");
}

#[test]
fn fault_18_the_declared_status_stays_and_the_partner_finds_the_heartbeat() {
    for declared in ["blocked", "waiting", "complete"] {
        let home = Home::new();
        let mut bridge = Bridge::new(&home);
        bridge.tell(&format!("heartbeat {CONVERSATION} b {declared} 500"));
        bridge.tell(&format!("heartbeat {CONVERSATION} a working 500"));
        let worker = Worker::start();
        assert_eq!(bridge.run(&home, 1, "keepalive", &["--once", "--pid", &worker.pid()]).code, 0);
        let rows = bridge
            .sql(&["SELECT session_id, status, (julianday('now') - julianday(last_heartbeat)) * 86400 < 120
             FROM session_status ORDER BY session_id"]);
        let told = serde_json::to_string(&rows).unwrap();
        assert_eq!(told, format!(r#"[["a","working",0],["b","{declared}",1]]"#));
    }
}

#[test]
fn fault_19_what_cannot_be_looked_at_is_an_error_and_never_health() {
    let home = Home::new();
    let broken = home.path().join("broken.db");
    std::fs::write(&broken, "not a database at all, and long enough to be looked at as one").unwrap();
    let other = home.path().join("other.db");
    crate::bridge::sql(&other, &["CREATE TABLE messages (id INTEGER)"]);
    for path in [&broken, &other] {
        let said = home.run(&["--db", path.to_str().unwrap(), "watchdog", "--once"]);
        assert_eq!(said.code, 3, "{}", said.out);
        assert!(said.out.is_empty() && !said.err.is_empty(), "{}{}", said.out, said.err);
    }
}

#[test]
fn fault_19_a_database_that_goes_while_it_is_watched_is_a_problem_and_then_mended() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
    let watchdog = watchdog(&home, &bridge);
    let aside = home.path().join("aside.db");
    std::fs::rename(&bridge.path, &aside).unwrap();
    let gone: Value = serde_json::from_str(&line_with(&watchdog.out, "\"problem\"")).unwrap();
    assert!(gone["what"].as_str().unwrap().contains("there is no bridge database"), "{gone}");
    std::fs::rename(&aside, &bridge.path).unwrap();
    let mended: Value = serde_json::from_str(&line_with(&watchdog.out, "\"problem\"")).unwrap();
    assert_eq!(mended["what"], Value::Null);
}

#[test]
fn fault_19_a_database_that_somebody_writes_all_the_time_is_read_all_the_same() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    // Our own tables come with the first look.
    assert_eq!(once(&home, &bridge, &[]).0, 1);
    let _locked = bridge.lock();
    let (code, silent) = once(&home, &bridge, &[]);
    assert_eq!((code, silent.len()), (1, 1), "the original said: all workers healthy");
}

#[test]
fn fault_20_never_heard_unreadable_and_future_heartbeats_are_silences_and_said_as_such() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.sql(&["UPDATE conversations SET created_at = '2026-01-01T00:00:00.000000'"]);
    assert_eq!(once(&home, &bridge, &[]).0, 0, "nobody waits for anybody");
    bridge.insert("'hello?'");
    for (heartbeat, why) in
        [(None, "never_heard"), (Some("yesterday"), "unreadable"), (Some("2126-01-01T00:00:00"), "future")]
    {
        if let Some(heartbeat) = heartbeat {
            bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
            bridge.sql(&[&format!("UPDATE session_status SET last_heartbeat = '{heartbeat}'")]);
        }
        let (code, silent) = once(&home, &bridge, &[]);
        let found: Vec<_> = silent.iter().filter(|one| one["participant"] == "b").collect();
        assert_eq!((code, found.len()), (1, 1), "{why}: {silent:?}");
        assert_eq!(found[0]["why"], why);
    }
    let words = home.run(&["--db", bridge.db(), "watchdog", "--once"]);
    assert!(words.out.contains("lies in the future, at 2126-01-01T00:00:00Z"), "{}", words.out);
}

#[test]
fn fault_21_one_alert_for_each_silence_and_one_line_for_its_end() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
    let watchdog = watchdog(&home, &bridge);
    let silent: Value = serde_json::from_str(&line_with(&watchdog.out, "\"silent\"")).unwrap();
    assert_eq!((&silent["role"], &silent["why"]), (&"tester".into(), &"heartbeat".into()));
    let again = watchdog.out.recv_timeout(Duration::from_secs(2));
    assert!(again.is_err(), "{again:?}");
    bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
    let back: Value =
        serde_json::from_str(&watchdog.out.recv_timeout(Duration::from_secs(10)).unwrap()).unwrap();
    assert_eq!((&back["event"], &back["role"]), (&"back".into(), &"tester".into()));
    assert!(watchdog.out.recv_timeout(Duration::from_secs(10)).unwrap().contains("\"healthy\""));
}

#[test]
fn fault_21_the_finished_and_the_expired_are_never_silent() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b complete 4000"));
    assert_eq!(once(&home, &bridge, &[]), (0, vec![]));
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 4000"));
    assert_eq!(once(&home, &bridge, &[]).0, 1);
    bridge.sql(&["UPDATE conversations SET expires_at = '2026-01-01T00:00:00.000000'"]);
    assert_eq!(once(&home, &bridge, &[]), (0, vec![]));
}

#[test]
fn fault_21_a_silence_is_recorded_once_and_the_next_one_again() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    let rows = "SELECT count(*) FROM audit_log WHERE action = 'silent_worker_detected'";
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    for _ in 0..3 {
        assert_eq!(home.run(&["--db", bridge.db(), "reassign"]).code, 1);
        assert_eq!(once(&home, &bridge, &["--reassign"]).0, 1);
    }
    assert_eq!(bridge.number(rows), 1);
    let mut store = Store::open_existing(&bridge.path).unwrap();
    let later = now().plus(Duration::from_secs(60));
    store.beat(CONVERSATION, "b", "process 1 alive", later).unwrap();
    bridge.sql(&["UPDATE audit_log SET timestamp = '2026-01-01T00:00:00.000000'"]);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 350"));
    assert_eq!(home.run(&["--db", bridge.db(), "reassign"]).code, 1);
    assert_eq!(bridge.number(rows), 2);
}

#[test]
fn fault_22_a_watchdog_that_was_stopped_blames_nobody_for_it() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working"));
    let watchdog = watchdog(&home, &bridge);
    // Whoever sleeps sees nothing: worker and watchdog stand still together, as with a closed laptop.
    watchdog.signal("-STOP");
    std::thread::sleep(Duration::from_millis(3_500));
    watchdog.signal("-CONT");
    let woken = Instant::now();
    let first = watchdog.out.recv_timeout(Duration::from_millis(1_500));
    assert!(first.is_err(), "{first:?}");
    line_with(&watchdog.out, "\"silent\"");
    assert!(
        woken.elapsed() > Duration::from_millis(2_000),
        "counted anew since the waking: {:?}",
        woken.elapsed()
    );
}

#[test]
fn fault_23_every_time_is_utc_and_says_so() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    bridge.send("a", "hello");
    let worker = Worker::start();
    let env = [("TZ", "America/New_York"), ("PEERWATCH_TOKEN", bridge.tokens[1].as_str())];
    let said = [
        home.run_with(&["--db", bridge.db(), "watchdog", "--once"], &env).out,
        home.run_with(&bridge.args("keepalive", &["--once", "--pid", &worker.pid()]), &env).out,
        home.run_with(&bridge.args("check", &[]), &env).out,
        home.run_with(&["--db", bridge.db(), "audit"], &env).out,
    ];
    let hour = &crate::bridge::sql(&bridge.path, &["SELECT strftime('%Y-%m-%dT%H:', 'now')"])[0][0];
    let watch = home.start_with(&bridge.args("watch", &[]), &env[..1]);
    line_with(&watch.out, "tester");
    bridge.send("a", "dated");
    let watched = line_with(&watch.out, "dated 0");
    for text in said.into_iter().chain([watched]) {
        assert!(text.contains(hour.as_str().unwrap()) && text.contains('Z'), "{hour}: {text}");
    }
}

#[test]
fn fault_25_thousands_of_silent_workers_are_all_recorded() {
    let home = Home::new();
    let bridge = Bridge::coordinator(&home);
    bridge.sql(&[
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO conversations SELECT 'conv_' || i, 'lead', 'worker ' || i FROM n",
        "INSERT INTO session_status SELECT id, 'session_b', '2026-01-01 00:00:00', 'active' FROM conversations",
    ]);
    let said = home.run(&["--db", bridge.db(), "reassign", "--json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert_eq!(serde_json::from_str::<Vec<Value>>(&said.out).unwrap().len(), 2_501);
    assert_eq!(bridge.number("SELECT count(*) FROM audit_log"), 2_501);
}
