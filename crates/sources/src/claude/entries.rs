//! What a person sees of one record of a transcript.

use std::collections::HashMap;

use peerwatch_core::Timestamp;
use serde_json::Value;

use super::lines::Line;
use super::messages::{elements, notice, unwrapped};
use super::record::{self, INTERRUPTED, blocks, is, plain, string, time};
use super::text;
use crate::sighting::unmarked;
use crate::{Entry, EntryKind};

/// Turns records into entries, one after the other.
#[derive(Debug)]
pub(super) struct Entries {
    /// Of a subagent's transcript: what it is told comes from the session, not from a person.
    of_subagent: bool,
    /// The names of the tools that were called, by the call.
    tools: HashMap<String, String>,
}

/// What an entry says, before it has a place.
struct Said {
    kind: EntryKind,
    from: String,
    text: String,
    state: Option<&'static str>,
}

fn said(kind: EntryKind, from: impl Into<String>, text: impl Into<String>) -> Said {
    Said { kind, from: from.into(), text: text.into(), state: None }
}

fn note(text: impl Into<String>) -> Said {
    said(EntryKind::Note, "Claude Code", text)
}

impl Entries {
    pub(super) fn new(of_subagent: bool) -> Self {
        Self { of_subagent, tools: HashMap::new() }
    }

    /// The entries of a line, with the identity of its record.
    pub(super) fn of(&mut self, line: &Line<'_>) -> (Option<String>, Vec<Entry>) {
        if line.bytes.starts_with(record::ENQUEUED) {
            return (None, Vec::new());
        }
        if line.end.is_some() {
            let what = note("A record too long to be shown here.");
            return (None, vec![entry(line.offset, 0, None, what)]);
        }
        let Ok(value) = serde_json::from_slice::<Value>(line.bytes) else {
            let what = note("A line that is not JSON.");
            return (None, vec![entry(line.offset, 0, None, what)]);
        };
        if is(&value, "isSidechain") && !self.of_subagent {
            return (None, Vec::new());
        }
        let at = string(&value, "timestamp").and_then(|text| time(&text)).map(Timestamp);
        let said = self.say(&value).into_iter().filter(|said| !said.text.trim().is_empty());
        let entries = said.enumerate().map(|(index, said)| entry(line.offset, index, at, said));
        (string(&value, "uuid"), entries.collect())
    }

