//! Peerwatch's own tables in a bridge database: participants, who holds a side, where messages stand.

use std::fs;
use std::time::{Duration, SystemTime};

use peerwatch_core::{Fact, Listing, Moment, Tick, WorkerId};
use peerwatch_sources::bridge::{holding, read_page};
use peerwatch_sources::{Hint, Place, Reading, ReceiptKind, Source as _};
use serde_json::json;

use crate::world::{CONVERSATION, World, facts, now, watch};

/// The tables as the store makes them.
pub(crate) const OWN: [&str; 3] = [
    "CREATE TABLE peerwatch_conversations (conversation_id TEXT PRIMARY KEY, name TEXT UNIQUE, created_ms INTEGER NOT NULL)",
    "CREATE TABLE peerwatch_participants (conversation_id TEXT NOT NULL, participant TEXT NOT NULL,
       role TEXT NOT NULL, kind TEXT NOT NULL, pid INTEGER, process_start TEXT, session_id TEXT,
       agent TEXT NOT NULL DEFAULT '', claude_config TEXT, cwd TEXT, joined_ms INTEGER NOT NULL, left_ms INTEGER,
       PRIMARY KEY (conversation_id, participant))",
    "CREATE TABLE peerwatch_messages (message_id INTEGER PRIMARY KEY, uid TEXT NOT NULL UNIQUE,
       conversation_id TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, reply_to TEXT,
       sent_ms INTEGER NOT NULL, accepted_ms INTEGER, accepted_by TEXT, seen_ms INTEGER, seen_by TEXT,
       acknowledged_ms INTEGER, fetched_ms INTEGER, fetched_by TEXT, fetched_call TEXT, trouble TEXT,
       trouble_detail TEXT, attempts INTEGER NOT NULL DEFAULT 0, pushed_ms INTEGER, pushed_to TEXT,
       settled INTEGER NOT NULL DEFAULT 0)",
];

/// A database with our tables and one conversation, which is the bridge `main`.
fn bridge() -> Option<World> {
    let mut world = World::new()?;
    OWN.iter().for_each(|table| world.sql(table));
    world.sql(&format!("INSERT INTO peerwatch_conversations VALUES ('{CONVERSATION}', 'main', 1)"));
    Some(world)
}

pub(crate) fn join(world: &mut World, participant: &str, role: &str, kind: &str, process: &str) {
    world.sql(&format!(
        "INSERT OR REPLACE INTO peerwatch_participants (conversation_id, participant, role, kind, pid, \
         process_start, joined_ms) VALUES ('{CONVERSATION}', '{participant}', '{role}', '{kind}', {process}, 1000)"
    ));
}

/// One `messages` row and ours beside it, as the store sends.
fn send(world: &mut World, from: &str, to: &str, text: &str) {
    world.sql(&format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp) \
         VALUES ('{CONVERSATION}', '{from}', '{to}', '{text}', '2026-01-01T00:00:00.000000')"
    ));
    world.sql(&format!(
        "INSERT INTO peerwatch_messages (message_id, uid, conversation_id, sender, recipient, sent_ms) \
         SELECT max(id), 'uid-' || max(id), '{CONVERSATION}', '{from}', '{to}', 1 FROM messages"
    ));
}

fn stand(world: &mut World, change: &str, id: u32) {
    world.sql(&format!("UPDATE peerwatch_messages SET {change} WHERE message_id = {id}"));
}

fn identity(reading: &Reading, worker: &str) -> Option<(String, Option<WorkerId>)> {
    facts(reading, worker).into_iter().find_map(|fact| match fact {
        Fact::Identity(it) => Some((it.name, it.partner)),
        _ => None,
    })
}

fn bearers(reading: &Reading, worker: &str) -> Vec<Option<WorkerId>> {
    let bearer = |fact| if let Fact::Bearer(it) = fact { Some(it) } else { None };
    facts(reading, worker).into_iter().filter_map(bearer).collect()
}

fn receipts(reading: &Reading) -> Vec<(&str, ReceiptKind)> {
    reading.receipts.iter().map(|one| (one.id.as_str(), one.what.clone())).collect()
}

