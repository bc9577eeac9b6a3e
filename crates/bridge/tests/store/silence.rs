//! Statuses, heartbeats, and who is silent.

use std::time::Duration;

use expect_test::expect;
use peerwatch_bridge::{Sender, Silence};

use crate::world::{NO_LIMIT, NOW, World, after, draft, session};

const THRESHOLD: Duration = Duration::from_secs(300);

fn silent(world: &World, at: i64) -> String {
    let found = world.store.silent(THRESHOLD, after(at)).unwrap();
    let line = |one: peerwatch_bridge::Silent| {
        format!(
            "{} {} {:?} {}\n",
            one.role,
            one.status,
            one.why,
            one.silent_s.map_or("?".into(), |s| s.to_string())
        )
    };
    found.into_iter().map(line).collect()
}

#[test]
fn fault_18_a_heartbeat_keeps_what_was_declared() {
    let mut world = World::with_two();
    let main = world.main.clone();
    world.store.beat(&main, "a", "process alive", NOW).unwrap();
    world.store.set_status(&main, "b", "blocked", NOW).unwrap();
    world.store.beat(&main, "b", "tool `cargo test` runs", after(30)).unwrap();
    let status = |side: &str| world.store.partner_status(&main, side, after(40)).unwrap().unwrap();
    assert_eq!((status("b").status.as_str(), status("b").age_s), ("working", Some(40)));
    let of_b = status("a");
    assert_eq!((of_b.status.as_str(), of_b.age_s), ("blocked", Some(10)));
    assert_eq!(of_b.last_heartbeat, "2026-11-23T04:00:30.000000");
    assert_eq!(
        world.store.heartbeat(&main, "b").unwrap(),
        Some((after(30), "tool `cargo test` runs".into()))
    );
    assert_eq!(world.rows("SELECT session_id FROM session_status"), "a\nb\n", "no third session appears");
    assert!(world.store.beat(&main, "session_b", "x", NOW).is_err());
}

#[test]
fn fault_19_a_database_that_is_gone_is_no_healthy_one() {
    let world = World::with_two();
    std::fs::remove_file(world.path()).unwrap();
    let store = peerwatch_bridge::Store::open_existing(&world.path());
    assert!(store.is_err());
    assert!(!world.path().exists(), "and none is made in its place");
}

#[test]
fn fault_20_the_never_heard_the_unreadable_and_the_future_are_silent() {
    let mut world = World::with_two();
    world.join("docs", 3);
    world.join("ops", 4);
    let main = world.main.clone();
    world.store.beat(&main, "b", "x", after(1000)).unwrap();
    let put = |participant: &str, at: &str| {
        let sql = "INSERT OR REPLACE INTO session_status VALUES (?, ?, 'working', ?)";
        world.elsewhere().execute(sql, [&main, participant, at]).unwrap();
    };
    put("c", "yesterday");
    put("d", "2026-11-24T04:00:00.000000");
    expect![[r#"
        docs working Unreadable ?
        api unknown NeverHeard 1000
        ops working Future -85400
    "#]]
    .assert_eq(&silent(&world, 1000));
    assert_eq!(
        silent(&world, 200).lines().count(),
        3,
        "the api has only just come, the web's clock is ahead"
    );
    let found = world.store.silent(THRESHOLD, after(1000)).unwrap();
    assert!(found.iter().any(|one| one.why == Silence::NeverHeard && one.last_heartbeat.is_none()));
}

#[test]
fn fault_21_who_is_done_or_gone_or_over_is_not_reported() {
    let mut world = World::with_two();
    let main = world.main.clone();
    world.store.set_status(&main, "a", "complete", NOW).unwrap();
    world.store.leave(&main, "b", NOW).unwrap();
    let made = world.store.create_conversation("backend", "frontend", NOW).unwrap();
    world.store.set_status(&made.conversation, "a", "working", NOW).unwrap();
    world.store.with_person(&session(9), "shell", NOW).unwrap();
    expect![[r#"
        backend working Heartbeat 3600
        frontend unknown NeverHeard 3600
    "#]]
    .assert_eq(&silent(&world, 3600));
    expect![""].assert_eq(&silent(&world, 4 * 3600));
}

#[test]
fn whoever_writes_is_not_silent() {
    let mut world = World::with_two();
    let main = world.main.clone();
    world.store.beat(&main, "a", "x", NOW).unwrap();
    world.store.beat(&main, "b", "x", NOW).unwrap();
    let from = Sender { conversation: main, participant: "a".into() };
    world.store.send(&from, &["b".into()], &draft("x"), &NO_LIMIT, after(350)).unwrap();
    expect![[r#"
        web working Heartbeat 400
    "#]]
    .assert_eq(&silent(&world, 400));
    expect![[r#"
        web working Heartbeat 700
        api working Heartbeat 350
    "#]]
    .assert_eq(&silent(&world, 700));
}
