//! The mail of a silent side goes to another worker of the same database, and nobody loses sight of it.

use expect_test::expect;
use peerwatch_bridge::{Seat, Sender};

use crate::world::{NO_LIMIT, World, after, draft};

/// Two conversations of two, as an orchestrator has them with its workers.
fn with_two_workers() -> (World, Seat, Seat) {
    let mut world = World::new();
    let create = |world: &mut World, worker: &str, at: i64| {
        let created = world.store.create_conversation("orchestrator", worker, after(at)).unwrap();
        Seat { conversation: created.conversation, participant: "b".into() }
    };
    let (silent, healthy) = (create(&mut world, "worker one", 0), create(&mut world, "worker two", 1));
    (world, silent, healthy)
}

fn say(world: &mut World, seat: &Seat, text: &str, at: i64) {
    let from = Sender { conversation: seat.conversation.clone(), participant: "a".into() };
    world.store.send(&from, &["b".into()], &draft(text), &NO_LIMIT, after(at)).unwrap();
}

#[test]
fn what_a_silent_side_has_not_read_stands_in_the_mail_of_another_and_its_writer_is_told() {
    let (mut world, silent, healthy) = with_two_workers();
    say(&mut world, &silent, "write the parser", 2);
    say(&mut world, &silent, "and its tests", 3);
    say(&mut world, &healthy, "draw the icon", 4);
    let moved = world.store.readdress(&silent, &healthy, "it is silent for 6 min", after(400)).unwrap();
    assert_eq!(moved, 2);
    let unread = "SELECT from_session, to_session, message FROM messages WHERE read = 0 ORDER BY id";
    let told =
        world.rows(unread).replace(&silent.conversation, "conv_1").replace(&healthy.conversation, "conv_2");
    expect![[r#"
        a | b | draw the icon
        a | b | [This was for worker one, who is silent. It was written by orchestrator at 2026-11-23T04:00:02.000000 UTC in conv_1.]

        write the parser
        a | b | [This was for worker one, who is silent. It was written by orchestrator at 2026-11-23T04:00:03.000000 UTC in conv_1.]

        and its tests
        b | a | What you wrote to worker one and it has not read was given to worker two in conv_2, because it is silent for 6 min.
    "#]]
    .assert_eq(&told);
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'messages_readdressed'";
    assert_eq!(world.rows(audited), "2\n");
    assert_eq!(world.store.readdress(&silent, &healthy, "again", after(401)).unwrap(), 0, "once is enough");
}

#[test]
fn somebody_unknown_gets_nothing_and_nothing_is_lost() {
    let (mut world, silent, healthy) = with_two_workers();
    say(&mut world, &silent, "write the parser", 2);
    let nobody = Seat { participant: "z".into(), ..healthy };
    assert!(world.store.readdress(&silent, &nobody, "it is silent", after(400)).is_err());
    assert_eq!(world.rows("SELECT count(*) FROM messages WHERE read = 0"), "1\n");
}
