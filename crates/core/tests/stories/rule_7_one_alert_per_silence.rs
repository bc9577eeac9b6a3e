//! Rule 7: one alert per silence; it ends with how long it was, and false alarms are counted.

use expect_test::expect;
use peerwatch_core::{AlertId, Input, Person};

use crate::facts::*;
use crate::story::Story;

#[test]
fn back_after_twelve_minutes_was_a_false_alarm() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:17:00").sees("w1", [heartbeat()]).false_alarms();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        00:17:00 w1: quiet → working
        00:17:00   withdraw silent 00.00.00 w1
        00:17:00   alert 1 ended, back after 12 min
        00:17:00 silences 1, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn one_alert_over_many_looks_and_a_new_one_for_the_next_silence() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    for minute in 1..60 {
        story.at(&format!("00:{minute:02}:00")).sees("w1", [side("worker", "deploy"), declares("working")]);
    }
    story.at("01:00:00").sees("w1", [heartbeat()]);
    story.at("02:00:00").false_alarms();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        01:00:00 w1: quiet → working
        01:00:00   withdraw silent 00.00.00 w1
        01:00:00   alert 1 ended, back after 55 min
        01:05:00 w1: working → quiet
        01:05:00   alert 2 raised, NeedsYou: silent
        01:05:00   notify worker has gone silent: Not heard for 5 min.
        02:00:00 silences 2, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn what_an_earlier_run_told_is_shown_and_not_told_again() {
    let mut first = Story::new();
    first.sees("w1", [side("worker", "deploy"), heartbeat()]);
    first.sees("asha", [session("asha"), listed(), alive(), waiting("permission prompt")]);
    first.at("00:06:00");
    let keys: Vec<String> = first.roster.alerts().map(|alert| alert.cause.key()).collect();

    let mut story = Story::new();
    for key in keys {
        story.input(Input::Remembered(key));
    }
    story.input(Input::NumberFrom(2));
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.sees("asha", [session("asha"), listed(), alive(), waiting("permission prompt")]);
    story.at("00:07:00").alerts();
    // The next cause of the same worker is news.
    story.sees("asha", [waiting("permission prompt")]);
    expect![[r#"
        00:00:00 w1 is working
        00:00:00 asha is waiting for you (permission)
        00:00:00   alert 3 raised, NeedsYou: waiting
        00:05:00 w1: working → quiet
        00:05:00   alert 4 raised, NeedsYou: silent
        00:07:00 alerts: [3 asha waits for your permission, 4 worker has gone silent]
        00:07:00   alert 3 ended, answered after 7 min
        00:07:00   alert 5 raised, NeedsYou: waiting
        00:07:00   notify asha waits for your permission: code/shop
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn taken_off_the_list_it_stays_off_for_as_long_as_it_lasts() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat()]);
    story.at("00:06:00").person(Person::Dismiss(AlertId(1)));
    story.at("00:07:00").sees("w1", [declares("working")]).alerts();
    story.at("00:08:00").sees("w1", [heartbeat()]).false_alarms();
    story.at("00:14:00").alerts();
    expect![[r#"
        00:00:00 w1 is working
        00:05:00 w1: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        00:06:00 the person: dismiss 1
        00:06:00   withdraw silent 00.00.00 w1
        00:06:00   alert 1 ended, dismissed after 1 min
        00:07:00 alerts: []
        00:08:00 w1: quiet → working
        00:08:00 silences 1, false alarms 0
        00:13:00 w1: working → quiet
        00:13:00   alert 2 raised, NeedsYou: silent
        00:13:00   notify worker has gone silent: Not heard for 5 min.
        00:14:00 alerts: [2 worker has gone silent]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_death_of_a_silent_worker_is_the_news_then() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [busy(), tool("Bash", "make check"), wrote(), no_child()]);
    story.at("00:15:00").sees("asha", [process_absent()]).alerts().false_alarms();
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → working
        00:10:00 asha: working → suspect
        00:10:00   alert 1 raised, NeedsYou: silent
        00:10:00   notify asha has gone silent: Not heard for 10 min. Last seen with Bash: make check. · code/shop
        00:15:00 asha: suspect → gone
        00:15:00   withdraw silent 00.00.00 asha
        00:15:00   alert 1 ended, overtaken after 5 min
        00:15:00   alert 2 raised, Urgent: gone
        00:15:00   notify asha is gone: Its process in code/shop died during Bash: make check.
        00:15:00 alerts: [2 asha is gone]
        00:15:00 silences 1, false alarms 0
    "#]].assert_eq(&story.end());
}

fn process_absent() -> peerwatch_core::Fact {
    process(peerwatch_core::Process::Absent)
}

#[test]
fn a_silence_that_a_child_breaks_for_a_while_is_told_once() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make"), wrote(), no_child()]);
    story.at("00:12:00").sees("asha", [child("cc1", true)]).false_alarms();
    story.at("00:13:00").sees("asha", [no_child()]).false_alarms();
    story.at("00:24:00").sees("asha", [over(), idle(), wrote()]).false_alarms();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → suspect
        00:11:00   alert 1 raised, NeedsYou: silent
        00:11:00   notify asha has gone silent: Not heard for 10 min. Last seen with Bash: make. · code/shop
        00:12:00 asha: suspect → working
        00:12:00   withdraw silent 00.01.00 asha
        00:12:00   alert 1 ended, back after 1 min
        00:12:00 silences 1, false alarms 1
        00:13:00 silences 1, false alarms 1
        00:22:00 asha: working → suspect
        00:22:00   alert 2 raised, NeedsYou: silent
        00:24:00 asha: suspect → idle
        00:24:00   alert 2 ended, back after 2 min
        00:24:00 silences 1, false alarms 1
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_status_that_is_taken_back_makes_no_old_silence_new() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), listed(), alive(), thinking(), wrote()]);
    story.at("01:10:00").sees("asha", [busy()]);
    story.at("02:30:00").sees("asha", [no_status()]).alerts();
    story.at("03:00:00").false_alarms();
    expect![[r#"
        00:00:00 asha is working
        00:10:00 asha: working → quiet
        01:00:00 asha: quiet → suspect
        01:00:00   alert 1 raised, NeedsYou: silent
        01:00:00   notify asha has gone silent: Not heard for 1 h. · code/shop
        01:10:00 asha: suspect → working
        01:10:00   withdraw silent 00.00.00 asha
        01:10:00   alert 1 ended, back after 10 min
        01:20:00 asha: working → quiet
        02:10:00 asha: quiet → suspect
        02:10:00   alert 2 raised, NeedsYou: silent
        02:10:00   notify asha has gone silent: Not heard for 1 h. · code/shop
        02:30:00 alerts: [2 asha has gone silent]
        03:00:00 silences 2, false alarms 1
    "#]]
    .assert_eq(&story.end());
}