#[test]
fn roles_that_nobody_joined_are_no_workers_and_those_who_join_are() {
    let Some(mut world) = bridge() else { return };
    let reading = world.look();
    assert_eq!(facts(&reading, ":a"), [Fact::Listing(Listing::Removed)], "it was the original's until now");
    join(&mut world, "a", "api", "session", "41, 's41'");
    let reading = world.look();
    assert_eq!(identity(&reading, ":a"), Some(("api".into(), None)));
    assert!(facts(&reading, ":a").contains(&Fact::Listing(Listing::Listed)));
    assert_eq!(bearers(&reading, ":a"), [Some(WorkerId::session(41, "s41"))]);
    assert_eq!(facts(&reading, ":b"), []);
    // A fresh look at the same file.
    world.source = watch(&world.path, None);
    let reading = world.look();
    assert_eq!((identity(&reading, ":a").is_some(), facts(&reading, ":b")), (true, vec![]));
}

#[test]
fn two_are_partners_and_three_are_not() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "api", "session", "41, 's41'");
    join(&mut world, "b", "web", "session", "42, 's42'");
    let reading = world.look();
    let (_, partner) = identity(&reading, ":a").unwrap();
    assert!(partner.unwrap().as_str().ends_with(":b"));
    join(&mut world, "c", "tests", "session", "43, 's43'");
    let reading = world.look();
    assert_eq!(identity(&reading, ":a"), Some(("api".into(), None)));
    assert_eq!(identity(&reading, ":c"), Some(("tests".into(), None)));
    assert_eq!(bearers(&reading, ":a"), [], "only what has changed is told");
}

#[test]
fn who_leaves_is_taken_off_and_whoever_takes_the_role_over_holds_it() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "api", "session", "41, 's41'");
    join(&mut world, "c", "tests", "session", "43, 's43'");
    world.look();
    join(&mut world, "a", "api", "session", "51, 's51'");
    world.sql("UPDATE peerwatch_participants SET left_ms = 2000 WHERE participant = 'c'");
    let reading = world.look();
    assert_eq!(bearers(&reading, ":a"), [Some(WorkerId::session(51, "s51"))]);
    assert_eq!(facts(&reading, ":c"), [Fact::Listing(Listing::Removed)]);
    world.sql("UPDATE peerwatch_participants SET pid = NULL WHERE participant = 'a'");
    assert_eq!(bearers(&world.look(), ":a"), [None]);
}

#[test]
fn the_person_takes_part_and_is_no_worker() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "you", "person", "NULL, NULL");
    join(&mut world, "b", "api", "session", "41, 's41'");
    send(&mut world, "a", "b", "how far are you?");
    let reading = world.look();
    assert_eq!(identity(&reading, ":a"), None);
    let [message] = reading.messages.as_slice() else { panic!("{reading:?}") };
    assert_eq!((message.from.name.as_str(), &message.from.worker), ("you", &None));
    assert!(message.to.worker.is_some() && message.by_person);
}

#[test]
fn in_a_conversation_of_two_the_person_is_no_worker_either() {
    let Some(mut world) = bridge() else { return };
    world.sql("DELETE FROM peerwatch_conversations");
    join(&mut world, "a", "you", "person", "NULL, NULL");
    join(&mut world, "b", "api", "session", "41, 's41'");
    let reading = world.look();
    assert_eq!((identity(&reading, ":a"), identity(&reading, ":b").is_some()), (None, true));
}

#[test]
fn messages_reach_third_participants_and_are_counted_for_them() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "api", "session", "41, 's41'");
    join(&mut world, "c", "tests", "session", "43, 's43'");
    send(&mut world, "a", "c", "run them");
    let reading = world.look();
    let [message] = reading.messages.as_slice() else { panic!("{reading:?}") };
    assert_eq!((message.from.name.as_str(), message.to.name.as_str()), ("api", "tests"));
    assert!(message.to.worker.as_ref().unwrap().as_str().ends_with(":c"));
    assert!(facts(&reading, ":c").contains(&Fact::Unread(1)));
    world.tell("fetch", &[json!(CONVERSATION), json!("c")]);
    let reading = world.look();
    assert_eq!(receipts(&reading), [("1", ReceiptKind::Fetched)]);
    assert!(facts(&reading, ":c").contains(&Fact::Unread(0)));
    world.tell("status", &[json!(CONVERSATION), json!("c"), json!("blocked")]);
    assert_eq!(facts(&world.look(), ":c").len(), 2, "its heartbeats are read too");
}

