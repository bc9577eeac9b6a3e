//! A side of a bridge that a session holds, by proof, is that session: one row, one verdict, one alert.

use expect_test::expect;
use peerwatch_core::{ConversationId, Input, MessageId, Receipt, WorkerId};

use crate::facts::*;
use crate::story::{Story, minutes};

fn held() -> Story {
    let mut story = Story::with_session("api");
    story.sees("b", [side("backend", "deploy"), heartbeat(), declares("working"), unread(2), held_by("api")]);
    story.end();
    story
}

#[test]
fn only_the_session_is_drawn_and_it_has_the_sides_unread_messages() {
    let story = held();
    let drawn: Vec<&str> = story.roster.workers().map(|worker| worker.name()).collect();
    assert_eq!(drawn, ["api"]);
    let api = story.roster.worker(&WorkerId::new("api")).unwrap();
    assert_eq!(story.roster.unread_of(api), Some(2));
    let conversation = ConversationId::new("deploy");
    let there: Vec<&str> = story.roster.in_conversation(&conversation).iter().map(|it| it.name()).collect();
    assert_eq!(there, ["api"]);
}

#[test]
fn a_side_without_heartbeats_is_not_missed_while_its_session_is_known() {
    let mut story = held();
    story.pass(minutes(60)).alerts().verdict("api");
    expect![[r#"
        01:00:00 alerts: []
        01:00:00 api is idle since -00:00:01: idle
                   process alive, 1 h
                   says it is idle, 1 h
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_silence_that_was_told_of_ends_when_a_session_turns_out_to_hold_the_side() {
    let mut story = Story::with_session("api");
    story.sees("b", [side("backend", "deploy"), heartbeat(), declares("working")]);
    story.pass(minutes(6)).alerts();
    story.sees("b", [held_by("api")]).alerts();
    expect![[r#"
        00:00:00 api is idle
        00:00:00 b is working
        00:05:00 b: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify backend has gone silent: Not heard for 5 min.
        00:06:00 alerts: [1 backend has gone silent]
        00:06:00   withdraw silent 00.00.00 b
        00:06:00   alert 1 ended, overtaken after 1 min
        00:06:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn messages_are_of_the_session_under_the_name_of_its_role() {
    let mut story = held();
    story.sees("a", [side("frontend", "deploy"), heartbeat()]);
    story.end();
    story.message("deploy", "m1", "a", "b", "please review");
    let talk = story.roster.talks().find(|(id, _)| id.as_str() == "deploy").unwrap().1;
    let to = &talk.last.as_ref().unwrap().to;
    assert_eq!((to.worker.as_ref().map(WorkerId::as_str), to.name.as_str()), (Some("api"), "b"));
}

#[test]
fn a_message_that_waits_in_a_dialog_is_told_once_and_ends_when_it_got_in() {
    let mut story = held();
    let told = |why: Option<&str>| Input::Undelivered {
        conversation: ConversationId::new("deploy"),
        to: Some(WorkerId::new("api")),
        why: why.map(str::to_owned),
    };
    let receipt = |story: &Story, receipt| Input::Receipt {
        conversation: ConversationId::new("deploy"),
        id: MessageId::new("m1"),
        receipt,
        at: story.now(),
    };
    let held = receipt(&story, Receipt::Trouble("held".into()));
    story.input(held).input(told(Some("It waits in a dialog there.")));
    story.at("00:02:00").input(told(Some("It waits in a dialog there."))).alerts();
    let seen = receipt(&story, Receipt::Seen);
    story.at("00:03:00").input(seen).input(told(None)).alerts();
    expect![[r#"
        00:00:00 message m1 is held
        00:00:00   alert 1 raised, NeedsYou: undelivered
        00:00:00   notify A message to api waits: It waits in a dialog there.
        00:02:00 alerts: [1 A message to api waits]
        00:03:00 message m1 is seen
        00:03:00   withdraw undelivered deploy
        00:03:00   alert 1 ended, delivered after 3 min
        00:03:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}
