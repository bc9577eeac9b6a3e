//! Messages: one notification for each conversation, replaced by the next, ended when they are read.

use expect_test::expect;
use peerwatch_core::{ConversationId, Input, Message, Party, Person, Policy};

use crate::facts::*;
use crate::story::{Story, minutes, seconds};

fn two_sides() -> Story {
    let mut story = Story::new();
    story.sees("orchestrator", [side("orchestrator", "deploy"), heartbeat(), unread(0)]);
    story.sees("worker", [side("worker", "deploy"), heartbeat(), unread(0)]);
    story.end();
    story
}

#[test]
fn one_notification_is_replaced_by_the_next_and_ends_when_all_is_read() {
    let mut story = two_sides();
    story.at("00:01:00").sees("worker", [unread(1)]);
    story.message("deploy", "m1", "orchestrator", "worker", "Please take the tests");
    story.at("00:01:10").sees("worker", [unread(2)]);
    story.message("deploy", "m2", "orchestrator", "worker", "and the docs");
    story.at("00:02:00").sees("worker", [unread(0), messaged()]).alerts();
    story.at("00:03:00").message("deploy", "m3", "worker", "orchestrator", "done");
    expect![[r#"
        00:01:00   alert 1 raised, Notice: message
        00:01:00   notify orchestrator wrote to worker: Please take the tests
        00:01:00 message m1 from orchestrator to worker
        00:01:10   notify 2 new messages, orchestrator wrote to worker: and the docs
        00:01:10 message m2 from orchestrator to worker
        00:02:00   withdraw message deploy
        00:02:00   alert 1 ended, read after 1 min
        00:02:00 alerts: []
        00:03:00   alert 2 raised, Notice: message
        00:03:00   notify worker wrote to orchestrator: done
        00:03:00 message m3 from worker to orchestrator
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_count_from_before_the_message_does_not_end_it() {
    let mut story = two_sides();
    story.at("00:01:00").message("deploy", "m1", "orchestrator", "worker", "hello");
    story.at("00:01:01").sees("worker", [heartbeat()]).alerts();
    story.at("00:01:02").sees("worker", [unread(0)]).alerts();
    expect![[r#"
        00:01:00   alert 1 raised, Notice: message
        00:01:00   notify orchestrator wrote to worker: hello
        00:01:00 message m1 from orchestrator to worker
        00:01:01 alerts: [1 orchestrator wrote to worker]
        00:01:02   withdraw message deploy
        00:01:02   alert 1 ended, read after 2 s
        00:01:02 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn receipts_end_it_too_when_the_last_one_is_in() {
    let mut story = two_sides();
    story.at("00:01:00").message("deploy", "m1", "orchestrator", "worker", "one");
    story.message("deploy", "m2", "orchestrator", "worker", "two");
    story.at("00:01:10").fetched("deploy", "m1").alerts();
    story.at("00:01:20").fetched("deploy", "m2").alerts();
    expect![[r#"
        00:01:00   alert 1 raised, Notice: message
        00:01:00   notify orchestrator wrote to worker: one
        00:01:00 message m1 from orchestrator to worker
        00:01:00   notify 2 new messages, orchestrator wrote to worker: two
        00:01:00 message m2 from orchestrator to worker
        00:01:10 message m1 was fetched
        00:01:10 alerts: [1 2 new messages, orchestrator wrote to worker]
        00:01:20   withdraw message deploy
        00:01:20   alert 1 ended, read after 20 s
        00:01:20 message m2 was fetched
        00:01:20 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_same_words_twice_are_two_messages() {
    let mut story = two_sides();
    for id in ["m1", "m2"] {
        story.message("deploy", id, "orchestrator", "worker", "ping");
    }
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00   notify orchestrator wrote to worker: ping
        00:00:00 message m1 from orchestrator to worker
        00:00:00   notify 2 new messages, orchestrator wrote to worker: ping
        00:00:00 message m2 from orchestrator to worker
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn history_raises_nothing_and_neither_does_what_was_read() {
    let mut story = two_sides();
    let old = Message { fresh: false, ..story.written("deploy", "m1", "orchestrator", "worker", "old") };
    let read =
        Message { read: Some(true), ..story.written("deploy", "m2", "orchestrator", "worker", "read") };
    story.input(Input::Arrived(old)).input(Input::Arrived(read)).alerts();
    let talks: Vec<u32> = story.roster.talks().map(|(_, talk)| talk.messages).collect();
    assert_eq!(talks, [2]);
    expect![[r#"
        00:00:00 message m2 from orchestrator to worker
        00:00:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn what_the_person_wrote_is_no_news_to_the_person() {
    let mut story = two_sides();
    let own = Message { by_person: true, ..story.written("deploy", "m1", "you", "worker", "hello") };
    story.input(Input::Arrived(own)).alerts();
    expect![[r#"
        00:00:00 message m1 from you to worker
        00:00:00 alerts: []
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_message_that_is_brought_to_its_reader_is_told_only_when_that_takes_a_while() {
    let mut story = two_sides();
    let brought = |story: &Story, id: &str, text: &str| Message {
        brought: true,
        ..story.written("deploy", id, "orchestrator", "worker", text)
    };
    let quick = brought(&story, "m1", "quick");
    story.input(Input::Arrived(quick));
    story.pass(seconds(1)).fetched("deploy", "m1").pass(seconds(10));
    let slow = brought(&story, "m2", "slow");
    story.input(Input::Arrived(slow)).pass(seconds(10));
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00 message m1 from orchestrator to worker
        00:00:01   alert 1 ended, read after 1 s
        00:00:01 message m1 was fetched
        00:00:11   alert 2 raised, Notice: message
        00:00:11 message m2 from orchestrator to worker
        00:00:14   notify orchestrator wrote to worker: slow
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn what_was_said_to_the_person_is_read_when_its_conversation_is_before_them() {
    let mut story = two_sides();
    let said = |story: &Story, id: &str, text: &str| {
        let message = story.written("talk", id, "worker", "you", text);
        Message { to: Party { worker: None, name: "you".into() }, ..message }
    };
    let first = said(&story, "m1", "done");
    story.input(Input::Arrived(first)).person(Person::LookingInto(ConversationId::new("talk")));
    let second = said(&story, "m2", "anything else?");
    story.input(Input::Arrived(second)).person(Person::LookingAt(None));
    let third = said(&story, "m3", "hello?");
    story.input(Input::Arrived(third));
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00   notify worker wrote to you: done
        00:00:00 message m1 from worker to you
        00:00:00 the person: reads talk
        00:00:00   withdraw message talk
        00:00:00   alert 1 ended, read at once
        00:00:00 message m2 from worker to you
        00:00:00 the person: looks away
        00:00:00   alert 2 raised, Notice: message
        00:00:00   notify worker wrote to you: hello?
        00:00:00 message m3 from worker to you
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_fresh_message_is_told_though_an_earlier_run_told_of_its_conversation() {
    let mut story = two_sides();
    story.input(Input::Remembered("message:deploy".into()));
    story.message("deploy", "m9", "orchestrator", "worker", "news");
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00   notify orchestrator wrote to worker: news
        00:00:00 message m9 from orchestrator to worker
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_text_of_an_agent_is_shown_plain_and_short() {
    let mut story = two_sides();
    let text = format!("\u{1b}[31mred\u{202e}\n{}", "x".repeat(500));
    story.message("deploy", "m1", &"n".repeat(90), "worker", &text);
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00   notify nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn… wrote to worker: [31mred xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
        00:00:00 message m1 from nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn to worker
    "#]].assert_eq(&story.end());
}

#[test]
fn not_told_while_the_person_looks_at_the_conversation() {
    let mut story = two_sides();
    story.message("deploy", "m1", "orchestrator", "worker", "one");
    story.person(Person::LookingAt(Some(peerwatch_core::WorkerId::new("worker"))));
    story.message("deploy", "m2", "orchestrator", "worker", "two");
    story.message("review", "m3", "orchestrator", "ben", "three");
    story.person(Person::LookingAt(None));
    story.message("deploy", "m4", "orchestrator", "worker", "four");
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00   notify orchestrator wrote to worker: one
        00:00:00 message m1 from orchestrator to worker
        00:00:00 the person: looks at worker
        00:00:00   withdraw message deploy
        00:00:00 message m2 from orchestrator to worker
        00:00:00   alert 2 raised, Notice: message
        00:00:00   notify orchestrator wrote to ben: three
        00:00:00 message m3 from orchestrator to ben
        00:00:00 the person: looks away
        00:00:00   notify 3 new messages, orchestrator wrote to worker: four
        00:00:00 message m4 from orchestrator to worker
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn a_mute_of_either_side_holds_messages_back() {
    let mut story = two_sides();
    let until = story.until(minutes(30));
    story.person(Person::Mute(peerwatch_core::WorkerId::new("worker"), Some(until)));
    story.at("00:10:00").message("deploy", "m1", "orchestrator", "worker", "one");
    story.at("00:40:00");
    expect![[r#"
        00:00:00 the person: mute worker until 00:30:00
        00:05:00 orchestrator: working → quiet
        00:05:00   alert 1 raised, NeedsYou: silent
        00:05:00   notify orchestrator has gone silent: Not heard for 5 min.
        00:05:00 worker: working → quiet
        00:05:00   alert 2 raised, NeedsYou: silent
        00:10:00   alert 3 raised, Notice: message
        00:10:00 message m1 from orchestrator to worker
        00:30:00   notify (digest) While it was muted: 1 silent, 1 message: worker has gone silent; orchestrator wrote to worker
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn messages_can_be_switched_off() {
    let mut story = two_sides();
    story.input(Input::Policy(Policy { notify_messages: false, ..Policy::default() }));
    story.message("deploy", "m1", "orchestrator", "worker", "one").alerts();
    expect![[r#"
        00:00:00   alert 1 raised, Notice: message
        00:00:00 message m1 from orchestrator to worker
        00:00:00 alerts: [1 orchestrator wrote to worker]
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_stillest_of_too_many_conversations_is_forgotten() {
    let mut story = Story::new();
    for number in 0..1_100 {
        let message =
            Message { fresh: false, ..story.written(&format!("talk {number:04}"), "m", "a", "b", "hi") };
        story.input(Input::Arrived(message)).pass(minutes(1));
    }
    let talks: Vec<&str> = story.roster.talks().map(|(id, _)| id.as_str()).collect();
    assert_eq!((talks.len(), talks.first().copied()), (1_000, Some("talk 0100")));
}
