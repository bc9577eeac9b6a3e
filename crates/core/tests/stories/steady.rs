//! A bridge side whose heartbeats a program sends is missed after three of them.

use expect_test::expect;
use std::time::Duration;

use peerwatch_core::{Input, Policy};

use crate::facts::*;
use crate::story::{Story, minutes, seconds};

/// A side that beats as often as there are gaps.
fn beating(gaps: impl IntoIterator<Item = u64>) -> Story {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    for gap in gaps {
        story.pass(Duration::from_secs(gap)).sees("w1", [heartbeat()]);
    }
    story.end();
    story
}

#[test]
fn after_ten_minutes_of_a_keep_alive_a_hundred_seconds_are_enough() {
    let mut story = beating([30; 20]);
    story.pass(seconds(99)).verdict("w1");
    story.pass(seconds(1)).verdict("w1");
    story.pass(seconds(20)).sees("w1", [heartbeat()]).false_alarms();
    expect![[r#"
        00:11:39 w1 is working since 00:00:00: working, by its own heartbeats (silent 1 min of 1 min)
                   heartbeat in the bridge, 1 min
        00:11:40 w1: working → quiet
        00:11:40   alert 1 raised, NeedsYou: silent
        00:11:40   notify worker has gone silent: Not heard for 1 min. Its heartbeat came every 30 s.
        00:11:40 w1 is quiet since 00:10:00: not heard for 1 min, usually every 30 s (silent 1 min of 1 min)
                   heartbeat in the bridge, 1 min
        00:12:00 w1: quiet → working
        00:12:00   withdraw silent 00.10.00 w1
        00:12:00   alert 1 ended, back after 20 s
        00:12:00 silences 1, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn with_unread_messages_it_is_suspect_as_soon() {
    let mut story = beating([30; 20]);
    story.sees("w1", [unread(2)]).pass(minutes(2));
    expect![[r#"
        00:11:40 w1: working → suspect
        00:11:40   alert 1 raised, NeedsYou: silent
        00:11:40   notify worker has gone silent: Not heard for 1 min. Its heartbeat came every 30 s.
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_model_that_sends_its_own_heartbeats_has_five_minutes() {
    let mut story = beating([5, 40, 12, 25].into_iter().cycle().take(40));
    story.pass(seconds(299)).verdict("w1");
    story.pass(seconds(1)).verdict("w1");
    expect![[r#"
        00:18:39 w1 is working since 00:00:00: working, by its own heartbeats (silent 4 min of 5 min)
                   heartbeat in the bridge, 4 min
        00:18:40 w1: working → quiet
        00:18:40   alert 1 raised, NeedsYou: silent
        00:18:40   notify worker has gone silent: Not heard for 5 min.
        00:18:40 w1 is quiet since 00:13:40: not heard for 5 min, usually every 12 s (silent 5 min of 5 min)
                   heartbeat in the bridge, 5 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_silence_that_a_person_chose_holds_for_all() {
    let mut story = beating([30; 40]);
    let chosen = |silence| Input::Policy(Policy { bridge_silence: silence, ..Policy::default() });
    story.input(chosen(minutes(10))).pass(minutes(9)).verdict("w1");
    story.input(chosen(seconds(60))).verdict("w1");
    expect![[r#"
        00:29:00 w1 is working since 00:00:00: working, by its own heartbeats (silent 9 min of 10 min)
                   heartbeat in the bridge, 9 min
        00:29:00 w1: working → quiet
        00:29:00   alert 1 raised, NeedsYou: silent
        00:29:00   notify worker has gone silent: Not heard for 9 min. Its heartbeat came every 30 s.
        00:29:00 w1 is quiet since 00:20:00: not heard for 9 min, usually every 30 s (silent 9 min of 1 min)
                   heartbeat in the bridge, 9 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn after_a_sleep_it_has_the_whole_time_again() {
    let mut story = beating([30; 40]);
    story.pass(seconds(29)).sleep(minutes(600)).pass(seconds(99)).alerts();
    story.pass(seconds(1)).alerts();
    expect![[r#"
        10:20:29 the machine slept 10 h
        10:22:08 alerts: []
        10:22:09 w1: working → quiet
        10:22:09   alert 1 raised, NeedsYou: silent
        10:22:09   notify worker has gone silent: Not heard for 1 min. Its heartbeat came every 30 s.
        10:22:09 alerts: [1 worker has gone silent]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_outage_among_few_heartbeats_makes_it_unsteady_for_a_while() {
    let mut story = beating([30; 20]);
    story.pass(minutes(3)).sees("w1", [heartbeat()]);
    story.end();
    story.pass(minutes(4)).verdict("w1");
    expect![[r#"
        00:17:00 w1 is working since 00:00:00: working, by its own heartbeats (silent 4 min of 5 min)
                   heartbeat in the bridge, 4 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn one_that_waits_for_its_partner_is_missed_too() {
    let mut story = beating([30; 20]);
    story.sees("w1", [declares("waiting")]).pass(minutes(2)).verdict("w1");
    expect![[r#"
        00:10:00 w1: working → idle
        00:11:40 w1: idle → quiet
        00:11:40   alert 1 raised, NeedsYou: silent
        00:11:40   notify worker has gone silent: Not heard for 1 min. Its heartbeat came every 30 s.
        00:12:00 w1 is quiet since 00:10:00: not heard for 2 min, usually every 30 s (silent 2 min of 1 min)
                   declares itself waiting, 2 min
                   heartbeat in the bridge, 2 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn one_that_is_done_is_not() {
    let mut story = beating([30; 20]);
    story.sees("w1", [declares("complete")]).pass(minutes(20)).alerts();
    expect![[r#"
        00:10:00 w1: working → idle
        00:30:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}
