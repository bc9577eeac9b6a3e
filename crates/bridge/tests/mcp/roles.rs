//! Taking part by role, without tokens: several servers on one file.

use expect_test::expect;
use serde_json::{Value, json};

use crate::conversation::Conversation;
use crate::harness::{Client, Names, World, text};

#[tokio::test]
async fn two_sessions_talk_by_role_and_the_receipts_tell_how_far_it_came() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    let mut names = Names::default();
    let mut story = Vec::new();
    story.push(ui.call("join", json!({"role": "frontend"})).await);
    let sent = json!({
        "to": "frontend", "text": "Which port?\nThe key is api_key=abcdef123456", "kind": "question", "files": ["src/port.rs"],
    });
    story.push(api.call("send", sent).await);
    story.push(api.call("receipts", json!({})).await);
    let read = ui.object("wait", json!({})).await;
    let uid = read["messages"][0]["uid"].as_str().unwrap().to_owned();
    story.push(serde_json::to_string_pretty(&read).unwrap());
    story.push(ui.call("reply", json!({"message": uid, "text": "8080"})).await);
    story.push(api.call("wait", json!({})).await);
    story.push(api.call("receipts", json!({"messages": [uid, "no-such-id"]})).await);
    let answer = api.call("acknowledge", json!({"messages": [uid]})).await;
    story.push(answer);
    let story: Vec<_> = story.iter().map(|text| names.hide(text)).collect();
    expect![[r#"
        You are frontend in the bridge main.
        ---
        Sent as api in main:
        - to frontend: <uid 1>
        Secrets in the text were replaced.
        ---
        - <uid 1> to frontend in main: sent
        ---
        {
          "coming": 0,
          "messages": [
            {
              "bridge": "main",
              "files": [
                "src/port.rs"
              ],
              "from": "api",
              "kind": "question",
              "reply_to": null,
              "sent": "2026-11-25T12:00:00Z",
              "text": "Which port?\nThe key is api_key=API_KEY_REDACTED",
              "uid": "<uid 1>"
            }
          ],
          "timed_out": false
        }
        ---
        Sent as frontend in main:
        - to api: <uid 2>
        ---
        1 message:

        From frontend in main, 2026-11-25T12:00:00Z, info
        Id: <uid 2>
        In reply to: <uid 1>
        8080
        ---
        - <uid 1> to frontend in main: acknowledged
        You sent no message with the id no-such-id.
        ---
        0 acknowledged. No message to you has the id <uid 1>."#]]
    .assert_eq(&story.join("\n---\n"));
}

#[tokio::test]
async fn a_message_goes_to_one_to_several_or_to_all_and_everybody_gets_it_once() {
    let world = World::new();
    let mut lead = world.own(1, "lead").await;
    let mut workers = Vec::new();
    for pid in 2..=4 {
        let mut worker = world.own(pid, &format!("worker {pid}")).await;
        worker.call("join", json!({"role": format!("worker {pid}")})).await;
        workers.push(worker);
    }
    lead.call("send", json!({"to": "all", "text": "to all"})).await;
    lead.call("send", json!({"to": ["worker 2", "worker 4", "worker 2"], "text": "to two"})).await;
    lead.call("send", json!({"to": "worker 3", "text": "to one"})).await;
    let mut got = String::new();
    for worker in &mut workers {
        let read = worker.object("wait", json!({"timeout_s": 0})).await;
        let texts: Vec<_> =
            read["messages"].as_array().unwrap().iter().map(|it| it["text"].as_str().unwrap()).collect();
        got += &format!("{}\n", texts.join(", "));
    }
    expect![[r#"
        to all, to two
        to all, to one
        to all, to two
    "#]]
    .assert_eq(&got);
}

#[tokio::test]
async fn who_cannot_be_reached_is_said_with_what_to_do() {
    let world = World::new();
    let mut api = world.own(1, "api").await;
    let mut ui = world.own(2, "ui").await;
    let mut told = String::new();
    let mut tell = |result: Value| told += &format!("{} {}\n", result["isError"], text(&result));
    tell(api.result("1", "peers", json!({})).await);
    tell(api.result("2", "send", json!({"to": "all", "text": "anybody?"})).await);
    tell(api.result("3", "send", json!({"to": "ui designer", "text": "hi"})).await);
    tell(ui.result("4", "join", json!({"role": "api"})).await);
    tell(ui.result("5", "join", json!({"role": "designer"})).await);
    tell(ui.result("6", "join", json!({"role": "painter"})).await);
    tell(api.result("7", "send", json!({"to": "ui designer", "text": "hi"})).await);
    tell(api.result("8", "send", json!({"to": "api", "text": "hi"})).await);
    tell(api.result("9", "reply", json!({"message": "no-such-id", "text": "hi"})).await);
    tell(api.result("10", "leave", json!({"bridge": "other"})).await);
    tell(ui.result("11", "leave", json!({})).await);
    tell(ui.result("12", "peers", json!({})).await);
    expect![[r#"
        false Nobody takes part in the bridge main yet.
        true the message has no recipient; known here: nobody else yet
        true nobody here is `ui designer`; known here: nobody else yet
        true the role `api` is held by the session with pid 1; join under another role, or let it leave first
        false You are designer in the bridge main.
        true you take part here as `designer`; leave first to take another role
        true nobody here is `ui designer`; known here: designer
        true a message to yourself is not sent; name another participant
        true no message no-such-id was sent to you
        true you take no part in the bridge other
        false You have left the bridge main; the role designer is free.
        false In the bridge main:
        - api: unknown; joined just now
        - designer: left; messages wait for whoever takes the role
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn peers_are_listed_with_what_peerwatch_concludes_else_with_what_is_known() {
    let world = World::new();
    let (mut api, mut ui, mut ops) =
        (world.own(1, "api").await, world.own(2, "ui").await, world.own(3, "ops").await);
    for client in [&mut api, &mut ui, &mut ops] {
        client.call("wait", json!({"timeout_s": 0})).await;
    }
    world.conclude(1, "waiting_for_you", "asks to run `make`");
    world.kill(3);
    world.pass(90);
    expect![[r#"
        In the bridge main:
        - api: waiting_for_you; asks to run `make`
        - session ui (you): unknown; joined 1 min ago
        - ops: gone; its process has ended; messages wait for whoever takes the role"#]]
    .assert_eq(&ui.call("peers", json!({})).await);
    let listed = ui.object("peers", json!({"bridge": "main"})).await;
    let me: Vec<_> = listed["peers"].as_array().unwrap().iter().map(|peer| peer["me"].clone()).collect();
    assert_eq!(me, [false, true, false]);
}

#[tokio::test]
async fn a_subagent_has_a_place_of_its_own_and_namesakes_have_numbers() {
    let world = World::new();
    let mut lead = world.own(1, "api").await;
    let mut other = world.own(2, "api").await;
    lead.result("call-1", "wait", json!({"timeout_s": 0})).await;
    lead.result("sub-1", "wait", json!({"timeout_s": 0})).await;
    other.result("call-2", "wait", json!({"timeout_s": 0})).await;
    // Both ends of this one live in one process and speak through one server.
    let sent = lead.result("call-3", "send", json!({"to": "reviewer", "text": "look at it"})).await;
    assert_eq!(sent["structuredContent"]["from"], "api", "{sent}");
    let read = lead.result("sub-2", "wait", json!({"timeout_s": 0})).await;
    assert_eq!(read["structuredContent"]["messages"][0]["from"], "api", "{read}");
    let listed = other.object("peers", json!({})).await;
    let roles: Vec<_> = listed["peers"].as_array().unwrap().iter().map(|peer| peer["role"].clone()).collect();
    assert_eq!(roles, ["api", "reviewer", "api-2"]);
}

#[tokio::test]
async fn several_bridges_are_told_apart_by_name() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    for bridge in ["red", "blue"] {
        api.call("join", json!({"role": "api", "bridge": bridge})).await;
        ui.call("join", json!({"role": "designer", "bridge": bridge})).await;
        api.call("send", json!({"to": "designer", "text": format!("in {bridge}"), "bridge": bridge})).await;
    }
    let unclear = api.call("send", json!({"to": "designer", "text": "where?"})).await;
    expect!["you take part in several bridges (blue, red); name one as `bridge`"].assert_eq(&unclear);
    let blue = ui.object("wait", json!({"bridge": "blue"})).await;
    let rest = ui.object("wait", json!({})).await;
    let texts = [&blue["messages"], &rest["messages"]].map(|messages| messages[0]["text"].clone());
    assert_eq!(texts, ["in blue", "in red"]);
}

/// What the output schema demands is there, for every tool of ours.
#[tokio::test]
async fn structured_results_are_what_their_schemas_say() {
    let world = World::new();
    let (mut api, mut ui) = (world.own(1, "api").await, world.own(2, "ui").await);
    ui.call("join", json!({"role": "frontend"})).await;
    let listed = api.request("tools/list", json!({})).await;
    let sent = api.object("send", json!({"to": "frontend", "text": "one"})).await;
    check(&listed, "send", &sent);
    check(&listed, "receipts", &api.object("receipts", json!({})).await);
    check(&listed, "peers", &api.object("peers", json!({})).await);
    let read = ui.object("wait", json!({})).await;
    check(&listed, "wait", &read);
    let uid = read["messages"][0]["uid"].clone();
    check(&listed, "acknowledge", &ui.object("acknowledge", json!({"messages": [uid]})).await);
    check(&listed, "reply", &ui.object("reply", json!({"message": uid, "text": "two"})).await);
    let task = json!({"subject": "three", "description": "at length", "needs": [], "priority": 1, "folder": "/code"});
    check(&listed, "create_task", &api.object("create_task", task).await);
    check(&listed, "assign_task", &api.object("assign_task", json!({"task": 1, "to": "frontend"})).await);
    check(&listed, "claim_task", &ui.object("claim_task", json!({})).await);
    let report = json!({"task": 1, "text": "half"});
    check(&listed, "report_progress", &ui.object("report_progress", report).await);
    for arguments in [json!({}), json!({"which": "mine"}), json!({"task": 1})] {
        check(&listed, "list_tasks", &ui.object("list_tasks", arguments).await);
    }
    check(&listed, "release_task", &ui.object("release_task", json!({"task": 1, "reason": "no time"})).await);
    check(&listed, "claim_task", &api.object("claim_task", json!({"task": 1})).await);
    let late = ui.result("late", "complete_task", json!({"task": 1, "result": "all"})).await;
    check(&listed, "complete_task", &late["structuredContent"]);
    check(&listed, "complete_task", &api.object("complete_task", json!({"task": 1, "result": "all"})).await);
    check(&listed, "claim_task", &api.object("claim_task", json!({})).await);
    check(&listed, "leave", &ui.object("leave", json!({})).await);
    check(&listed, "join", &ui.object("join", json!({"role": "frontend"})).await);
}

fn check(listed: &Value, tool: &str, result: &Value) {
    let tools = listed["result"]["tools"].as_array().unwrap();
    let schema = &tools.iter().find(|known| known["name"] == tool).unwrap()["outputSchema"];
    fits(schema, result, tool);
}

fn fits(schema: &Value, value: &Value, at: &str) {
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let allowed = &schema["type"];
    let is_allowed =
        allowed == kind || allowed.as_array().is_some_and(|all| all.iter().any(|one| one == kind));
    assert!(is_allowed, "{at} is {kind}, {allowed} is allowed");
    if let Some(words) = schema["enum"].as_array() {
        assert!(words.contains(value), "{at} is {value}");
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        assert!(value.get(name).is_some(), "{at} has no {name}: {value}");
    }
    for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(value) = value.get(name) {
            fits(schema, value, &format!("{at}.{name}"));
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(&schema["items"], item, &format!("{at}[]"));
    }
}

#[tokio::test]
async fn a_resumed_session_has_its_role_and_its_unread_messages_back() {
    let world = World::new();
    let mut api = world.own(1, "api").await;
    let ui = {
        let mut ui = world.own(2, "ui").await;
        ui.call("join", json!({"role": "designer"})).await;
        ui
    };
    api.call("send", json!({"to": "designer", "text": "before"})).await;
    drop(ui);
    world.kill(2);
    api.call("send", json!({"to": "designer", "text": "in between"})).await;
    let options = peerwatch_bridge::mcp::Options::own(world.database());
    let mut resumed = Client::resume(&world, 22, "session-2", "ui", options);
    resumed.initialize("2025-11-25").await;
    let read = resumed.object("wait", json!({"timeout_s": 0})).await;
    let texts: Vec<_> = read["messages"].as_array().unwrap().iter().map(|it| it["text"].clone()).collect();
    assert_eq!(texts, ["before", "in between"]);
    let answer = resumed.object("send", json!({"to": "api", "text": "back"})).await;
    assert_eq!(answer["from"], "designer");
}

#[tokio::test]
async fn in_another_database_our_tools_need_no_token_after_the_first_call_with_one() {
    let world = World::new();
    let (mut a, mut b) = (world.foreign(1).await, world.foreign(2).await);
    let talk = Conversation::make(&mut a).await;
    let refused = b.call("peers", json!({})).await;
    expect![
        "you hold no side of such a conversation here; call check_messages once with its id and your token"
    ]
    .assert_eq(&refused);
    assert_eq!(b.call("wait", json!({"timeout_s": 0})).await, refused);
    b.call("check_messages", talk.by("b", json!({}))).await;
    a.call("send", json!({"to": "frontend", "text": "hi"})).await;
    let read = b.object("wait", json!({})).await;
    let uid = read["messages"][0]["uid"].clone();
    b.call("reply", json!({"message": uid, "text": "hello"})).await;
    let read = a.call("check_messages", talk.by("a", json!({}))).await;
    assert!(read.contains("From: Session b\n") && read.contains("Message:\nhello\n"), "{read}");
}

#[tokio::test]
async fn a_session_that_never_called_anything_can_be_written_to_by_its_name() {
    let world = World::new();
    world.lives(1, "api");
    world.lives(2, "docs");
    world.lives(3, "twin");
    world.lives(4, "twin");
    let mut api = world.own(1, "api").await;
    let before = api.object("peers", json!({})).await;
    assert_eq!(before["others"], json!(["docs", "twin"]));
    let mut names = Names::default();
    let mut told = String::new();
    for to in ["docs", "twin"] {
        let result = api.result(to, "send", json!({"to": to, "text": "the port has changed"})).await;
        told += &format!("{} {}\n", result["isError"], names.hide(&text(&result)));
    }
    expect![[r#"
        false Sent as api in main:
        - to docs: <uid 1>
        true nobody here is `twin`; known here: docs
    "#]]
    .assert_eq(&told);
    assert_eq!(api.object("peers", json!({})).await["others"], json!(["twin"]));

    // The role was its own from the beginning: its first call finds what waits for it.
    let mut docs = world.own(2, "docs").await;
    let read = docs.object("wait", json!({"timeout_s": 0})).await;
    assert_eq!(read["messages"][0]["text"], "the port has changed");
}
