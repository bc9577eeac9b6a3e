//! Messages, receipts, heartbeats and conversations, as the bridge writes them.

use peerwatch_core::{Declared, Evidence, Fact, Listing};
use serde_json::json;

use crate::world::{CONVERSATION, World, facts, troubles, watch};
use peerwatch_sources::bridge::{belongs, read_page};
use peerwatch_sources::{EntryKind, Hint, Place, Source as _};

#[test]
fn what_is_there_at_first_is_history_and_what_comes_later_is_news() {
    let Some(mut world) = World::empty() else { return };
    world.create(CONVERSATION);
    world.send("a", "old");
    let first = world.look();
    assert_eq!(
        first.messages.iter().map(|m| (m.text.as_str(), m.fresh)).collect::<Vec<_>>(),
        [("old", false)]
    );
    world.send("b", "new");
    let second = world.look();
    let [message] = second.messages.as_slice() else { panic!("{second:?}") };
    assert_eq!((message.text.as_str(), message.fresh, message.read), ("new", true, Some(false)));
    assert_eq!((message.from.name.as_str(), message.to.name.as_str()), ("frontend", "backend"));
    assert_eq!(message.kind.as_deref(), Some("info"));
    assert!(message.from.worker.as_ref().unwrap().as_str().ends_with(":conv_0123456789abcdef:b"));
    assert_eq!(facts(&second, ":b"), [Fact::Heartbeat(Evidence::Messages)]);
    assert_eq!(facts(&second, ":a"), [Fact::Unread(1)]);
    assert_eq!(world.look().messages, []);
}

#[test]
fn a_fetched_message_is_receipted_once() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "one");
    world.send("a", "two");
    assert_eq!(facts(&world.look(), ":b").last(), Some(&Fact::Unread(2)));
    world.tell("fetch", &[json!(CONVERSATION), json!("b")]);
    let reading = world.look();
    assert_eq!(reading.receipts.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(facts(&reading, ":b").contains(&Fact::Heartbeat(Evidence::Messages)));
    assert!(facts(&reading, ":b").contains(&Fact::Unread(0)));
    assert_eq!(world.look().receipts, []);
}

#[test]
fn a_thousand_unread_messages_are_receipted_together() {
    let Some(mut world) = World::new() else { return };
    world.sql(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO messages \
         (conversation_id, from_session, to_session, message, timestamp) \
         SELECT '{CONVERSATION}', 'a', 'b', 'm' || i, '2026-01-01T00:00:00' FROM n"
    ));
    assert_eq!(world.texts().len(), 1000);
    world.tell("fetch", &[json!(CONVERSATION), json!("b")]);
    let reading = world.source.look(crate::world::now(), &Hint::Paths(vec![world.path.clone()]));
    assert_eq!(reading.receipts.len(), 1000);
}

#[test]
fn an_empty_poll_proves_life() {
    let Some(mut world) = World::new() else { return };
    world.tell("fetch", &[json!(CONVERSATION), json!("b")]);
    assert_eq!(facts(&world.look(), ":b"), [Fact::Heartbeat(Evidence::Messages)]);
}

#[test]
fn a_heartbeat_tells_the_declared_status_and_when() {
    let Some(mut world) = World::new() else { return };
    world.tell("status", &[json!(CONVERSATION), json!("b"), json!("blocked")]);
    let reading = world.look();
    assert_eq!(
        facts(&reading, ":b"),
        [Fact::Declared(Declared("blocked".into())), Fact::Heartbeat(Evidence::Bridge)]
    );
    assert!(reading.observations.iter().all(|seen| seen.at <= crate::world::now()));
    world.tell("status", &[json!(CONVERSATION), json!("b"), json!("complete"), json!("tomorrow")]);
    let odd = world.look();
    assert_eq!(facts(&odd, ":b"), [Fact::Declared(Declared("complete".into()))]);
    assert!(troubles(&odd)[0].contains("has a time that cannot be read: tomorrow"), "{odd:?}");
    assert_eq!(troubles(&world.look()), troubles(&odd), "a trouble stays as long as it holds");
}

#[test]
fn a18_the_keepalive_scripts_row_is_a_heartbeat_but_declares_nothing() {
    let Some(mut world) = World::new() else { return };
    world.tell("status", &[json!(CONVERSATION), json!("b"), json!("blocked"), json!("2026-01-01T00:00:00")]);
    world.look();
    world.tell("status", &[json!(CONVERSATION), json!("session_b"), json!("active")]);
    let told = facts(&world.look(), ":b");
    assert!(told.contains(&Fact::Heartbeat(Evidence::Bridge)));
    assert!(!told.contains(&Fact::Declared(Declared("active".into()))), "{told:?}");
}

#[test]
fn an_expired_conversation_is_over_without_any_change_of_the_file() {
    let Some(mut world) = World::new() else { return };
    let later = crate::world::now().plus(std::time::Duration::from_secs(3 * 3600 + 60));
    let reading = world.source.look(later, &Hint::Everything);
    assert_eq!(facts(&reading, ":a"), [Fact::Listing(Listing::Over)]);
    assert_eq!(facts(&reading, ":b"), [Fact::Listing(Listing::Over)]);
    world.sql("DELETE FROM conversations");
    let cleaned = world.source.look(later, &Hint::Everything);
    assert_eq!(facts(&cleaned, ":a"), [Fact::Listing(Listing::Removed)]);
}

