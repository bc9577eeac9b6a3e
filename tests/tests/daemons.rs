//! The notification daemons that people use, as real processes: what is shown there, and what survives their trouble.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, reason = "a test without its runtime has nothing else to do than to end")]

use std::collections::HashSet;
use std::time::Duration;

use peerwatch_notify::{Action, CloseReason, Happening, Notice, Notifier, NotifierState, Options, start};
use peerwatch_tests::bridge::{Connections, Schema, Writer};
use peerwatch_tests::desktop::{Daemon, DaemonKind, DaemonPrograms, Desktop, Programs};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;
use peerwatch_tests::world::Desk;
use tokio::runtime::Runtime;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

const CONVERSATION: &str = "conv_0123456789abcdef";
const SOON: Duration = Duration::from_secs(10);
/// Longer than anything takes here; only a broken test waits for it.
const LONG: Duration = Duration::from_secs(60);

/// A display with a real daemon on it, and a notifier that has found it.
struct Stage {
    notifier: Notifier,
    happenings: UnboundedReceiver<Happening>,
    runtime: Runtime,
    daemon: Daemon,
    desktop: Desktop,
    scratch: Scratch,
    _turn: Turn,
}

impl Stage {
    fn set(kind: DaemonKind, turn: impl FnOnce() -> Turn) -> Result<Self, Missing> {
        let (programs, daemon) = (Programs::find()?, DaemonPrograms::find_kind(kind)?);
        let turn = turn();
        let scratch = Scratch::new();
        let mut desktop = Desktop::start(&scratch, &programs);
        let daemon = Daemon::replace(&mut desktop, &scratch, &daemon);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let options = Options {
            bus: Some(desktop.bus.address().to_owned()),
            patience: Duration::from_millis(500),
            give_up: Duration::from_secs(1),
            picture: Some(include_bytes!("../../icons/rendered/64x64.png")),
            ..Options::default()
        };
        let (notifier, happenings) = start(runtime.handle(), options);
        let mut stage = Self { notifier, happenings, runtime, daemon, desktop, scratch, _turn: turn };
        stage.await_state("ready", |state| matches!(state, NotifierState::Ready(_)));
        Ok(stage)
    }

    fn next(&mut self) -> Happening {
        let next = self.runtime.block_on(async { timeout(LONG, self.happenings.recv()).await });
        next.expect("something should have happened").expect("the notifier should not have ended")
    }

    /// The next happening that is no state: on a busy machine those come and go.
    fn next_of_a_notice(&mut self) -> Happening {
        loop {
            match self.next() {
                Happening::State(_) => {}
                happening => return happening,
            }
        }
    }

    fn await_state(&mut self, what: &str, fits: impl Fn(&NotifierState) -> bool) -> NotifierState {
        loop {
            match self.next() {
                Happening::State(state) if fits(&state) => return state,
                Happening::State(_) => {}
                other => panic!("{other:?} instead of the state {what}"),
            }
        }
    }

    fn shows(&mut self, key: &str, title: &str) {
        self.notifier.show(notice(key, title));
        assert_eq!(self.next_of_a_notice(), shown(key));
    }

    /// The keys of the next so many that are told to be shown.
    fn told(&mut self, count: usize) -> HashSet<String> {
        let mut keys = HashSet::new();
        while keys.len() < count {
            match self.next_of_a_notice() {
                Happening::Shown { key } => assert!(keys.insert(key), "each is told once"),
                other => panic!("{other:?} in the flood"),
            }
        }
        keys
    }

    fn picture(&self, name: &str) {
        let folder = std::env::var_os("PEERWATCH_PICTURES").map(std::path::PathBuf::from);
        let file = folder.unwrap_or_else(|| self.scratch.root().to_owned()).join(format!("{name}.png"));
        self.desktop.screen.picture(&file);
    }
}

