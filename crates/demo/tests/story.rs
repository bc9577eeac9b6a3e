//! The play as somebody sees it who reads the files.

#![allow(clippy::unwrap_used, reason = "a failed test should say where")]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use expect_test::expect;
use peerwatch_demo::{Demo, Scene};

fn registry(home: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = home.join("sessions").read_dir() else { return BTreeMap::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .map(|path| {
            let text = std::fs::read_to_string(path).unwrap();
            let json: serde_json::Value = serde_json::from_str(&text).unwrap();
            let status = json["status"].as_str().unwrap();
            let waiting = json["waitingFor"].as_str().map(|w| format!(" ({w})")).unwrap_or_default();
            (json["name"].as_str().unwrap().to_string(), format!("{status}{waiting}"))
        })
        .collect()
}

fn told(registry: &BTreeMap<String, String>) -> String {
    registry.iter().map(|(name, status)| format!("{name}: {status}\n")).collect()
}

/// Every line of every transcript.
fn transcripts(home: &Path) -> Vec<serde_json::Value> {
    let mut records = Vec::new();
    let mut folders = vec![home.join("projects")];
    while let Some(folder) = folders.pop() {
        for entry in folder.read_dir().unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "jsonl") {
                let text = std::fs::read_to_string(path).unwrap();
                records.extend(
                    text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()),
                );
            }
        }
    }
    records
}

#[test]
fn at_its_busiest_somebody_is_in_almost_every_state() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    expect![[r#"
        api: waiting (permission prompt)
        billing: busy
        data: shell
        docs: busy
        infra: waiting (permission prompt)
        ledger: idle
        mobile: idle
        platform: busy
        search: busy
        web: waiting (input needed)
    "#]]
    .assert_eq(&told(&registry(demo.claude_config())));
    assert!(!demo.pids().contains_key("billing"), "it was killed, and its entry was left behind");
    assert!(demo.pids().contains_key("api"));
}

#[test]
fn the_end_is_quiet_and_everybody_has_gone_home_when_it_is_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::new(dir.path()).unwrap();
    demo.advance_to(Demo::length()).unwrap();
    let statuses = registry(demo.claude_config());
    assert_eq!(statuses.values().filter(|status| status.starts_with("waiting")).count(), 0);
    let pids = demo.pids();
    assert!(pids.len() > 6);
    drop(demo);
    #[cfg(target_os = "linux")]
    for (name, pid) in pids {
        assert!(!Path::new(&format!("/proc/{pid}")).exists(), "{name} still runs");
    }
}

#[test]
fn every_record_is_dated_and_none_lies_in_the_future() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    let now = jiff::Timestamp::now();
    let records = transcripts(demo.claude_config());
    assert!(records.len() > 200, "{}", records.len());
    let dated: Vec<jiff::Timestamp> =
        records.iter().filter_map(|r| r["timestamp"].as_str()).map(|t| t.parse().unwrap()).collect();
    assert!(dated.iter().all(|at| *at <= now));
    assert!(dated.iter().any(|at| now.duration_since(*at).as_mins() >= 40), "the past is told too");
}

#[test]
fn a_session_that_is_resumed_goes_on_in_its_transcript() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::new(dir.path()).unwrap();
    demo.advance_to(Demo::length()).unwrap();
    let records = transcripts(demo.claude_config());
    let mut ids: Vec<&str> = records.iter().filter_map(|record| record["uuid"].as_str()).collect();
    let written = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), written, "no two records are the same");
    let session_of = |prompt: &str| {
        let is_it = |record: &&serde_json::Value| record["message"]["content"].to_string().contains(prompt);
        records.iter().find(is_it).unwrap()["sessionId"].as_str().unwrap()
    };
    assert_eq!(session_of("Move the invoice export"), session_of("You were killed"));
}

