//! Fetching: at least once, and seen only by evidence.

use peerwatch_bridge::{Fetcher, Store};

use crate::world::{NOW, World, after, fetcher, never_lost, process};

fn call(pid: u32, call: &str) -> Fetcher {
    Fetcher { process: Some(process(pid)), call: Some(call.into()) }
}

#[test]
fn a_message_is_sent_fetched_seen_and_acknowledged_one_after_the_other() {
    let mut world = World::with_two();
    let sent = world.say("a", "b", "hello");
    let steps = |world: &World| {
        let letter = world.store.by_uid(&sent.uid).unwrap().unwrap();
        (letter.read, letter.receipt.seen, letter.receipt.acknowledged)
    };
    assert_eq!(steps(&world), (false, None, None));
    assert_eq!(world.fetch("b", 2), ["hello"]);
    assert_eq!(steps(&world), (true, None, None));
    assert_eq!(world.store.confirm(&world.main, "b", &fetcher(2), after(1)).unwrap(), 1);
    assert_eq!(steps(&world), (true, Some(after(1)), None));
    let reader = world.sender("b");
    assert_eq!(
        world.store.acknowledge(&reader, &[sent.uid.clone(), "none such".into()], after(2)).unwrap(),
        1
    );
    assert_eq!(steps(&world), (true, Some(after(1)), Some(after(2))));
    assert_eq!(world.store.acknowledge(&reader, std::slice::from_ref(&sent.uid), after(3)).unwrap(), 0);
    assert_eq!(world.store.acknowledge(&world.sender("a"), &[sent.uid], after(3)).unwrap(), 0);
}

#[test]
fn fault_10_looking_takes_nothing_away_and_shows_all_of_the_text() {
    let mut world = World::with_two();
    let long = format!("{} IMPORTANT: stop the deploy", "x".repeat(200));
    world.say("a", "b", &long);
    for _ in 0..2 {
        assert_eq!(world.store.peek(&world.main, "b").unwrap()[0].text, long);
    }
    assert_eq!(world.fetch("b", 2), [long]);
}

#[test]
fn fault_11_what_a_dead_process_fetched_is_delivered_again() {
    let mut world = World::with_two();
    world.say("a", "b", "take the lock");
    assert_eq!(world.fetch("b", 2), ["take the lock"]);

    // While the first reader lives nobody gets it twice; it may still be on its way.
    assert!(world.fetch("b", 7).is_empty());
    let died = |fetcher: &Fetcher| fetcher.process == Some(process(2));
    let again = world.store.fetch(&world.main, "b", &fetcher(7), &died, NOW).unwrap();
    assert_eq!(again[0].text, "take the lock");
    assert_eq!(world.store.confirm(&world.main, "b", &fetcher(2), NOW).unwrap(), 0);
    assert_eq!(world.store.confirm(&world.main, "b", &fetcher(7), NOW).unwrap(), 1);
    assert!(world.store.fetch(&world.main, "b", &fetcher(8), &|_| true, NOW).unwrap().is_empty());
}

#[test]
fn fault_11_a_call_whose_result_never_arrived_counts_by_itself() {
    let mut world = World::with_two();
    for (text, id) in [("one", "toolu_1"), ("two", "toolu_2")] {
        world.say("a", "b", text);
        let found = world.store.fetch(&world.main, "b", &call(2, id), &never_lost, NOW).unwrap();
        assert_eq!(found.len(), 1);
    }
    let mut open = world.store.unconfirmed(&world.main, "b").unwrap();
    open.sort_by_key(|fetcher| fetcher.call.clone());
    assert_eq!(open, [call(2, "toolu_1"), call(2, "toolu_2")]);
    assert_eq!(world.store.confirm(&world.main, "b", &call(2, "toolu_2"), NOW).unwrap(), 1);
    let lost = |fetcher: &Fetcher| fetcher.call.as_deref() == Some("toolu_1");
    let again = world.store.fetch(&world.main, "b", &call(2, "toolu_3"), &lost, NOW).unwrap();
    assert_eq!(again.into_iter().map(|letter| letter.text).collect::<Vec<_>>(), ["one"]);
}

