//! Transcripts, appended record by record in the form of Claude Code 2.1.330.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::error::{Result, at};
use crate::text::{hex, iso, quoted, uuid};

/// The version of Claude Code whose files are played.
pub(crate) const VERSION: &str = "2.1.330";
const MODEL: &str = "claude-opus-4-7";

/// One transcript: a session's own, or that of a subagent or teammate beside it.
pub(crate) struct Transcript {
    path: PathBuf,
    session: String,
    cwd: String,
    /// The agent, in a subagent's file.
    agent: Option<String>,
    parent: Option<String>,
    written: u32,
    /// The call that has no result yet: its id and its record's.
    open: Option<String>,
}

/// What a prompt came from.
pub(crate) enum Origin<'a> {
    Human,
    /// Another session, by name and pid.
    Peer(&'a str, u32),
    /// A background task of the session itself.
    Task,
    /// Whoever leads a subagent or teammate.
    Lead,
}

impl Transcript {
    /// A transcript that begins, or goes on where a session of the same id stopped.
    pub(crate) fn new(path: PathBuf, session: &str, cwd: &str, agent: Option<String>) -> Self {
        let lines = fs::read_to_string(&path).map_or(0, |text| text.lines().count());
        Self {
            path,
            session: session.into(),
            cwd: cwd.into(),
            agent,
            parent: None,
            written: u32::try_from(lines).unwrap_or(0),
            open: None,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether a tool was called that has not answered.
    pub(crate) fn is_open(&self) -> bool {
        self.open.is_some()
    }

    pub(crate) fn prompt(&mut self, text: &str, origin: &Origin<'_>, when: Timestamp) -> Result<()> {
        if self.parent.is_none() && self.agent.is_none() {
            self.flat_records(when)?;
        }
        let text = quoted(text);
        let record = match origin {
            Origin::Human => format!(
                r#""type":"user","message":{{"role":"user","content":{text}}},{meta},"permissionMode":"default","origin":{{"kind":"human"}},"promptSource":"typed","turnOrigin":"human""#,
                meta = self.meta(when)
            ),
            Origin::Peer(name, pid) => {
                let wrapped = format!(
                    "<cross-session-message from-name=\"{name}\">\n{}\n</cross-session-message>",
                    unquoted(&text)
                );
                format!(
                    r#""type":"user","message":{{"role":"user","content":{content}}},"isMeta":true,{meta},"permissionMode":"default","origin":{{"kind":"peer","from":"uds:cc-socks/{pid}.sock","verifiedPeerPid":{pid},"msg_id":"{id}","verifiedLocal":true,"name":{name},"fromMode":"prompting","body":{text}}},"promptSource":"system","turnOrigin":"peer""#,
                    content = quoted(&wrapped),
                    meta = self.meta(when),
                    id = uuid(&format!("{}message{}", self.session, self.written)),
                    name = quoted(name),
                )
            }
            Origin::Task => format!(
                r#""type":"user","message":{{"role":"user","content":{text}}},{meta},"permissionMode":"default","origin":{{"kind":"task-notification","producer":"session-task"}},"promptSource":"system","turnOrigin":"task_notification""#,
                meta = self.meta(when)
            ),
            Origin::Lead => {
                format!(
                    r#""type":"user","message":{{"role":"user","content":{text}}},{meta}"#,
                    meta = self.meta(when)
                )
            }
        };
        self.enveloped(&format!(r#""promptId":"{}","#, self.prompt_id()), &record, when)
    }

    /// The model says something in the middle of its turn.
    pub(crate) fn says(&mut self, text: &str, when: Timestamp) -> Result<()> {
        self.assistant(&format!(r#"{{"type":"text","text":{}}}"#, quoted(text)), "\"tool_use\"", when)
    }

    pub(crate) fn thinks(&mut self, text: &str, when: Timestamp) -> Result<()> {
        let block = format!(r#"{{"type":"thinking","thinking":{},"signature":""}}"#, quoted(text));
        self.assistant(&block, "null", when)
    }

    /// The model calls a tool; `input` is JSON.
    pub(crate) fn calls(&mut self, tool: &str, input: &str, when: Timestamp) -> Result<()> {
        let id = format!("toolu_{}", hex(&format!("{}{}", self.path.display(), self.written), 20));
        let block = format!(r#"{{"type":"tool_use","id":"{id}","name":{},"input":{input}}}"#, quoted(tool));
        self.open = Some(id);
        self.assistant(&block, "\"tool_use\"", when)
    }

    /// The tool that was called answers.
    pub(crate) fn gets(&mut self, text: &str, failed: bool, when: Timestamp) -> Result<()> {
        let Some(id) = self.open.take() else { return Ok(()) };
        let error = if failed { r#","is_error":true"# } else { "" };
        let record = format!(
            r#""type":"user","message":{{"role":"user","content":[{{"tool_use_id":"{id}","type":"tool_result","content":{}{error}}}]}},{}"#,
            quoted(text),
            self.meta(when)
        );
        self.enveloped(&format!(r#""promptId":"{}","#, self.prompt_id()), &record, when)
    }

    /// A message that stood in the queue comes before the model, in the middle of a turn.
    pub(crate) fn absorbs(&mut self, text: &str, uid: &str, when: Timestamp) -> Result<()> {
        let record = format!(
            r#""attachment":{{"type":"queued_command","prompt":{},"origin":{{"kind":"peer","msg_id":{}}},"isMeta":true}},"type":"attachment",{}"#,
            quoted(text),
            quoted(uid),
            self.meta(when)
        );
        self.enveloped("", &record, when)
    }

    /// The model ends its turn.
    pub(crate) fn ends(&mut self, text: &str, took_ms: i64, when: Timestamp) -> Result<()> {
        self.assistant(&format!(r#"{{"type":"text","text":{}}}"#, quoted(text)), "\"end_turn\"", when)?;
        if self.agent.is_some() {
            return Ok(());
        }
        let record = format!(
            r#""type":"system","subtype":"turn_duration","durationMs":{took_ms},"messageCount":{},{},"isMeta":false"#,
            self.written,
            self.meta(when)
        );
        self.enveloped("", &record, when)?;
        self.state_records(text, when)
    }

    /// Claude Code ends the turn because a limit of use is reached.
    pub(crate) fn limited(&mut self, text: &str, when: Timestamp) -> Result<()> {
        let record = format!(
            r#""type":"assistant",{},"message":{{"id":"{}","model":"<synthetic>","role":"assistant","stop_reason":"stop_sequence","stop_sequence":"","type":"message","usage":{{"input_tokens":0,"output_tokens":0}},"content":[{{"type":"text","text":{}}}]}},"error":"rate_limit","isApiErrorMessage":true,"apiErrorStatus":429,"apiErrorType":"rate_limit_error","failedResponseHadNoToolCall":true"#,
            self.meta(when),
            uuid(&format!("{}limit{}", self.session, self.written)),
            quoted(text)
        );
        self.enveloped("", &record, when)?;
        self.state_records("", when)
    }

    fn assistant(&mut self, block: &str, stop_reason: &str, when: Timestamp) -> Result<()> {
        let record = format!(
            r#""message":{{"id":"msg_{id}","type":"message","role":"assistant","model":"{MODEL}","stop_sequence":null,"content":[{block}],"stop_reason":{stop_reason},"usage":{{"input_tokens":10,"output_tokens":10}},"stop_details":null}},"apiBlockIndex":0,"requestedModel":"{MODEL}","type":"assistant",{meta},"madeBy":"model""#,
            id = hex(&format!("{}message{}", self.path.display(), self.written), 20),
            meta = self.meta(when),
        );
        self.enveloped("", &record, when)
    }

    /// What Claude Code writes around the first prompt, besides the conversation.
    fn flat_records(&mut self, when: Timestamp) -> Result<()> {
        let session = &self.session;
        let lines = format!(
            "{{\"type\":\"mode\",\"mode\":\"normal\",\"sessionId\":\"{session}\"}}\n\
             {{\"type\":\"permission-mode\",\"permissionMode\":\"default\",\"sessionId\":\"{session}\"}}\n\
             {{\"type\":\"atis-latch\",\"atis\":\"\",\"sessionId\":\"{session}\"}}\n"
        );
        self.append(&lines, when)
    }

    fn state_records(&mut self, text: &str, when: Timestamp) -> Result<()> {
        let (session, leaf) = (&self.session, self.parent.as_deref().unwrap_or(""));
        let line = format!(
            "{{\"type\":\"last-prompt\",\"lastPrompt\":{},\"leafUuid\":\"{leaf}\",\"sessionId\":\"{session}\"}}\n",
            quoted(text)
        );
        self.append(&line, when)?;
        self.flat_records(when)
    }

    fn prompt_id(&self) -> String {
        uuid(&format!("{}prompt", self.path.display()))
    }

    fn record_id(&self) -> String {
        uuid(&format!("{}#{}", self.path.display(), self.written))
    }

    fn meta(&self, when: Timestamp) -> String {
        format!(r#""uuid":"{}","timestamp":"{}""#, self.record_id(), iso(when))
    }

    fn enveloped(&mut self, first: &str, record: &str, when: Timestamp) -> Result<()> {
        let parent = self.parent.as_deref().map_or("null".into(), quoted);
        let agent = self.agent.as_deref().map(|id| format!(r#""agentId":"{id}","#)).unwrap_or_default();
        let line = format!(
            r#"{{"parentUuid":{parent},"isSidechain":{side},{first}{agent}{record},"userType":"external","entrypoint":"cli","cwd":{cwd},"sessionId":"{session}","version":"{VERSION}","gitBranch":"main"}}"#,
            side = self.agent.is_some(),
            cwd = quoted(&self.cwd),
            session = self.session,
        );
        self.parent = Some(self.record_id());
        self.written += 1;
        self.append(&format!("{line}\n"), when)
    }

    fn append(&self, lines: &str, when: Timestamp) -> Result<()> {
        let path = &self.path;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(at(folder))?;
        }
        let mut file = OpenOptions::new().append(true).create(true).open(path).map_err(at(path))?;
        file.write_all(lines.as_bytes()).map_err(at(path))?;
        // A record of the past leaves a file of the past.
        file.set_modified(when.into()).map_err(at(path))
    }
}

fn unquoted(json: &str) -> String {
    serde_json::from_str(json).unwrap_or_default()
}

/// The folder of a project's transcripts: every character outside letters and digits becomes a dash.
pub(crate) fn project_folder(cwd: &str) -> String {
    cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}
