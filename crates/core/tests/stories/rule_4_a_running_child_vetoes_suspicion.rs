//! Rule 4: a running child of a tool vetoes suspicion.

use expect_test::expect;
use peerwatch_core::Process;

use crate::facts::*;
use crate::story::Story;

#[test]
fn a_test_run_of_ninety_minutes() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "cargo test"), wrote()]);
    for minute in (2..92).step_by(10) {
        story
            .at(&format!("{:02}:{:02}:00", minute / 60, minute % 60))
            .sees("asha", [child("cargo test", true)]);
    }
    story.at("01:31:00").verdict("asha");
    story.sees("asha", [thinking(), wrote(), no_child()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        01:31:00 asha is working since 00:01:00: tool Bash: cargo test · child busy (silent 1 h 30 min of 10 min)
                   child process `cargo test` busy, 9 min
                   says it is busy, 1 h 30 min
                   tool Bash called: cargo test, 1 h 30 min
                   transcript grew, 1 h 30 min
                   process alive, 1 h 31 min
    "#]].assert_eq(&story.end());
}

#[test]
fn a_child_that_waits_for_the_network() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "gh run watch"), wrote()]);
    story.at("00:01:05").sees("asha", [child("gh run watch", false)]);
    story.at("00:59:00").verdict("asha");
    // Quiet is said, suspicion is not: the child is there.
    story.at("03:00:00").verdict("asha").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:59:00 asha is working since 00:01:00: tool Bash: gh run watch · child alive, at rest (silent 58 min of 10 min)
                   child process `gh run watch` alive, using no processor time, 57 min
                   says it is busy, 58 min
                   tool Bash called: gh run watch, 58 min
                   transcript grew, 58 min
                   process alive, 59 min
        01:01:00 asha: working → quiet
        03:00:00 asha is quiet since 00:01:00: not heard for 2 h 59 min · tool Bash: gh run watch · child alive, at rest (silent 2 h 59 min of 10 min)
                   child process `gh run watch` alive, using no processor time, 2 h 58 min
                   says it is busy, 2 h 59 min
                   tool Bash called: gh run watch, 2 h 59 min
                   transcript grew, 2 h 59 min
                   process alive, 3 h
        03:00:00 alerts: []
    "#]].assert_eq(&story.end());
}

#[test]
fn the_child_of_an_earlier_tool_is_no_excuse() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make"), wrote(), child("make", true)]);
    story.at("00:02:00").sees("asha", [tool("mcp__jira__search", "PEER-7"), wrote()]);
    story.at("00:20:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:12:00 asha: working → quiet
        00:20:00 asha is quiet since 00:02:00: not heard for 18 min · tool mcp__jira__search: PEER-7 (silent 18 min of 10 min)
                   tool mcp__jira__search called: PEER-7, 18 min
                   transcript grew, 18 min
                   child process `make` busy, 19 min
                   says it is busy, 19 min
                   process alive, 20 min
    "#]].assert_eq(&story.end());
}

#[test]
fn a_child_that_appears_takes_a_suspicion_back() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make"), wrote(), no_child()]);
    story.at("00:12:00").sees("asha", [child("cc1", true)]);
    story.false_alarms();
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
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_child_that_is_stopped_with_its_worker_excuses_nothing() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make"), wrote(), child("make", false)]);
    story.at("00:02:00").sees("asha", [process(Process::Stopped)]);
    story.at("00:20:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:02:00 asha: working → quiet
        00:11:00 asha: quiet → suspect
        00:11:00   alert 1 raised, NeedsYou: silent
        00:11:00   notify asha has gone silent: Not heard for 10 min. Last seen with Bash: make. · code/shop
        00:20:00 asha is suspect since 00:01:00: stopped by a signal · not heard for 19 min · tool Bash: make · child alive, at rest (silent 19 min of 10 min)
                   process stopped by a signal, 18 min
                   child process `make` alive, using no processor time, 19 min
                   says it is busy, 19 min
                   tool Bash called: make, 19 min
                   transcript grew, 19 min
    "#]].assert_eq(&story.end());
}

#[test]
fn a_child_that_ends_a_moment_before_its_result_is_written_makes_nobody_suspicious() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "cargo test"), wrote()]);
    story.at("01:30:55").sees("asha", [child("cargo test", true)]);
    story.at("01:31:00").sees("asha", [no_child()]).verdict("asha").alerts();
    // Had no result come, it would have been missed ten minutes after its child.
    story.at("01:40:54").alerts();
    story.at("01:40:55").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → quiet
        01:30:55 asha: quiet → working
        01:31:00 asha is working since 00:01:00: tool Bash: cargo test · no child process (silent 1 h 30 min of 10 min)
                   no child process of a tool, now
                   says it is busy, 1 h 30 min
                   tool Bash called: cargo test, 1 h 30 min
                   transcript grew, 1 h 30 min
                   process alive, 1 h 31 min
        01:31:00 alerts: []
        01:40:54 alerts: []
        01:40:55 asha: working → suspect
        01:40:55   alert 1 raised, NeedsYou: silent
        01:40:55   notify asha has gone silent: Not heard for 1 h 39 min. Last seen with Bash: cargo test. · code/shop
        01:40:55 alerts: [1 asha has gone silent]
    "#]].assert_eq(&story.end());
}