#[test]
fn a_cancelled_call_has_taken_nothing() {
    let mut world = World::with_two();
    world.say("a", "b", "hello");
    let found = world.store.fetch(&world.main, "b", &fetcher(2), &never_lost, NOW).unwrap();
    world.store.undo_fetch(&[found[0].id], NOW).unwrap();
    assert_eq!(world.rows("SELECT read FROM messages"), "0\n");
    assert_eq!(world.fetch("b", 2), ["hello"]);
    world.store.confirm(&world.main, "b", &fetcher(2), NOW).unwrap();
    world.store.undo_fetch(&[found[0].id], NOW).unwrap();
    assert!(world.fetch("b", 2).is_empty(), "what was seen stays seen");
}

#[test]
fn a_lost_fetch_can_be_reclaimed_for_delivery() {
    let mut world = World::with_two();
    world.say("a", "b", "hello");
    world.fetch("b", 2);
    assert!(world.store.undelivered(NOW).unwrap().is_empty());
    assert_eq!(world.store.reclaim(&never_lost).unwrap(), 0);
    assert_eq!(world.store.reclaim(&|fetcher| fetcher.process == Some(process(2))).unwrap(), 1);
    assert_eq!(world.store.undelivered(NOW).unwrap()[0].letter.text, "hello");
}

#[test]
fn fault_12_nobody_gets_back_what_it_sent() {
    let mut world = World::with_two();
    world.say("b", "a", "from b");
    assert!(world.store.peek(&world.main, "b").unwrap().is_empty());
    assert!(world.fetch("b", 2).is_empty());
    assert_eq!(world.fetch("a", 1), ["from b"]);
}

#[test]
fn fault_35_an_empty_poll_writes_nothing_at_all() {
    let mut world = World::with_two();
    world.say("a", "b", "hello");
    world.fetch("b", 2);
    world.store.confirm(&world.main, "b", &fetcher(2), NOW).unwrap();
    let watcher = Store::open_existing(&world.path()).unwrap();
    let (before, rows) = (watcher.version().unwrap(), world.rows("SELECT count(*) FROM audit_log"));
    for _ in 0..1000 {
        assert!(world.fetch("b", 2).is_empty());
        world.store.confirm(&world.main, "b", &fetcher(2), NOW).unwrap();
        world.store.undelivered(NOW).unwrap();
    }
    assert_eq!(watcher.version().unwrap(), before);
    assert_eq!(world.rows("SELECT count(*) FROM audit_log"), rows);
}

#[test]
fn a_message_of_another_program_is_fetched_once_with_a_uid_of_its_own() {
    let mut world = World::with_two();
    let write = |text: &str, read: i64| {
        let sql = "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp, read)
            VALUES (?, 'a', 'b', ?, '{}', '2026-11-23T04:00:00', ?)";
        world.elsewhere().execute(sql, rusqlite::params![world.main, text, read]).unwrap();
    };
    write("theirs", 0);
    write("read by them", 1);
    assert_eq!(world.store.peek(&world.main, "b").unwrap()[0].uid, None);
    let found = world.store.fetch(&world.main, "b", &fetcher(2), &never_lost, NOW).unwrap();
    assert_eq!(found.iter().map(|letter| letter.text.as_str()).collect::<Vec<_>>(), ["theirs"]);
    assert_eq!(found[0].sent, NOW);
    let uid = found[0].uid.clone().unwrap();
    assert_eq!(world.store.acknowledge(&world.sender("b"), &[uid], NOW).unwrap(), 1);
    world.say("a", "b", "ours");
    assert_eq!(world.fetch("b", 2), ["ours"]);
}

#[test]
fn the_version_changes_when_another_connection_commits() {
    let mut world = World::with_two();
    let watcher = Store::open_existing(&world.path()).unwrap();
    let before = watcher.version().unwrap();
    assert_eq!(watcher.version().unwrap(), before);
    world.say("a", "b", "hello");
    assert_ne!(watcher.version().unwrap(), before);
}
