//! Rule 5: silence is counted in awake time, and after a sleep anew.

use peerwatch_core::{Input, Observation, WorkerId};

use crate::facts::*;
use crate::story::{Story, hours, minutes};
use expect_test::expect;

#[test]
fn a_laptop_that_slept_eight_hours_makes_nobody_silent() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote(), no_child()]);
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:04:00").sleep(hours(8)).verdict("asha").verdict("w1").alerts();
    story.pass(minutes(4)).sees("asha", [over(), wrote(), idle()]).sees("w1", [heartbeat()]);
    story.pass(minutes(4)).alerts().false_alarms();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:00 w1 is working
        08:04:00 the machine slept 8 h
        08:04:00 asha is working since 00:01:00: thinking (silent now of 10 min)
                   no child process of a tool, 3 min
                   says it is busy, 3 min
                   the model has the floor, 3 min
                   transcript grew, 3 min
                   process alive, 4 min
        08:04:00 w1 is working since 00:01:00: working, by its own heartbeats (silent now of 5 min)
                   heartbeat in the bridge, 3 min
        08:04:00 alerts: []
        08:08:00 asha: working → idle
        08:12:00 alerts: []
        08:12:00 silences 0, false alarms 0
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn whoever_stays_silent_after_the_sleep_has_a_full_window_first() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make check"), wrote(), no_child()]);
    story.at("00:09:00").sleep(hours(8));
    story.pass(minutes(9)).verdict("asha").alerts();
    story.pass(minutes(2)).alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        08:09:00 the machine slept 8 h
        08:18:00 asha is working since 00:01:00: tool Bash: make check · no child process (silent 9 min of 10 min)
                   no child process of a tool, 17 min
                   says it is busy, 17 min
                   tool Bash called: make check, 17 min
                   transcript grew, 17 min
                   process alive, 18 min
        08:18:00 alerts: []
        08:19:00 asha: working → suspect
        08:19:00   alert 1 raised, NeedsYou: silent
        08:19:00   notify asha has gone silent: Not heard for 10 min. Last seen with Bash: make check. · code/shop
        08:20:00 alerts: [1 asha has gone silent]
    "#]].assert_eq(&story.end());
}

#[test]
fn a_silence_told_before_the_sleep_is_not_told_again_after_it() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:07:00").sleep(hours(8)).alerts();
    story.pass(minutes(20)).alerts().false_alarms();
    story.sees("w1", [heartbeat()]).false_alarms();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        08:07:00 the machine slept 8 h
        08:07:00 w1: quiet → working
        08:07:00 alerts: [1 worker has gone silent]
        08:12:00 w1: working → quiet
        08:27:00 alerts: [1 worker has gone silent]
        08:27:00 silences 1, false alarms 0
        08:27:00 w1: quiet → working
        08:27:00   withdraw silent 00.00.00 w1
        08:27:00   alert 1 ended, back after 22 min
        08:27:00 silences 1, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn what_happened_just_before_the_sleep_is_newer_than_what_was_known() {
    let mut story = Story::with_session("asha");
    story.at("00:09:00").sees("asha", [busy(), tool("Bash", "git push"), wrote()]);
    story.at("00:10:00").sleep(hours(8));
    // It asked ten seconds before the lid was closed; that is seen only now.
    story.pass(minutes(1));
    story.sees_from(hours(8) + minutes(1), "asha", [waiting("permission prompt")]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:09:00 asha: idle → working
        08:10:00 the machine slept 8 h
        08:11:00 asha: working → waiting for you (permission)
        08:11:00   alert 1 raised, NeedsYou: waiting
        08:11:00   notify asha waits for your permission: Bash: git push · code/shop
        08:11:00 asha is waiting for you (permission) since 00:10:00: waits for your permission: Bash: git push
                   says it waits: permission prompt, 1 min
                   tool Bash called: git push, 2 min
                   transcript grew, 2 min
                   process alive, 11 min
    "#]].assert_eq(&story.end());
}

#[test]
fn peerwatch_itself_was_stopped_for_an_hour() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote(), no_child()]);
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:02:00").sleep(hours(1));
    // Others went on meanwhile: their times lie within the gap.
    story.sees_from(minutes(30), "asha", [over(), wrote(), idle()]).sees_from(
        minutes(1),
        "w1",
        [heartbeat()],
    );
    story.verdict("asha").verdict("w1").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:00 w1 is working
        01:02:00 the machine slept 1 h
        01:02:00 asha: working → idle
        01:02:00 asha is idle since 00:32:00: idle
                   says it is idle, now
                   transcript grew, now
                   turn ended, now
                   no child process of a tool, 1 min
                   process alive, 2 min
        01:02:00 w1 is working since 00:01:00: working, by its own heartbeats (silent now of 5 min)
                   heartbeat in the bridge, now
        01:02:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_clock_set_back_an_hour_neither_revives_nor_silences() {
    let mut story = Story::new();
    story.sees("dead", [side("dead", "deploy"), heartbeat()]);
    story.sees("live", [side("live", "deploy"), heartbeat()]);
    story.at("00:02:00").set_the_clock_back(hours(1)).sees("live", [heartbeat()]);
    // The row of the dead one lies in the future now, and is read again at each look.
    story.pass(minutes(1));
    let now = story.now();
    let row = story.until(minutes(57));
    let read = Observation { worker: WorkerId::new("dead"), at: now.back_to(row), fact: heartbeat() };
    story.input(Input::Observed(vec![read]));
    story.pass(minutes(1)).sees("live", [heartbeat()]);
    story.pass(minutes(3)).verdict("dead").verdict("live");
    expect![[r#"
        00:00:00 dead is working
        00:00:00 live is working
        00:02:00 the clock is set back by 1 h
        -00:55:00 dead: working → quiet
        -00:55:00   alert 1 raised, NeedsYou: silent
        -00:55:00   notify dead has gone silent: Not heard for 5 min.
        -00:53:00 dead is quiet since 00:00:00: not heard for 7 min (silent 7 min of 5 min)
                   heartbeat in the bridge, 7 min
        -00:53:00 live is working since 00:00:00: working, by its own heartbeats (silent 3 min of 5 min)
                   heartbeat in the bridge, 3 min
    "#]]
    .assert_eq(&story.end());
}