fn notice(key: &str, title: &str) -> Notice {
    let action = |key: &str, label: &str| Action { key: key.into(), label: label.into() };
    Notice {
        key: key.into(),
        title: title.into(),
        body: "Bash: cargo publish --dry-run <wants> & needs your word\nsince 2 min, in ~/code/api".into(),
        actions: vec![
            action("open", "Open"),
            action("reassign", "Reassign…"),
            action("snooze", "Snooze 15 min"),
        ],
        ..Notice::default()
    }
}

fn shown(key: &str) -> Happening {
    Happening::Shown { key: key.into() }
}

fn closed(key: &str, reason: CloseReason) -> Happening {
    Happening::Closed { key: key.into(), reason }
}

/// The test of each story with each daemon.
macro_rules! with_each {
    ($($story:ident),* $(,)?) => {
        mod dunst {
            $(#[test] fn $story() {
                super::$story(peerwatch_tests::require!(super::Stage::set(super::DaemonKind::Dunst, super::Turn::heavy)));
            })*
        }
        mod xfce4_notifyd {
            $(#[test] fn $story() {
                super::$story(peerwatch_tests::require!(super::Stage::set(super::DaemonKind::Xfce, super::Turn::heavy)));
            })*
        }
    };
}

with_each!(
    a_popup_is_replaced_clicked_and_withdrawn,
    a_daemon_that_was_killed_and_started_again_shows_once_more_what_stood,
    a_daemon_that_stands_still_shows_everything_once_when_it_goes_on,
    do_not_disturb_is_known_and_followed,
);

fn a_popup_is_replaced_clicked_and_withdrawn(mut stage: Stage) {
    stage.shows("api", "api needs you");
    stage.daemon.await_displayed(1, &stage.desktop);
    stage.shows("api", "api needs you: permission");
    stage.daemon.await_displayed(1, &stage.desktop);
    stage.picture(std::thread::current().name().unwrap_or("popup"));

    stage.daemon.click(&stage.desktop);
    let Happening::Activated { key, action, .. } = stage.next_of_a_notice() else { panic!("a click") };
    assert_eq!((key.as_str(), action.as_str()), ("api", "default"));
    assert!(matches!(stage.next_of_a_notice(), Happening::Closed { key, .. } if key == "api"));
    stage.daemon.await_displayed(0, &stage.desktop);

    stage.shows("web", "web is silent");
    stage.daemon.await_displayed(1, &stage.desktop);
    stage.notifier.withdraw("web");
    assert_eq!(stage.next_of_a_notice(), closed("web", CloseReason::Withdrawn));
    stage.daemon.await_displayed(0, &stage.desktop);
}

fn a_daemon_that_was_killed_and_started_again_shows_once_more_what_stood(mut stage: Stage) {
    for key in ["api", "web", "docs"] {
        stage.shows(key, &format!("{key} needs you"));
    }
    stage.notifier.withdraw("docs");
    assert_eq!(stage.next_of_a_notice(), closed("docs", CloseReason::Withdrawn));
    stage.daemon.kill();
    for key in ["api", "web"] {
        assert_eq!(stage.next_of_a_notice(), closed(key, CloseReason::ServerGone));
    }
    stage.await_state("absent", |state| matches!(state, NotifierState::Absent { .. }));

    stage.daemon.start(&stage.desktop);
    stage.await_state("ready", |state| matches!(state, NotifierState::Ready(_)));
    assert_eq!(stage.told(2), HashSet::from(["api".to_owned(), "web".to_owned()]));
    stage.daemon.await_displayed(2, &stage.desktop);
    stage.shows("last", "nothing came in between");
    stage.daemon.await_displayed(3, &stage.desktop);
}

