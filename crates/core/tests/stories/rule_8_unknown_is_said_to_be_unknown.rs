//! Rule 8: what another program says in words that Peerwatch does not know is shown, never guessed.

use expect_test::expect;
use peerwatch_core::Turn;

use crate::facts::*;
use crate::story::Story;

#[test]
fn an_unknown_status() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [says("hibernating"), thinking(), wrote()]);
    story.at("03:00:00").verdict("asha").alerts();
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → unknown
        03:00:00 asha is unknown since 00:01:00: declares a status unknown to Peerwatch: hibernating
                   declares a status unknown to Peerwatch: hibernating, 2 h 59 min
                   the model has the floor, 2 h 59 min
                   transcript grew, 2 h 59 min
                   process alive, 3 h
        03:00:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_unknown_reason_to_wait() {
    let mut story = Story::with_session("asha");
    story.at("00:01:00").sees("asha", [waiting("moon phase")]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:01:00 asha: idle → waiting for you (dialog)
        00:01:00   alert 1 raised, NeedsYou: waiting
        00:01:00   notify asha waits for you: moon phase · code/shop
        00:01:00 asha is waiting for you (dialog) since 00:01:00: waits for you: moon phase
                   says it waits: moon phase, now
                   process alive, 1 min
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn an_unknown_word_of_a_bridge_side() {
    let mut story = Story::new();
    story.sees("w1", [side("worker", "deploy"), heartbeat(), declares("zorbing")]).verdict("w1");
    story.at("00:06:00").verdict("w1");
    expect![[r#"
        00:00:00 w1 is unknown
        00:00:00 w1 is unknown since 00:00:00: declares itself zorbing, a word unknown to Peerwatch (silent now of 5 min)
                   declares itself zorbing, now
                   heartbeat in the bridge, now
        00:05:00 w1: unknown → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify worker has gone silent: Not heard for 5 min.
        00:06:00 w1 is quiet since 00:00:00: not heard for 6 min (silent 6 min of 5 min)
                   declares itself zorbing, 6 min
                   heartbeat in the bridge, 6 min
    "#]].assert_eq(&story.end());
}

#[test]
fn an_unknown_error_ends_a_turn_at_the_prompt() {
    let mut story = Story::with_session("asha");
    story.sees("asha", [failed("flux_error", "The flux was low")]).verdict("asha");
    expect![[r#"
        00:00:00 asha is idle
        00:00:00 asha is idle since -00:00:01: idle after an error: The flux was low
                   turn ended on an error (flux_error): The flux was low, now
                   process alive, 1 s
                   says it is idle, 1 s
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_session_of_which_nothing_is_known_but_its_name() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), listed(), alive()]).verdict("asha");
    story.sees("asha", [no_status(), turn(Turn::NotBegun)]).verdict("asha");
    story.at("00:00:01").sees("asha", [idle()]).verdict("asha");
    expect![[r#"
        00:00:00 asha is unknown
        00:00:00 asha is unknown since 00:00:00: nothing known yet
                   process alive, now
        00:00:00 asha is unknown since 00:00:00: no transcript yet
                   declares no status, now
                   no transcript yet, now
                   process alive, now
        00:00:01 asha: unknown → idle
        00:00:01 asha is idle since 00:00:01: idle
                   says it is idle, now
                   no transcript yet, 1 s
                   process alive, 1 s
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_session_without_a_status_is_read_from_its_transcript() {
    let mut story = Story::new();
    story.sees("asha", [session("asha"), listed(), alive(), no_status(), thinking(), wrote()]);
    story.at("00:00:30").sees("asha", [tool("Bash", "make"), wrote(), child("make", true)]);
    story.at("00:01:00").verdict("asha");
    story.at("00:02:00").sees("asha", [over(), wrote(), no_child()]);
    story.at("04:00:00").verdict("asha");
    expect![[r#"
        00:00:00 asha is working
        00:01:00 asha is working since 00:00:00: tool Bash: make · child busy (silent 30 s of 10 min)
                   child process `make` busy, 30 s
                   tool Bash called: make, 30 s
                   transcript grew, 30 s
                   declares no status, 1 min
                   process alive, 1 min
        00:02:00 asha: working → idle
        04:00:00 asha is idle since 00:02:00: idle
                   no child process of a tool, 3 h 58 min
                   transcript grew, 3 h 58 min
                   turn ended, 3 h 58 min
                   declares no status, 4 h
                   process alive, 4 h
    "#]]
    .assert_eq(&story.end());
}
