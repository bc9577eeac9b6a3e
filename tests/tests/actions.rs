//! What a notification offers besides a jump, clicked: what follows is what its button says.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::time::Duration;

use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::require;
use peerwatch_tests::world::Desk;

const BACKEND: &str = "conv_0123456789abcdef";
const FRONTEND: &str = "conv_fedcba9876543210";
const SOON: Duration = Duration::from_secs(15);

#[test]
fn a_silence_that_is_called_fine_is_off_the_list_and_so_long_a_one_is_not_told_again() {
    let (desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{database:?}]\nbridge_silence_s = 3\n"));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation(BACKEND, "backend worker", "orchestrator");
    writer.conversation(FRONTEND, "frontend worker", "orchestrator");
    writer.heartbeat(BACKEND, "a", "working", Duration::from_secs(20));
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    let watch = desk.peerwatch.watch();
    let notices = &desk.desktop.notifications;
    let silent = notices.await_notice("backend worker", SOON);
    assert!(silent.actions.contains(&("fine".to_owned(), "It's fine".to_owned())), "{silent:?}");

    notices.act(silent.id, "fine");
    notices.await_closed(silent.id, SOON);
    let ended = watch.await_line(0, "the end of the alert", SOON, |event| {
        event["event"] == "alert" && event["raised"] == false
    });
    assert!(ended.event["ending"].as_str().unwrap().starts_with("called fine"), "{}", ended.event);
    let status = desk.peerwatch.status();
    let worker = status.workers.iter().find(|worker| worker.name.contains("backend")).unwrap();
    assert!(worker.has_witness("was fine before"), "{worker:#?}");
    assert!(!matches!(worker.presence.as_str(), "quiet" | "suspect"), "{worker:#?}");

    // Both are heard, and both are silent from then on: only the one whose silence nobody called fine is told of.
    writer.heartbeat(BACKEND, "a", "working", Duration::from_secs(1));
    writer.heartbeat(FRONTEND, "a", "working", Duration::ZERO);
    notices.await_notice("frontend worker", SOON);
    let told = notices.shown().into_iter().filter(|notice| notice.summary == silent.summary);
    assert_eq!(told.count(), 1, "{:#?}", notices.shown());
}
