//! What did not work at all in the original's scripts, and works here. The numbers are those of `docs/from-the-scripts.md`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION, Worker};
use crate::home::Home;

/// Everything that the six scripts were for, on one database.
fn all_six(home: &Home, bridge: &mut Bridge) {
    let worker = Worker::start();
    let beat = bridge.run(home, 1, "keepalive", &["--once", "--pid", &worker.pid()]);
    assert_eq!(beat.code, 0, "{}", beat.err);
    assert!(beat.out.contains("✅ Heartbeat updated | Unread messages: 1"), "{}", beat.out);
    let check = bridge.run(home, 1, "check", &["--mark-read"]);
    assert_eq!(check.code, 0, "{}", check.err);
    assert!(check.out.contains("stop the deploy") && check.out.contains("1 message(s) marked as read"));
    assert_eq!(bridge.run(home, 1, "check", &[]).out, "📭 No new messages\n");
    let watchdog = home.run(&["--db-path", bridge.db(), "watchdog", "--once"]);
    assert_eq!(watchdog.code, 0, "{}{}", watchdog.out, watchdog.err);
    assert!(watchdog.out.contains("✅ All workers healthy"), "{}", watchdog.out);
}

#[test]
fn fault_01_every_script_has_a_command_that_reads_the_bridges_own_database() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "stop the deploy");
    all_six(&home, &mut bridge);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    // A fetch is a sign of life as well.
    bridge.sql(&["UPDATE audit_log SET timestamp = '2026-01-01T00:00:00.000000'"]);
    let reassign = home.run(&["--db-path", bridge.db(), "reassign"]);
    assert_eq!(reassign.code, 1, "{}", reassign.err);
    let logged =
        bridge.sql(&["SELECT session_id, details FROM audit_log WHERE action = 'silent_worker_detected'"]);
    assert_eq!(logged.len(), 1);
    assert_eq!(logged[0][0], "b");
    let details: Value = serde_json::from_str(logged[0][1].as_str().unwrap()).unwrap();
    let seconds: u64 = details["seconds_silent"].as_str().unwrap().parse().unwrap();
    assert!((400..460).contains(&seconds), "{details}");
}

#[test]
fn fault_01_and_the_schema_that_the_scripts_expect_as_well() {
    let home = Home::new();
    let mut bridge = Bridge::coordinator(&home);
    bridge.tell(&format!("post {CONVERSATION} session_a 'stop the deploy'"));
    all_six(&home, &mut bridge);
    bridge.tell(&format!("pulse {CONVERSATION} 400"));
    let reassign = home.run(&["--db-path", bridge.db(), "reassign"]);
    assert_eq!(reassign.code, 1, "{}", reassign.err);
    let logged = bridge.sql(&["SELECT event_type, conversation_id, metadata FROM audit_log"]);
    assert_eq!((&logged[0][0], &logged[0][1]), (&"silent_worker_detected".into(), &CONVERSATION.into()));
    assert!(logged[0][2].as_str().unwrap().starts_with("{\"seconds_silent\": \"4"), "{logged:?}");
}

/// Starts the MCP server, asks what it is and which tools it has.
fn mcp(home: &Home, bridge: &Bridge) -> (Value, Vec<String>) {
    let mut command = home.command(&["--db", bridge.db(), "mcp"]);
    let mut server = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, output) = (server.stdin.take().unwrap(), server.stdout.take().unwrap());
    let mut lines = BufReader::new(output).lines();
    let mut ask = |text: &str| writeln!(input, "{text}").unwrap();
    ask(
        r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}"#,
    );
    let first: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    ask(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    ask(r#"{"jsonrpc":"2.0","id":2,"method":"tools/list"}"#);
    let second: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    drop(input);
    server.wait().unwrap();
    let tools = second["result"]["tools"].as_array().unwrap();
    (first, tools.iter().map(|tool| tool["name"].as_str().unwrap().to_owned()).collect())
}

#[test]
fn fault_02_the_server_starts_and_38_offers_no_command_that_never_runs() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let (first, tools) = mcp(&home, &bridge);
    assert!(first["result"]["serverInfo"]["name"].is_string(), "{first}");
    for tool in [
        "create_conversation",
        "send_to_partner",
        "check_messages",
        "update_my_status",
        "check_partner_status",
    ] {
        assert!(tools.iter().any(|name| name == tool), "{tool} is not among {tools:?}");
    }
    assert!(!tools.iter().any(|name| name == "execute_command" || name == "enable_yolo_mode"), "{tools:?}");
}

#[test]
fn fault_04_reassign_says_what_the_silent_owe_and_claims_nothing_that_it_does_not_do() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    bridge.send("a", "first, some news");
    bridge.sql(&[&format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp) VALUES
         ('{CONVERSATION}', 'a', 'b', 'May /orders return the items inline?', '{{\"action_type\": \"question\"}}',
          '2026-11-23T09:00:00.000000')"
    )]);
    let said = home.run(&["--db", bridge.db(), "reassign", "--json"]);
    assert_eq!(said.code, 1, "{}", said.err);
    let owed: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((owed[0]["role"].as_str(), owed[0]["unread"].as_u64()), (Some("tester"), Some(2)));
    assert_eq!(owed[0]["open"][0]["text"], "May /orders return the items inline?");
    assert_eq!(owed[0]["open"].as_array().unwrap().len(), 1);
    let words = home.run(&["--db", bridge.db(), "reassign"]);
    assert!(words.out.contains("2 unread messages for it"), "{}", words.out);
    assert!(words.out.contains("nothing was moved"), "{}", words.out);
    bridge.send("b", "Yes, inline.");
    let answered: Value = serde_json::from_str(
        &home.run(&["--db", bridge.db(), "reassign", "--threshold", "0.1", "--json"]).out,
    )
    .unwrap();
    let open =
        answered.as_array().unwrap().iter().find(|one| one["participant"] == "b").map(|one| &one["open"]);
    assert!(open.is_none_or(|open| open.as_array().unwrap().is_empty()), "{answered}");
}

#[test]
fn fault_36_a_missing_database_is_an_error_and_is_not_made() {
    let home = Home::new();
    let path = home.path().join("nowhere.db");
    let db = path.to_str().unwrap();
    for command in [
        &["check", "--conversation-id", CONVERSATION][..],
        &["keepalive", "--conversation-id", CONVERSATION, "--once"],
        &["watchdog", "--once"],
        &["watchdog"],
        &["reassign", "--silent-workers", "conv_1|session_b|never|400"],
        &["audit"],
        &["cleanup"],
        &["conversations", "--show-tokens", CONVERSATION],
    ] {
        let said = home.run_with(&[&["--db-path", db], command].concat(), &[("PEERWATCH_TOKEN", "x")]);
        assert_eq!(said.code, 3, "{command:?}: {}{}", said.out, said.err);
        assert!(said.err.contains("nowhere.db"), "{command:?}: {}", said.err);
        assert!(!path.exists(), "{command:?}");
    }
}
