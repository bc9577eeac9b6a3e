//! The original's five tools, to the letter; and where the original is at fault, not.

use expect_test::{expect, expect_file};
use peerwatch_bridge::Store;
use peerwatch_bridge::mcp::Options;
use serde_json::json;

use crate::conversation::Conversation;
use crate::harness::{Client, Names, World, text};

#[tokio::test]
async fn the_five_tools_are_described_as_the_original_describes_them() {
    let world = World::new();
    let mut client = world.foreign(1).await;
    let listed = client.request("tools/list", json!({})).await;
    let five = &listed["result"]["tools"].as_array().unwrap()[..5];
    expect_file!["original_tools.json"].assert_eq(&(serde_json::to_string_pretty(five).unwrap() + "\n"));
}

#[tokio::test]
async fn a_conversation_reads_as_the_original_writes_it() {
    let world = World::new();
    let (mut a, mut b) = (world.foreign(1).await, world.foreign(2).await);
    let mut names = Names::default();
    let mut story =
        vec![a.call("create_conversation", json!({"my_role": "backend", "partner_role": "frontend"})).await];
    let talk = Conversation::make(&mut a).await;
    story.push(b.call("check_messages", talk.by("b", json!({}))).await);
    story.push(b.call("check_partner_status", talk.by("b", json!({}))).await);
    let plain = json!({"message": "The password reset flow is done."});
    story.push(a.call("send_to_partner", talk.by("a", plain)).await);
    let whole = json!({
        "message": "Use password: hunter22 there", "action_type": "question",
        "files_involved": ["config/password", "b.py"],
    });
    story.push(a.call("send_to_partner", talk.by("a", whole)).await);
    story.push(a.call("update_my_status", talk.by("a", json!({"status": "blocked"}))).await);
    world.pass(7);
    story.push(b.call("check_messages", talk.by("b", json!({}))).await);
    story.push(b.call("check_partner_status", talk.by("b", json!({}))).await);
    world.pass(113);
    story.push(b.call("check_partner_status", talk.by("b", json!({}))).await);
    let story: Vec<_> = story.iter().map(|text| names.hide(text)).collect();
    expect![[r#"
        ✅ Secure conversation created!

        Conversation ID: <conversation 1>

        Your token (keep secret): <token 2>
        Partner token (share securely): <token 3>

        Expires: 2026-11-25T15:00:00.000000

        IMPORTANT: Tokens are required for all operations. Store your token securely.
        Share the conversation ID and partner token with your partner session via a secure channel.
        ---
        📭 No new messages
        ---
        🔴 Partner Session A

        Status: unknown
        Last heartbeat: Never
        Age: N/As
        Alive: False
        ---
        📤 Message sent to partner session
        ---
        📤 Message sent to partner session
        ⚠️  Secrets were redacted from your message
        ---
        ✅ Status updated: blocked
        ---
        📬 2 new message(s):

        From: Session a
        Time: 2026-11-25T12:00:00.000000
        Type: info

        Message:
        The password reset flow is done.

        ============================================================

        From: Session a
        Time: 2026-11-25T12:00:00.000000
        Type: question

        Message:
        Use password: PASSWORD_REDACTED there

        Files: config/password, b.py

        ============================================================


        ---
        🟢 Partner Session A

        Status: blocked
        Last heartbeat: 2026-11-25T12:00:00.000000
        Age: 7s
        Alive: True
        ---
        🔴 Partner Session A

        Status: blocked
        Last heartbeat: 2026-11-25T12:00:00.000000
        Age: 120s
        Alive: False"#]]
    .assert_eq(&story.join("\n---\n"));
}

#[tokio::test]
async fn errors_are_texts_and_only_wrong_arguments_are_marked_as_errors() {
    let world = World::new();
    let mut client = world.own(1, "api").await;
    let talk = Conversation::make(&mut client).await;
    let wrong = json!({"token": "0".repeat(64)});
    let mut told = String::new();
    for (tool, arguments) in [
        ("check_messages", talk.by("a", wrong)),
        ("send_to_partner", talk.by("a", json!({"message": "hi", "action_type": "task_assignment"}))),
        ("send_to_partner", talk.by("a", json!({"message": "hi", "token": "token_xyz789"}))),
        ("create_conversation", json!({"my_role": "ab", "partner_role": "frontend"})),
        ("create_conversation", json!({})),
        ("check_messages", talk.by("a", json!({"unheard_of": true}))),
        ("execute_command", talk.by("a", json!({"command": "id"}))),
        ("wait", json!({"timeout_s": 601})),
        ("send", json!({"to": 5, "text": "hi"})),
    ] {
        let result = client.result("call", tool, arguments).await;
        told += &format!("{} {}\n", result["isError"], text(&result));
    }
    expect![[r#"
        false 🔒 Authentication failed: Invalid session token
        true Input validation error: 'task_assignment' is not one of ['question', 'info', 'proposal', 'blocked', 'complete']
        true Input validation error: 'token_xyz789' is too short
        true Input validation error: 'ab' is too short
        true Input validation error: 'my_role' is a required property
        false 📭 No new messages
        false ❌ Unknown tool
        true Input validation error: 601 is greater than the maximum of 600
        true Input validation error: 5 is not of type 'string', 'array'
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn fault_13_what_was_sent_in_time_is_read_after_the_end_and_use_puts_the_end_off() {
    let world = World::new();
    let (mut a, mut b) = (world.foreign(1).await, world.foreign(2).await);
    let talk = Conversation::make(&mut a).await;
    world.pass(2 * 3600);
    a.call("send_to_partner", talk.by("a", json!({"message": "in time"}))).await;
    world.pass(2 * 3600);
    a.call("send_to_partner", talk.by("a", json!({"message": "in time again"}))).await;
    world.pass(3 * 3600 + 61);
    let late = a.call("send_to_partner", talk.by("a", json!({"message": "late"}))).await;
    expect!["❌ Error: this conversation expired at 2026-11-25T19:00:00.000000 UTC: what was sent in time can still be read; make a new conversation to send"]
        .assert_eq(&late);
    let read = b.call("check_messages", talk.by("b", json!({}))).await;
    assert!(read.contains("Message:\nin time\n") && read.contains("Message:\nin time again\n"), "{read}");
}

#[tokio::test]
async fn fault_16_the_limit_is_each_participants_own_and_refused_logins_do_not_use_it_up() {
    let world = World::new();
    let options = Options { per_minute: 2, ..Options::foreign(world.database()) };
    let mut a = Client::ready(&world, 1, "", options).await;
    let (one, two) = (Conversation::make(&mut a).await, Conversation::make(&mut a).await);
    let wrong = json!({"message": "hi", "token": "0".repeat(64)});
    a.call("send_to_partner", one.by("a", wrong)).await;
    let hi = json!({"message": "hi"});
    let mut told = Vec::new();
    for (talk, side, pause) in
        [(&one, "a", 0), (&one, "a", 10), (&one, "a", 10), (&one, "b", 0), (&two, "a", 0)]
    {
        world.pass(pause);
        told.push(a.call("send_to_partner", talk.by(side, hi.clone())).await);
    }
    world.pass(40);
    told.push(a.call("send_to_partner", one.by("a", hi)).await);
    expect![[r#"
        📤 Message sent to partner session
        📤 Message sent to partner session
        ❌ Error: Rate limit exceeded: Rate limit: 2 req/min exceeded (resets in 40s)
        📤 Message sent to partner session
        📤 Message sent to partner session
        📤 Message sent to partner session"#]]
    .assert_eq(&told.join("\n"));
}

#[tokio::test]
async fn fault_17_a_partner_lives_by_proof_and_is_dead_at_once_when_its_process_is() {
    let world = World::new();
    let (mut a, mut b) = (world.foreign(1).await, world.foreign(2).await);
    let talk = Conversation::make(&mut a).await;
    a.call("update_my_status", talk.by("a", json!({"status": "working"}))).await;
    world.pass(20 * 60);
    let first_line = |text: String| text.lines().next().unwrap().to_owned();
    let silent = first_line(b.call("check_partner_status", talk.by("b", json!({}))).await);
    // The engine sees that the session is busy with a long tool.
    let mut store = Store::open_existing(&world.database()).unwrap();
    store.beat(&talk.id, "a", "a tool is running", world.time()).unwrap();
    let proven = b.call("check_partner_status", talk.by("b", json!({}))).await;
    world.kill(1);
    let dead = b.call("check_partner_status", talk.by("b", json!({}))).await;
    assert_eq!(silent, "🔴 Partner Session A");
    expect![[r#"
        🟢 Partner Session A

        Status: working
        Last heartbeat: 2026-11-25T12:20:00.000000
        Age: 0s
        Alive: True"#]]
    .assert_eq(&proven);
    expect![[r#"
        🔴 Partner Session A

        Status: working
        Last heartbeat: 2026-11-25T12:20:00.000000
        Age: 0s
        Alive: False"#]]
    .assert_eq(&dead);
}
