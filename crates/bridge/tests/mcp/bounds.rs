//! How much a call may say, and how much an answer does.

use expect_test::expect;
use serde_json::{Value, json};

use crate::harness::{World, text};

#[tokio::test]
async fn wrong_arguments_are_named() {
    let world = World::new();
    let mut client = world.own(1, "api").await;
    let mut said = String::new();
    for (tool, arguments) in [
        ("create_task", json!({})),
        ("create_task", json!({"subject": "x".repeat(201)})),
        ("create_task", json!({"subject": "x", "description": "y".repeat(50_001)})),
        ("create_task", json!({"subject": "x", "needs": ["1"]})),
        ("create_task", json!({"subject": "x", "needs": (1..=51).collect::<Vec<_>>()})),
        ("create_task", json!({"subject": "x", "priority": 1.5})),
        ("create_task", json!({"subject": "x", "priority": 100_000})),
        ("create_task", json!({"subject": "x", "assign_to": "ab"})),
        ("assign_task", json!({"task": 1})),
        ("claim_task", json!({"task": "1"})),
        ("claim_task", json!({"task": 0})),
        ("report_progress", json!({"task": 1, "text": ""})),
        ("complete_task", json!({"task": 1, "result": "x".repeat(50_001)})),
        ("complete_task", json!({"task": 1, "result": "x", "epoch": 0})),
        ("release_task", json!({"task": 1})),
        ("list_tasks", json!({"which": "none"})),
    ] {
        let result = client.result("call", tool, arguments).await;
        assert_eq!(result["isError"], true, "{result}");
        let fault = text(&result);
        assert!(fault.len() < 500, "{fault}");
        let start = fault.chars().count().saturating_sub(60);
        said += &format!("{tool}: {}\n", fault.chars().skip(start).collect::<String>());
    }
    expect![[r#"
        create_task: Input validation error: 'subject' is a required property
        create_task: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is too long
        create_task: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy' is too long
        create_task: Input validation error: '1' is not of type 'integer'
        create_task:  40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51] is too long
        create_task: Input validation error: 1.5 is not of type 'integer'
        create_task: validation error: 100000 is greater than the maximum of 1000
        create_task: Input validation error: 'ab' is too short
        assign_task: Input validation error: 'to' is a required property
        claim_task: Input validation error: '1' is not of type 'integer'
        claim_task: Input validation error: 0 is less than the minimum of 1
        report_progress: Input validation error: '' should be non-empty
        complete_task: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx' is too long
        complete_task: Input validation error: 0 is less than the minimum of 1
        release_task: Input validation error: 'reason' is a required property
        list_tasks: lidation error: 'none' is not one of ['all', 'open', 'mine']
    "#]]
    .assert_eq(&said);
    assert_eq!(client.object("list_tasks", json!({})).await["tasks"], json!([]));
}

#[tokio::test]
async fn lists_and_long_texts_stay_within_bounds_and_nothing_is_out_of_reach() {
    let world = World::new();
    let mut lead = world.own(1, "lead").await;
    let (subject, long) = ("s".repeat(200), "d".repeat(50_000));
    for _ in 0..110 {
        lead.call("create_task", json!({"subject": subject, "description": long})).await;
    }
    let all = lead.object("list_tasks", json!({})).await;
    assert_eq!((all["tasks"].as_array().unwrap().len(), &all["more"]), (100, &json!(10)));
    assert!(all.to_string().len() < 60_000, "{}", all.to_string().len());

    lead.call("claim_task", json!({"task": 1})).await;
    for place in 0..3 {
        let report = format!("{place}{}", "ä".repeat(30_000));
        lead.call("report_progress", json!({"task": 1, "text": report})).await;
    }
    let whole = lead.object("list_tasks", json!({"task": 1})).await["tasks"][0].take();
    assert!(whole.to_string().len() < 60_000, "{}", whole.to_string().len());
    assert_eq!(whole["clipped"], true);
    let note = &whole["notes"][2];
    assert!(note["text"].as_str().unwrap().ends_with(" more characters)"), "{note}");
    let uncut = lead.object("list_tasks", json!({"task": 1, "note": note["note"]})).await;
    assert_eq!(uncut["tasks"][0]["notes"][0]["text"].as_str().unwrap().chars().count(), 30_001);
    let described = lead.object("list_tasks", json!({"task": 2})).await;
    assert!(described["tasks"][0]["description"].as_str().unwrap().len() > 40_000, "{described}");
}

/// Claude Code puts each tool's description and arguments into the model's context.
#[tokio::test]
async fn the_list_of_tools_stays_small() {
    let world = World::new();
    let mut client = world.own(1, "api").await;
    let listed = client.request("tools/list", json!({})).await;
    let tools = listed["result"]["tools"].as_array().unwrap();
    let shown = |tool: &Value| tool["description"].to_string().len() + tool["inputSchema"].to_string().len();
    let ours: Vec<_> = tools.iter().filter(|tool| tool["outputSchema"].is_object()).collect();
    assert_eq!(ours.len(), 15);
    for tool in &ours {
        assert!(shown(tool) < 1800, "{} {}", tool["name"], shown(tool));
    }
    let (whole, seen) = (listed.to_string().len(), tools.iter().map(shown).sum::<usize>());
    println!("tools/list: {whole} bytes, {seen} of them for the model");
    assert!(whole < 32_000 && seen < 14_000, "{whole} {seen}");
}
