//! The real window: what it lists, that keys are enough, and that nobody is shut out.
#![cfg(target_os = "linux")]

use std::path::PathBuf;
use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::claude::{Claude, Cli, Session};
use peerwatch_tests::desktop::Portal;
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{Model, bash, say};
use peerwatch_tests::require;
use peerwatch_tests::require::{Missing, node_module};
use peerwatch_tests::webdriver::{Driver, Programs, Window};
use peerwatch_tests::world::Desk;

const CONVERSATION: &str = "conv_0123456789abcdef";
const SOON: Duration = Duration::from_secs(10);
/// WebDriver's code points for keys that type nothing.
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";
const CONTROL: char = '\u{e009}';
const RETURN: char = '\u{e006}';

struct Room {
    window: Window,
    _driver: Driver,
    writer: Writer,
    _desk: Desk,
}

impl Room {
    /// A window with two sides of a bridge conversation in it, drawn under the given GTK theme.
    fn open(theme: Option<&str>) -> Result<Self, Missing> {
        Self::on(Desk::begin()?, theme)
    }

    fn on(desk: Desk, theme: Option<&str>) -> Result<Self, Missing> {
        let (python, programs) = (Writer::find()?, Programs::find()?);
        let database = desk.scratch.path("bridge.db");
        desk.peerwatch.configure(&format!("databases = [{database:?}]\n"));
        let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
        writer.conversation(CONVERSATION, "backend developer", "frontend developer");
        writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
        writer.heartbeat(CONVERSATION, "b", "waiting", Duration::ZERO);
        writer.send(CONVERSATION, "a", "the API is ready");
        let mut environment = desk.desktop.environment();
        environment.extend(theme.map(|theme| ("GTK_THEME".to_owned(), theme.to_owned())));
        let driver = Driver::start(&desk.scratch, &programs, &environment);
        let window = driver.open(&desk.peerwatch.desktop_program(), &[], || {
            desk.desktop.tray.await_item(SOON);
        });
        window.await_text("backend developer");
        Ok(Self { window, _driver: driver, writer, _desk: desk })
    }

    /// Goes through the window's places and has each judged.
    fn assert_accessible(&self) {
        let window = &self.window;
        self.assert_no_violation("the list");
        window.click(&window.await_element("[role=option]"));
        window.await_text("heartbeat in the bridge");
        self.assert_no_violation("the evidence");
        window.keys(ENTER);
        window.await_text("the API is ready");
        self.assert_no_violation("the conversation");
        for page in 2..=6 {
            window.click(&window.await_element(&format!("[aria-keyshortcuts='Control+{page}']")));
            window.await_element(&format!("[aria-keyshortcuts='Control+{page}'][aria-current=page]"));
            self.assert_no_violation(&format!("page {page}"));
        }
        window.click(&window.await_element("[aria-keyshortcuts='?']"));
        window.await_element("dialog[open]");
        self.assert_no_violation("the keys");
    }

    fn assert_no_violation(&self, place: &str) {
        let violations = self.window.accessibility_violations();
        assert!(violations.is_empty(), "{place}: {violations:#?}");
    }
}

#[test]
fn it_lists_the_workers_and_keys_are_enough() {
    let room = require!(Room::open(None));
    let window = &room.window;
    assert!(window.title().ends_with("Peerwatch"), "{}", window.title());
    let rows = window.all("[role=option]");
    assert_eq!(rows.len(), 2);
    let focused = "return document.activeElement.closest('[role=option]')?.textContent ?? ''";
    let names = || window.run(focused).as_str().unwrap_or_default().to_owned();
    window.click(&rows[0]);
    let first = names();
    window.keys(DOWN);
    assert_ne!(names(), first, "the arrow moved on");
    window.keys(ENTER);
    window.await_text("the API is ready");
    window.keys(ESCAPE);
    window.await_element("[role=option]");
}

#[test]
fn a_change_is_drawn_without_being_asked_for() {
    let room = require!(Room::open(None));
    room.writer.heartbeat(CONVERSATION, "b", "working", Duration::ZERO);
    let working =
        || room.window.texts("[role=option]").iter().filter(|text| text.contains("working")).count();
    eventually("two at work", SOON, || (working() == 2).then_some(()));
}

#[test]
fn it_is_accessible_in_light() {
    let room = require!(Room::open(Some("Adwaita")));
    assert_eq!(room.window.run("return matchMedia('(prefers-color-scheme: dark)').matches"), false);
    room.assert_accessible();
}

#[test]
fn it_is_accessible_in_dark() {
    let room = require!(Room::open(Some("Adwaita:dark")));
    assert_eq!(room.window.run("return matchMedia('(prefers-color-scheme: dark)').matches"), true);
    room.assert_accessible();
}

