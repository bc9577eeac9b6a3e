//! Messages known again by their senders' identities, and sides of bridges known by who speaks for them.

use std::time::Duration;

use expect_test::expect;
use peerwatch_sources::{Reading, Sighted, marker};

use crate::home::*;

pub(crate) const UID: &str = "3c595e23-b554-42dd-8205-0e1698ae6635";
pub(crate) const ENQUEUED: &str = r##"{"type":"queue-operation","operation":"enqueue","timestamp":"@","sessionId":"s","content":"<cross-session-message from=\"uds:/x\" from-name=\"api\">\nhello\nMARK\n</cross-session-message>"}"##;
pub(crate) const READ: &str = r##"{"type":"user","isMeta":true,"uuid":"#","timestamp":"@","permissionMode":"default","origin":{"kind":"peer","msg_id":"MSG","body":"hello"},"turnOrigin":"peer","message":{"role":"user","content":"Another Claude session sent a message:\nhello MARK"}}"##;
const ABSORBED: &str = r##"{"isSidechain":false,"attachment":{"type":"queued_command","prompt":"<cross-session-message>\nhello\nMARK\n</cross-session-message>","source_uuid":"x","delivery_id":"y","origin":{"kind":"peer","msg_id":"MSG"},"isMeta":true},"type":"attachment","uuid":"#","timestamp":"@"}"##;

pub(crate) fn marked(record: &str) -> String {
    record.replace("MARK", &marker(UID)).replace("MSG", UID)
}

fn say(home: &Home, record: &str) {
    home.append(&transcript(), &home.record(record));
}

fn seen(reading: &Reading) -> Vec<(&str, Sighted, &str, i64)> {
    let line = |one: &'_ peerwatch_sources::Sighting| one.at.wall.0 - BEGIN;
    reading
        .sightings
        .iter()
        .map(|one| (one.uid.as_str(), one.how, one.worker.as_ref().map_or("?", |it| it.as_str()), line(one)))
        .collect()
}

#[test]
fn a_message_is_seen_in_the_queue_and_then_before_the_model() {
    let mut home = Home::new();
    home.register(41, IDLE);
    say(&home, PROMPT);
    home.poll();
    home.pass(Duration::from_secs(1));
    say(&home, &marked(ENQUEUED));
    assert_eq!(seen(&home.hint(&[&transcript()])), [(UID, Sighted::Queued, "claude:41:s41", 1_000)]);
    home.pass(Duration::from_secs(1));
    say(&home, r#"{"type":"queue-operation","operation":"dequeue","timestamp":"@","sessionId":"s"}"#);
    say(&home, &marked(READ));
    let reading = home.hint(&[&transcript()]);
    assert_eq!(seen(&reading), [(UID, Sighted::Read, "claude:41:s41", 2_000)]);
    assert_eq!(reading.sightings[0].session_id, SESSION);
    assert_eq!(seen(&home.poll()), []);
}

#[test]
fn a_message_that_peerwatch_brought_is_the_bridge_s_news_and_not_the_transcript_s() {
    let mut home = Home::new();
    home.register(41, IDLE);
    say(&home, PROMPT);
    home.poll();
    say(&home, &marked(READ));
    say(&home, &marked(ABSORBED));
    say(&home, &READ.replace("MSG", "another-session-s").replace("MARK", ""));
    let told: Vec<String> = home.poll().messages.into_iter().map(|message| message.id.to_string()).collect();
    assert_eq!(told, ["another-session-s"]);
}

#[test]
fn in_the_middle_of_a_turn_it_is_seen_when_it_is_absorbed_not_when_it_leaves_the_queue() {
    let mut home = Home::new();
    home.register(41, BUSY);
    home.poll();
    say(&home, &marked(ENQUEUED).replace("enqueue", "remove"));
    assert_eq!(seen(&home.poll()), []);
    say(&home, &marked(ABSORBED));
    assert_eq!(seen(&home.poll()), [(UID, Sighted::Read, "claude:41:s41", 0)]);
}

#[test]
fn either_the_identity_or_the_marker_is_enough() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.poll();
    say(&home, &READ.replace("MSG", UID));
    assert_eq!(seen(&home.poll()), [(UID, Sighted::Read, "claude:41:s41", 0)]);
    // As the hook of a plugin hands it over.
    let hook = format!(
        r##"{{"type":"user","isMeta":true,"uuid":"#","timestamp":"@","message":{{"role":"user","content":"Stop hook feedback:\nhello {}"}}}}"##,
        marker(UID)
    );
    say(&home, &hook);
    assert_eq!(seen(&home.poll()), [(UID, Sighted::Read, "claude:41:s41", 0)]);
}

#[test]
fn what_a_person_quotes_and_what_others_queue_is_nothing() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.poll();
    say(&home, &PROMPT.replace("do it", &format!("what is {}?", marker(UID))));
    say(&home, &ENQUEUED.replace("MARK", "[peerwatch message soon]"));
    say(&home, &SAID.replace("Done.", &marker(UID)));
    assert_eq!(seen(&home.poll()), []);
}

