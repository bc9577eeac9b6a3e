//! From a session that waits to the person who clicks: the notification comes at once and leads to the conversation.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::bridge_sessions::mcp;
use peerwatch_tests::claude::{Claude, Cli, Session};
use peerwatch_tests::desktop::{Daemon, DaemonPrograms, Notice};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{Model, bash, say};
use peerwatch_tests::process::Running;
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::webdriver::{Driver, Programs};
use peerwatch_tests::world::Desk;
use serde_json::json;

const CONVERSATION: &str = "conv_0123456789abcdef";
const SOON: Duration = Duration::from_secs(10);
/// From the registry's change to the notification on the bus.
const AT_ONCE: Duration = Duration::from_millis(250);

#[test]
fn a_session_that_waits_is_announced_at_once_and_taken_back_when_it_waits_no_longer() {
    let (desk, cli) = (require!(Desk::begin()), require!(Cli::find()));
    let model = Model::start();
    model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    let claude = Claude::install(&desk.scratch, cli, &model);
    let session = claude.session("api").start();
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    desk.peerwatch.await_status("the session", SOON, |status| status.of_pid(session.pid()).cloned());

    session.prompt("make it so");
    let entry = session.await_status("waiting");
    let name = entry.name.clone().unwrap_or_default();
    let notice = desk.desktop.notifications.await_notice(&name, SOON);
    let late = notice.at_wall.duration_since(entry.changed_at()).unwrap_or_default();
    assert!(late <= AT_ONCE, "announced {late:?} after the registry's change");
    assert!(
        notice.actions.iter().any(|(key, _)| key == "default"),
        "a click on the text is an action: {notice:?}"
    );
    assert!(notice.actions.iter().any(|(_, label)| label == "Show"), "{notice:?}");
    assert!(notice.hints.contains_key("desktop-entry"), "{notice:?}");
    assert_eq!(notice.hints.get("image-data").map(String::as_str), Some("64x64 pixels"), "its own icon");

    session.approve();
    session.await_status("idle");
    desk.desktop.notifications.await_closed(notice.id, SOON);
    assert_eq!(desk.desktop.notifications.shown().len(), 1, "one notification for one cause");
}

#[test]
fn a_click_opens_the_window_at_the_conversation() {
    let (desk, cli) = (require!(Desk::begin()), require!(Cli::find()));
    let programs = require!(Programs::find());
    let model = Model::start();
    model.when("rest", [say("Resting.")]);
    model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    let claude = Claude::install(&desk.scratch, cli, &model);
    let [resting, waiting] = ["web", "api"].map(|name| claude.session(name).start());
    resting.prompt("rest for a while");
    model.await_asked("rest", 0);
    resting.await_status("idle");

    let driver = Driver::start(&desk.scratch, &programs, &desk.desktop.environment());
    let binary = desk.peerwatch.desktop_program();
    let window = driver.open(&binary, &["--hidden"], || {
        desk.desktop.tray.await_item(SOON);
        desk.peerwatch.await_engine();
        desk.peerwatch.await_status("the session", SOON, |status| status.of_pid(waiting.pid()).cloned());
        waiting.prompt("make it so, says the prompt");
        let name = waiting.await_status("waiting").name.unwrap_or_default();
        let notice = desk.desktop.notifications.await_notice(&name, SOON);
        desk.desktop.notifications.act(notice.id, "default");
    });
    window.await_text("make it so, says the prompt");
    assert!(!window.visible_text().contains("rest for a while"), "the other conversation is not shown");
    waiting.approve();
    window.await_text("Made.");
}

#[test]
fn a_notification_server_that_crashed_and_came_back_is_used_again() {
    let (mut desk, cli) = (require!(Desk::begin()), require!(Cli::find()));
    let model = Model::start();
    model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    let claude = Claude::install(&desk.scratch, cli, &model);
    let session = claude.session("api").start();
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    desk.peerwatch.await_status("the session", SOON, |status| status.of_pid(session.pid()).cloned());
    desk.desktop.notifications.restart(&desk.desktop.bus);

    session.prompt("make it so");
    let entry = session.await_status("waiting");
    desk.desktop.notifications.await_notice(&entry.name.unwrap_or_default(), SOON);
}

