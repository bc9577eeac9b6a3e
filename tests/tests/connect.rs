//! The Claude Code plugin: installed and removed by the real command line, and used by real sessions.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fs, thread};

use peerwatch_connect::{
    Environment, Place, Settings, State, connect, disconnect, plan, plan_to_disconnect, state, tidy,
};
use peerwatch_tests::claude::Session;
use peerwatch_tests::ledger::{Ledger, eventually};
use peerwatch_tests::model::{bash, say};
use peerwatch_tests::process::Running;
use peerwatch_tests::require;
use peerwatch_tests::require::{Missing, node_module};
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::world::World;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(15);
/// Settings as a person may have written them: blanks, an order, numbers and a last line of their own.
const USERS: &str =
    "{\n    \"cleanupPeriodDays\": 30.0,   \"model\": \"opus\",\n\n\t\"env\": { \"A\":\"ü\" }\n}";

/// What is connected in a test.
struct Plugged {
    place: Place,
    scratch: Scratch,
}

impl Plugged {
    fn prepare(scratch: &Scratch) -> Result<Self, Missing> {
        let hook = binary("peerwatch-hook")?;
        // In the place of `peerwatch mcp`, which has tests of its own: it says that it was started, and listens.
        let program = scratch.path("peerwatch");
        let script = format!(
            "#!/bin/sh\necho \"$@\" >> {}\nexec cat > /dev/null\n",
            scratch.path("started").display()
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut environment = scratch.environment();
        for name in [
            "DISABLE_AUTOUPDATER",
            "DISABLE_TELEMETRY",
            "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL",
        ] {
            environment.push((name.to_owned(), "1".to_owned()));
        }
        let environment = environment.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        let place = Place {
            own: scratch.path("home/.local/share/peerwatch"),
            config: scratch.path("home/.claude"),
            home: scratch.home(),
            claude: Some(claude()?),
            program,
            hook,
            socket: scratch.path("run/engine.sock"),
            environment: Environment::Only(environment),
        };
        Ok(Self { place, scratch: scratch.clone() })
    }

    fn settings(&self) -> PathBuf {
        self.place.config.join("settings.json")
    }

    fn claude(&self, words: &[&str]) -> String {
        let mut command: Command = self.scratch.command(claude().unwrap());
        let output = command.env("DISABLE_AUTOUPDATER", "1").args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

fn claude() -> Result<PathBuf, Missing> {
    match std::env::var_os("PEERWATCH_CLAUDE_BIN").map(PathBuf::from) {
        Some(path) => Ok(path),
        None => node_module("@anthropic-ai/claude-code-linux-x64/claude"),
    }
}

fn binary(name: &str) -> Result<PathBuf, Missing> {
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.to_owned());
    let folder = std::env::var_os("PEERWATCH_BIN_DIR").map(PathBuf::from).or_else(beside);
    let path = folder.map(|folder| folder.join(name)).filter(|path| path.is_file());
    path.ok_or_else(|| Missing(format!("the program {name} is not built")))
}

/// Something that listens at the engine's socket, writes down what it is told, answers a stop with the next text, and
/// lets waiters wait.
struct Engine {
    told: Arc<Ledger<Value>>,
    texts: Arc<Mutex<Vec<String>>>,
    waiters: Arc<Mutex<Vec<UnixStream>>>,
}

impl Engine {
    fn listen(place: &Place) -> Self {
        let listener = UnixListener::bind(&place.socket).unwrap();
        let engine = Self { told: Arc::default(), texts: Arc::default(), waiters: Arc::default() };
        let Self { told, texts, waiters } = &engine;
        let (told, texts, waiters) = (Arc::clone(told), Arc::clone(texts), Arc::clone(waiters));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Some(request) = line(&client) else { continue };
                match request["command"]["event"].as_str() {
                    Some("Wait") => waiters.lock().unwrap().push(client),
                    Some("Stop") => reply(&client, texts.lock().unwrap().pop()),
                    _ => {}
                }
                told.push(request);
            }
        });
        engine
    }

    fn will_say(&self, text: &str) {
        self.texts.lock().unwrap().push(text.to_owned());
    }

    fn await_event(&self, event: &str) -> Value {
        self.told.find(event, PATIENCE, |told| told["command"]["event"] == event)["command"].clone()
    }

    fn await_events(&self, event: &str, count: usize) -> Vec<Value> {
        let told = self.told.gather(count, PATIENCE, |told| told["command"]["event"] == event);
        assert!(told.len() >= count, "{event}: {told:?}");
        told.into_iter().map(|mut told| told["command"]["input"].take()).collect()
    }
}

