//! The fence: refuses edits and pushes of a session for a task that was taken from it.
//!
//! It stands in front of every edit and every shell command, so where no fence is up at all, looking for one folder is all
//! that it does. No engine is asked: a fence stands as it was raised, whether an engine runs or not. Whatever cannot be read
//! or is not known refuses nothing.

mod push;
mod shell;
mod start;

use std::env;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

/// Beside the engine's socket; `peerwatch_connect::fence` writes what is in it.
const FOLDER: &str = "fences";
/// Fences that are looked at, and bytes of each.
const MOST: usize = 1_000;
const LONGEST: u64 = 64 << 10;
/// Texts that one refusal tells.
const MOST_TEXTS: usize = 5;
/// Tools that change files.
const EDITING: [&str; 4] = ["Edit", "Write", "MultiEdit", "NotebookEdit"];
/// Tools whose `command` a shell runs.
const SHELLS: [&str; 3] = ["Bash", "PowerShell", "Monitor"];

/// The fences that are up, whoever they are for.
pub(crate) struct Fences {
    files: Vec<PathBuf>,
}

/// Who calls the tool.
struct Caller<'a> {
    /// Its process: the one that Claude Code names to its hooks, or that has started this one.
    pid: Option<u32>,
    session_id: &'a str,
    /// Not for the session's own agent.
    agent: Option<&'a str>,
    agent_type: &'a str,
}

impl Fences {
    /// Those beside this socket; `None` where there are none, which is nearly always.
    pub(crate) fn beside(socket: &Path) -> Option<Self> {
        let entries = fs::read_dir(socket.with_file_name(FOLDER)).ok()?.flatten().map(|entry| entry.path());
        let files: Vec<PathBuf> = entries
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .take(MOST)
            .collect();
        (!files.is_empty()).then_some(Self { files })
    }

    /// Claude Code's form of a refusal, if this call is one to refuse.
    pub(crate) fn refusal(&self, account: &Value) -> Option<Value> {
        let refused = refusable(account)?;
        let environment = env::var("CLAUDE_CODE_SESSION_ID").ok();
        let texts = self.texts(&Caller::of(account, start::caller(), environment.as_deref()));
        (!texts.is_empty()).then(|| {
            let reason = format!("Peerwatch refused {refused}. {}", texts.join("\n\n"));
            json!({"hookSpecificOutput": {
                "hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": reason,
            }})
        })
    }

    fn texts(&self, caller: &Caller<'_>) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for fence in self.files.iter().filter_map(|path| read(path)) {
            let text = fence["text"].as_str().filter(|text| !text.is_empty());
            if let Some(text) = text
                && !texts.iter().any(|known| known == text)
                && caller.is_behind(&fence, start::of)
            {
                texts.push(text.to_owned());
            }
        }
        texts.sort();
        texts.truncate(MOST_TEXTS);
        texts
    }
}

impl<'a> Caller<'a> {
    fn of(account: &'a Value, pid: Option<u32>, environment: Option<&'a str>) -> Self {
        let text = |name: &str| account[name].as_str().filter(|text| !text.is_empty());
        Self {
            pid,
            session_id: text("session_id").or(environment).unwrap_or_default(),
            agent: text("agent_id"),
            agent_type: text("agent_type").unwrap_or_default(),
        }
    }

    /// Whether this fence is for the caller: its conversation, or its process, whatever it talks about by now.
    fn is_behind(&self, fence: &Value, start: impl Fn(u32) -> Option<String>) -> bool {
        self.is_meant(&fence["whom"]) && (self.is_in(&fence["session_id"]) || self.is_process(fence, start))
    }

    fn is_in(&self, session_id: &Value) -> bool {
        !self.session_id.is_empty() && session_id == self.session_id
    }

    fn is_process(&self, fence: &Value, start: impl Fn(u32) -> Option<String>) -> bool {
        let (Some(pid), Some(started)) = (self.pid, fence["started"].as_str()) else { return false };
        // Pids are used again.
        fence["pid"] == pid && start(pid).is_some_and(|start| start::same(&start, started))
    }

    fn is_meant(&self, whom: &Value) -> bool {
        match (whom.as_str(), self.agent) {
            (Some("own" | "own_and_subagents"), None) => true,
            (Some("own_and_subagents"), Some(agent)) => !self.is_teammate(agent),
            (None, Some(agent)) => whom["agent"] == agent,
            _ => false,
        }
    }

    /// Seen with Claude Code 2.1.330: a teammate in the process is `a<name>-<hex>` with its name as type, a subagent `a<hex>`.
    fn is_teammate(&self, agent: &str) -> bool {
        let named = agent.strip_prefix('a').and_then(|agent| agent.strip_prefix(self.agent_type));
        !self.agent_type.is_empty() && named.is_some_and(|rest| rest.starts_with('-'))
    }
}

/// What would be refused, in words; `None` for what no fence stops.
fn refusable(account: &Value) -> Option<&'static str> {
    let tool = account["tool_name"].as_str()?;
    if EDITING.contains(&tool) {
        return Some("this edit");
    }
    let command = account["tool_input"]["command"].as_str()?;
    (SHELLS.contains(&tool) && push::is_in(command))
        .then_some("this command, since it looks like a `git push`")
}

fn read(path: &Path) -> Option<Value> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    serde_json::from_slice(&bytes).ok()
}

#[cfg(test)]
mod tests;
