//! The wall clock is set back by an hour between two looks.

use peerwatch_core::{Evidence, Fact, Timestamp};
use peerwatch_sources::{Hint, Source as _};
use serde_json::json;

use crate::world::{CONVERSATION, World, facts, now};

const HOUR: i64 = 3_600_000;

#[test]
fn a_fetch_after_it_is_a_sign_of_life() {
    let Some(mut world) = World::new() else { return };
    let beat = [Fact::Heartbeat(Evidence::Messages)];
    let mut ahead = now();
    ahead.wall = Timestamp(ahead.wall.0 + HOUR);
    let time = jiff::Timestamp::from_millisecond(ahead.wall.0).unwrap().strftime("%Y-%m-%dT%H:%M:%S.%6f");
    world.tell("fetch", &[json!(CONVERSATION), json!("b")]);
    world.sql(&format!("UPDATE audit_log SET timestamp = '{time}'"));
    assert_eq!(facts(&world.source.look(ahead, &Hint::Everything), ":b"), beat);
    world.tell("fetch", &[json!(CONVERSATION), json!("b")]);
    assert_eq!(facts(&world.look(), ":b"), beat);
    assert_eq!(facts(&world.look(), ":b"), []);
}
