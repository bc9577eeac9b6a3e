//! Rule 2: a person away from the prompt is no stuck worker: waiting, idle, background and limited stay what they are.

use expect_test::expect;
use peerwatch_core::Turn;

use crate::facts::*;
use crate::story::Story;

#[test]
fn a_permission_prompt_left_overnight() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "git push"), wrote()]);
    story.at("00:01:01").sees("asha", [waiting("permission prompt")]);
    story.at("09:00:00").verdict("asha");
    story.at("09:00:10").sees("asha", [busy()]);
    story.at("09:00:20").sees("asha", [over(), wrote(), idle()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:01 asha: working → waiting for you (permission)
        00:01:01   alert 1 raised, NeedsYou: waiting
        00:01:01   notify asha waits for your permission: Bash: git push · code/shop
        09:00:00 asha is waiting for you (permission) since 00:01:01: waits for your permission: Bash: git push
                   says it waits: permission prompt, 8 h 58 min
                   tool Bash called: git push, 8 h 59 min
                   transcript grew, 8 h 59 min
                   process alive, 9 h
        09:00:10 asha: waiting for you (permission) → working
        09:00:10   withdraw waiting 00.01.01 asha
        09:00:10   alert 1 ended, answered after 8 h 59 min
        09:00:20 asha: working → idle
    "#]].assert_eq(&story.end());
}

#[test]
fn a_question_a_plan_and_a_dialog() {
    let mut story = Story::new();
    for (name, called, registry) in [
        ("asha", tool("AskUserQuestion", "Which database?"), "input needed"),
        ("ben", tool("ExitPlanMode", "Move the tests, then the code"), "permission prompt"),
        ("chi", over(), "dialog open"),
        ("dee", tool("mcp__jira__create", "PEER-7"), "input needed"),
    ] {
        story.sees(name, [session(name), listed(), alive(), called, wrote(), waiting(registry)]);
    }
    story.at("12:00:00").alerts();
    expect![[r#"
        00:00:00 asha is waiting for you (question)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   notify asha has a question for you: Which database? · code/shop
        00:00:00 ben is waiting for you (plan)
        00:00:00   alert 2 raised, NeedsYou: waiting
        00:00:00   notify ben has a plan for you to approve: Move the tests, then the code · code/shop
        00:00:00 chi is waiting for you (dialog)
        00:00:00   alert 3 raised, NeedsYou: waiting
        00:00:00   notify chi has a dialog open: code/shop
        00:00:00 dee is waiting for you (question)
        00:00:00   alert 4 raised, NeedsYou: waiting
        00:00:00   withdraw waiting 00.00.00 asha
        00:00:00   withdraw waiting 00.00.00 ben
        00:00:00   withdraw waiting 00.00.00 chi
        00:00:00   notify (group) 4 things need a look: asha has a question for you; ben has a plan for you to approve; chi has a dialog open; dee has a question for you
        12:00:00 alerts: [1 asha has a question for you, 2 ben has a plan for you to approve, 3 chi has a dialog open, 4 dee has a question for you]
    "#]].assert_eq(&story.end());
}

#[test]
fn answered_and_asked_again_between_two_looks() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [tool("Bash", "git push"), waiting("permission prompt")]);
    // Busy in between was never seen: only the time of the status moved.
    story.at("00:01:30").sees("asha", [tool("Bash", "git tag v2"), waiting("permission prompt")]);
    story.at("00:02:00").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → waiting for you (permission)
        00:01:00   alert 1 raised, NeedsYou: waiting
        00:01:00   notify asha waits for your permission: Bash: git push · code/shop
        00:01:30   withdraw waiting 00.01.00 asha
        00:01:30   alert 1 ended, answered after 30 s
        00:01:30   alert 2 raised, NeedsYou: waiting
        00:01:30   notify asha waits for your permission: Bash: git tag v2 · code/shop
        00:02:00 alerts: [2 asha waits for your permission]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn idle_all_night() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [over(), wrote()]);
    story.at("14:00:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        14:00:00 asha is idle since -00:00:01: idle
                   transcript grew, 14 h
                   turn ended, 14 h
                   process alive, 14 h
                   says it is idle, 14 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_background_shell_for_half_a_day() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [over(), wrote(), shell()]);
    story.at("12:00:00").verdict("asha");
    story.at("12:00:01").sees("asha", [idle()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → background
        12:00:00 asha is background since 00:01:00: turn over, a background shell runs
                   transcript grew, 11 h 59 min
                   turn ended, 11 h 59 min
                   turn over, a background shell lives, 11 h 59 min
                   process alive, 12 h
        12:00:01 asha: background → idle
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn background_subagents_keep_the_word_at_busy() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:02:00").sees("asha", [over(), wrote(), subagents(2)]);
    story.at("05:00:00").verdict("asha");
    // The notification of their end starts another turn.
    story.at("05:00:01").sees("asha", [subagents(0), thinking(), wrote()]);
    story.at("05:00:09").sees("asha", [over(), idle(), wrote()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:02:00 asha: working → background
        05:00:00 asha is background since 00:02:00: turn over, 2 subagents work
                   2 subagents work, 4 h 58 min
                   transcript grew, 4 h 58 min
                   turn ended, 4 h 58 min
                   says it is busy, 4 h 59 min
                   process alive, 5 h
        05:00:01 asha: background → working
        05:00:09 asha: working → idle
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn teammates_in_panes_freeze_the_lead_at_busy() {
    let mut story = Story::with_session("lead");
    story.at("00:01:00").sees("lead", [busy(), thinking(), wrote()]);
    story.at("00:02:00").sees("lead", [over(), wrote(), panes(1, 2)]).verdict("lead");
    story.at("00:30:00").sees("lead", [panes(0, 2)]);
    story.at("08:00:00").verdict("lead");
    // A next turn shows in the transcript alone.
    story.at("08:00:01").sees("lead", [thinking(), wrote()]);
    expect![[r#"
        00:00:00 lead is idle
        00:01:00 lead: idle → working
        00:02:00 lead: working → background
        00:02:00 lead is background since 00:02:00: turn over, 1 teammate works, 2 teammates have panes
                   1 teammate works, 2 teammates have panes, now
                   transcript grew, now
                   turn ended, now
                   says it is busy, 1 min
                   process alive, 2 min
        00:30:00 lead: background → idle
        08:00:00 lead is idle since 00:02:00: idle
                   2 teammates have panes, 7 h 30 min
                   transcript grew, 7 h 58 min
                   turn ended, 7 h 58 min
                   says it is busy, 7 h 59 min
                   process alive, 8 h
        08:00:01 lead: idle → working
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_usage_limit_waits_for_its_reset() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    story.at("00:02:00").sees("asha", [failed("rate_limit", "5-hour limit reached, resets 3pm"), idle()]);
    story.at("06:00:00").verdict("asha");
    story.at("06:00:01").sees("asha", [thinking(), wrote(), busy()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:02:00 asha: working → limited (usage)
        00:02:00   alert 1 raised, NeedsYou: limited
        00:02:00   notify asha has reached a usage limit: 5-hour limit reached, resets 3pm · code/shop
        06:00:00 asha is limited (usage) since 00:02:00: usage limit: 5-hour limit reached, resets 3pm
                   says it is idle, 5 h 58 min
                   turn ended on an error (rate_limit): 5-hour limit reached, resets 3pm, 5 h 58 min
                   transcript grew, 5 h 59 min
                   process alive, 6 h
        06:00:01 asha: limited (usage) → working
        06:00:01   withdraw limited 00.02.00 asha
        06:00:01   alert 1 ended, lifted after 5 h 58 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_expired_login_and_an_overload() {
    let mut story = Story::new();
    for (name, error, text) in [
        ("asha", "authentication_failed", "Please run /login"),
        ("ben", "server_error", "Overloaded"),
        ("chi", "invalid_request", "Prompt is too long"),
    ] {
        story.sees(name, [session(name), listed(), alive(), failed(error, text), idle()]);
        story.verdict(name);
    }
    story.at("24:00:00").alerts();
    expect![[r#"
        00:00:00 asha is limited (login)
        00:00:00   alert 1 raised, NeedsYou: limited
        00:00:00   notify asha needs a login: Please run /login · code/shop
        00:00:00 asha is limited (login) since 00:00:00: needs a login: Please run /login
                   process alive, now
                   says it is idle, now
                   turn ended on an error (authentication_failed): Please run /login, now
        00:00:00 ben is limited (overload)
        00:00:00   alert 2 raised, Notice: limited
        00:00:00 ben is limited (overload) since 00:00:00: the model's service fails: Overloaded
                   process alive, now
                   says it is idle, now
                   turn ended on an error (server_error): Overloaded, now
        00:00:00 chi is idle
        00:00:00 chi is idle since 00:00:00: idle after an error: Prompt is too long
                   process alive, now
                   says it is idle, now
                   turn ended on an error (invalid_request): Prompt is too long, now
        24:00:00 alerts: [1 asha needs a login, 2 ben gets no answer from the model's service]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_failed_turn_whose_subagents_still_work() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [failed("invalid_request", "Prompt is too long"), subagents(1)]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha: idle → background
        00:00:00 asha is background since -00:00:01: turn over, 1 subagent works
                   1 subagent works, now
                   turn ended on an error (invalid_request): Prompt is too long, now
                   process alive, 1 s
                   says it is idle, 1 s
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn calls_that_fail_again_and_again() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    for (time, attempts) in [("00:01:01", 1), ("00:01:04", 3), ("00:01:20", 5), ("00:02:00", 7)] {
        story.at(time).sees("asha", [retrying(attempts)]);
    }
    story.at("03:00:00").verdict("asha");
    story.at("03:00:01").sees("asha", [thinking(), wrote()]);
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:20 asha: working → limited (overload)
        00:01:20   alert 1 raised, Notice: limited
        03:00:00 asha is limited (overload) since 00:01:00: calls to the model fail, 7 attempts so far
                   calls to the model fail, 7 attempts so far, 2 h 58 min
                   says it is busy, 2 h 59 min
                   transcript grew, 2 h 59 min
                   process alive, 3 h
        03:00:01 asha: limited (overload) → working
        03:00:01   alert 1 ended, lifted after 2 h 58 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn interrupted_by_a_person() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), tool("Bash", "sleep 99"), wrote()]);
    story.at("00:01:05").sees("asha", [turn(Turn::Interrupted), wrote(), idle()]);
    story.at("09:00:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:05 asha: working → idle
        09:00:00 asha is idle since 00:01:05: idle, interrupted
                   interrupted by a person, 8 h 58 min
                   says it is idle, 8 h 58 min
                   transcript grew, 8 h 58 min
                   process alive, 9 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn interrupted_before_anything_was_written() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [busy(), thinking(), wrote()]);
    // The tail of the transcript stays the prompt; only the status goes back.
    story.at("00:01:02").sees("asha", [idle()]);
    story.at("09:00:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → working
        00:01:02 asha: working → idle
        09:00:00 asha is idle since 00:01:02: idle
                   says it is idle, 8 h 58 min
                   the model has the floor, 8 h 59 min
                   transcript grew, 8 h 59 min
                   process alive, 9 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_question_of_a_worker_without_a_status() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), alive(), tool("AskUserQuestion", "Which database?"), wrote()]);
    story.at("09:00:00").verdict("asha");
    story.sees("asha", [thinking(), wrote()]);
    expect![[r#"
        00:00:00 asha is waiting for you (question)
        00:00:00   alert 1 raised, NeedsYou: waiting
        00:00:00   notify asha has a question for you: Which database? · code/shop
        09:00:00 asha is waiting for you (question) since 00:00:00: has a question for you: Which database?
                   process alive, 9 h
                   tool AskUserQuestion called: Which database?, 9 h
                   transcript grew, 9 h
        09:00:00 asha: waiting for you (question) → working
        09:00:00   withdraw waiting 00.00.00 asha
        09:00:00   alert 1 ended, answered after 9 h
    "#]]
    .assert_eq(&story.end());
}
