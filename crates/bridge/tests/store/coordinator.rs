//! The schema of the coordinator scripts.

use std::time::Duration;

use peerwatch_bridge::{Coordinator, Silence};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::world::{NOW, after};

const TABLES: &str = "
    CREATE TABLE conversations (id TEXT PRIMARY KEY, role_a TEXT, role_b TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT, sender TEXT, content TEXT,
      action_type TEXT, created_at TEXT, read_by_b INTEGER DEFAULT 0);
    INSERT INTO conversations VALUES ('conv_1', 'orchestrator', 'worker');";

fn world() -> (TempDir, Coordinator, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("coordinator.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch(TABLES).unwrap();
    (folder, Coordinator::open_existing(&path).unwrap(), db)
}

#[test]
fn fault_12_a_worker_is_not_given_what_it_sent_itself() {
    let (_folder, mut coordinator, db) = world();
    for (sender, text) in
        [("a", "do this"), ("b", "done"), ("session_b", "really"), ("orchestrator", "thanks")]
    {
        let sql = "INSERT INTO messages (conversation_id, sender, content, action_type, created_at)
            VALUES ('conv_1', ?, ?, 'info', '2026-11-23 04:00:00')";
        db.execute(sql, [sender, text]).unwrap();
    }
    let unread = coordinator.unread("conv_1").unwrap();
    assert_eq!(unread.iter().map(|letter| letter.text.as_str()).collect::<Vec<_>>(), ["do this", "thanks"]);
    assert_eq!(coordinator.mark_read("conv_1", &[unread[0].id]).unwrap(), 1);
    assert_eq!(coordinator.mark_read("conv_1", &[unread[0].id]).unwrap(), 0);
    assert_eq!(coordinator.mark_read("conv_2", &[unread[1].id]).unwrap(), 0);
    assert_eq!(coordinator.unread("conv_1").unwrap().len(), 1);
}

#[test]
fn fault_18_a_heartbeat_keeps_the_status() {
    let (_folder, mut coordinator, db) = world();
    coordinator.beat("conv_1", NOW).unwrap();
    db.execute("UPDATE session_status SET status = 'blocked'", []).unwrap();
    coordinator.beat("conv_1", after(30)).unwrap();
    let row: (String, String, String) = db
        .query_row("SELECT session_id, last_heartbeat, status FROM session_status", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(row, ("session_b".into(), "2026-11-23T04:00:30.000000".into(), "blocked".into()));
}

#[test]
fn fault_20_and_25_the_silent_are_found_and_recorded_however_many_they_are() {
    let (_folder, mut coordinator, db) = world();
    db.execute_batch("BEGIN").unwrap();
    for number in 2..=2500 {
        db.execute(
            "INSERT INTO conversations VALUES (?, 'orchestrator', 'worker')",
            [format!("conv_{number}")],
        )
        .unwrap();
    }
    db.execute_batch("COMMIT").unwrap();
    coordinator.beat("conv_1", NOW).unwrap();
    coordinator.beat("conv_2", after(1000)).unwrap();
    let silent = coordinator.silent(Duration::from_secs(300), after(1000)).unwrap();
    assert_eq!(silent.len(), 2499);
    let heard = silent.iter().find(|one| one.conversation == "conv_1").unwrap();
    assert_eq!((heard.why, heard.silent_s), (Silence::Heartbeat, Some(1000)));
    assert_eq!((silent[0].why, silent[0].silent_s), (Silence::NeverHeard, None));
    for one in &silent[2400..] {
        coordinator.record_silent(one, after(1000)).unwrap();
    }
    let recorded: (i64, String) = db
        .query_row(
            "SELECT count(*), max(metadata) FROM audit_log WHERE event_type = 'silent_worker_detected'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(recorded, (99, r#"{"seconds_silent": "unknown"}"#.into()));
}

#[test]
fn a_bridge_of_the_original_schema_is_not_taken_for_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.db");
    peerwatch_bridge::Store::open(&path).unwrap();
    assert!(Coordinator::open_existing(&path).is_err());
    assert!(Coordinator::open_existing(&folder.path().join("none.db")).is_err());
    assert!(!folder.path().join("none.db").exists());
}
