//! Rule 3: every verdict has its witnesses with their ages, and none is suspect on one witness alone.

use expect_test::expect;
use peerwatch_core::Process;

use crate::facts::*;
use crate::story::Story;

#[test]
fn a_tool_call_hangs_without_a_child() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "make check"), wrote(), no_child()]);
    story.at("00:10:59").verdict("asha");
    story.at("00:11:00").verdict("asha");
    story.at("00:13:00").sees("asha", [thinking(), wrote()]);
    story.false_alarms();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:10:59 asha is working since 00:01:00: tool Bash: make check · no child process (silent 9 min of 10 min)
                   no child process of a tool, 9 min
                   says it is busy, 9 min
                   tool Bash called: make check, 9 min
                   transcript grew, 9 min
                   process alive, 11 min
        00:11:00 asha: working → suspect
        00:11:00   alert 1 raised, NeedsYou: silent
        00:11:00   notify asha has gone silent: Not heard for 10 min. Last seen with Bash: make check. · code/shop
        00:11:00 asha is suspect since 00:01:00: not heard for 10 min · tool Bash: make check · no child process (silent 10 min of 10 min)
                   no child process of a tool, 10 min
                   says it is busy, 10 min
                   tool Bash called: make check, 10 min
                   transcript grew, 10 min
                   process alive, 11 min
        00:13:00 asha: suspect → working
        00:13:00   withdraw silent 00.01.00 asha
        00:13:00   alert 1 ended, back after 2 min
        00:13:00 silences 1, false alarms 1
    "#]].assert_eq(&story.end());
}

#[test]
fn a_call_that_runs_no_process_is_not_missed_for_the_want_of_one() {
    let mut story = Story::with_session("asha");
    story
        .at("00:01:00")
        .sees("asha", [busy(), tool("mcp__peerwatch__wait", "for a message"), wrote(), no_child()]);
    story.at("00:59:00").verdict("asha").alerts();
    // Longer than any wait is left alone.
    story.at("01:01:00").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → quiet
        00:59:00 asha is quiet since 00:01:00: not heard for 58 min · tool mcp__peerwatch__wait: for a message · no child process (silent 58 min of 10 min)
                   no child process of a tool, 58 min
                   says it is busy, 58 min
                   tool mcp__peerwatch__wait called: for a message, 58 min
                   transcript grew, 58 min
                   process alive, 59 min
        00:59:00 alerts: []
        01:01:00 asha: quiet → suspect
        01:01:00   alert 1 raised, NeedsYou: silent
        01:01:00   notify asha has gone silent: Not heard for 1 h. Last seen with mcp__peerwatch__wait: for a message. · code/shop
        01:01:00 alerts: [1 asha has gone silent]
    "#]].assert_eq(&story.end());
}