#[test]
fn it_is_dark_where_the_desktop_prefers_that_and_turns_with_it() {
    let desk = require!(Desk::begin());
    let portal = Portal::start(&desk.desktop.bus, true);
    let room = require!(Room::on(desk, None));
    let is_dark = || room.window.run("return matchMedia('(prefers-color-scheme: dark)').matches") == true;
    eventually("dark from the start", SOON, || is_dark().then_some(()));
    portal.prefer(false);
    eventually("light", SOON, || (!is_dark()).then_some(()));
    portal.prefer(true);
    eventually("dark again", SOON, || is_dark().then_some(()));
}

#[test]
fn it_is_accessible_in_high_contrast() {
    let room = require!(Room::open(Some("HighContrast")));
    assert_eq!(room.window.run("return matchMedia('(prefers-contrast: more)').matches"), true);
    room.assert_accessible();
}

/// A person before the window, and a session that can be written to.
struct Desktop {
    window: Window,
    _driver: Driver,
    model: Model,
    claude: Claude,
    desk: Desk,
}

impl Desktop {
    fn open() -> Result<Self, Missing> {
        let (desk, cli, programs) = (Desk::begin()?, Cli::find()?, Programs::find()?);
        let model = Model::start();
        let claude = Claude::install(&desk.scratch, cli, &model);
        let driver = Driver::start(&desk.scratch, &programs, &desk.desktop.environment());
        let window = driver.open(&desk.peerwatch.desktop_program(), &[], || {
            desk.desktop.tray.await_item(SOON);
        });
        Ok(Self { window, _driver: driver, model, claude, desk })
    }

    /// Chooses the only session in the list, and writes to it by keys alone.
    fn write_to(&self, session: &Session<'_>, text: &str) {
        let window = &self.window;
        session.await_status("idle");
        window.await_text("idle");
        window.click(&window.await_element("[role=option]"));
        window.keys("w");
        self.await_field();
        window.keys(text);
        window.chord(CONTROL, RETURN);
    }

    fn await_field(&self) {
        let focused = "return document.activeElement?.tagName === 'TEXTAREA'";
        eventually("the field to write in", SOON, || (self.window.run(focused) == true).then_some(()));
    }

