//! What `bridge_cli.py` was for: audit log, cleaning up, tokens.

use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION};
use crate::home::{Home, line_with};

#[test]
fn the_audit_log_is_read_newest_first_and_of_one_conversation() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "hello");
    bridge.tell("conversation conv_ffffffffffffffff x y");
    let read = |more: &[&str]| -> Vec<Value> {
        let said = home.run(&[&["--db", bridge.db(), "audit", "--json"], more].concat());
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.err))
    };
    let actions: Vec<_> =
        read(&["--conversation", CONVERSATION]).iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, ["send_message", "create_conversation"]);
    assert_eq!(read(&["--limit", "1"])[0]["conversation"], "conv_ffffffffffffffff");
    let details = &read(&["--conversation", CONVERSATION])[0]["details"];
    assert_eq!(details["message_length"], 7);
    assert!(home.run(&["--db", bridge.db(), "audit"]).out.contains("create_conversation"));
}

#[test]
fn cleaning_up_takes_what_expired_long_ago_and_nothing_unread_without_force() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "not read yet");
    bridge.tell("conversation conv_ffffffffffffffff x y");
    bridge.sql(&["UPDATE conversations SET expires_at = '2026-01-01T00:00:00.000000'"]);
    let clean = |more: &[&str]| -> Value {
        let said = home.run(&[&["--db", bridge.db(), "cleanup", "--json"], more].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        serde_json::from_str::<Value>(&said.out).unwrap()[0].clone()
    };
    let seen = clean(&["--dry-run"]);
    assert_eq!(
        (&seen["conversations"], &seen["kept"]),
        (&serde_json::json!(["conv_ffffffffffffffff"]), &serde_json::json!([CONVERSATION]))
    );
    assert_eq!(bridge.number("SELECT count(*) FROM conversations"), 2);
    clean(&[]);
    assert_eq!(bridge.number("SELECT count(*) FROM conversations"), 1);
    assert_eq!(clean(&["--dry-run", "--force"])["messages"], 1);
    assert_eq!(bridge.number("SELECT count(*) FROM messages WHERE read = 0"), 1);
    assert_eq!(clean(&["--force"])["conversations"], serde_json::json!([CONVERSATION]));
    assert_eq!(
        bridge.number("SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM messages)"),
        0
    );
    assert!(bridge.number("SELECT count(*) FROM audit_log") > 2, "the log stays");
}

#[test]
fn a_database_that_is_known_need_not_be_named() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.send("a", "found by itself");
    let config = home.path().join("config.toml");
    std::fs::write(&config, format!("databases = [{:?}]\n", bridge.db())).unwrap();
    let config = config.to_str().unwrap();
    let token = [("PEERWATCH_TOKEN", bridge.tokens[1].as_str())];
    let check = ["--config", config, "check", "--conversation-id", CONVERSATION];
    let said = home.run_with(&check, &token);
    assert!(said.code == 0 && said.out.contains("found by itself"), "{}{}", said.out, said.err);
    assert_eq!(home.run(&["--config", config, "watchdog", "--once"]).code, 0);
    let engine = home.start(&["--config", config, "run"]);
    line_with(&engine.err, "keeps watch");
    let asked = home.run_with(&["check", "--conversation-id", CONVERSATION], &token);
    assert!(asked.out.contains("found by itself"), "{}{}", asked.out, asked.err);
    let unknown = home.run_with(&["check", "--conversation-id", "conv_x"], &token);
    assert!(unknown.code == 3 && unknown.err.contains("name it with --db"), "{}", unknown.err);
}

#[test]
fn tokens_are_shown_to_whoever_may_read_the_file_with_a_warning() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let said = home.run(&["--db", bridge.db(), "conversations", "--show-tokens", CONVERSATION]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(bridge.tokens.iter().all(|token| said.out.contains(token)), "{}", said.out);
    assert!(said.err.contains("Whoever has one of these"), "{}", said.err);
    let none = home.run(&["--db", bridge.db(), "conversations", "--show-tokens", "conv_x"]);
    assert_eq!(none.code, 2, "{}", none.err);
}
