//! Delivery as the engine sees it: what waits, and how an attempt goes.

use peerwatch_bridge::{Bearer, TroubleKind};

use crate::world::{NOW, World, after, fetcher, never_lost, process, session};

fn waiting(world: &mut World) -> Vec<String> {
    world.store.undelivered(NOW).unwrap().into_iter().map(|pending| pending.letter.text).collect()
}

#[test]
fn a_push_is_accepted_then_seen_and_each_is_told_once() {
    let mut world = World::with_two();
    let uid = world.say("a", "b", "hello").uid;
    let pending = world.store.undelivered(NOW).unwrap();
    assert_eq!(pending[0].bearer, Some(session(2)));
    assert!(world.store.pushing(&uid, "s-2", after(1)).unwrap());
    assert!(world.store.accepted(&uid, "s-2", after(2)).unwrap());
    assert!(!world.store.accepted(&uid, "s-2", after(3)).unwrap());
    assert_eq!(waiting(&mut world), ["hello"], "accepted is not seen");
    assert!(world.store.seen(&uid, "s-2", after(4)).unwrap());
    assert!(!world.store.seen(&uid, "s-2", after(5)).unwrap());
    assert!(waiting(&mut world).is_empty());
    let letter = world.store.by_uid(&uid).unwrap().unwrap();
    let receipt = letter.receipt;
    assert!(letter.read);
    assert_eq!((receipt.accepted, receipt.seen, receipt.attempts), (Some(after(2)), Some(after(4)), 1));
    assert_eq!(receipt.pushed, Some((after(1), "s-2".into())));
}

#[test]
fn what_is_pushed_is_not_fetched_and_what_is_fetched_is_not_pushed() {
    let mut world = World::with_two();
    let first = world.say("a", "b", "first").uid;
    let second = world.say("a", "b", "second").uid;
    assert!(world.store.pushing(&first, "s-2", NOW).unwrap());
    assert_eq!(world.fetch("b", 2), ["second"], "the first is on its way");
    assert!(!world.store.pushing(&second, "s-2", NOW).unwrap(), "the second was fetched");
    world.store.accepted(&first, "s-2", NOW).unwrap();
    let late = world.store.fetch(&world.main, "b", &fetcher(2), &never_lost, after(600)).unwrap();
    assert!(late.is_empty(), "the first lies in the session's queue");
}

#[test]
fn a_push_of_which_nothing_was_heard_again_can_be_fetched() {
    let mut world = World::with_two();
    let uid = world.say("a", "b", "hello").uid;
    world.store.pushing(&uid, "s-2", NOW).unwrap();
    assert!(world.fetch("b", 2).is_empty());
    let late = world.store.fetch(&world.main, "b", &fetcher(2), &never_lost, after(10)).unwrap();
    assert_eq!(late[0].text, "hello");
}

#[test]
fn a_refused_push_is_shown_as_such_and_can_be_fetched_at_once() {
    let mut world = World::with_two();
    let uid = world.say("a", "b", "hello").uid;
    world.store.pushing(&uid, "s-2", NOW).unwrap();
    world.store.troubled(&uid, TroubleKind::RateLimited, "3 a minute", NOW).unwrap();
    let trouble = world.store.by_uid(&uid).unwrap().unwrap().receipt.trouble.unwrap();
    assert_eq!((trouble.kind, trouble.detail.as_str()), (TroubleKind::RateLimited, "3 a minute"));
    assert_eq!(waiting(&mut world), ["hello"]);
    world.store.untroubled(&uid).unwrap();
    assert_eq!(world.store.by_uid(&uid).unwrap().unwrap().receipt.trouble, None);
    world.store.troubled(&uid, TroubleKind::NoWay, "", NOW).unwrap();
    assert_eq!(world.fetch("b", 2), ["hello"]);
}

#[test]
fn what_lay_in_the_queue_of_a_dead_session_waits_again() {
    let mut world = World::with_two();
    let uid = world.say("a", "b", "hello").uid;
    world.store.pushing(&uid, "s-2", NOW).unwrap();
    world.store.accepted(&uid, "s-2", NOW).unwrap();
    let resumed = Bearer { process: Some(process(8)), ..session(2) };
    world.store.join(&world.main, "web", &resumed, &|process| process.pid == 2, after(1)).unwrap();
    let letter = world.store.by_uid(&uid).unwrap().unwrap();
    assert_eq!((letter.receipt.accepted, letter.receipt.attempts), (None, 1));
    assert_eq!(world.fetch("b", 8), ["hello"]);
}

#[test]
fn the_engine_can_take_back_an_acceptance() {
    let mut world = World::with_two();
    let uid = world.say("a", "b", "hello").uid;
    world.store.pushing(&uid, "s-2", NOW).unwrap();
    world.store.accepted(&uid, "s-2", NOW).unwrap();
    assert!(world.store.unaccepted(&uid).unwrap());
    assert_eq!(world.fetch("b", 2), ["hello"]);
}

#[test]
fn only_sessions_are_pushed_to() {
    let mut world = World::new();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    let write = |text: &str| {
        let sql =
            "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp)
            VALUES (?, 'a', 'b', ?, '{}', '2026-11-23T04:00:00.000000')";
        world.elsewhere().execute(sql, [&made.conversation, text]).unwrap();
    };
    write("from the Python side");
    assert!(world.store.undelivered(NOW).unwrap().is_empty(), "nobody is known to hold side b");
    world.store.bind(&made.conversation, "b", &session(2), NOW).unwrap();
    let pending = world.store.undelivered(NOW).unwrap();
    assert_eq!(pending[0].letter.text, "from the Python side");
    assert!(pending[0].letter.uid.is_some() && pending[0].bearer == Some(session(2)));

    // The Python side of b fetches it itself.
    world.elsewhere().execute("UPDATE messages SET read = 1", []).unwrap();
    assert!(world.store.undelivered(NOW).unwrap().is_empty());
    let uid = pending[0].letter.uid.clone().unwrap();
    assert!(!world.store.pushing(&uid, "s-2", NOW).unwrap());
}
