//! At least once: a fetch counts when its result is known to have arrived.

use serde_json::{Value, json};

use crate::conversation::Conversation;
use crate::harness::{Client, World, text};

const NONE: &str = "📭 No new messages";

async fn check(client: &mut Client, call: &str, talk: &Conversation) -> String {
    let read = text(&client.result(call, "check_messages", talk.by("b", json!({}))).await);
    let messages: Vec<_> =
        read.split("Message:\n").skip(1).map(|rest| rest.lines().next().unwrap()).collect();
    if messages.is_empty() { read } else { messages.join(", ") }
}

/// How far the messages of side `a` came, as the store tells.
fn states(world: &World, talk: &Conversation) -> Vec<&'static str> {
    let store = peerwatch_bridge::Store::open_existing(&world.database()).unwrap();
    let letters = store.letters(&talk.id, 0, 100).unwrap();
    letters.iter().map(|letter| if letter.receipt.seen.is_some() { "seen" } else { "sent" }).collect()
}

async fn two(world: &std::sync::Arc<World>) -> (Client, Client, Conversation) {
    let (mut a, b) = (world.foreign(1).await, world.foreign(2).await);
    let talk = Conversation::make(&mut a).await;
    a.call("send_to_partner", talk.by("a", json!({"message": "one"}))).await;
    (a, b, talk)
}

#[tokio::test]
async fn fault_11_a_fetch_whose_process_died_is_handed_out_again() {
    let world = World::new();
    let (_a, mut b, talk) = two(&world).await;
    assert_eq!(check(&mut b, "fetched", &talk).await, "one");
    world.kill(2);
    drop(b);
    let mut next = world.foreign(22).await;
    assert_eq!(check(&mut next, "again", &talk).await, "one");
    assert_eq!(check(&mut next, "done", &talk).await, NONE);
}

#[tokio::test]
async fn a_fetch_of_a_dead_process_that_the_transcript_shows_is_not_handed_out_again() {
    let world = World::new();
    let (_a, mut b, talk) = two(&world).await;
    check(&mut b, "fetched", &talk).await;
    world.show("fetched", true);
    world.kill(2);
    let mut next = world.foreign(22).await;
    assert_eq!(check(&mut next, "again", &talk).await, NONE);
    assert_eq!(states(&world, &talk), ["seen"]);
}

#[tokio::test]
async fn a_fetch_is_seen_when_the_same_session_calls_again() {
    let world = World::new();
    let (_a, mut b, talk) = two(&world).await;
    check(&mut b, "fetched", &talk).await;
    assert_eq!(states(&world, &talk), ["sent"]);
    assert_eq!(check(&mut b, "later", &talk).await, NONE);
    assert_eq!(states(&world, &talk), ["seen"]);
}

#[tokio::test]
async fn a_result_that_never_reached_the_model_is_handed_out_again_but_not_at_once() {
    let world = World::new();
    let (_a, mut b, talk) = two(&world).await;
    check(&mut b, "fetched", &talk).await;
    // The transcript is written some time after the answer.
    world.show("fetched", false);
    assert_eq!(check(&mut b, "soon", &talk).await, NONE);
    world.pass(5);
    assert_eq!(check(&mut b, "late", &talk).await, "one");
    world.show("late", true);
    world.pass(60);
    assert_eq!(check(&mut b, "done", &talk).await, NONE);
    assert_eq!(states(&world, &talk), ["seen"]);
}

#[tokio::test]
async fn another_living_holder_of_the_token_does_not_get_what_is_under_way_to_the_first() {
    let world = World::new();
    let (_a, mut b, talk) = two(&world).await;
    let mut second = world.foreign(3).await;
    assert_eq!(check(&mut b, "first", &talk).await, "one");
    assert_eq!(check(&mut second, "second", &talk).await, NONE);
}

#[tokio::test]
async fn of_many_messages_each_is_handed_out_once_though_three_fetch_at_once() {
    let world = World::new();
    let (mut a, mut b, talk) = two(&world).await;
    let (mut c, mut d) = (world.foreign(3).await, world.foreign(4).await);
    let mut got = Vec::new();
    for round in 0..15 {
        let message = talk.by("a", json!({"message": format!("m{round}")}));
        a.call("send_to_partner", message).await;
        let mut asked = Vec::new();
        for client in [&mut b, &mut c, &mut d] {
            asked.push(
                client.begin(&format!("call-{round}"), "check_messages", talk.by("b", json!({}))).await,
            );
        }
        for (client, id) in [&mut b, &mut c, &mut d].into_iter().zip(asked) {
            let answer: Value = client.answer(id).await;
            let read = text(&answer["result"]);
            got.extend(read.split("Message:\n").skip(1).map(|rest| rest.lines().next().unwrap().to_owned()));
        }
    }
    got.sort();
    let mut sent: Vec<_> = (0..15).map(|round| format!("m{round}")).chain(["one".into()]).collect();
    sent.sort();
    assert_eq!(got, sent);
}