fn line(client: &UnixStream) -> Option<Value> {
    let mut line = String::new();
    BufReader::new(client).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

fn reply(mut client: &UnixStream, text: Option<String>) {
    // A hook whose time was over has gone.
    let _ = writeln!(client, "{}", json!({"line": "reply", "reply": {"reply": "hook", "text": text}}));
}

/// A session that does one turn; its screen then, which a person sees.
fn turn(session: &Session<'_>, prompt: &str, answer: &str) -> String {
    session.prompt(prompt);
    session.await_screen(answer);
    session.await_status("idle");
    // Claude Code shows for a moment that it runs hooks at the end of a turn.
    eventually("the end of the turn on the screen", PATIENCE, || {
        Some(session.screen()).filter(|screen| !screen.contains("running Stop hooks"))
    })
}

fn assert_undisturbed(screen: &str) {
    for word in ["hook", "failed", "MCP", "plugin"] {
        assert!(!screen.contains(word), "{word}:\n{screen}");
    }
}

#[test]
fn what_is_connected_can_be_disconnected_to_the_byte() {
    let scratch = Scratch::new();
    let plugged = require!(Plugged::prepare(&scratch));
    fs::create_dir_all(&plugged.place.config).unwrap();
    for before in [None, Some("{}"), Some(USERS)] {
        if let Some(text) = before {
            fs::write(plugged.settings(), text).unwrap();
        }
        assert!(matches!(state(&plugged.place), State::NotConnected));
        let steps = plan(&plugged.place).unwrap();
        let report = connect(&plugged.place, |_| {}).unwrap();
        assert_eq!(report.steps, steps, "what was said before is what was done");
        assert_eq!(report.settings, Settings::Kept);
        let with = fs::read_to_string(plugged.settings()).unwrap();
        let users = before.unwrap_or_default().trim_end_matches(['}', '\n']);
        assert!(with.starts_with(users), "{with}");
        assert!(matches!(state(&plugged.place), State::Connected), "{:?}", state(&plugged.place));
        let listed: Value = serde_json::from_str(&plugged.claude(&["plugin", "list", "--json"])).unwrap();
        assert_eq!((&listed[0]["id"], &listed[0]["enabled"]), (&json!("peerwatch@peerwatch"), &json!(true)));

        let steps = plan_to_disconnect(&plugged.place).unwrap();
        let report = disconnect(&plugged.place, |_| {}).unwrap();
        assert_eq!((&report.steps, &report.settings), (&steps, &Settings::Kept));
        assert_eq!(fs::read_to_string(plugged.settings()).ok().as_deref(), before);
        assert_eq!(plugged.claude(&["plugin", "list", "--json"]).trim(), "[]");
        assert_eq!(fs::read_dir(&plugged.place.own).unwrap().count(), 0, "nothing of ours stays");
        assert!(matches!(state(&plugged.place), State::NotConnected));
    }
}

#[test]
fn claude_code_finds_nothing_wrong_with_the_plugin() {
    let scratch = Scratch::new();
    let plugged = require!(Plugged::prepare(&scratch));
    connect(&plugged.place, |_| {}).unwrap();
    let folder = plugged.place.own.join("plugin");
    let said = plugged.claude(&["plugin", "validate", &folder.to_string_lossy()]);
    assert!(said.contains("Validation passed"), "{said}");
    assert!(!said.contains("Validation passed with warnings"), "{said}");
}

#[test]
fn a_real_session_tells_the_engine_and_hears_it_when_it_stops() {
    let world = require!(World::begin());
    let plugged = require!(Plugged::prepare(&world.scratch));
    let engine = Engine::listen(&plugged.place);
    connect(&plugged.place, |_| {}).unwrap();
    world.model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    world.model.when("a word from web", [say("Understood.")]);
    let session = world.claude.session("api").start();

    let started = engine.await_event("SessionStart");
    assert_eq!(started["session_id"], session.id());
    assert_eq!((&started["input"]["pid"], &started["input"]["inbox"]), (&json!(session.pid()), &json!(true)));
    assert_eq!(started["input"]["source"], "startup");
    let begun = eventually("the plugin's server", PATIENCE, || {
        fs::read_to_string(world.scratch.path("started")).ok()
    });
    assert_eq!(begun, "mcp\n");

    engine.will_say("Here is a word from web: the limiter is yours.");
    session.prompt("make it so");
    engine.await_event("UserPromptSubmit");
    assert_eq!(engine.await_event("PermissionRequest")["input"]["tool_name"], "Bash");
    session.approve();
    world.model.await_asked("a word from web", 0);
    session.await_screen("Understood.");
    session.await_status("idle");
    let again: Vec<Value> =
        engine.await_events("Stop", 2).iter().map(|stop| stop["stop_hook_active"].clone()).collect();
    assert_eq!(again, [false, true]);
    session.exit();
    assert_eq!(engine.await_event("SessionEnd")["input"]["reason"], "prompt_input_exit");
    assert!(engine.waiters.lock().unwrap().is_empty(), "nobody waits beside a session that has an inbox");
}

#[test]
fn an_idle_session_without_an_inbox_is_woken_by_its_waiter() {
    let world = require!(World::begin());
    let plugged = require!(Plugged::prepare(&world.scratch));
    let engine = Engine::listen(&plugged.place);
    connect(&plugged.place, |_| {}).unwrap();
    world.model.when("begin", [say("Begun."), say("Awake.")]);
    // Where the folder of the sockets cannot be made, there are no inboxes.
    let session = world.claude.session("api").env("XDG_RUNTIME_DIR", "/proc/none").start();
    assert_eq!(engine.await_events("Wait", 1)[0]["inbox"], false);
    turn(&session, "begin it", "Begun.");
    engine.await_events("Wait", 2);
    assert_eq!(session.entry().and_then(|entry| entry.status).as_deref(), Some("idle"), "waiting is no work");

    let (older, newer) = {
        let mut waiters = engine.waiters.lock().unwrap();
        (waiters.remove(0), waiters.remove(0))
    };
    reply(&older, None);
    reply(&newer, Some("A message from web: the limiter is yours.".to_owned()));
    world.model.await_asked("begin", 1);
    session.await_screen("Awake.");
    engine.await_events("Wait", 3);
    session.exit();
}

#[test]
fn a_run_without_a_terminal_ends_by_itself() {
    let world = require!(World::begin());
    let plugged = require!(Plugged::prepare(&world.scratch));
    let engine = Engine::listen(&plugged.place);
    connect(&plugged.place, |_| {}).unwrap();
    world.model.when("begin", [say("Begun.")]);
    let mut command = world.scratch.command(claude().unwrap());
    // It has no inbox either, so a waiter could wait; Claude Code would not end before it.
    command
        .env("XDG_RUNTIME_DIR", "/proc/none")
        .env("DISABLE_AUTOUPDATER", "1")
        .env("DISABLE_TELEMETRY", "1");
    command.env("ANTHROPIC_BASE_URL", world.model.base_url()).env("ANTHROPIC_API_KEY", "sk-ant-api03-none");
    command.args(["-p", "begin it", "--model", "claude-opus-4-7"]).stdin(Stdio::null()).stdout(Stdio::null());
    let mut run = Running::start("claude -p", &mut command);
    assert!(run.await_end(PATIENCE).success());
    engine.await_events("SessionEnd", 1);
    assert!(engine.waiters.lock().unwrap().is_empty());
}

#[test]
fn without_an_engine_or_the_installed_programs_nobody_notices() {
    let world = require!(World::begin());
    let plugged = require!(Plugged::prepare(&world.scratch));
    connect(&plugged.place, |_| {}).unwrap();
    fs::remove_file(&plugged.place.program).unwrap();
    world.model.when("begin", [say("Begun.")]);
    let session = world.claude.session("api").start();
    assert_undisturbed(&turn(&session, "begin it", "Begun."));
}

#[test]
fn a_session_that_runs_is_not_disturbed_when_it_is_disconnected() {
    let world = require!(World::begin());
    let plugged = require!(Plugged::prepare(&world.scratch));
    connect(&plugged.place, |_| {}).unwrap();
    world.model.when("begin", [say("Begun.")]);
    world.model.when("go on", [say("Gone on.")]);
    let session = world.claude.session("api").start();
    turn(&session, "begin it", "Begun.");
    disconnect(&plugged.place, |_| {}).unwrap();
    assert!(!plugged.settings().exists());
    assert_undisturbed(&turn(&session, "go on now", "Gone on."));
    let folder = plugged.place.own.join("plugin");
    assert!(folder.exists());
    session.exit();
    tidy(&plugged.place.own).unwrap();
    assert_eq!(fs::read_dir(&plugged.place.own).unwrap().count(), 0, "nothing of ours stays");
}
