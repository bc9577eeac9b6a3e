//! Scripts: which act answers which conversation. The place in a script is read from the conversation itself, so
//! retries, resumed sessions and several sessions at once need no memory here.

use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Value, json};

/// One answer of the model.
#[derive(Debug, Clone)]
pub struct Act {
    pub(super) pause: Pause,
    pub(super) deed: Deed,
}

#[derive(Debug, Clone, Copy)]
pub(super) enum Pause {
    None,
    For(Duration),
    UntilReleased,
}

#[derive(Debug, Clone)]
pub(super) enum Deed {
    Say { pieces: Vec<String>, every: Duration },
    Call { tool: String, input: Value },
    Fail { status: u16, times: u32 },
}

#[derive(Debug, Clone)]
pub(super) struct Rule {
    pub(super) keyword: String,
    pub(super) acts: Vec<Act>,
}

impl Act {
    /// The same, after thinking for a while.
    #[must_use]
    pub fn after(mut self, time: Duration) -> Self {
        self.pause = Pause::For(time);
        self
    }

    /// The same, once the test lets go: until then the model thinks.
    #[must_use]
    pub fn when_released(mut self) -> Self {
        self.pause = Pause::UntilReleased;
        self
    }

    fn new(deed: Deed) -> Self {
        Self { pause: Pause::None, deed }
    }
}

/// Says a text and ends the turn.
pub fn say(text: &str) -> Act {
    Act::new(Deed::Say { pieces: vec![text.to_owned()], every: Duration::ZERO })
}

/// Says a text word by word, slowly enough to be interrupted in the middle.
pub fn murmur(text: &str, every: Duration) -> Act {
    let pieces = text.split_inclusive(' ').map(str::to_owned).collect();
    Act::new(Deed::Say { pieces, every })
}

/// Calls any tool that the client offers.
pub fn call(tool: &str, input: Value) -> Act {
    Act::new(Deed::Call { tool: tool.to_owned(), input })
}

/// Runs a shell command.
pub fn bash(command: &str) -> Act {
    call("Bash", json!({"command": command, "description": "A step of the test"}))
}

/// Asks the person a question with these answers to choose from.
pub fn ask(question: &str, answers: &[&str]) -> Act {
    let options: Vec<Value> = answers
        .iter()
        .map(|label| json!({"label": label, "description": format!("Choose {label}")}))
        .collect();
    let question =
        json!({"question": question, "header": "Choice", "multiSelect": false, "options": options});
    call("AskUserQuestion", json!({"questions": [question]}))
}

/// Gives a task to a subagent and waits for it.
pub fn agent(description: &str, prompt: &str) -> Act {
    call("Agent", agent_input(description, prompt, false))
}

/// Gives a task to a subagent that works while the turn ends.
pub fn background_agent(description: &str, prompt: &str) -> Act {
    call("Agent", agent_input(description, prompt, true))
}

fn agent_input(description: &str, prompt: &str, background: bool) -> Value {
    json!({
        "description": description, "prompt": prompt, "subagent_type": "general-purpose",
        "run_in_background": background,
    })
}

/// Fails with an HTTP status, every time it is asked.
pub fn fail(status: u16) -> Act {
    fail_times(status, u32::MAX)
}

/// Fails with an HTTP status so many times; then the next act of the script is up.
pub fn fail_times(status: u16, times: u32) -> Act {
    Act::new(Deed::Fail { status, times })
}

/// The script that is up, and how many of its acts were done: the newest prompt with a known keyword decides, and
/// each answer of the model after it was one act.
pub(super) fn place(rules: &[Rule], question: &Value) -> Option<(String, usize)> {
    let messages = question["messages"].as_array()?;
    let (at, keyword) = messages.iter().enumerate().rev().find_map(|(at, message)| {
        let text = prompt_text(message)?;
        let rule = rules.iter().rfind(|rule| text.contains(&rule.keyword))?;
        Some((at, rule.keyword.clone()))
    })?;
    let done = messages.iter().skip(at).filter(|message| message["role"] == "assistant").count();
    Some((keyword, done))
}

/// The act number `step`, not counting failures that have failed often enough.
pub(super) fn pick(
    keyword: &str,
    acts: &[Act],
    step: usize,
    failures: &mut HashMap<(String, usize), u32>,
) -> Act {
    let mut skipped = step;
    for (index, act) in acts.iter().enumerate() {
        let failed = failures.entry((keyword.to_owned(), index)).or_default();
        match act.deed {
            Deed::Fail { times, .. } if *failed >= times => {}
            _ if skipped > 0 => skipped -= 1,
            Deed::Fail { .. } => {
                *failed += 1;
                return act.clone();
            }
            _ => return act.clone(),
        }
    }
    say("Done.")
}

/// The names of the tools that a question offers.
pub(super) fn tool_names(question: &Value) -> Vec<String> {
    let tools = question["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect()
}

/// What a person, a peer or a lead wrote: no results of tools, nothing that the client adds by itself.
fn prompt_text(message: &Value) -> Option<String> {
    if message["role"] != "user" {
        return None;
    }
    if let Some(text) = message["content"].as_str() {
        return Some(text.to_owned());
    }
    let blocks = message["content"].as_array()?;
    let texts: Vec<&str> = blocks
        .iter()
        .filter_map(|block| block["text"].as_str())
        .filter(|text| !text.trim_start().starts_with("<system-reminder>"))
        .collect();
    (!texts.is_empty()).then(|| texts.join("\n"))
}
