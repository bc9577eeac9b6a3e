//! The real window: what it lists, that keys are enough, and that nobody is shut out.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::webdriver::{Driver, Programs, Window};
use peerwatch_tests::world::Desk;

const CONVERSATION: &str = "conv_0123456789abcdef";
const SOON: Duration = Duration::from_secs(10);
/// WebDriver's code points for keys that type nothing.
const DOWN: &str = "\u{e015}";
const ENTER: &str = "\u{e007}";
const ESCAPE: &str = "\u{e00c}";

struct Room {
    window: Window,
    _driver: Driver,
    writer: Writer,
    _desk: Desk,
}

impl Room {
    /// A window with two sides of a bridge conversation in it, drawn under the given GTK theme.
    fn open(theme: Option<&str>) -> Result<Self, Missing> {
        let (desk, python, programs) = (Desk::begin()?, Writer::find()?, Programs::find()?);
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
        for page in 2..=5 {
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
fn it_is_accessible_in_high_contrast() {
    let room = require!(Room::open(Some("HighContrast")));
    assert_eq!(room.window.run("return matchMedia('(prefers-contrast: more)').matches"), true);
    room.assert_accessible();
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
