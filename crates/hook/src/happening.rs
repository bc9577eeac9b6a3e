//! What happened, in few words: only what the engine needs, and never what was said or asked in the session.

use std::env;
use std::io::{self, Read as _};

use serde_json::{Map, Value, json};

/// Claude Code's account may hold a whole prompt or answer.
const LONGEST_ACCOUNT: u64 = 4 << 20;
/// Letters of one value.
const LONGEST_VALUE: usize = 1_000;
/// What is passed on of the account, as Claude Code 2.1.330 calls it.
const PASSED_ON: [&str; 11] = [
    "transcript_path",
    "cwd",
    "prompt_id",
    "permission_mode",
    "agent_id",
    "agent_type",
    "source",
    "reason",
    "error",
    "tool_name",
    "stop_hook_active",
];

/// An event of a session.
pub(crate) struct Happening {
    event: String,
    session_id: String,
    input: Map<String, Value>,
}

impl Happening {
    /// The event, with Claude Code's account from the standard input.
    pub(crate) fn read(event: &str) -> Self {
        Self::of(event, &account(), |name| env::var(name).ok())
    }

    fn of(event: &str, account: &Value, environment: impl Fn(&str) -> Option<String>) -> Self {
        let mut input: Map<String, Value> = PASSED_ON
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), bounded(account.get(name)?)?)))
            .collect();
        if let Some(tasks) = account.get("background_tasks").and_then(Value::as_array) {
            input.insert("background_tasks".to_owned(), tasks.len().into());
        }
        if let Some(pid) = environment("CLAUDE_PID").and_then(|pid| pid.parse::<u32>().ok()) {
            input.insert("pid".to_owned(), pid.into());
        }
        let inbox = environment("CLAUDE_CODE_MESSAGING_SOCKET").is_some_and(|path| !path.is_empty());
        input.insert("inbox".to_owned(), inbox.into());
        let session_id = account.get("session_id").and_then(Value::as_str).map(str::to_owned);
        let session_id = session_id.or_else(|| environment("CLAUDE_CODE_SESSION_ID")).unwrap_or_default();
        Self { event: event.to_owned(), session_id, input }
    }

    /// The line that tells the engine.
    pub(crate) fn request(&self) -> String {
        let Self { event, session_id, input } = self;
        let command = json!({"command": "hook", "event": event, "session_id": session_id, "input": input});
        format!("{}\n", json!({"request": "do", "command": command}))
    }
}

/// Claude Code's account, from the standard input. One that breaks off is none; that it happened is told all the same.
pub(crate) fn account() -> Value {
    let mut account = Vec::new();
    let _ = io::stdin().lock().take(LONGEST_ACCOUNT).read_to_end(&mut account);
    serde_json::from_slice(&account).unwrap_or(Value::Null)
}

/// Truth values and short texts; nothing else is of use.
fn bounded(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::String(text) => Some(text.chars().take(LONGEST_VALUE).collect::<String>().into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_passed_on() {
        let account = json!({
            "session_id": "s-1", "cwd": "/code", "hook_event_name": "Stop", "stop_hook_active": true,
            "prompt": "secret", "last_assistant_message": "secret", "tool_input": {"command": "secret"},
            "background_tasks": [{"id": "secret"}], "error": "e".repeat(5_000),
        });
        let environment = |name: &str| (name == "CLAUDE_PID").then(|| "42".to_owned());
        let line = Happening::of("Stop", &account, environment).request();
        assert!(!line.contains("secret") && line.len() < 2_000, "{line}");
        let told: Value = serde_json::from_str(&line).unwrap();
        let command = &told["command"];
        assert_eq!((&command["event"], &command["session_id"]), (&json!("Stop"), &json!("s-1")));
        assert_eq!(command["input"]["pid"], 42);
        assert_eq!(command["input"]["background_tasks"], 1);
        assert_eq!(command["input"]["stop_hook_active"], true);
    }

    #[test]
    fn an_account_that_cannot_be_read_still_tells_whose_it_is() {
        let environment = |name: &str| (name == "CLAUDE_CODE_SESSION_ID").then(|| "s-2".to_owned());
        let line = Happening::of("SessionEnd", &Value::Null, environment).request();
        assert!(line.contains("\"session_id\":\"s-2\"") && line.ends_with("}\n"), "{line}");
    }
}