#[test]
fn the_sides_know_each_other_and_their_conversation() {
    let Some(mut world) = World::empty() else { return };
    world.create(CONVERSATION);
    let reading = world.look();
    let Some(Fact::Identity(a)) = facts(&reading, ":a").into_iter().next() else { panic!("{reading:?}") };
    assert_eq!((a.name.as_str(), a.role.as_deref()), ("backend", Some("backend")));
    assert!(a.partner.unwrap().as_str().ends_with(":b"));
    assert!(belongs(&world.path, a.conversation.as_ref().unwrap()));
    assert!(facts(&reading, ":a").contains(&Fact::Listing(Listing::Listed)));
    assert_eq!(world.source.connections()[0].summary, "original bridge, 1 conversation");
}

#[test]
fn an_earlier_run_is_gone_on_from() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "seen by the first run");
    world.look();
    let cursor = world.source.cursor();
    world.send("a", "written while nobody looked");
    world.source = watch(&world.path, cursor);
    let reading = world.look();
    let told: Vec<_> = reading.messages.iter().map(|m| (m.text.as_str(), m.fresh)).collect();
    assert_eq!(told, [("written while nobody looked", true)]);
}

#[test]
fn long_texts_are_cut_and_huge_ones_are_not_read() {
    let Some(mut world) = World::new() else { return };
    world.send("a", &"ä".repeat(50_000));
    world.sql(&format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp) \
         VALUES ('{CONVERSATION}', 'system', 'b', printf('%.*c', 5000000, 'x'), '{{broken', 'never')"
    ));
    let reading = world.look();
    assert_eq!(reading.messages[0].text, "ä".repeat(4_000));
    assert_eq!(reading.messages[1].text, "(too long to show)");
    assert_eq!((reading.messages[1].from.name.as_str(), &reading.messages[1].from.worker), ("system", &None));
    assert!(troubles(&reading)[0].contains("1 messages have times that cannot be read"));
}

#[test]
fn a_conversation_is_read_in_pages() {
    let Some(mut world) = World::new() else { return };
    world.create("conv_ffffffffffffffff");
    for number in 1..=5 {
        world.send("a", &format!("m{number}"));
        world.tell("send", &[json!("conv_ffffffffffffffff"), json!("a"), json!("elsewhere")]);
    }
    let reading = world.look();
    let conversation = reading.messages[0].conversation.clone();
    let read = |place: &Place| {
        let page = read_page(&world.path, &conversation, place, 2).unwrap();
        let texts: Vec<_> = page.entries.iter().map(|entry| entry.text.clone()).collect();
        (texts, page.before, page.after)
    };
    let (newest, before, after) = read(&Place::Newest);
    assert_eq!(newest, ["m4", "m5"]);
    let (older, before, _) = read(&Place::Before(before.unwrap()));
    assert_eq!(older, ["m2", "m3"]);
    let (oldest, none, then) = read(&Place::Before(before.unwrap()));
    assert_eq!((oldest, none), (vec!["m1".to_owned()], None));
    assert_eq!(read(&Place::After(then)).0, ["m2", "m3"]);
    assert_eq!(read(&Place::After(after.clone())), (vec![], Some("10".into()), after));
    let entry = &read_page(&world.path, &conversation, &Place::Newest, 1).unwrap().entries[0];
    assert_eq!(
        (entry.kind, entry.from.as_str(), entry.state.as_deref()),
        (EntryKind::Message, "backend", Some("sent"))
    );
}

#[test]
fn the_coordinators_database_is_read_too() {
    let Some(mut world) = World::empty() else { return };
    world.tell(
        "plain",
        &[json!(
            "CREATE TABLE conversations (id TEXT PRIMARY KEY, role_a TEXT, role_b TEXT);
             CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation_id TEXT, sender TEXT, content TEXT,
               action_type TEXT, created_at TEXT, read_by_b INTEGER DEFAULT 0);
             INSERT INTO conversations VALUES ('c1', 'orchestrator', 'worker');"
        )],
    );
    assert!(!world.look().observations.is_empty());
    world.tell(
        "plain",
        &[json!(
            "CREATE TABLE session_status (conversation_id TEXT PRIMARY KEY, session_id TEXT NOT NULL,
               last_heartbeat TEXT NOT NULL, status TEXT DEFAULT 'active');
             INSERT INTO session_status VALUES ('c1', 'session_b', '2026-01-01T00:00:00', 'active');
             INSERT INTO messages VALUES (1, 'c1', 'session_a', 'do it', 'task_assignment', '2026-01-01 00:00:00', 0),
               (2, 'c1', 'session_b', 'done', NULL, '2026-01-01 00:00:01', 0);"
        )],
    );
    let reading = world.look();
    let told: Vec<_> = reading
        .messages
        .iter()
        .map(|m| (m.text.as_str(), m.to.name.as_str(), m.kind.as_deref(), m.read))
        .collect();
    assert_eq!(
        told,
        [("do it", "worker", Some("task_assignment"), Some(false)), ("done", "orchestrator", None, None)]
    );
    assert!(facts(&reading, ":b").contains(&Fact::Declared(Declared("active".into()))));
    assert!(facts(&reading, ":b").contains(&Fact::Unread(1)));
    world.tell("plain", &[json!("UPDATE messages SET read_by_b = 1")]);
    assert_eq!(world.look().receipts.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(), ["1"]);
    assert_eq!(world.source.connections()[0].summary, "coordinator database, 1 conversation");
}
