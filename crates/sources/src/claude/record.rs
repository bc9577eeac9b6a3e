//! One line of a transcript, as far as it matters here.
//!
//! The format is Claude Code's own and changes between versions: whatever is missing or of another shape is passed
//! over, an unknown type is [`Body::Other`], and only a line that is not JSON at all is an error.

use memchr::memmem;
use serde_json::Value;

use super::lines::Line;
use super::text;
use crate::sighting::is_marked;

/// A record of a transcript.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Record {
    pub(super) uuid: Option<String>,
    /// When it was written, in milliseconds since the epoch.
    pub(super) at: Option<i64>,
    /// Whether a subagent wrote it into its session's transcript, as older versions did.
    pub(super) side: bool,
    pub(super) cwd: Option<String>,
    pub(super) version: Option<String>,
    pub(super) team: Option<String>,
    pub(super) agent: Option<String>,
    pub(super) body: Body,
}

/// What a record says.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) enum Body {
    /// Something was said to the model.
    Prompt { text: String, origin: Origin },
    /// Tools answered.
    Results { tools: Vec<String> },
    /// A person interrupted the turn.
    Interrupted,
    /// The model said something.
    Answer { tools: Vec<Call>, stop: Option<String> },
    /// The turn ended on an error.
    Failed { error: String, text: String },
    /// A `system` record.
    System { subtype: String, attempt: Option<u32> },
    /// The model was asked.
    Request { id: Option<String>, again: bool },
    /// A message was taken into the session's queue, for the model to be told in its time.
    Enqueued { text: String },
    /// A message was handed to the model in the middle of a turn.
    Queued { text: String, origin: Origin },
    /// The person or Claude Code named the session.
    Title { text: String, by_person: bool },
    /// The newest prompt, repeated for lists.
    LastPrompt(String),
    /// The last word of a session that ended in order.
    Closed,
    /// Nothing that matters here.
    #[default]
    Other,
}

/// A tool that was called.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Call {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) detail: Option<String>,
    /// The side of a bridge's conversation that it speaks for.
    pub(super) claim: Option<Claim>,
}

/// A side of a conversation of the original bridge, as a call of its tools names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Claim {
    pub(super) conversation: String,
    pub(super) side: char,
}

/// Where a prompt came from.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Origin {
    /// `human`, `peer`, `task-notification`…
    pub(super) kind: Option<String>,
    pub(super) message: Option<String>,
    pub(super) name: Option<String>,
    pub(super) body: Option<String>,
    /// The sender's process, verified by Claude Code.
    pub(super) process: Option<(u32, String)>,
}

impl Record {
    /// Reads a line.
    ///
    /// # Errors
    /// When the line is not a JSON object.
    pub(super) fn read(line: &Line<'_>) -> Result<Record, Malformed> {
        // Of what is queued, only messages of ours are of interest, and they are marked.
        if line.bytes.starts_with(ENQUEUED) && !is_marked(line.bytes) {
            return Ok(Record::default());
        }
        match line.end {
            None => {
                serde_json::from_slice(line.bytes).ok().and_then(|value| Self::of(&value)).ok_or(Malformed)
            }
            Some(end) => Ok(Self::clipped(line.bytes, end)),
        }
    }

    fn of(value: &Value) -> Option<Record> {
        value.as_object()?;
        Some(Record {
            uuid: string(value, "uuid"),
            at: string(value, "timestamp").and_then(|text| time(&text)),
            side: is(value, "isSidechain"),
            cwd: string(value, "cwd"),
            version: string(value, "version"),
            team: string(value, "teamName"),
            agent: string(value, "agentName"),
            body: body(value),
        })
    }

