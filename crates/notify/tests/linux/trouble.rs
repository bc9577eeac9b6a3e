//! What happens where the server is missing, hangs, restarts, refuses, or the bus itself is gone.

use std::time::Duration;

use peerwatch_notify::{CloseReason, Failure, Happening, NotifierState, Options, start};
use tokio::{runtime::Handle, sync::mpsc::UnboundedReceiver};

use crate::{
    Desktop,
    bus::Bus,
    next, notice, options, ready,
    server::{ALL, Asked, Recorder},
    shown,
};

fn failed(key: &str, error: Failure) -> Happening {
    Happening::Failed { key: key.into(), error }
}

fn closed(key: &str, reason: CloseReason) -> Happening {
    Happening::Closed { key: key.into(), reason }
}

fn absent() -> Happening {
    Happening::State(NotifierState::Absent { starts_on_demand: false })
}

/// On a busy machine a server that answers may look like one that doesn't for a moment: states in between don't count.
async fn until(happenings: &mut UnboundedReceiver<Happening>, wanted: &Happening) {
    loop {
        let happening = next(happenings).await;
        if happening == *wanted {
            return;
        }
        assert!(matches!(happening, Happening::State(_)), "{happening:?} instead of {wanted:?}");
    }
}

#[tokio::test]
async fn a_missing_server_is_named_and_one_that_comes_late_is_used() {
    let bus = Bus::start().await;
    let (notifier, mut happenings) = start(&Handle::current(), options(&bus));
    assert_eq!(next(&mut happenings).await, absent());
    notifier.show(notice("a", "too early"));
    assert_eq!(next(&mut happenings).await, failed("a", Failure::Absent));
    notifier.show(notice("b", "settled before anybody could show it"));
    assert_eq!(next(&mut happenings).await, failed("b", Failure::Absent));
    notifier.withdraw("b");
    let mut server = Recorder::start(bus.address(), ALL).await;
    assert_eq!(next(&mut happenings).await, ready(ALL));
    assert_eq!(next(&mut happenings).await, shown("a"), "what came too early is not lost");
    assert_eq!(server.asked().await.title(), "too early");
    notifier.show(notice("c", "in time"));
    assert_eq!(next(&mut happenings).await, shown("c"));
    assert_eq!(server.asked().await.title(), "in time");
}

#[tokio::test]
async fn after_a_restart_of_the_server_what_stood_is_shown_again_once_under_new_numbers() {
    let mut desktop = Desktop::with(ALL).await;
    for key in ["stands", "withdrawn", "dismissed", "withdrawn meanwhile"] {
        desktop.notifier.show(notice(key, key));
        assert_eq!(desktop.next().await, shown(key));
    }
    desktop.notifier.withdraw("withdrawn");
    assert_eq!(desktop.next().await, closed("withdrawn", CloseReason::Withdrawn));
    desktop.server.close(3, 2).await;
    assert_eq!(desktop.next().await, closed("dismissed", CloseReason::Dismissed));
    let bus = desktop.bus.address().to_owned();
    desktop.server.stop().await;
    for key in ["stands", "withdrawn meanwhile"] {
        assert_eq!(next(&mut desktop.happenings).await, closed(key, CloseReason::ServerGone));
    }
    assert_eq!(next(&mut desktop.happenings).await, absent());
    desktop.notifier.withdraw("withdrawn meanwhile");

    let mut server = Recorder::start(&bus, ALL).await;
    assert_eq!(next(&mut desktop.happenings).await, ready(ALL));
    assert_eq!(next(&mut desktop.happenings).await, shown("stands"));
    assert!(matches!(server.asked().await, Asked::Notify { replaces: 0, title, .. } if title == "stands"));
    desktop.notifier.show(notice("stands", "still"));
    assert_eq!(next(&mut desktop.happenings).await, shown("stands"));
    assert!(
        matches!(server.asked().await, Asked::Notify { replaces: 1, title, .. } if title == "still"),
        "nothing else was shown again"
    );
}

#[tokio::test]
async fn a_notice_that_ends_one_server_after_the_other_is_given_up() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.server.hang();
    desktop.notifier.show(notice("a", "poison"));
    desktop.server.asked().await;
    let bus = desktop.bus.address().to_owned();
    let mut holder = desktop.server;
    for _ in 0..2 {
        let mut successor = Recorder::start_when_free(&bus, ALL).await;
        successor.hang();
        holder.stop().await;
        assert_eq!(successor.asked().await.title(), "poison");
        holder = successor;
    }
    holder.stop().await;
    loop {
        match next(&mut desktop.happenings).await {
            Happening::State(_) => {}
            happening => break assert_eq!(happening, failed("a", Failure::Absent)),
        }
    }
}

