//! Rule 6: thresholds learn each worker's rhythm, for the model and for tools apart.

use expect_test::expect;
use std::time::Duration;

use peerwatch_core::{Input, Policy};

use crate::facts::*;
use crate::story::{Story, minutes};

/// A session that writes thirty times, so far apart, while its model has the floor.
fn steady(gap: Duration) -> Story {
    let mut story = Story::with_session("asha");
    story.sees("asha", [busy(), thinking(), wrote()]);
    for _ in 0..30 {
        story.pass(gap).sees("asha", [wrote()]);
    }
    story.end();
    story
}

#[test]
fn a_cold_worker_has_ten_minutes() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:09:59").verdict("asha");
    story.at("00:10:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → working
        00:09:59 asha is working since 00:00:00: thinking (silent 9 min of 10 min)
                   says it is busy, 9 min
                   the model has the floor, 9 min
                   transcript grew, 9 min
                   process alive, 10 min
        00:10:00 asha: working → quiet
        00:10:00 asha is quiet since 00:00:00: not heard for 10 min (silent 10 min of 10 min)
                   says it is busy, 10 min
                   the model has the floor, 10 min
                   transcript grew, 10 min
                   process alive, 10 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_lively_worker_is_missed_after_the_floor_of_five_minutes() {
    let mut story = steady(Duration::from_secs(40));
    story.pass(minutes(5)).verdict("asha");
    expect![[r#"
        00:25:00 asha: working → quiet
        00:25:00 asha is quiet since 00:20:00: not heard for 5 min, usually every 40 s (silent 5 min of 5 min)
                   transcript grew, 5 min
                   says it is busy, 25 min
                   the model has the floor, 25 min
                   process alive, 25 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_slow_worker_is_given_twice_its_longest_usual_pause() {
    let mut story = steady(minutes(9));
    story.pass(minutes(17)).verdict("asha");
    story.pass(minutes(1)).verdict("asha");
    expect![[r#"
        04:47:00 asha is working since 00:00:00: thinking (silent 17 min of 18 min)
                   transcript grew, 17 min
                   says it is busy, 4 h 47 min
                   the model has the floor, 4 h 47 min
                   process alive, 4 h 47 min
        04:48:00 asha: working → quiet
        04:48:00 asha is quiet since 04:30:00: not heard for 18 min, usually every 9 min (silent 18 min of 18 min)
                   transcript grew, 18 min
                   says it is busy, 4 h 48 min
                   the model has the floor, 4 h 48 min
                   process alive, 4 h 48 min
    "#]].assert_eq(&story.end());
}

#[test]
fn nobody_is_given_more_than_an_hour() {
    let mut story = steady(minutes(45));
    story.pass(minutes(60)).verdict("asha");
    expect![[r#"
        23:30:00 asha: working → suspect
        23:30:00   alert 1 raised, NeedsYou: silent
        23:30:00   notify asha has gone silent: Not heard for 1 h. · code/shop
        23:30:00 asha is suspect since 22:30:00: not heard for 1 h, usually every 45 min (silent 1 h of 1 h)
                   transcript grew, 1 h
                   says it is busy, 23 h 30 min
                   the model has the floor, 23 h 30 min
                   process alive, 23 h 30 min
                   no call of a model lasts this long without a trace, now
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_rhythm_of_the_model_says_nothing_of_tools() {
    let mut story = steady(Duration::from_secs(40));
    story.sees("asha", [tool("Bash", "make"), wrote(), no_child()]);
    story.pass(minutes(6)).verdict("asha");
    expect![[r#"
        00:26:00 asha is working since 00:00:00: tool Bash: make · no child process (silent 6 min of 10 min)
                   no child process of a tool, 6 min
                   tool Bash called: make, 6 min
                   transcript grew, 6 min
                   says it is busy, 26 min
                   process alive, 26 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn waits_for_a_person_are_no_part_of_the_rhythm() {
    let mut story = Story::with_session("asha");
    for _ in 0..30 {
        story.sees("asha", [busy(), tool("Bash", "git push"), wrote()]);
        story.pass(Duration::from_secs(5)).sees("asha", [waiting("permission prompt")]);
        story.pass(minutes(50)).sees("asha", [busy()]);
        story.pass(Duration::from_secs(5)).sees("asha", [thinking(), wrote()]);
        story.pass(Duration::from_secs(5)).sees("asha", [wrote()]);
    }
    story.end();
    story.verdict("asha");
    story.sees("asha", [tool("Bash", "git push"), wrote(), no_child()]).verdict("asha");
    expect![[r#"
        25:07:30 asha is working since 25:07:20: thinking (silent now of 5 min)
                   transcript grew, now
                   the model has the floor, 5 s
                   says it is busy, 10 s
                   process alive, 1 d 1 h
        25:07:30 asha is working since 25:07:20: tool Bash: git push · no child process (silent now of 10 min)
                   no child process of a tool, now
                   tool Bash called: git push, now
                   transcript grew, now
                   says it is busy, 10 s
                   process alive, 1 d 1 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_fixed_threshold_is_a_setting() {
    let mut story = Story::with_session("asha");
    story.input(Input::Policy(Policy { session_silence: Some(minutes(2)), ..Policy::default() }));
    story.sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:02:00").verdict("asha");
    // A longer one takes the remark back.
    story.input(Input::Policy(Policy { session_silence: Some(minutes(30)), ..Policy::default() }));
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → working
        00:02:00 asha: working → quiet
        00:02:00 asha is quiet since 00:00:00: not heard for 2 min (silent 2 min of 2 min)
                   says it is busy, 2 min
                   the model has the floor, 2 min
                   transcript grew, 2 min
                   process alive, 2 min
        00:02:00 asha: quiet → working
    "#]]
    .assert_eq(&story.end());
}