#[test]
fn a_model_that_thinks_for_twenty_minutes() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote(), no_child()]);
    story.at("00:21:00").verdict("asha").alerts();
    story.at("00:21:01").sees("asha", [over(), wrote(), idle()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → quiet
        00:21:00 asha is quiet since 00:01:00: not heard for 20 min (silent 20 min of 10 min)
                   no child process of a tool, 20 min
                   says it is busy, 20 min
                   the model has the floor, 20 min
                   transcript grew, 20 min
                   process alive, 21 min
        00:21:00 alerts: []
        00:21:01 asha: quiet → idle
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn seventy_minutes_of_nothing_at_all() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    story.at("01:11:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → quiet
        01:01:00 asha: quiet → suspect
        01:01:00   alert 1 raised, NeedsYou: silent
        01:01:00   notify asha has gone silent: Not heard for 1 h. · code/shop
        01:11:00 asha is suspect since 00:01:00: not heard for 1 h 10 min (silent 1 h 10 min of 10 min)
                   says it is busy, 1 h 10 min
                   the model has the floor, 1 h 10 min
                   transcript grew, 1 h 10 min
                   process alive, 1 h 11 min
                   no call of a model lasts this long without a trace, now
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_stop_hook_that_never_ends_is_not_the_models_silence() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy()]);
    story.at("00:01:10").sees("asha", [over(), wrote()]);
    story.at("02:00:00").verdict("asha").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:10 asha: working → quiet
        02:00:00 asha is quiet since 00:01:10: not heard for 1 h 58 min (silent 1 h 58 min of 10 min)
                   transcript grew, 1 h 58 min
                   turn ended, 1 h 58 min
                   says it is busy, 1 h 59 min
                   process alive, 2 h
        02:00:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn stopped_by_a_signal() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:02:00").sees("asha", [process(Process::Stopped)]).verdict("asha");
    story.at("00:20:00").verdict("asha");
    // Continued, but not heard yet: the same silence goes on.
    story.at("00:21:00").sees("asha", [alive()]).alerts();
    story.at("00:21:30").sees("asha", [over(), wrote(), idle()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:02:00 asha: working → quiet
        00:02:00 asha is quiet since 00:01:00: stopped by a signal (silent 1 min of 10 min)
                   process stopped by a signal, now
                   says it is busy, 1 min
                   the model has the floor, 1 min
                   transcript grew, 1 min
        00:11:00 asha: quiet → suspect
        00:11:00   alert 1 raised, NeedsYou: silent
        00:11:00   notify asha has gone silent: Not heard for 10 min. · code/shop
        00:20:00 asha is suspect since 00:01:00: stopped by a signal · not heard for 19 min (silent 19 min of 10 min)
                   process stopped by a signal, 18 min
                   says it is busy, 19 min
                   the model has the floor, 19 min
                   transcript grew, 19 min
        00:21:00 asha: suspect → quiet
        00:21:00 alerts: [1 asha has gone silent]
        00:21:30 asha: quiet → idle
        00:21:30   withdraw silent 00.01.00 asha
        00:21:30   alert 1 ended, back after 10 min
    "#]].assert_eq(&story.end());
}

#[test]
fn stopped_at_its_prompt_is_still_idle() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [process(Process::Stopped)]);
    story.at("05:00:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        05:00:00 asha is idle since -00:00:01: idle
                   process stopped by a signal, 4 h 59 min
                   says it is idle, 5 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_subagent_that_writes_is_a_witness_for_its_lead() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Task", "review the patch"), wrote(), no_child()]);
    for time in ["00:09:00", "00:17:00", "00:25:00"] {
        story.at(time).sees("asha", [subagent_wrote(), no_child()]);
    }
    story.at("00:26:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:26:00 asha is working since 00:01:00: tool Task: review the patch · no child process (silent 1 min of 10 min)
                   a subagent's transcript grew, 1 min
                   no child process of a tool, 1 min
                   says it is busy, 25 min
                   tool Task called: review the patch, 25 min
                   transcript grew, 25 min
                   process alive, 26 min
    "#]].assert_eq(&story.end());
}

#[test]
fn a_subagent_that_thinks_is_no_tool_that_hangs() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Task", "review the patch"), wrote(), no_child()]);
    story.at("00:30:00").verdict("asha").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:11:00 asha: working → quiet
        00:30:00 asha is quiet since 00:01:00: not heard for 29 min · tool Task: review the patch · no child process (silent 29 min of 10 min)
                   no child process of a tool, 29 min
                   says it is busy, 29 min
                   tool Task called: review the patch, 29 min
                   transcript grew, 29 min
                   process alive, 30 min
        00:30:00 alerts: []
    "#]].assert_eq(&story.end());
}

#[test]
fn a_tool_of_a_worker_without_a_status_may_wait_for_a_permission() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), listed(), alive(), tool("Bash", "git push"), wrote(), no_child()]);
    story.at("09:00:00").verdict("asha").alerts();
    expect![[r#"
        00:00:00 asha is working
        00:10:00 asha: working → quiet
        09:00:00 asha is quiet since 00:00:00: not heard for 9 h · tool Bash: git push · no child process (silent 9 h of 10 min)
                   no child process of a tool, 9 h
                   process alive, 9 h
                   tool Bash called: git push, 9 h
                   transcript grew, 9 h
        09:00:00 alerts: []
    "#]].assert_eq(&story.end());
}

#[test]
fn a_look_from_before_the_call_is_no_witness() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote(), no_child()]);
    story.at("00:02:00").sees("asha", [tool("Bash", "make check"), wrote()]);
    story.at("00:20:00").verdict("asha");
    story.sees("asha", [no_child()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:12:00 asha: working → quiet
        00:20:00 asha is quiet since 00:02:00: not heard for 18 min · tool Bash: make check (silent 18 min of 10 min)
                   tool Bash called: make check, 18 min
                   transcript grew, 18 min
                   no child process of a tool, 19 min
                   says it is busy, 19 min
                   process alive, 20 min
        00:20:00 asha: quiet → suspect
        00:20:00   alert 1 raised, NeedsYou: silent
        00:20:00   notify asha has gone silent: Not heard for 18 min. Last seen with Bash: make check. · code/shop
    "#]].assert_eq(&story.end());
}
