//! The tray application on a desktop: its icon, its menu, one of it only, and its end.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::desktop::{MenuEntry, Mishap, TrayItem};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::require;
use peerwatch_tests::webdriver::{Driver, Programs};
use peerwatch_tests::world::Desk;

const SOON: Duration = Duration::from_secs(10);

fn labels(menu: &[MenuEntry]) -> Vec<&str> {
    menu.iter().filter(|entry| entry.visible && !entry.separator).map(|entry| entry.label.as_str()).collect()
}

fn submenu<'m>(menu: &'m [MenuEntry], label: &str) -> &'m [MenuEntry] {
    menu.iter().find(|entry| entry.label.starts_with(label)).map_or(&[], |entry| &entry.children)
}

#[test]
fn the_menu_says_how_things_stand_and_what_can_be_done() {
    let desk = require!(Desk::begin());
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    let menu = item.await_menu("the settled view", SOON, |menu| !submenu(menu, "Reassign").is_empty());
    let lines = labels(&menu);
    for line in ["Reassign tasks", "Pause notifications", "Start at login", "Quit"] {
        assert!(lines.contains(&line), "no {line:?} in {lines:?}");
    }
    assert!(lines.iter().any(|line| line.starts_with("Open")), "{lines:?}");
    assert_eq!(labels(submenu(&menu, "Pause notifications")).len(), 3);
    assert!(!item.pixmaps().is_empty() || item.text("IconName").is_some_and(|name| !name.is_empty()));
}

#[test]
fn a_silent_side_stands_in_the_menu() {
    let (desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{:?}]\nbridge_silence_s = 3\n", database));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation("conv_0123456789abcdef", "backend developer", "frontend developer");
    writer.heartbeat("conv_0123456789abcdef", "a", "working", Duration::ZERO);
    writer.send("conv_0123456789abcdef", "b", "are you there");
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("the silent side", Duration::from_secs(20), |menu| {
        labels(submenu(menu, "Reassign")).iter().any(|line| line.contains("backend developer"))
    });
    desk.desktop.notifications.await_notice("backend developer", SOON);
    assert_eq!(item.text("Status").as_deref(), Some("NeedsAttention"));
    let (heading, sentence) = item.tooltip().unwrap_or_default();
    assert_eq!(heading, "Peerwatch");
    assert!(item.menu()[0].label.starts_with(&sentence) && sentence.contains("need"), "{sentence:?}");
    writer.heartbeat("conv_0123456789abcdef", "a", "working", Duration::ZERO);
    eventually("calm again", SOON, || (item.text("Status").as_deref() == Some("Active")).then_some(()));
}

#[test]
fn a_click_with_the_left_or_the_middle_button_opens_the_window() {
    let desk = require!(Desk::begin());
    let screen = &desk.desktop.screen;
    let _manager = screen.window_manager();
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    assert!(!item.is_menu(), "KDE would open the menu with every button");
    for click in [TrayItem::activate, TrayItem::activate_secondary] {
        assert!(!screen.has_window("Peerwatch"), "hidden until somebody wants it");
        assert!(click(&item));
        screen.await_window("Peerwatch", SOON);
        screen.close_window("Peerwatch");
        eventually("the window closed", SOON, || (!screen.has_window("Peerwatch")).then_some(()));
    }
}

