//! Rule 1: gone needs proof. Nothing but a dead process is a death.

use expect_test::expect;
use peerwatch_core::{Process, WorkerId};

use crate::facts::*;
use crate::story::{Story, hours, minutes};

#[test]
fn killed_with_9_during_a_tool() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "npm test"), wrote(), child("npm test", true)]);
    // The entry stays, and says busy for ever.
    story.at("00:03:00").sees("asha", [process(Process::Absent)]).verdict("asha");
    story.at("05:00:00").sees("asha", [listed(), busy(), process(Process::Absent)]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:03:00 asha: working → gone
        00:03:00   alert 1 raised, Urgent: gone
        00:03:00   notify asha is gone: Its process in code/shop died during Bash: npm test.
        00:03:00 asha is gone since 00:03:00: gone during Bash: npm test
                   its process is gone, now
                   child process `npm test` busy, 2 min
                   says it is busy, 2 min
                   tool Bash called: npm test, 2 min
                   transcript grew, 2 min
        05:00:00 asha is gone since 00:03:00: gone during Bash: npm test
                   says it is busy, now
                   its process is gone, 4 h 57 min
                   child process `npm test` busy, 4 h 59 min
                   tool Bash called: npm test, 4 h 59 min
                   transcript grew, 4 h 59 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn another_process_has_its_pid() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:02:00").sees("asha", [process(Process::Replaced)]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:02:00 asha: working → gone
        00:02:00   alert 1 raised, Urgent: gone
        00:02:00   notify asha is gone: Its process in code/shop died during a turn.
        00:02:00 asha is gone since 00:02:00: gone during a turn
                   its pid belongs to another process now, now
                   says it is busy, 1 min
                   the model has the floor, 1 min
                   transcript grew, 1 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_zombie_is_dead() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [process(Process::Zombie)]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → gone
        00:01:00   alert 1 raised, Notice: gone
        00:01:00 asha is gone since 00:01:00: gone
                   its process has died and waits to be reaped, now
                   says it is idle, 1 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_dead_process_that_nobody_lists_is_gone_too() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), alive(), thinking(), wrote()]);
    story.at("00:01:00").sees("asha", [process(Process::Absent)]);
    expect![[r#"
        00:00:00 asha is working
        00:01:00 asha: working → gone
        00:01:00   alert 1 raised, Urgent: gone
        00:01:00   notify asha is gone: Its process in code/shop died during a turn.
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_leftover_of_last_week_is_no_news_and_not_drawn() {
    let mut story = Story::new();
    story.sees_from(hours(24 * 7), "asha", [busy(), tool("Bash", "npm test"), wrote()]);
    story.sees("asha", [session("asha"), listed(), process(Process::Absent)]);
    story.alerts();
    assert_eq!(story.roster.workers().count(), 0);
    expect![[r#"
        00:00:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_death_while_peerwatch_was_not_running_is_told_when_it_is_recent() {
    let mut story = Story::new();
    story.sees_from(minutes(20), "asha", [busy(), tool("Bash", "npm test"), wrote()]);
    story.sees("asha", [session("asha"), listed(), process(Process::Absent)]);
    story.sees_from(hours(9), "ben", [busy(), tool("Bash", "npm test"), wrote()]);
    story.sees("ben", [session("ben"), listed(), process(Process::Absent)]);
    expect![[r#"
        00:00:00 asha is gone
        00:00:00   alert 1 raised, Urgent: gone
        00:00:00   notify asha is gone: Its process in code/shop died during Bash: npm test.
        00:00:00 ben is gone
        00:00:00   alert 2 raised, Notice: gone
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_orderly_exit_the_entry_goes_first() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [removed()]);
    story.at("00:01:02").sees("asha", [process(Process::Absent)]);
    story.at("02:00:00").sees("asha", [process(Process::Absent)]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → ended
        02:00:00 asha is ended since 00:01:00: ended
                   its process is gone, 1 h 58 min
                   taken off the list, as an orderly end does, 1 h 59 min
                   says it is idle, 2 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_orderly_exit_the_death_is_seen_first() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "npm test"), wrote()]);
    story.at("00:01:02").sees("asha", [process(Process::Absent)]);
    story.at("00:01:03").sees("asha", [removed(), process(Process::Absent)]);
    story.alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:02 asha: working → gone
        00:01:02   alert 1 raised, Urgent: gone
        00:01:02   notify asha is gone: Its process in code/shop died during Bash: npm test.
        00:01:03 asha: gone → ended
        00:01:03   withdraw gone asha
        00:01:03   alert 1 ended, overtaken after 1 s
        00:01:03 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_orderly_exit_seen_at_one_look() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [process(Process::Absent), removed()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → ended
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_leftover_cleared_an_hour_later_was_no_orderly_exit() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [process(Process::Absent)]);
    // The death is seen again at each look, and is no later for it.
    story.at("00:59:00").sees("asha", [process(Process::Absent)]);
    story.at("00:59:05").sees("asha", [removed()]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → gone
        00:01:00   alert 1 raised, Notice: gone
        00:59:05 asha is gone since 00:01:00: gone
                   taken off the list, as an orderly end does, now
                   its process is gone, 58 min
                   says it is idle, 59 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn taken_off_the_list_while_its_process_lives() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [removed()]);
    story.at("00:02:00").verdict("asha");
    story.at("00:03:00").sees("asha", [listed()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → ended
        00:01:10 asha: ended → unknown
        00:02:00 asha is unknown since 00:01:00: taken off the list, its process lives
                   taken off the list, as an orderly end does, 1 min
                   process alive, 2 min
                   says it is idle, 2 min
        00:03:00 asha: unknown → idle
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn where_the_system_does_not_tell_nobody_is_dead() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), listed(), process(Process::Unknowable), idle()]);
    story.at("30:00:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        30:00:00 asha is idle since 00:00:00: idle
                   says it is idle, 1 d 6 h
                   the system does not say whether its process lives, 1 d 6 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn resumed_in_another_process() {
    let mut story = Story::new();
    story.sees("first", [session_of("asha", "s1"), listed(), alive(), busy(), thinking(), wrote()]);
    story.at("00:01:00").sees("first", [process(Process::Absent)]);
    story.at("00:05:00").sees("second", [session_of("asha", "s1"), listed(), alive(), idle()]);
    story.verdict("first").alerts();
    // A second death is news of its own.
    story.at("00:06:00").sees("second", [busy(), thinking(), wrote()]);
    story.at("00:07:00").sees("second", [process(Process::Absent)]);
    expect![[r#"
        00:00:00 first is working
        00:01:00 first: working → gone
        00:01:00   alert 1 raised, Urgent: gone
        00:01:00   notify asha is gone: Its process in code/shop died during a turn.
        00:05:00 second is idle
        00:05:00   withdraw gone first
        00:05:00   alert 1 ended, resumed after 4 min
        00:05:00 first is gone since 00:01:00: gone, its session goes on in another process
                   its process is gone, 4 min
                   says it is busy, 5 min
                   the model has the floor, 5 min
                   transcript grew, 5 min
        00:05:00 alerts: []
        00:06:00 second: idle → working
        00:07:00 second: working → gone
        00:07:00   alert 2 raised, Urgent: gone
        00:07:00   notify asha is gone: Its process in code/shop died during a turn.
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn over_for_a_day_it_is_drawn_no_longer() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:02:00").sees("asha", [process(Process::Absent)]);
    story.at("20:00:00").sees("ben", [session("ben"), listed(), alive(), idle()]).alerts();
    story.at("24:03:00").beat().note("a day later").alerts();
    // Its leftover is still seen at each look, and stays forgotten.
    story.at("25:00:00").sees("asha", [process(Process::Absent), listed()]);
    assert_eq!(story.roster.workers().count(), 1);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:02:00 asha: working → gone
        00:02:00   alert 1 raised, Urgent: gone
        00:02:00   notify asha is gone: Its process in code/shop died during a turn.
        20:00:00 ben is idle
        20:00:00 alerts: [1 asha is gone]
        24:03:00   withdraw gone asha
        24:03:00   alert 1 ended, overtaken after 1 d
        24:03:00 a day later
        24:03:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn of_very_many_that_are_over_only_the_last_are_known() {
    let mut story = Story::new();
    for number in 0..600 {
        let name = format!("worker {number:03}");
        story.pass(minutes(1)).sees(&name, [session(&name), listed(), alive(), idle()]);
        story.sees(&name, [removed(), process(Process::Absent)]);
    }
    story.pass(hours(25)).beat();
    let known = |number: u32| story.roster.worker(&WorkerId::new(format!("worker {number:03}"))).is_some();
    assert_eq!([0, 399, 400, 599].map(known), [false, false, true, true]);
    assert_eq!(story.roster.workers().count(), 0);
}