#[test]
fn a_daemon_that_people_use_shows_it_and_its_click_opens_the_window() {
    let (mut desk, cli) = (require!(Desk::begin()), require!(Cli::find()));
    let daemon = Daemon::replace(&mut desk.desktop, &desk.scratch, &require!(DaemonPrograms::find()));
    let model = Model::start();
    model.when("make it", [bash("touch proof.txt"), say("Made.")]);
    let claude = Claude::install(&desk.scratch, cli, &model);
    let session = claude.session("api").start();
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    desk.peerwatch.await_status("the session", SOON, |status| status.of_pid(session.pid()).cloned());
    assert_eq!(daemon.displayed(&desk.desktop), 0);

    session.prompt("make it so");
    session.await_status("waiting");
    eventually("a popup", SOON, || (daemon.displayed(&desk.desktop) == 1).then_some(()));
    assert!(!desk.desktop.screen.has_window("Peerwatch"));
    daemon.act();
    desk.desktop.screen.await_window("Peerwatch", SOON);
}

#[test]
fn a_message_is_announced_and_its_click_opens_what_was_said() {
    let (desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let programs = require!(Programs::find());
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{database:?}]\n"));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation(CONVERSATION, "backend developer", "frontend developer");
    writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
    let driver = Driver::start(&desk.scratch, &programs, &desk.desktop.environment());
    let window = driver.open(&desk.peerwatch.desktop_program(), &["--hidden"], || {
        desk.desktop.tray.await_item(SOON);
        desk.peerwatch.await_engine();
        desk.peerwatch.await_status("a side", SOON, |status| status.workers.first().cloned());
        let committed = writer.send(CONVERSATION, "a", "the API is ready");
        let notice = desk.desktop.notifications.await_notice("the API is ready", SOON);
        let late = notice.at.since(committed.at);
        assert!(late <= AT_ONCE, "announced {late:?} after the commit");
        desk.desktop.notifications.act(notice.id, "default");
    });
    window.await_text("the API is ready");
    writer.send(CONVERSATION, "b", "then I begin");
    window.await_text("then I begin");
}

/// A desktop on which sessions write to each other over Peerwatch's bridge.
struct Office {
    model: Model,
    claude: Claude,
    _application: Running,
    desk: Desk,
}

impl Office {
    fn open(has_replies: bool) -> Result<Self, Missing> {
        let (mut desk, cli) = (Desk::begin()?, Cli::find()?);
        desk.desktop.notifications.restart_with_replies(has_replies, &desk.desktop.bus);
        let model = Model::start();
        let claude = Claude::install(&desk.scratch, cli, &model);
        let application = desk.peerwatch.desktop(&["--hidden"]);
        desk.desktop.tray.await_item(SOON);
        desk.peerwatch.await_engine();
        Ok(Self { model, claude, _application: application, desk })
    }

    /// A session that takes part in the bridge under a role, at its prompt.
    fn joined(&self, role: &str, arguments: &[&str]) -> Session<'_> {
        let server = json!({"command": self.desk.peerwatch.program(), "args": ["mcp"]});
        let config = json!({"mcpServers": {"peerwatch": server}}).to_string();
        let start = self.claude.session(role).with(&["--mcp-config", &config, "--strict-mcp-config"]);
        let session = start.with(&["--allowedTools", "Bash", "mcp__peerwatch"]).with(arguments).start();
        self.does(&session, &format!("take part as {role}"), "join", json!({"role": role}));
        session
    }

    /// Has a session call a tool of the bridge, and waits until it is at its prompt again.
    fn does(&self, session: &Session<'_>, prompt: &str, tool: &str, input: serde_json::Value) {
        self.model.when(prompt, [mcp(tool, input), say("That is done.")]);
        session.prompt(prompt);
        self.model.await_asked(prompt, 1);
        session.await_status("idle");
    }

    fn tell(&self, from: &Session<'_>, to: &str, text: &str) {
        self.does(from, &format!("tell {to} that, {}", text.len()), "send", json!({"to": to, "text": text}));
    }

    /// A session that takes part and runs a command that does not end by itself.
    fn busy(&self, role: &str) -> Session<'_> {
        let session = self.joined(role, &[]);
        self.model.when("take long over it", [bash("until test -e go; do sleep 0.1; done"), say("Done.")]);
        session.prompt("take long over it");
        self.model.await_asked("take long over it", 0);
        session.await_status("busy");
        session
    }

    fn await_notice(&self, text: &str) -> Notice {
        self.desk.desktop.notifications.await_notice(text, SOON)
    }
}

