//! Waiting for a message.

use std::time::{Duration, Instant};

use peerwatch_bridge::Store;
use serde_json::{Value, json};

use crate::conversation::Conversation;
use crate::harness::{Client, World, text};

fn is_progress(message: &Value) -> bool {
    message["method"] == "notifications/progress"
}

/// Begins to wait, and returns once the server does.
async fn begin(client: &mut Client, call: &str, timeout_s: f64) -> u64 {
    let id = client.begin(call, "wait", json!({"timeout_s": timeout_s})).await;
    client.next(is_progress).await;
    id
}

#[tokio::test]
async fn a_message_that_another_process_writes_ends_the_waiting_within_milliseconds() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    ui.call("join", json!({"role": "designer"})).await;
    let mut spans = Vec::new();
    for round in 0..20 {
        let id = begin(&mut ui, &format!("wait-{round}"), 60.0).await;
        let begun = Instant::now();
        api.begin(&format!("send-{round}"), "send", json!({"to": "designer", "text": format!("{round}")}))
            .await;
        let read = ui.answer(id).await;
        spans.push(begun.elapsed());
        assert_eq!(read["result"]["structuredContent"]["messages"][0]["text"], format!("{round}"), "{read}");
    }
    spans.sort();
    // From the call of `send` to the result of `wait`, the commit between them; generous, for a busy machine.
    assert!(spans[10] < Duration::from_millis(100), "{spans:?}");
    println!("send → wait, median {:?}, longest {:?}", spans[10], spans[19]);
}

#[tokio::test]
async fn waiting_tells_its_progress_and_ends_without_a_message() {
    let world = World::new();
    let mut ui = world.own(2, "ui").await;
    let id = ui.begin("call", "wait", json!({"timeout_s": 11})).await;
    let (first, second) = (ui.next(is_progress).await, ui.next(is_progress).await);
    assert_eq!(first["params"]["progressToken"], "call");
    assert_eq!(first["params"]["total"], 11.0);
    let progress = [&first, &second].map(|told| told["params"]["progress"].as_f64().unwrap());
    assert!(progress[0] == 0.0 && (10.0..=11.0).contains(&progress[1]), "{progress:?}");
    let result = ui.answer(id).await["result"].take();
    assert_eq!(result["structuredContent"], json!({"messages": [], "coming": 0, "timed_out": true}));
    assert_eq!(text(&result), "No message in 11 s. Call wait again to go on waiting.");
}

#[tokio::test]
async fn other_calls_are_answered_while_one_waits() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    let talk = Conversation::make(&mut api).await;
    let id = begin(&mut ui, "long", 60.0).await;
    assert_eq!(ui.call("check_messages", talk.by("b", json!({}))).await, "📭 No new messages");
    // The waiting one has a place under its name by now.
    api.call("send", json!({"to": "session ui", "text": "hi"})).await;
    let read = ui.answer(id).await;
    assert_eq!(read["result"]["structuredContent"]["messages"][0]["text"], "hi", "{read}");
}

#[tokio::test]
async fn a_wait_that_was_given_up_takes_no_message() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    let id = begin(&mut ui, "given up", 60.0).await;
    ui.notify("notifications/cancelled", json!({"requestId": id, "reason": "Esc"})).await;
    api.call("send", json!({"to": "session ui", "text": "hi"})).await;
    let read = ui.object("wait", json!({})).await;
    assert_eq!(read["messages"][0]["text"], "hi", "{read}");
}

#[tokio::test]
async fn what_a_call_fetched_that_is_given_up_at_last_is_unread_again() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    let talk = Conversation::make(&mut api).await;
    api.call("send_to_partner", talk.by("a", json!({"message": "hi"}))).await;
    let id = ui.begin("crossed", "check_messages", talk.by("b", json!({}))).await;
    let read = ui.answer(id).await;
    assert!(text(&read["result"]).starts_with("📬 1 new message(s)"), "{read}");
    // The answer and the cancellation crossed: the client has thrown the answer away.
    ui.notify("notifications/cancelled", json!({"requestId": id})).await;
    let read = loop {
        // The notification is dealt with beside the next call; whichever comes first, the message is not lost.
        let read = ui.call("check_messages", talk.by("b", json!({}))).await;
        if read != "📭 No new messages" {
            break read;
        }
    };
    assert!(read.contains("Message:\nhi\n"), "{read}");
}

#[tokio::test]
async fn a_message_that_lies_in_the_sessions_own_queue_is_not_kept_from_it_by_waiting() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    ui.call("join", json!({"role": "designer"})).await;
    let sent = api.object("send", json!({"to": "designer", "text": "hi"})).await;
    let uid = sent["sent"][0]["uid"].as_str().unwrap();
    // The engine has pushed it; it will be shown after the tool result.
    let now = world.time();
    let mut engine = Store::open_existing(&world.database()).unwrap();
    assert!(engine.pushing(uid, "session-2", now).unwrap());
    let id = begin(&mut ui, "waits", 60.0).await;
    assert!(engine.accepted(uid, "queue-operation", now).unwrap());
    let result = ui.answer(id).await["result"].take();
    assert_eq!(text(&result), "1 message is about to be shown in your conversation by itself.");
    assert_eq!(result["structuredContent"], json!({"messages": [], "coming": 1, "timed_out": false}));
    // It is told once, even if nobody notes that it was seen.
    let again = ui.object("wait", json!({"timeout_s": 0})).await;
    assert_eq!(again, json!({"messages": [], "coming": 0, "timed_out": true}));
}
