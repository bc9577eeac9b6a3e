//! "It's fine": a person says that a silence is none, and it is learned from.

use expect_test::expect;
use std::time::Duration;

use peerwatch_core::{AlertId, Input, Person, Policy};

use crate::facts::*;
use crate::story::{Story, hours, minutes, seconds};

#[test]
fn so_long_a_pause_is_usual_from_then_on() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:18:00").person(Person::Fine(AlertId(1))).alerts().false_alarms().verdict("w1");
    story.at("00:20:00").sees("w1", [heartbeat()]);
    // Half as long again is not told any more, longer is.
    story.at("00:46:00").alerts();
    story.at("00:47:00").alerts();
    story.sees("w1", [heartbeat()]).false_alarms();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        00:18:00 the person: 1 is fine
        00:18:00   withdraw silent 00.00.00 w1
        00:18:00   alert 1 ended, called fine after 13 min
        00:18:00 w1: quiet → working
        00:18:00 alerts: []
        00:18:00 silences 1, false alarms 1
        00:18:00 w1 is working since 00:00:00: working, by its own heartbeats (silent 18 min of 27 min)
                   heartbeat in the bridge, 18 min
                   silence up to 18 min was fine before, now
        00:46:00 alerts: []
        00:47:00 w1: working → quiet
        00:47:00   alert 2 raised, NeedsYou: silent
        00:47:00   notify worker has gone silent: Not heard for 27 min.
        00:47:00 alerts: [2 worker has gone silent]
        00:47:00 w1: quiet → working
        00:47:00   withdraw silent 00.20.00 w1
        00:47:00   alert 2 ended, back at once
        00:47:00 silences 2, false alarms 2
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn one_that_outlasts_what_was_said_to_be_fine_is_told_once_more() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make"), wrote(), no_child()]);
    story.at("00:13:00").person(Person::Fine(AlertId(1))).verdict("asha");
    story.at("01:00:00").false_alarms();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → suspect
        00:11:00   alert 1 raised, NeedsYou: silent
        00:11:00   notify asha has gone silent: Not heard for 10 min. Last seen with Bash: make. · code/shop
        00:13:00 the person: 1 is fine
        00:13:00   withdraw silent 00.01.00 asha
        00:13:00   alert 1 ended, called fine after 2 min
        00:13:00 asha: suspect → working
        00:13:00 asha is working since 00:01:00: tool Bash: make · no child process (silent 12 min of 18 min)
                   no child process of a tool, 12 min
                   says it is busy, 12 min
                   tool Bash called: make, 12 min
                   transcript grew, 12 min
                   process alive, 13 min
                   silence up to 12 min was fine before, now
        00:19:00 asha: working → suspect
        00:19:00   alert 2 raised, NeedsYou: silent
        00:19:00   notify asha has gone silent: Not heard for 18 min. Last seen with Bash: make. · code/shop
        01:00:00 silences 2, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn what_is_fine_for_a_tool_is_nothing_to_the_model_nor_to_others() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [busy(), tool("Bash", "make"), wrote(), no_child()]);
    story.sees("ben", [session_of("ben", "another"), listed(), alive(), busy(), thinking(), wrote()]);
    story.at("00:30:00").person(Person::Fine(AlertId(1)));
    story.end();
    story.verdict("asha").verdict("ben");
    story.sees("asha", [thinking(), wrote()]).verdict("asha");
    expect![[r#"
        00:30:00 asha is working since 00:00:00: tool Bash: make · no child process (silent 30 min of 45 min)
                   no child process of a tool, 30 min
                   says it is busy, 30 min
                   tool Bash called: make, 30 min
                   transcript grew, 30 min
                   process alive, 30 min
                   silence up to 30 min was fine before, now
        00:30:00 ben is quiet since 00:00:00: not heard for 30 min (silent 30 min of 10 min)
                   process alive, 30 min
                   says it is busy, 30 min
                   the model has the floor, 30 min
                   transcript grew, 30 min
        00:30:00 asha is working since 00:00:00: thinking (silent now of 10 min)
                   the model has the floor, now
                   transcript grew, now
                   no child process of a tool, 30 min
                   says it is busy, 30 min
                   process alive, 30 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn no_person_makes_a_silence_of_more_than_an_hour_usual() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [busy(), thinking(), wrote()]);
    story.at("02:00:00").person(Person::Fine(AlertId(1))).alerts();
    // This one is not told again however long it lasts; the next is, after an hour.
    story.at("09:00:00").alerts().sees("asha", [wrote()]);
    story.at("09:59:00").alerts();
    story.at("10:00:00").alerts().false_alarms();
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → working
        00:10:00 asha: working → quiet
        01:00:00 asha: quiet → suspect
        01:00:00   alert 1 raised, NeedsYou: silent
        01:00:00   notify asha has gone silent: Not heard for 1 h. · code/shop
        02:00:00 the person: 1 is fine
        02:00:00   withdraw silent 00.00.00 asha
        02:00:00   alert 1 ended, called fine after 1 h
        02:00:00 alerts: []
        09:00:00 alerts: []
        09:00:00 asha: suspect → working
        09:59:00 alerts: []
        10:00:00 asha: working → suspect
        10:00:00   alert 2 raised, NeedsYou: silent
        10:00:00   notify asha has gone silent: Not heard for 1 h. · code/shop
        10:00:00 alerts: [2 asha has gone silent]
        10:00:00 silences 2, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_silence_over_a_sleep_counts_whole() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:10:00").sleep(hours(8));
    story.pass(seconds(10)).person(Person::Fine(AlertId(1))).verdict("w1");
    story.pass(minutes(20)).alerts();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        08:10:00 the machine slept 8 h
        08:10:00 w1: quiet → working
        08:10:10 the person: 1 is fine
        08:10:10   withdraw silent 00.00.00 w1
        08:10:10   alert 1 ended, called fine after 5 min
        08:10:10 w1 is working since 00:00:00: working, by its own heartbeats (silent 10 s of 15 min)
                   heartbeat in the bridge, 10 min
                   silence up to 10 min was fine before, now
        08:25:15 w1: working → quiet
        08:25:15   alert 2 raised, NeedsYou: silent
        08:25:15   notify worker has gone silent: Not heard for 15 min.
        08:30:10 alerts: [2 worker has gone silent]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_fixed_threshold_gives_way_too_and_a_new_policy_forgets_nothing() {
    let mut story = Story::with_session("asha");
    let fixed = |silence| Input::Policy(Policy { session_silence: Some(silence), ..Policy::default() });
    story.input(fixed(minutes(2)));
    story.sees("asha", [busy(), tool("Bash", "make"), wrote(), no_child()]);
    story.at("00:04:00").person(Person::Fine(AlertId(1)));
    story.input(fixed(minutes(3))).verdict("asha");
    story.input(fixed(minutes(90))).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → working
        00:02:00 asha: working → suspect
        00:02:00   alert 1 raised, NeedsYou: silent
        00:02:00   notify asha has gone silent: Not heard for 2 min. Last seen with Bash: make. · code/shop
        00:04:00 the person: 1 is fine
        00:04:00   withdraw silent 00.00.00 asha
        00:04:00   alert 1 ended, called fine after 2 min
        00:04:00 asha: suspect → working
        00:04:00 asha is working since 00:00:00: tool Bash: make · no child process (silent 4 min of 6 min)
                   no child process of a tool, 4 min
                   says it is busy, 4 min
                   tool Bash called: make, 4 min
                   transcript grew, 4 min
                   process alive, 4 min
                   silence up to 4 min was fine before, now
        00:04:00 asha is working since 00:00:00: tool Bash: make · no child process (silent 4 min of 1 h 30 min)
                   no child process of a tool, 4 min
                   says it is busy, 4 min
                   tool Bash called: make, 4 min
                   transcript grew, 4 min
                   process alive, 4 min
    "#]].assert_eq(&story.end());
}

#[test]
fn any_other_alert_is_only_taken_off_the_list() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [waiting("permission prompt")]);
    story.pass(Duration::from_secs(1)).person(Person::Fine(AlertId(1))).alerts().false_alarms();
    story.person(Person::Fine(AlertId(7)));
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → waiting for you (permission)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   notify asha waits for your permission: code/shop
        00:00:01 the person: 1 is fine
        00:00:01   withdraw waiting 00.00.00 asha
        00:00:01   alert 1 ended, dismissed after 1 s
        00:00:01 alerts: []
        00:00:01 silences 0, false alarms 0
        00:00:01 the person: 7 is fine
    "#]]
    .assert_eq(&story.end());
}
