//! The tray application under a Wayland compositor: its icon, its window, a click on a notification.
#![cfg(target_os = "linux")]

use std::process::Stdio;
use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::desktop::{Desktop, Programs, Sway};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::process::Running;
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require;
use peerwatch_tests::require::program;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;

const SOON: Duration = Duration::from_secs(20);

#[test]
fn the_window_opens_by_the_icon_and_by_a_notification_and_the_icon_outlives_it() {
    let (binaries, programs) = (require!(Binaries::find_desktop()), require!(Programs::find()));
    let (python, foot) = (require!(Writer::find()), require!(program("foot")));
    let _turn = Turn::heavy();
    let scratch = Scratch::new();
    let desktop = Desktop::start(&scratch, &programs);
    let sway = require!(Sway::start(&scratch));
    let mut here = sway.environment();
    here.push(("GDK_BACKEND".into(), "wayland".into()));
    let peerwatch = Peerwatch::on(&desktop, &scratch, binaries).with_environment(here);
    let database = scratch.path("bridge.db");
    peerwatch.configure(&format!("databases = [{database:?}]\nbridge_silence_s = 3\n"));
    let writer = Writer::open(&scratch, &python, &database, Schema::Bridge, Connections::Each);
    let mut elsewhere = scratch.command(&foot);
    elsewhere.envs(sway.environment()).args(["sleep", "86400"]).stderr(Stdio::null());
    let elsewhere = Running::start("foot", &mut elsewhere);
    eventually("another window", SOON, || (sway.focused() == Some(elsewhere.pid())).then_some(()));

    let application = peerwatch.desktop(&["--hidden"]);
    let item = desktop.tray.await_item(SOON);
    let is_open = || sway.windows().iter().any(|(pid, _)| *pid == application.pid());
    assert!(!is_open(), "hidden until somebody wants it");
    assert!(item.activate());
    eventually("the window after a click on the icon", SOON, || is_open().then_some(()));

    sway.ask(&[&format!("[pid={}] kill", application.pid())]);
    eventually("the window closed", SOON, || (!is_open()).then_some(()));
    writer.conversation("conv_0123456789abcdef", "backend developer", "frontend developer");
    writer.heartbeat("conv_0123456789abcdef", "a", "working", Duration::ZERO);
    writer.send("conv_0123456789abcdef", "b", "are you there");
    let notice = desktop.notifications.await_notice("backend developer", SOON);
    desktop.notifications.act(notice.id, "open");
    eventually("the window after a click on the notification", SOON, || is_open().then_some(()));

    sway.ask(&[&format!("[pid={}] kill", application.pid())]);
    eventually("the window closed again", SOON, || (!is_open()).then_some(()));
    let menu = desktop.tray.await_item(SOON).menu();
    assert!(menu.iter().any(|entry| entry.label == "Quit"), "the icon outlives the window: {menu:?}");
}
