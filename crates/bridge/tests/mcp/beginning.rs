//! How a server begins and ends.

use std::time::{Duration, Instant};

use expect_test::expect;
use peerwatch_bridge::mcp::{Options, ServeError};
use serde_json::{Value, json};

use crate::harness::{Client, World};

#[tokio::test]
async fn what_comes_before_initialize_is_answered_and_does_no_harm() {
    let world = World::new();
    let mut client = Client::start(&world, 1, "api", Options::own(world.database()));
    // As Claude Code 2.1.330 begins.
    let meta = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "claude-code", "version": "2.1.330"},
        "io.modelcontextprotocol/clientCapabilities": {},
    });
    let whole = client.request("server/discover", json!({"_meta": meta})).await;
    let bare = client.request("server/discover", json!({})).await;
    client.notify("notifications/roots/list_changed", json!({})).await;
    let early = client.request("tools/list", json!({})).await;
    let ping = client.request("ping", json!({})).await;
    let codes: Vec<_> = [whole, bare, early].iter().map(|answer| answer["error"]["code"].clone()).collect();
    assert_eq!(codes, [-32601, -32601, -32601]);
    assert_eq!(ping["result"], json!({}));

    let answer = client.initialize("2025-11-25").await;
    expect![[r#"
        {
          "capabilities": {
            "tools": {}
          },
          "protocolVersion": "2025-11-25",
          "serverInfo": {
            "name": "peerwatch",
            "version": "0.1.0"
          }
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&without(&answer["result"], "instructions")).unwrap());
    let instructions = answer["result"]["instructions"].as_str().unwrap();
    assert!(instructions.len() < 750 && instructions.contains("`wait`"), "{instructions}");
    let listed = client.request("tools/list", json!({})).await;
    expect!["create_conversation send_to_partner check_messages update_my_status check_partner_status join leave peers send reply acknowledge wait receipts create_task assign_task claim_task report_progress complete_task release_task list_tasks"]
        .assert_eq(&names(&listed));
    client.close().await.unwrap();
}

#[tokio::test]
async fn older_protocols_are_spoken_and_a_newer_one_is_answered_by_the_newest_that_is() {
    let world = World::new();
    let mut spoken = Vec::new();
    for version in ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let mut client = Client::start(&world, 1, "api", Options::own(world.database()));
        let answer = client.initialize(version).await;
        spoken.push(format!("{version} {}", answer["result"]["protocolVersion"].as_str().unwrap()));
        client.close().await.unwrap();
    }
    expect![[r#"
        2024-11-05 2024-11-05
        2025-03-26 2025-03-26
        2025-06-18 2025-06-18
        2025-11-25 2025-11-25
        2026-07-28 2025-11-25"#]]
    .assert_eq(&spoken.join("\n"));
}

#[tokio::test]
async fn another_database_is_served_without_joining_by_role() {
    let world = World::new();
    let mut client = world.foreign(1).await;
    let listed = client.request("tools/list", json!({})).await;
    expect!["create_conversation send_to_partner check_messages update_my_status check_partner_status peers send reply acknowledge wait receipts create_task assign_task claim_task report_progress complete_task release_task list_tasks"]
        .assert_eq(&names(&listed));
}

#[tokio::test]
async fn the_end_of_input_ends_the_server_also_in_the_middle_of_waiting() {
    let world = World::new();
    Client::start(&world, 1, "api", Options::own(world.database())).close().await.unwrap();
    let mut client = world.own(1, "api").await;
    client.begin("call", "wait", json!({"timeout_s": 600})).await;
    client.next(|message| message["method"] == "notifications/progress").await;
    let begun = Instant::now();
    client.close().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn what_is_no_bridge_is_not_served() {
    let world = World::new();
    std::fs::write(world.database(), "no database").unwrap();
    let client = Client::start(&world, 1, "api", Options::own(world.database()));
    assert!(matches!(client.close().await, Err(ServeError::Store(_))));
}

fn names(listed: &Value) -> String {
    let tools = listed["result"]["tools"].as_array().unwrap();
    tools.iter().map(|tool| tool["name"].as_str().unwrap()).collect::<Vec<_>>().join(" ")
}

fn without(object: &Value, member: &str) -> Value {
    let mut object = object.clone();
    object.as_object_mut().unwrap().remove(member);
    object
}
