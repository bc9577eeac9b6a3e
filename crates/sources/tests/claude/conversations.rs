//! Conversations as a person reads them, page by page.

use std::fs;
use std::time::Duration;

use expect_test::{Expect, expect};
use peerwatch_core::ConversationId;
use peerwatch_sources::{Entry, Page, Place, claude};

use crate::home::*;

fn read(home: &Home, conversation: &str, place: &Place, limit: usize) -> Page {
    claude::read_page(home.path(), &ConversationId::new(conversation), place, limit).unwrap()
}

fn told(entries: &[Entry]) -> String {
    let line = |one: &Entry| {
        let state = one.state.as_deref().unwrap_or("");
        format!("{:?} {}: {:?} {state}\n", one.kind, one.from, one.text)
    };
    entries.iter().map(line).collect()
}

fn check(home: &Home, conversation: &str, expected: &Expect) {
    expected.assert_eq(&told(&read(home, conversation, &Place::Newest, 100).entries));
}

#[test]
fn peer_messages_tools_and_answers() {
    let home = Home::live("peer-message");
    check(
        &home,
        "claude:acbd1658-1774-44c7-a215-39f267d37cc4",
        &expect![[r#"
        Prompt you: "hello" 
        Answer Claude: "Done. All finished." 
        Message peerwatch: "builder is silent for 25 minutes" 
        Answer Claude: "Done. All finished." 
        Prompt you: "RUN: sleep 3" 
        Answer Claude: "Running it." 
        ToolCall Bash: "sleep 3" 
        ToolResult Bash: "(Bash completed with no output)" ok
        Message peerwatch: "second message, during a tool" 
        Answer Claude: "Done. All finished." 
        Message another session: "a plain message without the wrapper" 
        Answer Claude: "Done. All finished." 
    "#]],
    );
}

#[test]
fn an_interruption_and_an_error_are_notes() {
    check(
        &Home::live("interrupted"),
        "claude:f8d4c427-4ff6-453e-909b-a9a622eb0175",
        &expect![[r#"
        Prompt you: "hello" 
        Answer Claude: "Done. All finished." 
        Prompt you: "RUN: sleep 20" 
        Answer Claude: "Running it." 
        ToolCall Bash: "sleep 20" 
        ToolResult Bash: "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file). STOP what you are doing and wait for the user to tell you how to proceed." failed
        Note Claude Code: "Interrupted by the person." 
    "#]],
    );
    check(
        &Home::live("api-error"),
        "claude:8b694e6a-92d7-4815-a72c-736329a0919c",
        &expect![[r#"
        Prompt you: "hello" 
        Answer Claude: "Done. All finished." 
        Prompt you: "ERR: 400 0" 
        Note Claude Code: "API Error: 400 mock invalid_request_error" failed
    "#]],
    );
    check(
        &Home::live("cleared"),
        "claude:7f1cd620-d07f-4a62-82c4-817e93ad5b36",
        &expect![[r#"
        Note Claude Code: "/clear" 
        Prompt you: "after clear" 
        Answer Claude: "Done. All finished." 
    "#]],
    );
}

#[test]
fn teammates_speak_and_a_background_task_reports() {
    check(
        &Home::live("team"),
        "claude:8894d8d9-f3d9-4182-8c17-417d89be0fe1/agent-abuilder-e3ad9fb3f622239a",
        &expect![[r#"
            Message team-lead: "PLAY: builder" 
            ToolCall ToolSearch: "select:SendMessage,TaskCreate,TaskUpdate,TaskList,TaskGet" 
            ToolResult ToolSearch: "(no output)" ok
            ToolCall TaskUpdate: "{\"owner\":\"builder\",\"status\":\"in_progress\",\"taskId\":\"1\"}" 
            ToolResult TaskUpdate: "Updated task #1 owner, status" ok
            ToolCall SendMessage: "team-lead" 
            ToolResult SendMessage: "{\"success\":true,\"message\":\"Message sent to team-lead's inbox\",\"msg_id\":\"b3f4f4b4-a823-44b1-9c54-f9b40165ef8b\",\"routing\":{\"sender\":\"builder\",\"senderColor\":\"blue\",\"target\":\"@team-lead\",\"targetColor\":\"red\",\"summary\":\"started\",\"content\":\"Started the limiter.\"}}" ok
        "#]],
    );
    check(
        &Home::live("subagent"),
        "claude:87ff0453-f599-4e9c-a973-cb0da3f90308",
        &expect![[r#"
        Prompt you: "SCRIPT: [{\"call\": \"Agent\", \"input\": {\"description\": \"long one\", \"prompt\": \"SLOW: 30\", \"subagent_type\": \"general-purpose\"}}, {\"call\": \"Agent\", \"input\": {\"description\": \"short one\", \"prompt\": \"RUN: echo sub\", \"subagent_type\": \"general-purpose\"}}]" 
        ToolCall Agent: "long one" 
        ToolResult Agent: "Async agent launched successfully. (This tool result is internal metadata — never quote or paste any part of it, including the agentId below, into a user-facing reply.)\nagentId: a9fd717528f2a3742 (internal ID - do not mention to user. Use SendMessage with to: 'a9fd717528f2a3742', summary: '<5-10 word recap>' to continue this agent.)\nThe agent is working in the background. You will be notified automatically when it completes. You know nothing about its results until that notification arrives — do not report, assume, or predict them; continue other work or respond to the user in the meantime.\nDo not duplicate this agent's work — avoid working with the same files or topics it is using.\noutput_file: /tmp/claude-0/-home-dev-acme-api/87ff0453-f599-4e9c-a973-cb0da3f90308/tasks/a9fd717528f2a3742.output\nDo NOT Read or tail this file via the shell tool — it is the full subagent JSONL transcript and reading it will overflow your context. If the user asks for progress, say the agent is still running; you'll get a completion notification." ok
        ToolCall Agent: "short one" 
        ToolResult Agent: "Async agent launched successfully. (This tool result is internal metadata — never quote or paste any part of it, including the agentId below, into a user-facing reply.)\nagentId: adf482097104c71fe (internal ID - do not mention to user. Use SendMessage with to: 'adf482097104c71fe', summary: '<5-10 word recap>' to continue this agent.)\nThe agent is working in the background. You will be notified automatically when it completes. You know nothing about its results until that notification arrives — do not report, assume, or predict them; continue other work or respond to the user in the meantime.\nDo not duplicate this agent's work — avoid working with the same files or topics it is using.\noutput_file: /tmp/claude-0/-home-dev-acme-api/87ff0453-f599-4e9c-a973-cb0da3f90308/tasks/adf482097104c71fe.output\nDo NOT Read or tail this file via the shell tool — it is the full subagent JSONL transcript and reading it will overflow your context. If the user asks for progress, say the agent is still running; you'll get a completion notification." ok
        Answer Claude: "Done. All finished." 
        Note Claude Code: "Agent \"short one\" finished\nDone. All finished." 
        Answer Claude: "Done. All finished." 
    "#]],
    );
}

#[test]
fn what_is_twice_in_the_file_is_once_on_the_page() {
    check(
        &Home::synthetic(),
        "claude:0b9d8e7f-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
        &expect![[r#"
        Prompt you: "Make the header sticky." 
        ToolCall Edit: "/home/dev/acme/web/src/header.css" 
        ToolResult Edit: "updated" ok
        Answer Claude: "The header is sticky now." 
        Message api-lead: "The /users reply now has tenant_id." 
        Answer Claude: "Noted; nothing in the header uses that reply." 
    "#]],
    );
}

#[test]
fn commands_typed_into_the_composer_are_shown_with_their_output() {
    let home = Home::new();
    let record =
        |text: &str| home.record(&PROMPT.replace(r#""origin":{"kind":"human"},"#, "").replace("do it", text));
    let output = "<bash-stdout>a.rs</bash-stdout><bash-stderr></bash-stderr>";
    home.write(&transcript(), &(record("<bash-input>ls</bash-input>") + &record(output)));
    check(
        &home,
        &format!("claude:{SESSION}"),
        &expect![[r#"
        Prompt you: "! ls" 
        Note Claude Code: "a.rs" 
    "#]],
    );
}

/// A transcript of 400 turns with large records of no interest between.
fn long() -> Home {
    let mut home = Home::new();
    let noise = format!("{{\"type\":\"api-request-shape\",\"x\":\"{}\"}}\n", "y".repeat(20_000));
    let mut text = String::new();
    for number in 0..400 {
        home.pass(Duration::from_secs(1));
        text += &home.record(&PROMPT.replace("do it", &format!("prompt {number}")));
        text += &noise;
        text += &home.record(SAID);
    }
    home.write(&transcript(), &text);
    home
}

#[test]
fn pages_backwards_and_forwards_give_every_entry_once() {
    let home = long();
    let conversation = format!("claude:{SESSION}");
    let newest = read(&home, &conversation, &Place::Newest, 30);
    let mut backwards = newest.entries.clone();
    let mut before = newest.before;
    while let Some(place) = before {
        let page = read(&home, &conversation, &Place::Before(place), 30);
        backwards.splice(0..0, page.entries);
        before = page.before;
    }
    let (mut forwards, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let page = read(&home, &conversation, &Place::After(after.clone()), 30);
        if page.entries.is_empty() {
            break;
        }
        forwards.extend(page.entries);
        after = page.after;
    }
    assert_eq!(backwards.len(), 800);
    assert_eq!(backwards, forwards);
    let mut ids: Vec<&str> = backwards.iter().map(|one| one.id.as_str()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 800);
    assert_eq!(after, newest.after);
}

#[test]
fn reading_goes_on_where_it_ended_and_a_torn_line_waits() {
    let home = long();
    let conversation = format!("claude:{SESSION}");
    let end = read(&home, &conversation, &Place::Newest, 1).after;
    let said = home.record(SAID);
    home.append(&transcript(), &said[..20]);
    let page = read(&home, &conversation, &Place::After(end), 10);
    assert_eq!(page.entries, []);
    home.append(&transcript(), &said[20..]);
    assert_eq!(read(&home, &conversation, &Place::After(page.after), 10).entries.len(), 1);
}

#[test]
fn a_name_that_leads_out_of_the_folder_is_no_conversation() {
    let home = long();
    home.write("secret.jsonl", &home.record(PROMPT));
    for name in [
        "claude:../../secret",
        "claude:../x",
        "claude:",
        "claude:x/../../../secret",
        "bridge:x",
        "claude:unknown",
    ] {
        assert!(!claude::belongs(home.path(), &ConversationId::new(name)), "{name}");
    }
    assert!(claude::belongs(home.path(), &ConversationId::new(format!("claude:{SESSION}"))));
}

#[test]
fn text_is_bounded_and_says_so() {
    let home = Home::new();
    home.write(&transcript(), &home.record(&PROMPT.replace("do it", &"x".repeat(100_000))));
    let page = read(&home, &format!("claude:{SESSION}"), &Place::Newest, 10);
    assert_eq!((page.entries[0].text.len(), page.entries[0].cut), (8_000, true));
    assert_eq!(page.before, None);
    fs::remove_file(home.path().join(transcript())).unwrap();
}
