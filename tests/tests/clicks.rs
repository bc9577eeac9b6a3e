//! A notification of a real session is clicked, and the session's own pane comes to the front.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::time::{Duration, SystemTime};

use peerwatch_tests::bureau::{Bureau, Seat, Window};
use peerwatch_tests::claude::Session;
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{bash, say};
use peerwatch_tests::moment::Moment;
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use serde_json::Value;

const SOON: Duration = Duration::from_secs(15);
const CLICKS: usize = 20;

/// The session waits for a permission; the id of the notification that says so.
fn asks(bureau: &Bureau, session: &Session<'_>) -> u32 {
    session.prompt("list it please");
    session.await_status("waiting");
    bureau.desk.desktop.notifications.await_notice(&name_of(session), SOON).id
}

/// A session by the name that its notifications have.
fn name_of(session: &Session<'_>) -> String {
    session.entry().and_then(|entry| entry.name).unwrap_or_default()
}

/// What was told of a session.
fn told_of(bureau: &Bureau, session: &Session<'_>) -> usize {
    let name = name_of(session);
    bureau.desk.desktop.notifications.shown().iter().filter(|notice| notice.summary.contains(&name)).count()
}

fn begin() -> Result<Bureau, Missing> {
    let bureau = Bureau::begin()?;
    bureau.model.when("list it", [bash("touch there"), say("Listed.")]);
    Ok(bureau)
}

#[test]
fn a_click_brings_the_pane_of_the_session_that_asks_to_the_front() {
    let bureau = require!(begin());
    let _application = bureau.application();
    let keeper = bureau.client("100x40+0+0", "keeper");
    let other = bureau.xterm("24x8+0-0", &["sleep", "86400"]);
    let api = bureau.claude.session("api").start();

    let notice = asks(&bureau, &api);
    let notices = &bureau.desk.desktop.notifications;
    let label = |id| {
        let notice = notices.shown().into_iter().rfind(|notice| notice.id == id)?;
        notice.actions.into_iter().find(|(key, _)| key == "open").map(|(_, label)| label)
    };
    assert_eq!(label(notice).as_deref(), Some("Show its pane"), "the button says what it does");
    let mut times = Vec::new();
    for _ in 0..CLICKS {
        bureau.tmux(&["switch-client", "-t", "keeper"]);
        bureau.turn_to(other);
        assert_ne!(bureau.shown(&keeper), api.pane(), "the person is elsewhere");
        let start = bureau.focus_changes();
        let clicked = notices.act(notice, "open");
        bureau.await_focus(start, keeper.window);
        eventually("the pane", SOON, || (bureau.shown(&keeper) == api.pane()).then_some(()));
        times.push(Moment::now().since(clicked));
    }
    times.sort();
    println!(
        "{CLICKS} of {CLICKS} clicks; from the click to the focus seen: median {:.0?}",
        times[CLICKS / 2]
    );
}

#[test]
fn an_answer_in_the_terminal_withdraws_the_notification_and_a_late_click_does_nothing() {
    let bureau = require!(begin());
    let _application = bureau.application();
    let keeper = bureau.client("100x40+0+0", "keeper");
    let other = bureau.xterm("24x8+0-0", &["sleep", "86400"]);
    let api = bureau.claude.session("api").start();
    let notice = asks(&bureau, &api);
    let before = bureau.shown(&keeper);
    api.approve();
    let answered = api.entry().unwrap().changed_at();
    bureau.desk.desktop.notifications.await_closed(notice, SOON);
    let took = SystemTime::now().duration_since(answered).unwrap_or_default();
    println!("withdrawn {} ms after the session took the answer", took.as_millis());
    assert!(took <= Duration::from_secs(1), "{took:?}");
    bureau.desk.desktop.notifications.act(notice, "open");
    bureau.model.await_asked("list it", 1);
    api.await_status("idle");
    assert_eq!(
        (bureau.focused(), bureau.shown(&keeper)),
        (Some(other.id), before),
        "nothing came to the front"
    );
}

/// The session has the focus, asks, and nobody is told, while another one that asks later is told of. From somewhere else, the
/// person is told of its next question.
fn is_told_only_when_nobody_looks(bureau: &Bureau, seat: &Seat<'_>, marker: &Seat<'_>, elsewhere: Window) {
    let watch = bureau.desk.peerwatch.watch();
    let await_alert = |start, raised| {
        let fits = |line: &Value| line["event"] == "alert" && line["raised"] == raised;
        watch.await_line(start, "an alert", SOON, fits).event["title"].as_str().unwrap().to_owned()
    };
    seat.asks(0);
    seat.session.await_status("waiting");
    let title = await_alert(0, true);
    assert!(title.contains(&name_of(&seat.session)), "{title}");
    let status = bureau.desk.peerwatch.status();
    assert_eq!(status.of_pid(seat.session.pid()).unwrap().presence, "waiting_for_you");
    marker.asks(1);
    bureau.desk.desktop.notifications.await_notice(&name_of(&marker.session), SOON);
    assert_eq!(told_of(bureau, &seat.session), 0, "the person sees it");

    let standing = watch.position();
    seat.answer(0);
    await_alert(standing, false);
    seat.will_ask(2);
    bureau.turn_to(elsewhere);
    seat.asks(2);
    bureau.desk.desktop.notifications.await_notice(&name_of(&seat.session), SOON);
    assert_eq!(told_of(bureau, &seat.session), 1, "told of what nobody sees, and of nothing else");
}

#[test]
fn a_session_whose_pane_the_person_looks_at_is_not_told_of() {
    let bureau = require!(begin());
    let client = bureau.client("100x34+0+0", "keeper");
    let elsewhere = bureau.xterm("24x8+0-0", &["sleep", "86400"]);
    let (api, marker) = (bureau.seat("api"), bureau.seat("marker"));
    let _application = bureau.application();
    (0..2).zip([&api, &marker]).for_each(|(question, seat)| seat.will_ask(question));
    bureau.show(&client, api.session.pane());
    bureau.turn_to(client.window);
    is_told_only_when_nobody_looks(&bureau, &api, &marker, elsewhere);
}

#[test]
fn a_session_whose_window_the_person_looks_at_is_not_told_of() {
    let bureau = require!(begin());
    let _client = bureau.client("100x34+0+0", "keeper");
    let elsewhere = bureau.xterm("24x8+650-0", &["sleep", "86400"]);
    let (alone, marker) = (bureau.seat_in_xterm("80x22+0-0", "alone"), bureau.seat("marker"));
    let _application = bureau.application();
    (0..2).zip([&alone, &marker]).for_each(|(question, seat)| seat.will_ask(question));
    assert_eq!(bureau.focused(), alone.window.map(|window| window.id));
    is_told_only_when_nobody_looks(&bureau, &alone, &marker, elsewhere);
}
