//! From nothing to sessions that talk: the plugin connected by the command line, its server and its hook started by real
//! sessions, messages delivered by the engine, and everything taken back to the byte.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge_sessions::Bridged;
use peerwatch_tests::claude::Session;
use peerwatch_tests::model::{call, say};
use peerwatch_tests::require;
use peerwatch_tests::require::{Missing, node_module};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(10);
const USERS: &str = "{\n   \"model\": \"opus\",\n\t\"cleanupPeriodDays\": 30.0 }\n";
const FREE: &[&str] = &["--allowedTools", "mcp__plugin_peerwatch_peerwatch"];

/// Runs the command line with Claude Code on its path.
fn peerwatch(bridged: &Bridged, words: &[&str]) -> Result<String, Missing> {
    let claude = node_module("@anthropic-ai/claude-code-linux-x64/claude")?;
    let folder = claude.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let mut command = bridged.world.peerwatch.command(words);
    command.env("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin")).env("DISABLE_AUTOUPDATER", "1");
    let output = command.output().map_err(|error| Missing(error.to_string()))?;
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn name(session: &Session<'_>) -> String {
    session.entry().and_then(|entry| entry.name).unwrap_or_default()
}

#[test]
fn sessions_of_a_connected_claude_code_talk_by_name_and_disconnecting_leaves_no_trace() {
    let bridged = require!(Bridged::begin());
    let settings = bridged.world.claude.config().join("settings.json");
    std::fs::write(&settings, USERS).unwrap();
    let plan = require!(peerwatch(&bridged, &["connect", "claude", "--dry-run"]));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), USERS, "a plan changes nothing");
    let done = require!(peerwatch(&bridged, &["connect", "claude", "--yes"]));
    assert!(done.starts_with(&plan), "what was done is what was said:\n{plan}\n{done}");

    let model = &bridged.world.model;
    model.when("the limiter is yours", [say("Mine.")]);
    let api = bridged.world.claude.session("api").with(FREE).start();
    let web = bridged.world.claude.session("web").with(FREE).start();
    let send = json!({"to": name(&api), "text": "the limiter is yours"});
    model.when("hand it over", [call("mcp__plugin_peerwatch_peerwatch__send", send), say("Done.")]);
    web.prompt("hand it over");
    model.await_asked("the limiter is yours", 0);
    bridged.await_receipt("the limiter is yours", "seen", SOON);
    bridged.await_shown(&api, "the limiter is yours", 1);
    api.exit();
    web.exit();

    require!(peerwatch(&bridged, &["disconnect", "claude"]));
    assert_eq!(std::fs::read_to_string(&settings).unwrap(), USERS, "every byte is as it was");
}

#[test]
fn a_session_without_an_inbox_is_woken_by_the_plugins_hook() {
    let bridged = require!(Bridged::begin());
    require!(peerwatch(&bridged, &["connect", "claude", "--yes"]));
    // Where the folder of the sockets cannot be made, there are no inboxes.
    let api = bridged.world.claude.session("api").env("XDG_RUNTIME_DIR", "/proc/none").start();
    assert_eq!(api.entry().and_then(|entry| entry.messaging_socket_path), None);
    bridged.world.model.when("begin", [say("Begun."), say("Awake.")]);
    api.prompt("begin it");
    bridged.world.model.await_asked("begin", 0);
    api.await_status("idle");

    let mut outsider = bridged.outsider();
    outsider.send(&name(&api), "wake up by another way");
    bridged.world.model.await_asked("begin", 1);
    bridged.await_receipt("wake up by another way", "seen", SOON);
    let records = std::fs::read_to_string(api.transcript_path()).unwrap();
    let shown = records.lines().filter(|line| {
        let record: Value = serde_json::from_str(line).unwrap_or_default();
        record["type"] == "user" && line.contains("wake up by another way")
    });
    assert_eq!(shown.count(), 1);
}

#[test]
fn a_subagent_that_writes_has_a_place_of_its_own() {
    let bridged = require!(Bridged::begin());
    let model = &bridged.world.model;
    model.when("news of the step", [say("Noted.")]);
    let send = json!({"to": "backend", "text": "news of the step"});
    // No model answers before Claude Code has written down that it asks it.
    let thought = call("mcp__peerwatch__send", send).after(Duration::from_millis(500));
    model.when("take the step", [thought, say("The step is done.")]);
    model.when(
        "delegate it",
        [peerwatch_tests::model::agent("A step", "Please take the step now."), say("It is done.")],
    );
    let _backend = bridged.joined("backend");
    let frontend = bridged.joined("frontend");
    frontend.prompt("delegate it");
    model.await_asked("news of the step", 0);
    let places = bridged.participants();
    let own = places.iter().find(|place| place["role"] == "frontend").unwrap();
    let subagents: Vec<&Value> =
        places.iter().filter(|place| place["pid"] == own["pid"] && place["agent"] != "").collect();
    assert_eq!((&own["agent"], subagents.len()), (&json!(""), 1), "{places:#?}");
}