fn offers(notice: &Notice, action: &str) -> bool {
    notice.actions.iter().any(|(key, _)| key == action)
}

#[test]
fn a_message_between_sessions_is_answered_in_its_notification_where_the_desktop_has_a_field() {
    let office = require!(Office::open(true));
    office.model.when("you may deploy", [say("I deploy.")]);
    let (frontend, backend) = (office.joined("frontend", &[]), office.busy("backend"));
    office.tell(&frontend, "backend", "may I deploy");
    let notice = office.await_notice("may I deploy");
    assert_eq!(notice.summary, "frontend wrote to backend");
    assert!(offers(&notice, "open") && offers(&notice, "inline-reply"), "{notice:?}");

    office.desk.desktop.notifications.reply(notice.id, "you may deploy");
    office.model.await_asked("you may deploy", 0);
    let transcript = || std::fs::read_to_string(frontend.transcript_path()).unwrap_or_default();
    let got_it = || transcript().contains("you may deploy").then_some(());
    eventually("the answer with whom it was meant for", SOON, got_it);
    std::fs::write(backend.folder().join("go"), "").expect("a file");
    office.desk.desktop.notifications.await_closed(notice.id, SOON);
}

#[test]
fn what_a_session_reads_at_once_is_nobody_s_news() {
    let office = require!(Office::open(false));
    office.model.when("at your ease", [say("I read it.")]);
    let (frontend, _backend) = (office.joined("frontend", &[]), office.joined("backend", &[]));
    office.tell(&frontend, "backend", "at your ease");
    office.model.await_asked("at your ease", 0);
    office.busy("docs");
    office.tell(&frontend, "docs", "this one has to wait");
    office.await_notice("this one has to wait");
    let told = office.desk.desktop.notifications.shown();
    assert!(told.iter().all(|notice| !notice.body.contains("at your ease")), "{told:#?}");
}

#[test]
fn where_the_desktop_has_no_field_none_is_offered() {
    let office = require!(Office::open(false));
    let (frontend, _backend) = (office.joined("frontend", &[]), office.busy("backend"));
    office.tell(&frontend, "backend", "may I deploy");
    let notice = office.await_notice("may I deploy");
    assert!(offers(&notice, "open") && !offers(&notice, "inline-reply"), "{notice:?}");
}

#[test]
fn a_message_that_finds_no_way_in_is_told_once_and_taken_back_when_it_was_fetched() {
    let office = require!(Office::open(false));
    let settings = office.claude.config().join("settings.json");
    std::fs::write(settings, r#"{"skipDangerousModePermissionPrompt":true}"#).expect("the settings");
    let backend = office.joined("backend", &["--dangerously-skip-permissions"]);
    let frontend = office.joined("frontend", &[]);
    office.tell(&frontend, "backend", "never in a dialog");
    let stuck = office.await_notice("A message to");
    assert!(stuck.body.contains("asks for no permissions"), "{stuck:?}");
    let item = office.desk.desktop.tray.await_item(SOON);
    item.await_menu("the stuck message", SOON, |menu| {
        menu.iter().any(|entry| entry.visible && entry.label == stuck.summary)
    });

    office.does(&backend, "look for mail", "wait", json!({"timeout_s": 1}));
    office.desk.desktop.notifications.await_closed(stuck.id, SOON);
    item.await_menu("no stuck message", SOON, |menu| {
        menu.iter().all(|entry| !entry.visible || entry.label != stuck.summary)
    });
    let told = office.desk.desktop.notifications.shown();
    assert_eq!(told.iter().filter(|notice| notice.summary == stuck.summary).count(), 1, "{told:#?}");
}
