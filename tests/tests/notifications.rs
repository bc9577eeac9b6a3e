//! From a session that waits to the person who clicks: the notification comes at once and leads to the conversation.
#![cfg(target_os = "linux")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::claude::{Claude, Cli};
use peerwatch_tests::desktop::{Daemon, DaemonPrograms};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{Model, bash, say};
use peerwatch_tests::require;
use peerwatch_tests::webdriver::{Driver, Programs};
use peerwatch_tests::world::Desk;

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
    assert!(notice.actions.iter().any(|(_, label)| label == "Open"), "{notice:?}");
    assert!(notice.hints.contains_key("desktop-entry"), "{notice:?}");

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
    assert_eq!(daemon.displayed(), 0);

    session.prompt("make it so");
    session.await_status("waiting");
    eventually("a popup", SOON, || (daemon.displayed() == 1).then_some(()));
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