#[tokio::test]
async fn a_server_that_dies_with_a_notice_in_its_hands_leaves_it_to_the_next_one_once() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.server.hang();
    desktop.notifier.show(notice("a", "handed over"));
    desktop.server.asked().await;
    let bus = desktop.bus.address().to_owned();
    // The successor stands in line, so that the name passes from one to the other.
    let mut next_server = {
        let server = Recorder::start_when_free(&bus, ALL).await;
        desktop.server.stop().await;
        server
    };
    let Asked::Notify { replaces, title, .. } = next_server.asked().await else {
        panic!("a notice was expected")
    };
    assert_eq!((replaces, title.as_str()), (0, "handed over"));
    loop {
        match next(&mut desktop.happenings).await {
            Happening::State(_) => {}
            happening => break assert_eq!(happening, shown("a")),
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_is_not_waited_for_once_another_has_taken_its_place() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.server.hang();
    desktop.notifier.show(notice("a", "handed over"));
    desktop.server.asked().await;
    let mut successor = Recorder::start_instead(desktop.bus.address(), ALL).await;
    assert!(matches!(successor.asked().await, Asked::Notify { replaces: 0, .. }));
    assert_eq!(desktop.next().await, shown("a"));
}

#[tokio::test]
async fn a_hanging_server_delays_what_is_shown_and_nothing_else() {
    let bus = Bus::start().await;
    let mut server = Recorder::start(bus.address(), ALL).await;
    let impatient = Options { patience: Duration::from_millis(50), ..options(&bus) };
    let (notifier, mut happenings) = start(&Handle::current(), impatient);
    until(&mut happenings, &ready(ALL)).await;
    notifier.show(notice("shown", "before it hung"));
    server.asked().await;
    until(&mut happenings, &shown("shown")).await;

    server.hang();
    notifier.show(notice("a", "one"));
    server.asked().await;
    until(&mut happenings, &Happening::State(NotifierState::NotAnswering)).await;
    notifier.show(notice("b", "old news"));
    notifier.show(notice("b", "news"));
    server.click(1, "default", None).await;
    assert!(matches!(next(&mut happenings).await, Happening::Activated { key, .. } if key == "shown"));

    server.go_on();
    until(&mut happenings, &shown("a")).await;
    until(&mut happenings, &shown("b")).await;
    let Asked::Notify { title, .. } = server.asked().await else { panic!("a notice was expected") };
    assert_eq!(title, "news", "of two notices of one cause that had to wait, the newer is shown");
}

#[tokio::test]
async fn a_notice_that_the_server_has_lost_is_given_up() {
    let bus = Bus::start().await;
    let server = Recorder::start(bus.address(), ALL).await;
    let (patience, give_up) = (Duration::from_millis(20), Duration::from_millis(60));
    let (notifier, mut happenings) =
        start(&Handle::current(), Options { patience, give_up, ..options(&bus) });
    until(&mut happenings, &ready(ALL)).await;
    server.hang();
    notifier.show(notice("a", "one"));
    until(&mut happenings, &Happening::State(NotifierState::NotAnswering)).await;
    until(&mut happenings, &failed("a", Failure::NotAnswering)).await;
}

#[tokio::test]
async fn a_server_that_stood_still_for_very_long_shows_everything_once_when_it_goes_on() {
    let bus = Bus::start().await;
    let mut server = Recorder::start(bus.address(), ALL).await;
    let (patience, give_up) = (Duration::from_millis(20), Duration::from_millis(20));
    let (notifier, mut happenings) =
        start(&Handle::current(), Options { patience, give_up, ..options(&bus) });
    until(&mut happenings, &ready(ALL)).await;
    server.stand_still();
    notifier.show(notice("a", "one"));
    notifier.show(notice("b", "two"));
    server.asked().await;
    until(&mut happenings, &Happening::State(NotifierState::NotAnswering)).await;
    server.asked_who_it_is().await;
    notifier.withdraw("b");
    server.go_on();
    until(&mut happenings, &shown("a")).await;
    notifier.withdraw("a");
    assert_eq!(server.asked().await, Asked::Close(1));
}

#[tokio::test]
async fn a_refusal_is_told_and_the_next_notice_is_shown() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.notifier.show(notice("a", "refuse me"));
    desktop.notifier.show(notice("b", "fine"));
    let Happening::Failed { key, error: Failure::Refused(why) } = desktop.next().await else {
        panic!("a refusal was expected")
    };
    assert_eq!(key, "a");
    assert!(why.contains("one too many"), "{why}");
    assert_eq!(desktop.next().await, shown("b"));
}

#[tokio::test]
async fn without_a_bus_notices_fail_and_with_a_new_one_they_are_shown_again() {
    let mut desktop = Desktop::with(ALL).await;
    desktop.notifier.show(notice("a", "before"));
    assert_eq!(desktop.next().await, shown("a"));
    desktop.bus.stop();
    let gone = Happening::Closed { key: "a".into(), reason: CloseReason::ServerGone };
    assert_eq!(desktop.next().await, gone);

    desktop.notifier.show(notice("b", "nowhere"));
    let mut failures = Vec::new();
    while failures.len() < 2 {
        match desktop.next().await {
            Happening::Failed { key, error: Failure::NoBus(_) } => failures.push(key),
            Happening::State(NotifierState::NoBus { .. }) => failures.push("state".into()),
            other => panic!("unexpected: {other:?}"),
        }
    }
    assert_eq!(failures, ["state", "b"]);

    desktop.bus.start_again();
    let _server = Recorder::start(desktop.bus.address(), ALL).await;
    desktop.notifier.show(notice("c", "somewhere"));
    assert_eq!(desktop.next().await, ready(ALL));
    for key in ["a", "b", "c"] {
        assert_eq!(desktop.next().await, shown(key));
    }
}