#[test]
fn an_open_menu_stays_what_it_is_while_twelve_fall_silent_and_notifications_are_paused() {
    let (desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{database:?}]\nbridge_silence_s = 3\n"));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("nobody lost", SOON, |menu| {
        labels(submenu(menu, "Reassign")) == ["No worker is lost or suspect"]
    });
    let wanting = item.attention_pixmaps();
    let (menus, lines) = item.menu_changes_during(|| {
        for number in 10..22 {
            let conversation = format!("conv_0123456789abcd{number}");
            writer.conversation(&conversation, &format!("maker {number}"), &format!("user {number}"));
            writer.heartbeat(&conversation, "a", "working", Duration::ZERO);
            writer.send(&conversation, "b", "are you there");
        }
        item.await_menu("twelve silent sides", Duration::from_secs(30), |menu| {
            labels(submenu(menu, "Reassign")).iter().filter(|line| line.starts_with("maker")).count() == 12
        });
        eventually("the icon of need", SOON, || (item.pixmaps() == wanting).then_some(()));
        item.click(&["Pause notifications", "For 15 minutes"]);
        item.await_menu("the pause", SOON, |menu| !submenu(menu, "Notifications paused").is_empty());
    });
    assert_eq!(menus, 0, "a panel closes an open menu for another one");
    assert!(lines > 0);
    assert_eq!(item.attention_pixmaps(), wanting, "the same at all times");
}

/// How often the application's log says this.
fn said(desk: &Desk, words: &str) -> usize {
    let files = std::fs::read_dir(desk.scratch.path("home/.local/state/peerwatch/logs"));
    let texts = files.into_iter().flatten().flatten().map(|file| std::fs::read_to_string(file.path()));
    texts.flatten().map(|text| text.matches(words).count()).sum()
}

#[test]
fn without_a_panel_the_rest_works_it_is_said_once_and_the_icon_comes_with_one() {
    let (mut desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let programs = require!(Programs::find());
    desk.desktop.tray.stop();
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{database:?}]\nbridge_silence_s = 3\n"));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation("conv_0123456789abcdef", "backend developer", "frontend developer");
    writer.heartbeat("conv_0123456789abcdef", "a", "working", Duration::ZERO);
    writer.send("conv_0123456789abcdef", "b", "are you there");
    let driver = Driver::start(&desk.scratch, &programs, &desk.desktop.environment());
    let window = driver.open(&desk.peerwatch.desktop_program(), &[], || {});
    desk.desktop.notifications.await_notice("backend developer", Duration::from_secs(20));
    window.click(&window.await_element("nav li:nth-child(5) .page"));
    window.await_text("no panel here shows tray icons");
    assert_eq!(said(&desk, "no panel shows the tray icon"), 1);

    desk.desktop.tray.restart(&desk.desktop.bus);
    desk.desktop.tray.await_item(SOON);
    window.await_text("the icon is in the panel");
    desk.desktop.tray.restart(&desk.desktop.bus);
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("a way out", SOON, |menu| labels(menu).contains(&"Quit"));
    let told = said(&desk, "no panel shows the tray icon");
    assert_eq!(told, 2, "once for the panel that was missing, once for the one that went");
}

#[test]
fn a_panel_that_starts_at_the_same_moment_shows_the_icon_all_the_same() {
    let mut desk = require!(Desk::begin());
    for mishap in [Mishap::Forgets, Mishap::Refuses] {
        desk.desktop.tray.restart_with(&[mishap], &desk.desktop.bus);
        let mut application = desk.peerwatch.desktop(&["--hidden"]);
        let item = desk.desktop.tray.await_item(SOON);
        item.await_menu("a way out", SOON, |menu| labels(menu).contains(&"Quit"));
        assert_eq!(desk.desktop.tray.registrations(), 1, "one icon after a panel that {mishap:?}");
        // The next panel takes its name before it can answer.
        desk.desktop.tray.restart_with(&[Mishap::Refuses, Mishap::Refuses], &desk.desktop.bus);
        let item = desk.desktop.tray.await_item(SOON);
        item.click(&["Quit"]);
        assert!(application.await_end(SOON).success());
    }
}

