//! The fence at the worker: a real session with the plugin is refused its edits and its pushes for a task that was taken from
//! it, is told why, and goes on when the fence is lowered.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_connect::fence::{Fence, Holder, Whom, lower, raise};
use peerwatch_connect::{Environment, Place, connect};
use peerwatch_tests::claude::Session;
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{Act, agent, bash, call, say};
use peerwatch_tests::require;
use peerwatch_tests::require::{Missing, node_module};
use peerwatch_tests::world::World;
use serde_json::{Value, json};

const REASON: &str = "Task 12 “Write the parser” was taken over by frontend";
/// May edit and push without being asked.
const FREE: &[&str] = &["--permission-mode", "acceptEdits", "--allowedTools", "Bash(git push:*)"];

/// Sessions whose plugin looks for fences in a runtime folder, in which no engine runs.
struct Fenced {
    world: World,
    runtime: PathBuf,
}

impl Fenced {
    fn begin() -> Result<Self, Missing> {
        let world = World::begin()?;
        let runtime = world.scratch.path("run");
        let claude = match std::env::var_os("PEERWATCH_CLAUDE_BIN") {
            Some(path) => path.into(),
            None => node_module("@anthropic-ai/claude-code-linux-x64/claude")?,
        };
        // In the place of the MCP server, which has no part in this.
        let program = world.scratch.path("peerwatch");
        fs::write(&program, "#!/bin/sh\nexec cat > /dev/null\n").unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut environment = world.scratch.environment();
        environment.push(("DISABLE_AUTOUPDATER".to_owned(), "1".to_owned()));
        let place = Place {
            own: world.scratch.path("home/.local/share/peerwatch"),
            config: world.claude.config(),
            home: world.scratch.home(),
            claude: Some(claude),
            program,
            hook: hook()?,
            socket: runtime.join("engine.sock"),
            environment: Environment::Only(
                environment.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            ),
        };
        connect(&place, |_| {}).unwrap();
        Ok(Self { world, runtime })
    }

    /// A turn in which the model does this; what its tools returned.
    fn turn(&self, session: &Session<'_>, keyword: &str, acts: impl IntoIterator<Item = Act>) -> Vec<Value> {
        let end = format!("The end of {keyword}.");
        self.world.model.when(keyword, acts.into_iter().chain([say(&end)]));
        session.prompt(keyword);
        session.await_screen(&end);
        session.await_status("idle");
        eventually("the end in the transcript", Duration::from_secs(5), || {
            fs::read_to_string(session.transcript_path()).ok().filter(|text| text.contains(&end))
        });
        results_since(&session.transcript_path(), keyword)
    }

    fn fence(&self, session: &Session<'_>, whom: Whom) -> Fence {
        let entry: Value =
            serde_json::from_str(&fs::read_to_string(session.registry_path()).unwrap()).unwrap();
        Fence {
            holder: Holder {
                pid: session.pid(),
                started: entry["procStart"].as_str().map(str::to_owned),
                session_id: session.id(),
            },
            whom,
            task: "12".into(),
            epoch: Some(1),
            subject: "Write the parser".into(),
            by: Some("frontend".into()),
            at: 1_795_425_120_000,
            why: "it was silent for 40 min".into(),
        }
    }

    fn raise(&self, session: &Session<'_>, whom: Whom) -> Fence {
        let fence = self.fence(session, whom);
        raise(&self.runtime, &fence).unwrap();
        fence
    }

    fn git(&self, folder: &Path, words: &[&str]) -> String {
        let mut command = self.world.scratch.command("git");
        command.current_dir(folder).args(["-c", "user.name=Test", "-c", "user.email=test@localhost"]);
        let output = command.args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn hook() -> Result<PathBuf, Missing> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.to_owned());
    let folder = std::env::var_os("PEERWATCH_BIN_DIR").map(PathBuf::from).or_else(beside);
    let path = folder.map(|folder| folder.join("peerwatch-hook")).filter(|path| path.is_file());
    path.ok_or_else(|| Missing("the program peerwatch-hook is not built".to_owned()))
}

fn write(path: &Path, text: &str) -> Act {
    call("Write", json!({"file_path": path, "content": text}))
}

/// The results of tools that the transcript holds after the prompt with this word. It holds some of them twice.
fn results_since(transcript: &Path, keyword: &str) -> Vec<Value> {
    let text = fs::read_to_string(transcript).unwrap();
    let records: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let begun = records.iter().rposition(|record| record["message"]["content"] == keyword).unwrap();
    let contents = records[begun..].iter().filter_map(|record| record["message"]["content"].as_array());
    let mut results: Vec<Value> =
        contents.flatten().filter(|piece| piece["type"] == "tool_result").cloned().collect();
    results.dedup_by(|one, other| one["tool_use_id"] == other["tool_use_id"]);
    results
}