fn a_daemon_that_stands_still_shows_everything_once_when_it_goes_on(mut stage: Stage) {
    stage.shows("before", "before it stood still");
    stage.daemon.stand_still();
    stage.notifier.show(notice("api", "api needs you"));
    stage.await_state("not answering", |state| *state == NotifierState::NotAnswering);
    stage.notifier.show(notice("web", "web was settled meanwhile"));
    stage.notifier.show(notice("docs", "docs needs you"));
    stage.notifier.withdraw("web");
    stage.daemon.go_on();
    assert_eq!(stage.told(2), HashSet::from(["api".to_owned(), "docs".to_owned()]));
    stage.daemon.await_displayed(3, &stage.desktop);
    stage.notifier.withdraw("api");
    assert_eq!(stage.next_of_a_notice(), closed("api", CloseReason::Withdrawn));
    stage.daemon.await_displayed(2, &stage.desktop);
}

fn do_not_disturb_is_known_and_followed(mut stage: Stage) {
    for on in [true, false] {
        stage.daemon.set_do_not_disturb(on);
        stage.await_state("do not disturb", |state| state.do_not_disturb() == Some(on));
    }
}

#[test]
fn a_thousand_notices_in_a_second_are_a_few_popups_and_leave_nothing_behind() {
    let mut stage = require!(Stage::set(DaemonKind::Dunst, Turn::alone));
    let mut grown = Vec::new();
    let mut before = resident_kib();
    for flood in 0..6 {
        let keys: HashSet<String> = (0..1000).map(|number| format!("{flood}:{number}")).collect();
        keys.iter().for_each(|key| stage.notifier.show(notice(key, &format!("{key} needs you"))));
        assert_eq!(stage.told(1000), keys, "nothing is lost");
        let popups = stage.daemon.displayed(&stage.desktop);
        assert!((1..=25).contains(&popups), "{popups} popups");
        if flood == 0 {
            stage.picture("flood");
        }
        keys.iter().for_each(|key| stage.notifier.withdraw(key));
        let mut gone = HashSet::new();
        while gone.len() < 1000 {
            let Happening::Closed { key, .. } = stage.next_of_a_notice() else { panic!("an end") };
            gone.insert(key);
        }
        let now = resident_kib();
        grown.push(now - before);
        before = now;
    }
    println!("grown by KiB, flood after flood: {grown:?}");
    let later: i64 = grown[1..].iter().sum();
    assert!(later < 2048, "5,000 notices more left {later} KiB: {grown:?}");
}

/// This process's resident memory, in KiB.
fn resident_kib() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("our own status");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a line of it");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

#[test]
fn the_application_goes_on_while_a_daemon_stands_still_and_doctor_says_what_is_the_matter() {
    let (mut desk, python) = (require!(Desk::begin()), require!(Writer::find()));
    let programs = require!(DaemonPrograms::find());
    let mut daemon = Daemon::replace(&mut desk.desktop, &desk.scratch, &programs);
    let database = desk.scratch.path("bridge.db");
    desk.peerwatch.configure(&format!("databases = [{database:?}]\nbridge_silence_s = 3\n"));
    let writer = Writer::open(&desk.scratch, &python, &database, Schema::Bridge, Connections::Each);
    writer.conversation(CONVERSATION, "backend developer", "frontend developer");
    let _application = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(SOON);
    desk.peerwatch.await_engine();
    let doctor_says = |words: &str| {
        let said = || String::from_utf8_lossy(&desk.peerwatch.output(&["doctor"]).stdout).into_owned();
        eventually(words, LONG, || said().contains(words).then_some(()));
    };
    doctor_says("shown by dunst");

    daemon.stand_still();
    writer.heartbeat(CONVERSATION, "a", "working", Duration::ZERO);
    writer.send(CONVERSATION, "b", "are you there");
    doctor_says("doesn't answer");
    let item = desk.desktop.tray.await_item(SOON);
    item.await_menu("the silent side", SOON, |menu| {
        menu.iter().any(|entry| entry.visible && entry.label.contains("backend developer"))
    });
    desk.peerwatch.status();

    daemon.kill();
    doctor_says("no program shows notifications");
    daemon.start(&desk.desktop);
    doctor_says("shown by dunst");
    // The message that waits, and the side that is silent.
    daemon.await_displayed(2, &desk.desktop);
    daemon.set_do_not_disturb(true);
    doctor_says("it doesn't disturb at the moment");
}
