//! Lines of a transcript, in the form of Claude Code 2.1.330.

use peerwatch_core::Timestamp;
use serde_json::{Value, json};

/// The version of Claude Code whose files are written.
pub(super) const VERSION: &str = "2.1.330";

/// Who writes a transcript: a session, or an agent within it.
#[derive(Clone, Debug)]
pub(super) struct Writer {
    pub(super) session: String,
    pub(super) cwd: String,
    pub(super) agent: Option<String>,
    /// The calls that have no result yet.
    open: Vec<String>,
    written: u32,
}

impl Writer {
    pub(super) fn new(session: &str, cwd: &str, agent: Option<String>) -> Self {
        Self { session: session.into(), cwd: cwd.into(), agent, open: Vec::new(), written: 0 }
    }

    pub(super) fn prompt(&mut self, text: &str, now: Timestamp) -> String {
        let message = json!({"role": "user", "content": text});
        let more = json!({"type": "user", "message": message, "origin": {"kind": "human"},
            "promptSource": "typed", "turnOrigin": "human", "permissionMode": "default"});
        self.line(more, now)
    }

    /// What a lead says to a teammate or a subagent.
    pub(super) fn briefing(&mut self, text: &str, now: Timestamp) -> String {
        self.line(json!({"type": "user", "message": {"role": "user", "content": text}}), now)
    }

    pub(super) fn calls(&mut self, tool: &str, detail: &str, now: Timestamp) -> String {
        let id = format!("toolu_{}", self.identity("call"));
        self.open.push(id.clone());
        let call = json!({"type": "tool_use", "id": id, "name": tool, "input": input(tool, detail)});
        self.answer(call, Some("tool_use"), now)
    }

    /// The newest call is answered.
    pub(super) fn gets(&mut self, text: &str, now: Timestamp) -> String {
        let id = self.open.pop().expect("a call that is open");
        let result = json!({"type": "tool_result", "tool_use_id": id, "content": text});
        self.line(json!({"type": "user", "message": {"role": "user", "content": [result]}}), now)
    }

    pub(super) fn says(&mut self, text: &str, stop: Option<&str>, now: Timestamp) -> String {
        self.answer(json!({"type": "text", "text": text}), stop, now)
    }

    pub(super) fn turn_duration(&mut self, now: Timestamp) -> String {
        self.line(
            json!({"type": "system", "subtype": "turn_duration", "durationMs": 1000, "isMeta": false}),
            now,
        )
    }

    pub(super) fn fails(&mut self, error: &str, text: &str, now: Timestamp) -> String {
        let message = json!({"model": "<synthetic>", "role": "assistant", "stop_reason": "stop_sequence",
            "content": [{"type": "text", "text": text}]});
        let more =
            json!({"type": "assistant", "isApiErrorMessage": true, "error": error, "message": message});
        self.line(more, now)
    }

    /// The same request once more.
    pub(super) fn retries(&mut self, now: Timestamp) -> String {
        let record = json!({"type": "api-request", "sessionId": self.session, "id": self.identity("request"),
            "timestamp": iso(now), "version": VERSION, "base": "a request before", "keep": 3, "tail": []});
        format!("{record}\n")
    }

    /// A record as somebody wrote it down, with `@` for its time and `#` for an identity of its own.
    pub(super) fn raw(&mut self, text: &str, now: Timestamp) -> String {
        format!("{}\n", text.replace('@', &iso(now)).replace('#', &self.identity("record")))
    }

    fn answer(&mut self, block: Value, stop: Option<&str>, now: Timestamp) -> String {
        let message = json!({"id": self.identity("message"), "type": "message", "role": "assistant",
            "model": "claude-opus-4-7", "content": [block], "stop_reason": stop});
        self.line(json!({"type": "assistant", "message": message}), now)
    }

    fn line(&mut self, mut more: Value, now: Timestamp) -> String {
        let envelope = json!({"isSidechain": self.agent.is_some(), "uuid": self.identity("record"),
            "timestamp": iso(now), "userType": "external", "entrypoint": "cli", "cwd": self.cwd,
            "sessionId": self.session, "version": VERSION});
        let fields = more.as_object_mut().expect("a record");
        fields.extend(envelope.as_object().expect("an envelope").clone());
        if let Some(agent) = &self.agent {
            fields.insert("agentId".into(), json!(agent));
        }
        format!("{more}\n")
    }

    fn identity(&mut self, of: &str) -> String {
        self.written += 1;
        uuid(&format!("{}{:?}{of}{}", self.session, self.agent, self.written))
    }
}

/// The input of a tool: as JSON stands there, else under the field that the tool reads.
fn input(tool: &str, detail: &str) -> Value {
    match (tool, serde_json::from_str::<Value>(detail)) {
        (_, Ok(given)) if given.is_object() => given,
        ("Bash", _) => json!({"command": detail, "description": detail}),
        ("Agent" | "Task", _) => json!({"description": detail, "prompt": detail}),
        ("AskUserQuestion", _) => json!({"questions": [{"question": detail}]}),
        _ => json!({"query": detail}),
    }
}

/// A time as records write it.
pub(super) fn iso(now: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(now.0).expect("a time").to_string()
}

/// The same UUID for the same words.
pub(super) fn uuid(words: &str) -> String {
    let hash = |seed: u64| {
        words.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let (one, other) = (hash(0), hash(0x9e37_79b9_7f4a_7c15));
    format!(
        "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
        one >> 32,
        one >> 16 & 0xffff,
        one & 0xfff,
        other >> 52,
        other & 0xffff_ffff_ffff
    )
}