    fn say(&mut self, value: &Value) -> Vec<Said> {
        match value.get("type").and_then(Value::as_str).unwrap_or_default() {
            "user" => self.user(value),
            "assistant" => self.assistant(value),
            "system" => system(value).into_iter().collect(),
            "attachment" => value.get("attachment").map(|it| self.queued(it)).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    fn user(&mut self, value: &Value) -> Vec<Said> {
        let Some(content) = value.pointer("/message/content") else { return Vec::new() };
        let text = plain(content);
        if text.starts_with(INTERRUPTED) {
            return vec![note("Interrupted by the person.")];
        }
        let mut all: Vec<Said> = blocks(content, "tool_result").map(|block| self.result(block)).collect();
        if is(value, "isCompactSummary") {
            all.push(note(format!("What was kept of the conversation so far:\n{text}")));
        } else {
            all.extend(self.told(&text, value.get("origin"), is(value, "isMeta")));
        }
        let pictures = blocks(content, "image").count();
        all.extend((pictures > 0).then(|| self.prompt(format!("[{pictures} picture(s)]"))));
        all
    }

    /// What the model was told, by whomever.
    fn told(&self, text: &str, origin: Option<&Value>, meta: bool) -> Vec<Said> {
        let origin_text = |key| origin.and_then(|origin| string(origin, key));
        match origin_text("kind").as_deref() {
            Some("peer") => {
                let from = origin_text("name").unwrap_or_else(|| "another session".into());
                let body = origin_text("body").unwrap_or_else(|| unwrapped(text).to_owned());
                return vec![said(EntryKind::Message, from, unmarked(&body))];
            }
            Some("human") => return vec![self.prompt(text)],
            Some("task-notification") => return vec![note(task(text))],
            _ => {}
        }
        let mates = elements(text);
        if !mates.is_empty() {
            let message = |(name, inner): (String, String)| said(EntryKind::Message, name, notice(&inner).1);
            return mates.into_iter().map(message).collect();
        }
        if let Some(command) = between(text, "<command-name>", "</command-name>") {
            let arguments = between(text, "<command-args>", "</command-args>").unwrap_or_default();
            return vec![note(format!("{command} {arguments}").trim().to_owned())];
        }
        if let Some(command) = between(text, "<bash-input>", "</bash-input>") {
            return vec![self.prompt(format!("! {command}"))];
        }
        if let Some(output) = between(text, "<bash-stdout>", "</bash-stdout>") {
            let errors = between(text, "<bash-stderr>", "</bash-stderr>").unwrap_or_default();
            return vec![note(format!("{output}\n{errors}"))];
        }
        if let Some(output) = between(text, "<local-command-stdout>", "</local-command-stdout>") {
            return vec![note(output)];
        }
        match meta {
            _ if text.starts_with("<local-command-caveat>") || text.starts_with("<system-reminder>") => {
                Vec::new()
            }
            true => vec![note(text)],
            false => vec![self.prompt(text)],
        }
    }

    fn prompt(&self, text: impl Into<String>) -> Said {
        said(EntryKind::Prompt, if self.of_subagent { "the session" } else { "you" }, text)
    }

    fn result(&self, block: &Value) -> Said {
        let call = string(block, "tool_use_id").unwrap_or_default();
        let name = self.tools.get(&call).cloned().unwrap_or_else(|| "tool".into());
        let text = block.get("content").map(plain).filter(|text| !text.trim().is_empty());
        let failed = is(block, "is_error");
        let mut said = said(EntryKind::ToolResult, name, text.unwrap_or_else(|| "(no output)".into()));
        said.state = Some(if failed { "failed" } else { "ok" });
        said
    }

    fn assistant(&mut self, value: &Value) -> Vec<Said> {
        let Some(content) = value.pointer("/message/content") else { return Vec::new() };
        if is(value, "isApiErrorMessage") {
            return vec![Said { state: Some("failed"), ..note(plain(content)) }];
        }
        if let Some(text) = content.as_str() {
            return vec![said(EntryKind::Answer, "Claude", text)];
        }
        let all = content.as_array().map(Vec::as_slice).unwrap_or_default();
        all.iter().filter_map(|block| self.block(block)).collect()
    }

    fn block(&mut self, block: &Value) -> Option<Said> {
        match block.get("type")?.as_str()? {
            "text" => Some(said(EntryKind::Answer, "Claude", string(block, "text")?)),
            "thinking" => Some(said(EntryKind::Thinking, "Claude", string(block, "thinking")?)),
            "tool_use" => {
                let name = string(block, "name")?;
                if let Some(call) = string(block, "id") {
                    self.tools.insert(call, name.clone());
                }
                let input = block.get("input");
                let detail = input.and_then(|input| record::detail(&name, input));
                let whole = || input.map(|input| text::line(&shown(input), 300)).unwrap_or_default();
                Some(said(EntryKind::ToolCall, name, detail.unwrap_or_else(whole)))
            }
            _ => None,
        }
    }

    fn queued(&self, attachment: &Value) -> Vec<Said> {
        if attachment.get("type").and_then(Value::as_str) != Some("queued_command") {
            return Vec::new();
        }
        let text = attachment.get("prompt").map(plain).unwrap_or_default();
        self.told(&text, attachment.get("origin"), false)
    }
}

/// What a tool was given, without the secrets that open a side of a bridge.
fn shown(input: &Value) -> String {
    let mut input = input.clone();
    if let Some(token) = input.get_mut("token") {
        *token = Value::from("…");
    }
    input.to_string()
}

fn system(value: &Value) -> Option<Said> {
    let content = || {
        string(value, "content").map(|text| {
            between(&text, "<local-command-stdout>", "</local-command-stdout>")
                .map(str::to_owned)
                .unwrap_or(text)
        })
    };
    match value.get("subtype")?.as_str()? {
        "api_error" => {
            let attempt = value.get("retryAttempt").and_then(Value::as_u64).unwrap_or(1);
            Some(note(format!("The call to the model failed and is tried again (attempt {attempt}).")))
        }
        "compact_boundary" => Some(note("The conversation was shortened here to make room.")),
        "informational" | "local_command" | "away_summary" => content().map(note),
        _ => None,
    }
}

/// What a notification of a background task says.
fn task(text: &str) -> String {
    let parts = [between(text, "<summary>", "</summary>"), between(text, "<result>", "</result>")];
    let said: Vec<&str> = parts.into_iter().flatten().map(str::trim).collect();
    if said.is_empty() { text.to_owned() } else { said.join("\n") }
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    Some(rest.split_once(end)?.0)
}

fn entry(offset: u64, index: usize, at: Option<Timestamp>, said: Said) -> Entry {
    let id = if index == 0 { offset.to_string() } else { format!("{offset}.{index}") };
    let (text, cut) = text::cut(said.text.trim(), text::LONGEST);
    let from = text::line(&said.from, 80);
    Entry { id, at, kind: said.kind, from, text, cut, state: said.state.map(str::to_owned) }
}