    /// What can be told of a record too long to be kept. The marks looked for cannot stand inside a string of the record,
    /// where their quotes would be escaped.
    fn clipped(head: &[u8], end: &[u8]) -> Record {
        let has = |mark: &[u8]| memmem::find(head, mark).is_some();
        let after = |mark: &str| value_after(head, mark).or_else(|| value_after(end, mark));
        let body = if head.starts_with(ENQUEUED) {
            Body::Enqueued { text: String::from_utf8_lossy(head).into_owned() }
        } else if let Some(id) = value_after(head, r#""type":"tool_use","id":""#) {
            let name = value_after(head, r#""name":""#).unwrap_or_default();
            let call = Call { id, name, detail: None, claim: None };
            Body::Answer { tools: vec![call], stop: Some("tool_use".into()) }
        } else if let Some(id) = value_after(head, r#""tool_use_id":""#) {
            Body::Results { tools: vec![id] }
        } else if has(br#""role":"assistant""#) {
            Body::Answer { tools: Vec::new(), stop: after(r#""stop_reason":""#) }
        } else if has(br#""type":"user""#) {
            Body::Prompt { text: String::new(), origin: Origin::default() }
        } else {
            Body::Other
        };
        Record {
            uuid: after(r#""uuid":""#),
            at: after(r#""timestamp":""#).and_then(|text| time(&text)),
            side: has(br#""isSidechain":true"#),
            body,
            ..Record::default()
        }
    }
}

/// How a record begins by which Claude Code keeps what waits for its turn (or, with another operation, has it).
pub(super) const ENQUEUED: &[u8] = br#"{"type":"queue-operation","#;

/// A line that is not JSON.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Malformed;

fn body(value: &Value) -> Body {
    match value.get("type").and_then(Value::as_str).unwrap_or_default() {
        "user" => user(value),
        "assistant" => assistant(value),
        "system" => Body::System {
            subtype: string(value, "subtype").unwrap_or_default(),
            attempt: value.get("retryAttempt").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok()),
        },
        "attachment" => queued(value).unwrap_or_default(),
        "queue-operation" if string(value, "operation").as_deref() == Some("enqueue") => {
            Body::Enqueued { text: value.get("content").map(plain).unwrap_or_default() }
        }
        "api-request" => Body::Request {
            id: string(value, "id"),
            // The same messages once more: nothing was added to what the request before carried.
            again: value.get("base").is_some_and(Value::is_string)
                && value.get("tail").and_then(Value::as_array).is_some_and(Vec::is_empty),
        },
        "custom-title" => titled(value, "customTitle", true),
        "ai-title" => titled(value, "aiTitle", false),
        "summary" => titled(value, "summary", false),
        "last-prompt" => string(value, "lastPrompt").map_or(Body::Other, Body::LastPrompt),
        "cost-state" => Body::Closed,
        _ => Body::Other,
    }
}

fn user(value: &Value) -> Body {
    let Some(content) = value.pointer("/message/content") else { return Body::Other };
    let tools: Vec<String> =
        blocks(content, "tool_result").filter_map(|block| string(block, "tool_use_id")).collect();
    let text = plain(content);
    if text.starts_with(INTERRUPTED) {
        return Body::Interrupted;
    }
    if !tools.is_empty() {
        return Body::Results { tools };
    }
    // Neither does the summary after a compaction begin a turn.
    let own = OWN.iter().any(|mark| text.starts_with(mark));
    if own || is(value, "isCompactSummary") {
        return Body::Other;
    }
    Body::Prompt { text, origin: origin(value.get("origin")) }
}

/// How records begin that stand for commands of Claude Code itself (`/clear`), for commands that the person ran in the
/// composer (`!ls`), and for the output of both: they begin no turn.
const OWN: [&str; 5] =
    ["<command-name>", "<local-command-", "<bash-input>", "<bash-stdout>", "<bash-stderr>"];

/// How a record of an interruption begins, `…by user]` or `…by user for tool use]`.
pub(super) const INTERRUPTED: &str = "[Request interrupted by user";

fn assistant(value: &Value) -> Body {
    let Some(content) = value.pointer("/message/content") else { return Body::Other };
    if is(value, "isApiErrorMessage") {
        let error = string(value, "error").unwrap_or_else(|| "unknown".into());
        return Body::Failed { error, text: text::line(&plain(content), 300) };
    }
    let tools = blocks(content, "tool_use")
        .filter_map(|block| {
            let name = string(block, "name")?;
            let detail = block.get("input").and_then(|input| detail(&name, input));
            let claim = block.get("input").and_then(|input| claim(&name, input));
            Some(Call { id: string(block, "id").unwrap_or_default(), name, detail, claim })
        })
        .collect();
    let stop = value.pointer("/message/stop_reason").and_then(Value::as_str).map(str::to_owned);
    Body::Answer { tools, stop }
}

fn queued(value: &Value) -> Option<Body> {
    let attachment = value.get("attachment")?;
    (attachment.get("type")?.as_str()? == "queued_command").then(|| Body::Queued {
        text: attachment.get("prompt").map(plain).unwrap_or_default(),
        origin: origin(attachment.get("origin")),
    })
}

/// The side that a call of the original bridge's tools is for. Its token is never kept.
fn claim(tool: &str, input: &Value) -> Option<Claim> {
    let (_, tool) = tool.strip_prefix("mcp__")?.rsplit_once("__")?;
    if !BRIDGE_TOOLS.contains(&tool) {
        return None;
    }
    let conversation = string(input, "conversation_id")?;
    let number = conversation.strip_prefix("conv_")?;
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let side = match input.get("session_id")?.as_str()? {
        "a" => 'a',
        "b" => 'b',
        _ => return None,
    };
    (number.len() == 16 && number.bytes().all(is_hex)).then_some(Claim { conversation, side })
}

/// The tools of the original bridge that are called for a side.
const BRIDGE_TOOLS: [&str; 4] =
    ["send_to_partner", "check_messages", "update_my_status", "check_partner_status"];

fn titled(value: &Value, key: &str, by_person: bool) -> Body {
    string(value, key).map_or(Body::Other, |text| Body::Title { text, by_person })
}

fn origin(value: Option<&Value>) -> Origin {
    let Some(value) = value else { return Origin::default() };
    let pid = value.get("verifiedPeerPid").and_then(Value::as_u64).and_then(|pid| u32::try_from(pid).ok());
    Origin {
        kind: string(value, "kind"),
        message: string(value, "msg_id"),
        name: string(value, "name"),
        body: string(value, "body"),
        process: pid.zip(string(value, "verifiedPeerProcStart")),
    }
}

/// What a tool was asked to do, in a few words.
pub(super) fn detail(tool: &str, input: &Value) -> Option<String> {
    if let Some(question) = input.pointer("/questions/0/question").and_then(Value::as_str) {
        return Some(text::line(question, 160));
    }
    let keys: &[&str] = match tool {
        "Bash" | "PowerShell" => &["command"],
        "Agent" | "Task" => &["description", "prompt"],
        "Grep" | "Glob" => &["pattern"],
        _ => &[
            "file_path",
            "notebook_path",
            "path",
            "command",
            "url",
            "query",
            "pattern",
            "to",
            "skill",
            "subject",
            "description",
        ],
    };
    let said = keys.iter().find_map(|key| input.get(key)?.as_str())?;
    Some(text::line(said, 160)).filter(|said| !said.is_empty())
}

/// The text of a content: a string, or its text blocks.
pub(super) fn plain(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(_) => {
            let texts: Vec<&str> =
                blocks(content, "text").filter_map(|block| block.get("text")?.as_str()).collect();
            texts.join("\n")
        }
        _ => String::new(),
    }
}

/// The blocks of one type.
pub(super) fn blocks<'a>(content: &'a Value, kind: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = content.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter().filter(move |block| block.get("type").and_then(Value::as_str) == Some(kind))
}

/// A time as records write it, in milliseconds since the epoch.
pub(super) fn time(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// A field that is a string with something in it.
pub(super) fn string(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether a field is `true`.
pub(super) fn is(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The short string that follows this mark.
pub(super) fn value_after(bytes: &[u8], mark: &str) -> Option<String> {
    let begin = memmem::find(bytes, mark.as_bytes())? + mark.len();
    let rest = &bytes[begin..];
    let end = memchr::memchr(b'"', &rest[..rest.len().min(200)])?;
    String::from_utf8(rest[..end].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Record {
        Record::read(&Line { offset: 0, bytes: text.as_bytes(), end: None }).unwrap()
    }

    #[test]
    fn fields_of_another_shape_are_passed_over() {
        let record =
            read(r#"{"type":"user","uuid":7,"timestamp":{},"isSidechain":"no","message":{"content":5}}"#);
        assert_eq!(
            record,
            Record {
                body: Body::Prompt { text: String::new(), origin: Origin::default() },
                ..Record::default()
            }
        );
        assert_eq!(read(r#"{"type":"of the future","message":1}"#), Record::default());
    }

    #[test]
    fn a_line_that_is_not_a_record_is_malformed() {
        for text in ["{\"type\":", "7", "", "nonsense"] {
            assert_eq!(
                Record::read(&Line { offset: 0, bytes: text.as_bytes(), end: None }),
                Err(Malformed),
                "{text}"
            );
        }
    }

    #[test]
    fn a_command_of_claude_code_itself_is_no_prompt() {
        let text =
            r#"{"type":"user","message":{"role":"user","content":"<command-name>/clear</command-name>"}}"#;
        assert_eq!(read(text).body, Body::Other);
    }

    #[test]
    fn a_command_typed_into_the_composer_is_no_prompt() {
        for text in ["<bash-input>ls</bash-input>", "<bash-stdout>a</bash-stdout><bash-stderr></bash-stderr>"]
        {
            let text = format!(r#"{{"type":"user","message":{{"role":"user","content":"{text}"}}}}"#);
            assert_eq!(read(&text).body, Body::Other);
        }
    }

    #[test]
    fn of_a_clipped_result_the_tool_and_the_time_are_known() {
        let head = br#"{"isSidechain":false,"type":"user","message":{"role":"user","content":[{"tool_use_id":"t1","type":"tool_result","content":"\"type\":\"tool_use\",\"id\":\"no"#;
        let end = br#"xx"}]},"uuid":"u1","timestamp":"2026-11-23T04:26:08.227Z"}"#;
        let record = Record::read(&Line { offset: 0, bytes: head, end: Some(end) }).unwrap();
        assert_eq!(record.body, Body::Results { tools: vec!["t1".into()] });
        assert_eq!((record.uuid.as_deref(), record.at), (Some("u1"), Some(1_795_407_968_227)));
    }

    #[test]
    fn a_call_is_told_in_a_few_words() {
        let ask = serde_json::json!({"questions":[{"question":"Which one?\nreally"}]});
        assert_eq!(detail("AskUserQuestion", &ask).as_deref(), Some("Which one?"));
        assert_eq!(
            detail("Bash", &serde_json::json!({"command":"cargo test\n"})).as_deref(),
            Some("cargo test")
        );
        assert_eq!(detail("Mystery", &serde_json::json!({"x":1})), None);
    }
}