    /// The configuration as it stands in the file.
    fn configuration(&self) -> String {
        let path = self.desk.scratch.path("home/.config/peerwatch/config.toml");
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

#[test]
fn a_person_writes_to_a_session_with_keys_alone_and_sees_that_it_was_read() {
    let desktop = require!(Desktop::open());
    let (model, window) = (&desktop.model, &desktop.window);
    model.when("how far are you", [say("Half way.")]);
    let session = desktop.claude.session("api").start();
    desktop.write_to(&session, "how far are you");

    model.await_asked("how far are you", 0);
    window.await_text("Half way.");
    window.click(&window.await_element(".composer .link"));
    window.await_one(".receipt .word", "seen");
    assert_eq!(window.texts(".entry.message .said"), ["how far are you"]);
    assert_eq!(
        window.all(".conversations [role=option]").len(),
        1,
        "what the transcript shows of it is no other one"
    );
    let told = desktop.desk.desktop.notifications.shown();
    assert!(told.is_empty(), "nobody is told what they wrote themselves: {told:#?}");
    assert!(window.accessibility_violations().is_empty(), "{:#?}", window.accessibility_violations());
}

#[test]
fn the_way_that_a_person_chooses_for_a_conversation_is_kept_and_holds() {
    let desktop = require!(Desktop::open());
    let (model, window) = (&desktop.model, &desktop.window);
    model.when("first word", [say("I read it.")]);
    // Long enough that what is pushed when it has begun arrives before it ends.
    model.when("go on by yourself", [bash("sleep 3"), say("I went on.")]);
    let session = desktop.claude.session("api").start();
    desktop.write_to(&session, "first word");
    model.await_asked("first word", 0);
    window.click(&window.await_element(".composer .link"));
    window.await_one(".receipt .word", "seen");
    session.await_status("idle");

    window.click(&window.await_element("#deliver option[value=next_turn]"));
    let kept = || desktop.configuration().contains("deliver = \"next_turn\"").then_some(());
    eventually("the choice in config.toml", SOON, kept);
    window.await_text("with its next turn");
    window.click(&window.await_element(".composer textarea"));
    window.keys("second word");
    window.chord(CONTROL, RETURN);
    window.await_text("second word");
    window.await_one(".receipt .word", "sent");

    session.prompt("go on by yourself");
    model.await_asked("go on by yourself", 1);
    eventually("both read", SOON, || (window.texts(".receipt .word") == ["seen", "seen"]).then_some(()));
    let transcript = std::fs::read_to_string(session.transcript_path()).unwrap_or_default();
    let arrived = transcript.lines().find(|line| line.contains("second word") && line.contains("\"origin\""));
    assert!(
        arrived.is_some_and(|line| line.contains("\"type\":\"attachment\"")),
        "it came into the turn that went on, and began none: {arrived:?}"
    );
}

/// What the page says of the plugin.
fn plugin_steps(window: &Window) -> Vec<String> {
    window.texts("section[aria-labelledby=plugin] ol li")
}

fn press(window: &Window, label: &str) {
    let labels = || window.texts("section[aria-labelledby=plugin] button");
    let place = eventually(&format!("a button {label:?}"), SOON, || {
        labels().iter().position(|it| it.trim() == label)
    });
    window.click(&window.all("section[aria-labelledby=plugin] button")[place]);
}

#[test]
fn the_plugin_is_shown_before_it_is_installed_and_undone_by_its_button() {
    let (desk, programs) = (require!(Desk::begin()), require!(Programs::find()));
    let claude = require!(node_module("@anthropic-ai/claude-code-linux-x64/claude"));
    let folder = claude.parent().map(PathBuf::from).unwrap_or_default();
    let mut environment = desk.desktop.environment();
    environment.push(("PATH".into(), format!("{}:/usr/bin:/bin", folder.display())));
    environment.push(("DISABLE_AUTOUPDATER".into(), "1".into()));
    let driver = Driver::start(&desk.scratch, &programs, &environment);
    let window = driver.open(&desk.peerwatch.desktop_program(), &[], || {
        desk.desktop.tray.await_item(SOON);
    });
    let settings = desk.scratch.path("home/.claude/settings.json");
    window.click(&window.await_element("[aria-keyshortcuts='Control+5']"));

    press(&window, "What it would do…");
    let steps = eventually("the steps", SOON, || Some(plugin_steps(&window)).filter(|steps| steps.len() > 3));
    assert!(steps.iter().any(|step| step.contains("claude plugin install")), "{steps:#?}");
    assert!(!settings.exists(), "nothing is done yet");
    press(&window, "Connect");
    window.await_text("This was done:");
    assert!(std::fs::read_to_string(&settings).is_ok_and(|text| text.contains("peerwatch")));
    press(&window, "Disconnect");
    window.await_text("This was undone:");
    assert!(!settings.exists(), "as before");
}

#[test]
fn without_claude_code_the_plugin_page_says_so() {
    let (desk, programs) = (require!(Desk::begin()), require!(Programs::find()));
    let mut environment = desk.desktop.environment();
    environment.push(("PATH".into(), "/nowhere".into()));
    let driver = Driver::start(&desk.scratch, &programs, &environment);
    let window = driver.open(&desk.peerwatch.desktop_program(), &[], || {
        desk.desktop.tray.await_item(SOON);
    });
    window.click(&window.await_element("[aria-keyshortcuts='Control+5']"));
    press(&window, "What it would do…");
    window.await_text("Claude Code");
    let said =
        eventually("the reason", SOON, || window.texts("section[aria-labelledby=plugin] [role=alert]").pop());
    assert!(said.contains("was not found"), "{said}");
    assert!(plugin_steps(&window).is_empty());
}

#[test]
fn a_closed_window_leaves_the_tray_and_a_second_start_opens_it_again() {
    let desk = require!(Desk::begin());
    let screen = &desk.desktop.screen;
    let _manager = screen.window_manager();
    let mut application = desk.peerwatch.desktop(&[]);
    screen.await_window("Peerwatch", SOON);
    screen.close_window("Peerwatch");
    eventually("no window", SOON, || (!screen.has_window("Peerwatch")).then_some(()));
    assert!(application.ended().is_none(), "the tray stays");
    assert_eq!(desk.peerwatch.status().schema, 1, "the engine goes on");
    assert!(desk.peerwatch.desktop(&[]).await_end(SOON).success());
    screen.await_window("Peerwatch", SOON);
    assert_eq!(desk.desktop.tray.registrations(), 1, "it is the same application");
}

#[test]
fn hidden_it_shows_no_window_until_it_is_asked_to() {
    let desk = require!(Desk::begin());
    let screen = &desk.desktop.screen;
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    item.await_menu("a way to open it", SOON, |menu| {
        menu.iter().any(|entry| entry.label == "Open Peerwatch")
    });
    assert!(!screen.has_window("Peerwatch"));
    item.click(&["Open Peerwatch"]);
    screen.await_window("Peerwatch", SOON);
}
