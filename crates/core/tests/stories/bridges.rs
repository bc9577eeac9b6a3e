//! The sides of a bridge conversation: their own heartbeats and messages are all there is.

use crate::facts::*;
use crate::story::{Story, hours};
use expect_test::expect;

#[test]
fn a_side_that_only_heartbeats_is_missed_after_five_minutes() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat(), declares("working")]);
    for time in ["00:01:00", "00:02:00", "00:03:00"] {
        story.at(time).sees("w1", [heartbeat()]);
    }
    story.at("00:07:59").verdict("w1");
    story.at("00:08:00").verdict("w1");
    expect![[r#"
        00:00:00 w1 is working
        00:07:59 w1 is working since 00:00:00: working, by its own heartbeats (silent 4 min of 5 min)
                   heartbeat in the bridge, 4 min
                   declares itself working, 7 min
        00:08:00 w1: working → quiet
        00:08:00   alert 1 raised, NeedsYou: silent
        00:08:00   notify worker has gone silent: Not heard for 5 min.
        00:08:00 w1 is quiet since 00:03:00: not heard for 5 min (silent 5 min of 5 min)
                   heartbeat in the bridge, 5 min
                   declares itself working, 8 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_side_that_was_never_heard_is_unknown() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy")]);
    story.at("10:00:00").verdict("w1").alerts();
    expect![[r#"
        00:00:00 w1 is unknown
        10:00:00 w1 is unknown since 00:00:00: never heard
                   it has never been heard, now
        10:00:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_side_that_never_sent_a_heartbeat_promised_none() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), messaged()]).verdict("w1");
    story.at("00:10:00").verdict("w1").alerts();
    story.at("24:00:00").verdict("w1");
    expect![[r#"
        00:00:00 w1 is working
        00:00:00 w1 is working since 00:00:00: sends or fetches messages
                   sent or fetched messages, now
        00:05:00 w1: working → unknown
        00:10:00 w1 is unknown since 00:00:00: sends no heartbeats, nothing known since its last message
                   sent or fetched messages, 10 min
        00:10:00 alerts: []
        24:00:00 w1: unknown → ended
        24:00:00 w1 is ended since 00:00:00: over, not heard for more than a day
                   sent or fetched messages, 1 d
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_side_that_declared_itself_complete_is_done() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat(), declares("complete")]);
    story.at("10:00:00").verdict("w1").alerts();
    story.at("24:00:00").verdict("w1");
    expect![[r#"
        00:00:00 w1 is idle
        10:00:00 w1 is idle since 00:00:00: says it is done
                   declares itself complete, 10 h
                   heartbeat in the bridge, 10 h
        10:00:00 alerts: []
        24:00:00 w1: idle → ended
        24:00:00 w1 is ended since 00:00:00: over, not heard for more than a day
                   declares itself complete, 1 d
                   heartbeat in the bridge, 1 d
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn sides_that_wait_for_their_partner_or_are_blocked_are_at_rest() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat(), declares("waiting")]);
    story.sees("w2", [side("reviewer", "deploy"), heartbeat(), declares("blocked")]);
    story.at("10:00:00").verdict("w1").verdict("w2");
    expect![[r#"
        00:00:00 w1 is idle
        00:00:00 w2 is idle
        10:00:00 w1 is idle since 00:00:00: waits for its partner
                   declares itself waiting, 10 h
                   heartbeat in the bridge, 10 h
        10:00:00 w2 is idle since 00:00:00: says it is blocked
                   declares itself blocked, 10 h
                   heartbeat in the bridge, 10 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn silent_with_unread_messages_is_suspect() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat(), unread(2)]);
    story.at("00:05:00").verdict("w1");
    // Fetching is a sign of life.
    story.at("00:06:00").sees("w1", [unread(0), messaged()]).false_alarms();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → suspect
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        00:05:00 w1 is suspect since 00:00:00: not heard for 5 min · 2 unread (silent 5 min of 5 min)
                   2 messages wait for it, unread, 5 min
                   heartbeat in the bridge, 5 min
        00:06:00 w1: suspect → working
        00:06:00   withdraw silent 00.00.00 w1
        00:06:00   alert 1 ended, back after 1 min
        00:06:00 silences 1, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn silent_for_days_at_the_first_look_is_over() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy")]);
    story.sees_from(hours(72), "w1", [heartbeat(), declares("working")]).verdict("w1").alerts();
    // It comes back all the same.
    story.at("00:01:00").sees("w1", [heartbeat()]);
    expect![[r#"
        00:00:00 w1 is unknown
        00:00:00 w1: unknown → ended
        00:00:00 w1 is ended since -72:00:00: over, not heard for more than a day
                   declares itself working, 3 d
                   heartbeat in the bridge, 3 d
        00:00:00 alerts: []
        00:01:00 w1: ended → working
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn silent_for_ten_minutes_at_the_first_look_is_told_at_once() {
    let mut story = Story::new();
    story.sees_from(hours(1) / 6, "w1", [side("worker", "deploy"), heartbeat(), declares("working")]);
    expect![[r#"
        00:00:00 w1 is quiet
        00:00:00   alert 1 raised, NeedsYou: silent
        00:00:00   notify worker has gone silent: Not heard for 10 min.
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_expired_conversation_is_over_whoever_still_sends_heartbeats() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story
        .at("00:01:00")
        .sees("w1", [peerwatch_core::Fact::Listing(peerwatch_core::Listing::Over), heartbeat()]);
    story.at("09:00:00").verdict("w1");
    expect![[r#"
        00:00:00 w1 is working
        00:01:00 w1: working → ended
        09:00:00 w1 is ended since 00:01:00: ended
                   heartbeat in the bridge, 8 h 59 min
                   over, 8 h 59 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn hidden_after_a_day_and_drawn_again_when_it_returns() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat(), declares("complete")]);
    story.sees("w2", [side("orchestrator", "deploy"), heartbeat(), declares("complete")]);
    for hour in [12, 24, 36, 48] {
        story.at(&format!("{hour}:00:00")).sees("w2", [heartbeat()]);
    }
    story.at("49:00:00").sees("w2", [heartbeat()]).pass(hours(1)).beat().note("a day over");
    assert_eq!(story.roster.workers().count(), 1);
    story.sees("w1", [heartbeat()]);
    assert_eq!(story.roster.workers().count(), 2);
    expect![[r#"
        00:00:00 w1 is idle
        00:00:00 w2 is idle
        24:00:00 w1: idle → ended
        50:00:00 a day over
        50:00:00 w1: ended → idle
    "#]]
    .assert_eq(&story.end());
}