#[test]
fn what_stands_in_history_is_reported_at_the_first_reading() {
    let mut home = Home::new();
    home.register(41, IDLE);
    for record in [PROMPT, &marked(ENQUEUED), &marked(READ), SAID] {
        say(&home, record);
    }
    let told = home.poll();
    assert_eq!(seen(&told).iter().map(|one| one.1).collect::<Vec<_>>(), [Sighted::Queued, Sighted::Read]);
}

#[test]
fn while_two_processes_write_one_transcript_nobody_is_named() {
    let mut home = Home::new();
    home.register(41, IDLE);
    home.register(42, IDLE);
    say(&home, &marked(READ));
    say(&home, &bridge_call("a"));
    let reading = home.poll();
    assert_eq!(seen(&reading), [(UID, Sighted::Read, "?", 0)]);
    assert_eq!(reading.sides, []);
    home.processes.end(41);
    say(&home, &marked(READ));
    assert_eq!(seen(&home.poll()), [(UID, Sighted::Read, "claude:42:s42", 0)]);
}

#[test]
fn a_live_sessions_messages_are_seen_by_their_identities() {
    let mut home = Home::live("peer-message");
    let told: String = home
        .poll()
        .sightings
        .iter()
        .map(|one| format!("{} {:?} {:?} {}\n", one.uid, one.how, one.worker, one.session_id))
        .collect();
    expect![[r#"
        3c595e23-b554-42dd-8205-0e1698ae6635 Read Some(WorkerId("claude:26104:684181")) acbd1658-1774-44c7-a215-39f267d37cc4
        339f859a-fe64-4564-b5a0-c4964423b928 Read Some(WorkerId("claude:26104:684181")) acbd1658-1774-44c7-a215-39f267d37cc4
        7d3fdd0c-f86f-4fc0-8f01-f61f1003cebf Read Some(WorkerId("claude:26104:684181")) acbd1658-1774-44c7-a215-39f267d37cc4
    "#]]
    .assert_eq(&told);
}

fn bridge_call(side: &str) -> String {
    let token = "5ec".repeat(21) + "r";
    r##"{"type":"assistant","uuid":"#","timestamp":"@","message":{"role":"assistant","id":"m","content":[{"type":"tool_use","id":"toolu_bridge","name":"mcp__our-bridge__send_to_partner","input":{"conversation_id":"conv_0123456789abcdef","session_id":"SIDE","token":"TOKEN","message":"hi"}}],"stop_reason":"tool_use"}}"##
        .replace("SIDE", side)
        .replace("TOKEN", &token)
}

#[test]
fn who_calls_the_bridge_for_a_side_holds_it_and_its_token_is_kept_nowhere() {
    let mut home = Home::new();
    home.register(41, BUSY);
    say(&home, &bridge_call("b"));
    home.pass(Duration::from_secs(5));
    say(&home, &bridge_call("b").replace("send_to_partner", "check_messages"));
    let reading = home.poll();
    let [side] = reading.sides.as_slice() else { panic!("{:?}", reading.sides) };
    assert_eq!((side.worker.as_str(), side.side), ("claude:41:s41", 'b'));
    assert_eq!(side.conversation, "conv_0123456789abcdef");
    assert_eq!((side.database_tool.as_str(), side.at), ("mcp__our-bridge__check_messages", home.moment()));
    assert!(!format!("{reading:?}").contains("5ec5ec"));
    let page = peerwatch_sources::claude::read_page(
        home.path(),
        &peerwatch_core::ConversationId::new(format!("claude:{SESSION}")),
        &peerwatch_sources::Place::Newest,
        10,
    );
    let page = format!("{page:?}");
    assert!(page.contains("send_to_partner") && !page.contains("5ec5ec"), "{page}");
    assert_eq!(home.poll().sides, []);
}

#[test]
fn calls_of_other_shapes_prove_nothing() {
    let mut home = Home::new();
    home.register(41, BUSY);
    for call in [
        bridge_call("c"),
        bridge_call("a").replace("mcp__our-bridge__", ""),
        bridge_call("a").replace("send_to_partner", "create_conversation"),
        bridge_call("a").replace("conv_0123456789abcdef", "conv_0123456789ABCDEF"),
    ] {
        say(&home, &call);
    }
    assert_eq!(home.poll().sides, []);
}

#[test]
fn what_teammates_inside_a_lead_are_told_is_theirs() {
    let mut home = Home::live("team");
    home.poll();
    let folder = "projects/-home-dev-acme-api/8894d8d9-f3d9-4182-8c17-417d89be0fe1/subagents";
    let file = format!("{folder}/agent-abuilder-e3ad9fb3f622239a.jsonl");
    let record = home.record(&marked(READ).replace(r#""isMeta""#, r#""isSidechain":true,"isMeta""#));
    home.append(&file, &record);
    let reading = home.hint(&[&file]);
    assert_eq!(seen(&reading)[0].2, "team:session-8894d8d9:builder");
    assert_eq!(reading.sightings[0].session_id, "8894d8d9-f3d9-4182-8c17-417d89be0fe1");
}