#[test]
fn a_message_that_nobody_is_woken_for_stands_in_the_menu_until_it_is_fetched() {
    let (desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let programs = require!(Programs::find());
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{database:?}]\n"));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation("conv_0123456789abcdef", "backend developer", "frontend developer");
    let line = |menu: &[MenuEntry]| labels(menu).contains(&"1 message waits for frontend developer");
    let driver = Driver::start(&desk.scratch, &programs, &desk.desktop.environment());
    let item = || desk.desktop.tray.await_item(SOON);
    let window = driver.open(&desk.peerwatch.desktop_program(), &["--hidden"], || {
        item();
        desk.peerwatch.await_engine();
        writer.send("conv_0123456789abcdef", "a", "are you there");
        item().await_menu("the message", SOON, line);
        item().click(&["1 message waits"]);
    });
    window.await_text("are you there");
    assert!(!window.all(".reading").is_empty(), "it opens at the conversation");
    writer.read("conv_0123456789abcdef", "b");
    item().await_menu("no message", SOON, |menu| !line(menu));
}

#[test]
fn pausing_is_remembered_in_the_menu_and_in_the_icon() {
    let desk = require!(Desk::begin());
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("a pause to choose", SOON, |menu| !submenu(menu, "Pause notifications").is_empty());
    let calm = item.pixmaps();
    item.click(&["Pause notifications", "For 1 hour"]);
    let paused = |menu: &[MenuEntry]| labels(menu).iter().any(|line| line.contains("paused until"));
    item.await_menu("the pause", SOON, paused);
    eventually("another icon", SOON, || (item.pixmaps() != calm).then_some(()));
    item.click(&["Notifications paused", "Resume now"]);
    item.await_menu("no pause", SOON, |menu| !paused(menu));
    eventually("the calm icon", SOON, || (item.pixmaps() == calm).then_some(()));
}

#[test]
fn start_at_login_is_a_file_that_comes_and_goes() {
    let desk = require!(Desk::begin());
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    let checked = |menu: &[MenuEntry]| {
        menu.iter().find(|entry| entry.label == "Start at login").and_then(|e| e.checked)
    };
    item.await_menu("an empty check mark", SOON, |menu| checked(menu) == Some(false));
    let folder = desk.scratch.path("home/.config/autostart");
    let entry = || std::fs::read_dir(&folder).ok()?.flatten().next().map(|file| file.path());

    item.click(&["Start at login"]);
    item.await_menu("the check mark", SOON, |menu| checked(menu) == Some(true));
    let file = eventually("the file", SOON, entry);
    let text = std::fs::read_to_string(file).expect("the autostart file");
    assert!(text.lines().any(|line| line.starts_with("Exec=") && line.contains("--hidden")), "{text}");
    item.click(&["Start at login"]);
    item.await_menu("no check mark", SOON, |menu| checked(menu) == Some(false));
    eventually("no file", SOON, || entry().is_none().then_some(()));
}

#[test]
fn quit_ends_it_and_a_panel_that_comes_back_is_followed() {
    let mut desk = require!(Desk::begin());
    let mut application = desk.peerwatch.desktop(&["--hidden"]);
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("the first view", SOON, |menu| labels(menu).contains(&"Start at login"));
    desk.desktop.tray.restart(&desk.desktop.bus);
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("a way out", SOON, |menu| labels(menu).contains(&"Quit"));
    item.click(&["Quit"]);
    assert!(application.await_end(SOON).success());
}

#[test]
fn a_terminated_application_ends_cleanly_and_a_second_start_does_not_stay() {
    let desk = require!(Desk::begin());
    let mut application = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    let mut second = desk.peerwatch.desktop(&[]);
    assert!(second.await_end(SOON).success(), "the second start hands over to the first");
    assert!(application.ended().is_none());
    assert_eq!(desk.desktop.tray.registrations(), 1, "one icon");
    application.signal(rustix::process::Signal::TERM);
    let status = application.await_end(SOON);
    assert!(status.success(), "{status}");
}

#[test]
fn the_command_line_asks_the_tray_application() {
    let desk = require!(Desk::begin());
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    desk.peerwatch.await_engine();
    assert_eq!(desk.peerwatch.status().schema, 1);
    let second = desk.peerwatch.output(&["run"]);
    assert_eq!(second.status.code(), Some(3), "one engine per user, whoever runs it");
}