#[test]
fn two_workers_talk_over_the_bridge() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    let bridge = rusqlite::Connection::open(demo.database()).unwrap();
    let mut messages =
        bridge.prepare("SELECT from_session, read, message FROM messages ORDER BY id").unwrap();
    let lines: Vec<String> = messages
        .query_map([], |row| {
            let (from, read, text): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(format!("{from}{} {text}\n", if read { "" } else { "*" }))
        })
        .unwrap()
        .map(Result::unwrap)
        .collect();
    expect![[r#"
        a May /orders return the items inline, or do you fetch them apart?
        b Inline, please. The list shows three of them anyway.
        a Then I'd paginate by cursor: /orders?after=<id>. Fine with you?
        b Cursor is fine. Please keep `total` in the answer.
        a* /orders is on staging now, with cursor and total.
        a* The list is empty on staging. Do you still send page=1?
    "#]]
    .assert_eq(&lines.concat());
}

#[test]
fn every_scene_can_be_set() {
    for (name, scene) in Scene::ALL {
        let dir = tempfile::tempdir().unwrap();
        let demo = Demo::still(dir.path(), scene, None).unwrap();
        let sessions = registry(demo.claude_config()).len();
        let wanted = match scene {
            Scene::Calm => 4,
            Scene::Busy => 10,
            Scene::Fifty => 50,
            Scene::Empty => 0,
        };
        assert_eq!(sessions, wanted, "{name}");
    }
}

#[test]
fn it_plays_as_fast_as_it_is_told_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::new(dir.path()).unwrap();
    let (_stop, stopped) = mpsc::channel();
    demo.play(1000.0, &stopped).unwrap();
    assert_eq!(demo.position(), Demo::length());
    let config = std::fs::read_to_string(demo.config()).unwrap();
    assert!(config.contains("session_silence_s"), "{config}");

    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::new(dir.path()).unwrap();
    let (stop, stopped) = mpsc::channel();
    drop(stop);
    demo.play(1.0, &stopped).unwrap();
    assert!(demo.position() < Duration::from_secs(5));
}

/// Who wrote to whom, and how far it came; the person is `you`.
fn letters(demo: &Demo) -> String {
    let store = peerwatch_bridge::Store::open_existing(&demo.bridge()).unwrap();
    let conversations = store.conversations().unwrap();
    let all = conversations.iter().flat_map(|it| store.letters(&it.id, 0, 100).unwrap());
    all.map(|letter| {
        let receipt = letter.receipt;
        let far = match (receipt.acknowledged, receipt.seen, receipt.trouble, receipt.accepted) {
            (Some(_), ..) => "acknowledged".to_owned(),
            (_, Some(_), ..) => "seen".to_owned(),
            (_, _, Some(trouble), _) => trouble.kind.word().to_owned(),
            (_, _, _, Some(_)) => "accepted".to_owned(),
            _ => "sent".to_owned(),
        };
        format!("{} to {}: {far}\n", letter.from_role, letter.to_role)
    })
    .collect()
}

#[test]
fn messages_stand_at_every_point_of_their_way() {
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    expect![[r#"
        peerwatch to web: acknowledged
        peerwatch to mobile: seen
        api to web: acknowledged
        web to api: seen
        api to web: acknowledged
        api to billing: sent
        web to data: held
        api to web: accepted
        you to api: acknowledged
        api to you: sent
        you to api: seen
        api to you: sent
        you to api: accepted
    "#]]
    .assert_eq(&letters(&demo));
}

#[test]
fn in_the_end_every_message_was_read() {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::new(dir.path()).unwrap();
    demo.advance_to(Demo::length()).unwrap();
    let letters = letters(&demo);
    let was_read = |line: &&str| line.ends_with(": seen") || line.ends_with(": acknowledged");
    let unread: Vec<&str> = letters.lines().filter(|line| !was_read(line)).collect();
    let expected = ["peerwatch to mobile: accepted", "api to you: sent", "api to you: sent"];
    assert_eq!(unread, expected, "a limited session reads later, and the person need not say so");
}

#[cfg(unix)]
#[test]
fn a_session_at_its_prompt_reads_what_is_pushed_into_it_and_one_at_work_queues_it() {
    use peerwatch_deliver::{Door, Parcel, push};
    let dir = tempfile::tempdir().unwrap();
    let demo = Demo::still(dir.path(), Scene::Busy, None).unwrap();
    let home = demo.claude_config();
    let mut became = Vec::new();
    for (name, uid) in [("data", "held"), ("api", "queued"), ("mobile", "limited"), ("platform", "read")] {
        let pid = demo.pids()[name];
        let entry = std::fs::read_to_string(home.join(format!("sessions/{pid}.json"))).unwrap();
        let entry: serde_json::Value = serde_json::from_str(&entry).unwrap();
        let door = Door {
            config: home.into(),
            pid,
            socket: entry["messagingSocketPath"].as_str().unwrap().into(),
            session_id: entry["sessionId"].as_str().unwrap().into(),
        };
        let parcel = Parcel { uid, from_name: "you", text: "hello", reply_to: None };
        push(&door, &parcel, Duration::from_secs(5)).unwrap();
        let told = |record: &serde_json::Value| {
            let kind = record["type"].as_str()?;
            let shows = record["origin"]["msg_id"] == uid
                || (kind == "queue-operation" && record.to_string().contains(uid));
            shows.then(|| kind.to_owned())
        };
        let records = transcripts(home);
        let told: Vec<String> = records.iter().filter_map(told).collect();
        let told = if told.is_empty() { "nothing".into() } else { told.join(", ") };
        became.push(format!("{name}: {told}"));
    }
    expect![[r#"
        data: nothing
        api: queue-operation
        mobile: queue-operation
        platform: queue-operation, user"#]]
    .assert_eq(&became.join("\n"));
}