fn assert_refused(result: &Value) {
    assert_eq!(result["is_error"], true, "{result}");
    assert!(result["content"].to_string().contains(REASON), "{result}");
}

fn assert_done(result: &Value) {
    assert_ne!(result["is_error"], true, "{result}");
}

#[test]
fn edits_and_pushes_are_refused_with_the_reason_until_the_fence_is_lowered() {
    let fenced = require!(Fenced::begin());
    let session = fenced.world.claude.session("api").with(FREE).start();
    let (folder, remote) = (session.folder(), fenced.world.scratch.path("remote"));
    fs::create_dir(&remote).unwrap();
    fenced.git(&remote, &["init", "--bare", "--initial-branch=main", "."]);
    fenced.git(&folder, &["init", "--initial-branch=main", "."]);
    fs::write(folder.join("notes.txt"), "What was agreed.\n").unwrap();
    fenced.git(&folder, &["add", "notes.txt"]);
    fenced.git(&folder, &["commit", "--message=Notes"]);
    fenced.git(&folder, &["remote", "add", "origin", &remote.to_string_lossy()]);
    let pushed = || !fenced.git(&remote, &["branch", "--list"]).is_empty();
    let proof = folder.join("proof.txt");
    let push = || bash("git push origin main");

    let fence = fenced.raise(&session, Whom::Own);
    let read = call("Read", json!({"file_path": folder.join("notes.txt")}));
    let results = fenced.turn(&session, "go about it", [read, write(&proof, "made"), push()]);
    assert_eq!(results.len(), 3, "{results:#?}");
    assert_done(&results[0]);
    results[1..].iter().for_each(assert_refused);
    assert!(!proof.exists() && !pushed());

    session.clear();
    let results = fenced.turn(&session, "try once more", [write(&proof, "made"), push()]);
    results.iter().for_each(assert_refused);
    assert!(!proof.exists() && !pushed(), "a cleared session is the same process");

    lower(&fenced.runtime, &fence).unwrap();
    let results = fenced.turn(&session, "finish it now", [write(&proof, "made"), push()]);
    results.iter().for_each(assert_done);
    assert_eq!(fs::read_to_string(&proof).unwrap(), "made");
    assert!(pushed());
}

#[test]
fn a_fence_holds_where_nothing_needs_permission_and_for_subagents_where_it_says_so() {
    let fenced = require!(Fenced::begin());
    let settings = fenced.world.claude.config().join("settings.json");
    let mut text: Value = serde_json::from_str(&fs::read_to_string(&settings).unwrap()).unwrap();
    text["skipDangerousModePermissionPrompt"] = true.into();
    fs::write(&settings, text.to_string()).unwrap();
    let session = fenced.world.claude.session("api").with(&["--dangerously-skip-permissions"]).start();
    let proof = session.folder().join("proof.txt");
    for keyword in ["take the first step", "take the second step"] {
        fenced.world.model.when(keyword, [write(&proof, keyword), say("The step is over.")]);
    }

    let fence = fenced.raise(&session, Whom::OwnAndSubagents);
    let delegated = agent("A step", "Please take the first step.");
    let results = fenced.turn(&session, "do and delegate", [write(&proof, "own"), delegated]);
    assert_refused(&results[0]);
    assert_done(&results[1]);
    assert!(!proof.exists(), "neither by itself nor by its subagent");
    lower(&fenced.runtime, &fence).unwrap();

    fenced.raise(&session, Whom::Own);
    let delegated = agent("A step", "Please take the second step.");
    let results = fenced.turn(&session, "now again", [write(&proof, "own"), delegated]);
    assert_refused(&results[0]);
    assert_eq!(fs::read_to_string(&proof).unwrap(), "take the second step");
}

#[test]
fn without_a_fence_nobody_notices_the_hook() {
    let fenced = require!(Fenced::begin());
    let session = fenced.world.claude.session("api").with(FREE).start();
    let proof = session.folder().join("proof.txt");
    // The hook does not read what it is told, and this is more than a pipe holds.
    let long = "A line that is written.\n".repeat(20_000);
    let results = fenced.turn(&session, "write it down", [write(&proof, &long), bash("git push --dry-run")]);
    assert_done(&results[0]);
    assert_eq!(fs::read_to_string(&proof).unwrap(), long);
    assert!(results[1]["content"].to_string().contains("not a git repository"), "{}", results[1]);
    let transcript = fs::read_to_string(session.transcript_path()).unwrap();
    for text in [session.screen(), transcript] {
        assert!(
            !text.contains("hook error") && !text.contains("EPIPE") && !text.contains("Peerwatch"),
            "{text}"
        );
    }
}