#[test]
fn what_becomes_of_a_message_is_told_step_by_step_and_once() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "api", "session", "41, 's41'");
    join(&mut world, "b", "web", "session", "42, 's42'");
    send(&mut world, "a", "b", "hello");
    world.look();
    stand(&mut world, "trouble = 'held', trouble_detail = 'asks its person'", 1);
    assert_eq!(receipts(&world.look()), [("1", ReceiptKind::Trouble("held".into()))]);
    stand(&mut world, "trouble = NULL, accepted_ms = 5000", 1);
    let reading = world.look();
    assert_eq!(receipts(&reading), [("1", ReceiptKind::Accepted)]);
    assert_eq!(reading.receipts[0].at.wall.0, 5_000);
    assert_eq!(receipts(&world.look()), []);
    stand(&mut world, "seen_ms = 6000", 1);
    world.sql("UPDATE messages SET read = 1");
    let told = world.look();
    assert_eq!(receipts(&told), [("1", ReceiptKind::Fetched), ("1", ReceiptKind::Seen)]);
    stand(&mut world, "acknowledged_ms = 7000", 1);
    assert_eq!(receipts(&world.look()), [("1", ReceiptKind::Acknowledged)]);
}

#[test]
fn what_became_of_it_before_the_first_look_is_history_but_not_between_two() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "b", "web", "session", "42, 's42'");
    send(&mut world, "a", "b", "old");
    stand(&mut world, "accepted_ms = 5000", 1);
    world.source = watch(&world.path, None);
    assert_eq!(receipts(&world.look()), []);
    send(&mut world, "a", "b", "new");
    stand(&mut world, "accepted_ms = 6000, seen_ms = 7000", 2);
    stand(&mut world, "seen_ms = 7000", 1);
    let reading = world.look();
    assert_eq!(reading.messages.len(), 1);
    let mut told = receipts(&reading);
    told.sort();
    assert_eq!(told, [("1", ReceiptKind::Seen), ("2", ReceiptKind::Accepted), ("2", ReceiptKind::Seen)]);
    // News by the watcher come first, and what became of them at once after.
    send(&mut world, "a", "b", "newer");
    stand(&mut world, "accepted_ms = 8000", 3);
    let hint = Hint::Paths(vec![world.path.clone()]);
    let reading = world.source.look(now(), &hint);
    assert_eq!((reading.messages.len(), reading.receipts.len(), reading.again.is_some()), (1, 0, true));
    assert_eq!(receipts(&world.source.look(now(), &hint)), [("3", ReceiptKind::Accepted)]);
}

#[test]
fn a_page_says_what_the_bridge_is_called_and_where_each_message_stands() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "api", "session", "41, 's41'");
    join(&mut world, "c", "tests", "session", "43, 's43'");
    for text in ["sent", "fetched", "held", "accepted", "seen", "acknowledged"] {
        send(&mut world, "c", "a", text);
    }
    for (id, change) in [
        (2, "fetched_ms = 1"),
        (3, "accepted_ms = 1, trouble = 'held'"),
        (4, "accepted_ms = 1"),
        (5, "accepted_ms = 1, seen_ms = 1, trouble = 'expired'"),
        (6, "seen_ms = 1, acknowledged_ms = 1"),
    ] {
        stand(&mut world, change, id);
    }
    world.sql(&format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp, read) \
         VALUES ('{CONVERSATION}', 'a', 'c', 'by another program', '2026-01-01T00:00:00', 1)"
    ));
    let conversation = world.look().messages[0].conversation.clone();
    let page = read_page(&world.path, &conversation, &Place::Newest, 10).unwrap();
    let told: Vec<_> =
        page.entries.iter().map(|one| (one.from.as_str(), one.state.as_deref().unwrap())).collect();
    let states = ["sent", "accepted", "held", "accepted", "seen", "acknowledged"];
    let mut wanted: Vec<_> = states.map(|state| ("tests", state)).into();
    wanted.push(("api", "read"));
    assert_eq!((page.title.as_deref(), told), (Some("main"), wanted));
}

