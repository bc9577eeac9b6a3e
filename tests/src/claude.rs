//! Real Claude Code sessions in terminals of their own, talking to the scripted model.

mod registry;
mod session;
mod terminal;

use std::cell::RefCell;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use crate::model::Model;
use crate::process::{Stray, end_all};
use crate::require::{Missing, node_module, program};
use crate::scratch::Scratch;
pub use registry::Entry;
pub use session::{Session, Start, Terminal};
use terminal::Tmux;

const MODEL: &str = "claude-opus-4-7";

/// The programs that a session needs, if this machine has them.
#[derive(Debug, Clone)]
pub struct Cli {
    program: PathBuf,
    tmux: PathBuf,
}

impl Cli {
    /// Looks at `PEERWATCH_CLAUDE_BIN`, then in the project's `node_modules`.
    pub fn find() -> Result<Self, Missing> {
        let program = match std::env::var_os("PEERWATCH_CLAUDE_BIN").map(PathBuf::from) {
            Some(path) if path.is_file() => path,
            Some(path) => {
                return Err(Missing(format!("PEERWATCH_CLAUDE_BIN names no file: {}", path.display())));
            }
            None => node_module("@anthropic-ai/claude-code-linux-x64/claude")?,
        };
        Ok(Self { program, tmux: self::program("tmux")? })
    }
}

/// Claude Code as installed in one scratch home; its sessions end with this value.
#[derive(Debug)]
pub struct Claude {
    scratch: Scratch,
    cli: Cli,
    tmux: Tmux,
    strays: RefCell<Vec<Stray>>,
}

impl Claude {
    /// Prepares the home, so that no dialog of a first run stands in the way, and starts the terminals' server.
    ///
    /// # Panics
    /// When the scratch home cannot be written or tmux does not start.
    pub fn install(scratch: &Scratch, cli: Cli, model: &Model) -> Self {
        let key = format!("sk-ant-api03-{}AA", "peerwatch0test0".repeat(6));
        let environment = environment(scratch, &cli, model, &key);
        let claude = Self {
            scratch: scratch.clone(),
            tmux: Tmux::start(scratch, &cli.tmux, &environment),
            cli,
            strays: RefCell::default(),
        };
        let settings = json!({
            "hasCompletedOnboarding": true, "theme": "dark", "lastOnboardingVersion": "2.1.330",
            "customApiKeyResponses": {"approved": [key.get(key.len() - 20..)], "rejected": []},
            "projects": {claude.projects().to_string_lossy().into_owned(): trusted()},
        });
        fs::create_dir_all(claude.config()).expect("the configuration folder");
        fs::create_dir_all(claude.projects()).expect("the folder of the projects");
        fs::write(scratch.home().join(".claude.json"), settings.to_string()).expect("the client's settings");
        claude
    }

    /// The configuration folder, `~/.claude`.
    pub fn config(&self) -> PathBuf {
        self.scratch.home().join(".claude")
    }

    /// The folder whose subfolders the sessions work in.
    pub fn projects(&self) -> PathBuf {
        self.scratch.path("home/code")
    }

    /// A session to be started; `name` is also its project's folder.
    pub fn session(&self, name: &str) -> Start<'_> {
        Start::new(self, name)
    }

    fn remember(&self, strays: Vec<Stray>) {
        self.strays.borrow_mut().extend(strays);
    }
}

impl Drop for Claude {
    fn drop(&mut self) {
        let mut processes = self.tmux.processes();
        processes.append(&mut self.strays.borrow_mut());
        end_all(&processes);
    }
}

fn trusted() -> Value {
    json!({"hasTrustDialogAccepted": true, "hasCompletedProjectOnboarding": true, "allowedTools": []})
}

fn environment(scratch: &Scratch, cli: &Cli, model: &Model, key: &str) -> Vec<(String, String)> {
    let folder = cli.program.parent().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default();
    let mut environment = scratch.environment();
    environment.retain(|(name, _)| name != "PATH");
    let own = [
        ("PATH", format!("{folder}:/usr/local/bin:/usr/bin:/bin")),
        ("TERM", "xterm-256color".to_owned()),
        ("SHELL", "/bin/bash".to_owned()),
        ("ANTHROPIC_BASE_URL", model.base_url()),
        ("ANTHROPIC_API_KEY", key.to_owned()),
        ("DISABLE_AUTOUPDATER", "1".to_owned()),
        ("DISABLE_TELEMETRY", "1".to_owned()),
        ("DISABLE_ERROR_REPORTING", "1".to_owned()),
        ("CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL", "1".to_owned()),
    ];
    environment.extend(own.map(|(name, value)| (name.to_owned(), value)));
    if rustix::process::geteuid().is_root() {
        environment.push(("IS_SANDBOX".to_owned(), "1".to_owned()));
    }
    environment
}

#[cfg(test)]
mod tests;
