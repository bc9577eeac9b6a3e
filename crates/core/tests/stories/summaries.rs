//! A worker in one line, for every kind of verdict.

use expect_test::expect;
use std::time::Duration;

use peerwatch_core::{Fact, Process, Turn, WorkerId, summary};

use crate::facts::*;
use crate::story::{Story, minutes, word};

/// The line for a worker with these facts, so long after they were seen.
fn line(table: &mut String, identity: Fact, later: Duration, facts: impl IntoIterator<Item = Fact>) {
    let mut story = Story::new();
    story.sees("w", [identity].into_iter().chain(facts)).pass(later);
    let worker = story.roster.worker(&WorkerId::new("w")).unwrap();
    let verdict = story.roster.verdict(worker, story.now().tick);
    let line = summary(worker, &verdict);
    table.push_str(&format!("{:27} {line}\n", word(verdict.presence)));
}

#[test]
fn of_sessions() {
    let mut table = String::new();
    let mut say = |later: u64, facts: &[Fact]| {
        let facts = [listed(), alive()].into_iter().chain(facts.iter().cloned());
        line(&mut table, session("asha"), minutes(later), facts);
    };
    let push = || tool("Bash", "git push");
    say(0, &[busy(), thinking(), wrote()]);
    say(14, &[busy(), tool("Bash", "cargo test"), wrote(), child("cargo", true)]);
    say(14, &[busy(), tool("Bash", "sleep 9999"), wrote(), child("sleep", false)]);
    say(0, &[busy(), tool("mcp__jira__search", "PEER-7"), wrote(), no_child()]);
    say(0, &[busy(), retrying(2), wrote()]);
    say(0, &[busy(), over(), wrote()]);
    say(12, &[waiting("permission prompt"), push()]);
    say(0, &[waiting("input needed"), tool("AskUserQuestion", "Which database?")]);
    say(0, &[waiting("permission prompt"), tool("ExitPlanMode", "Move the tests")]);
    say(0, &[waiting("dialog open")]);
    say(0, &[waiting("moon phase")]);
    say(120, &[idle(), over()]);
    say(0, &[idle(), turn(Turn::Interrupted)]);
    say(0, &[idle(), failed("invalid_request", "Prompt is too long")]);
    say(0, &[shell(), over()]);
    say(0, &[idle(), over(), subagents(2)]);
    say(0, &[busy(), over(), panes(1, 2)]);
    say(0, &[idle(), failed("rate_limit", "resets 3pm")]);
    say(0, &[idle(), failed("authentication_failed", "Please run /login")]);
    say(0, &[idle(), failed("server_error", "Overloaded")]);
    say(0, &[busy(), retrying(7), wrote()]);
    say(12, &[busy(), thinking(), wrote()]);
    say(12, &[busy(), tool("Bash", "make check"), wrote(), no_child()]);
    say(0, &[busy(), push(), wrote(), process(Process::Stopped)]);
    say(0, &[busy(), push(), process(Process::Absent)]);
    say(0, &[busy(), thinking(), process(Process::Absent)]);
    say(0, &[idle(), process(Process::Absent)]);
    say(0, &[idle(), removed()]);
    say(1, &[idle(), removed()]);
    say(0, &[says("hibernating")]);
    say(0, &[turn(Turn::NotBegun)]);
    say(0, &[]);
    expect![[r#"
        working                     thinking
        working                     tool Bash: cargo test · child busy
        working                     tool Bash: sleep 9999 · child alive, at rest
        working                     tool mcp__jira__search: PEER-7 · no child process
        working                     thinking · calls to the model fail, 2 attempts so far
        working                     busy
        waiting for you (permission) waits for your permission: Bash: git push
        waiting for you (question)  has a question for you: Which database?
        waiting for you (plan)      has a plan for you to approve: Move the tests
        waiting for you (dialog)    has a dialog open
        waiting for you (dialog)    waits for you: moon phase
        idle                        idle
        idle                        idle, interrupted
        idle                        idle after an error: Prompt is too long
        background                  turn over, a background shell runs
        background                  turn over, 2 subagents work
        background                  turn over, 1 teammate works, 2 teammates have panes
        limited (usage)             usage limit: resets 3pm
        limited (login)             needs a login: Please run /login
        limited (overload)          the model's service fails: Overloaded
        limited (overload)          calls to the model fail, 7 attempts so far
        quiet                       not heard for 12 min
        suspect                     not heard for 12 min · tool Bash: make check · no child process
        quiet                       stopped by a signal · tool Bash: git push
        gone                        gone during Bash: git push
        gone                        gone during a turn
        gone                        gone
        ended                       ended
        unknown                     taken off the list, its process lives
        unknown                     declares a status unknown to Peerwatch: hibernating
        unknown                     no transcript yet
        unknown                     nothing known yet
    "#]]
    .assert_eq(&table);
}

#[test]
fn of_bridge_sides() {
    let mut table = String::new();
    let mut say = |later: u64, facts: &[Fact]| {
        line(&mut table, side("worker", "deploy"), minutes(later), facts.iter().cloned());
    };
    say(0, &[heartbeat()]);
    say(0, &[heartbeat(), unread(3)]);
    say(12, &[heartbeat()]);
    say(12, &[heartbeat(), unread(1)]);
    say(12, &[heartbeat(), declares("waiting")]);
    say(12, &[heartbeat(), declares("blocked")]);
    say(12, &[heartbeat(), declares("complete")]);
    say(0, &[heartbeat(), declares("zorbing")]);
    say(0, &[messaged()]);
    say(12, &[messaged()]);
    say(0, &[]);
    say(24 * 60, &[heartbeat()]);
    expect![[r#"
        working                     working, by its own heartbeats
        working                     working, by its own heartbeats · 3 unread
        quiet                       not heard for 12 min
        suspect                     not heard for 12 min · 1 unread
        idle                        waits for its partner
        idle                        says it is blocked
        idle                        says it is done
        unknown                     declares itself zorbing, a word unknown to Peerwatch
        working                     sends or fetches messages
        unknown                     sends no heartbeats, nothing known since its last message
        unknown                     never heard
        ended                       over, not heard for more than a day
    "#]]
    .assert_eq(&table);
}

#[test]
fn a_learned_rhythm_is_said_with_the_silence() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [busy(), thinking(), wrote()]);
    for _ in 0..30 {
        story.pass(Duration::from_secs(40)).sees("asha", [wrote()]);
    }
    story.pass(minutes(12));
    let worker = story.roster.worker(&WorkerId::new("asha")).unwrap();
    let verdict = story.roster.verdict(worker, story.now().tick);
    assert_eq!(summary(worker, &verdict), "not heard for 12 min, usually every 40 s");
}