#[test]
fn among_several_a_page_says_to_whom_and_of_what_the_person_reads_no_receipt() {
    let Some(mut world) = bridge() else { return };
    join(&mut world, "a", "api", "session", "41, 's41'");
    join(&mut world, "b", "web", "session", "42, 's42'");
    join(&mut world, "c", "you", "person", "NULL, NULL");
    send(&mut world, "a", "b", "hello");
    send(&mut world, "b", "c", "hello yourself");
    let conversation = world.look().messages[0].conversation.clone();
    let page = read_page(&world.path, &conversation, &Place::Newest, 10).unwrap();
    let told: Vec<_> = page.entries.iter().map(|one| (one.from.as_str(), one.state.as_deref())).collect();
    assert_eq!(told, [("api to web", Some("sent")), ("web to you", None)]);
}

#[test]
fn in_a_database_of_the_originals_both_sides_stay_and_are_held_by_proof() {
    let Some(mut world) = World::new() else { return };
    OWN.iter().for_each(|table| world.sql(table));
    join(&mut world, "b", "frontend", "session", "42, 's42'");
    let reading = world.look();
    assert_eq!(bearers(&reading, ":b"), [Some(WorkerId::session(42, "s42"))]);
    assert_eq!(facts(&reading, ":a"), [], "nothing has changed for the other side");
    world.send("a", "hello");
    let conversation = world.look().messages[0].conversation.clone();
    let page = read_page(&world.path, &conversation, &Place::Newest, 10).unwrap();
    assert_eq!((page.title, page.entries[0].state.as_deref()), (None, Some("sent")));
}

/// How many messages another process sees.
fn seen_by_another(world: &mut World) -> i64 {
    let other = world.writer.tell(json!(["count", world.db()]));
    other.as_i64().unwrap()
}

#[test]
fn a_connection_of_this_very_process_keeps_its_locks_while_we_read() {
    let Some(mut world) = World::new() else { return };
    let held = holding(&world.path);
    let own = rusqlite::Connection::open(&world.path).unwrap();
    own.pragma_update(None, "journal_mode", "WAL").unwrap();
    let insert = format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp) \
         VALUES ('{CONVERSATION}', 'a', 'b', 'ours', '2026-01-01T00:00:00')"
    );
    own.execute(&insert, []).unwrap();
    let conversation = world.look().messages[0].conversation.clone();
    for number in 1..20 {
        // Each closes its own connection, and deletes the log when it believes to be the last.
        world.send("a", "theirs");
        own.execute(&insert, []).unwrap();
        let told = world.texts();
        assert_eq!(told.len(), 2, "round {number}: {told:?}");
        read_page(&world.path, &conversation, &Place::Newest, 5).unwrap();
        assert_eq!(seen_by_another(&mut world), 1 + 2 * number, "what we wrote is there for others");
    }
    assert!(fs::metadata(world.path.with_extension("db-wal")).is_ok());
    drop(own);
    drop(held);
    world.send("a", "the last");
    assert_eq!(world.texts(), ["the last"]);
    assert_eq!(world.tell("integrity", &[]), "ok");
}

/// A commit reaches the disk some time after its event, and nothing tells when: the row shows in files that look as before.
#[test]
fn what_this_process_holds_is_looked_at_again_until_any_commit_must_be_done() {
    let Some(mut world) = World::new() else { return };
    let _held = holding(&world.path);
    let own = rusqlite::Connection::open(&world.path).unwrap();
    own.pragma_update(None, "journal_mode", "WAL").unwrap();
    world.send("a", "the first");
    assert_eq!(world.texts(), ["the first"]);
    let log = world.path.with_extension("db-wal");
    let date = |world: &mut World, age: Duration| -> Vec<Option<Duration>> {
        for path in [&world.path, &log] {
            let file = fs::File::options().append(true).open(path).unwrap();
            file.set_modified(SystemTime::now() - age).unwrap();
        }
        let at = now();
        let look = |number: i64| {
            let then = Moment { tick: Tick(at.tick.0 + 100 * number), ..at };
            world.source.look(then, &Hint::Paths(vec![log.clone()])).again
        };
        (0..3).map(look).collect()
    };
    let millis = |span| Some(Duration::from_millis(span));
    assert_eq!(date(&mut world, Duration::from_millis(300)), [millis(10), millis(20), millis(40)]);
    assert_eq!(date(&mut world, Duration::from_secs(5)), [None, None, None], "it is done by now");
}
