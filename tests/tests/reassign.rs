//! A person reassigns the task of a session that died: by a click in the tray, and by keys alone in the window.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on ends")]

use std::time::Duration;

use peerwatch_tests::bridge_sessions::joined;
use peerwatch_tests::claude::{Claude, Cli, Session};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{Model, say};
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::webdriver::{Driver, Programs};
use peerwatch_tests::world::Desk;
use serde_json::Value;

const SOON: Duration = Duration::from_secs(10);
/// What only the message with the card says.
const HEIR: &str = "It was backend's before";
/// WebDriver's code points for keys that type nothing.
const DOWN: &str = "\u{e015}";
const TAB: &str = "\u{e004}";
const CONTROL: char = '\u{e009}';
const RETURN: char = '\u{e006}';
const SUBJECT: &str = "Write the parser of the log";

/// Sessions on a desktop.
struct Office {
    claude: Claude,
    model: Model,
    desk: Desk,
}

impl Office {
    fn begin() -> Result<Self, Missing> {
        let (desk, cli) = (Desk::begin()?, Cli::find()?);
        let model = Model::start();
        let claude = Claude::install(&desk.scratch, cli, &model);
        model.when("is yours now", [say("I shall see to it.")]);
        Ok(Self { claude, model, desk })
    }

    /// One session dies with a task in its hands; another one sits idle.
    fn lose_a_task(&self) {
        self.assign_a_task().kill();
    }

    /// Two sessions sit idle, and the one that is returned has a task.
    fn assign_a_task(&self) -> Session<'_> {
        let Self { claude, model, desk } = self;
        let backend = joined(claude, &desk.peerwatch, &desk.scratch, model, "backend");
        joined(claude, &desk.peerwatch, &desk.scratch, model, "frontend").await_status("idle");
        self.peerwatch(&["tasks", "create", SUBJECT, "--assign", "backend"]);
        self.await_owner("backend");
        model.await_asked("is yours now", 0);
        backend.await_status("idle");
        // The newest rule counts: the card repeats what its old owner was asked last.
        model.when(HEIR, [say("I shall go on with it.")]);
        backend
    }

    /// Waits until the one task is in these hands.
    fn await_owner(&self, name: &str) {
        self.await_task(&format!("with {name}"), |task| {
            task["owner_name"].as_str().unwrap_or("").contains(name)
        });
    }

    fn peerwatch(&self, words: &[&str]) -> String {
        let output = self.desk.peerwatch.output(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Waits until the one task is so.
    fn await_task(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        eventually(what, SOON, || {
            let tasks: Value = serde_json::from_str(&self.peerwatch(&["tasks", "--json"])).ok()?;
            is_so(&tasks[0]).then_some(())
        });
    }

    /// What stands in the transcripts of the folder of the heir.
    fn heir_transcript(&self) -> String {
        let projects = std::fs::read_dir(self.claude.config().join("projects")).expect("projects").flatten();
        let its = projects.filter(|folder| folder.file_name().to_string_lossy().ends_with("frontend"));
        let files = its.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
        files.map(|file| std::fs::read_to_string(file.path()).unwrap_or_default()).collect()
    }

    /// The heir's turn starts with the card, and the task is its own.
    fn await_heir(&self) {
        self.model.await_asked(HEIR, 0);
        self.await_owner("frontend");
    }
}

#[test]
fn a_click_in_the_tray_gives_the_task_of_a_dead_session_to_the_idle_one() {
    let office = require!(Office::begin());
    let _application = office.desk.peerwatch.desktop(&["--hidden"]);
    let item = office.desk.desktop.tray.await_item(SOON);
    office.desk.peerwatch.await_engine();
    office.lose_a_task();
    let heir = |label: &str| label.starts_with("→ frontend") && label.contains("Write the parser");
    item.await_menu("the proposed heir", SOON, |menu| {
        let reassign = menu.iter().find(|entry| entry.label == "Reassign tasks");
        reassign.is_some_and(|entry| entry.children.iter().any(|entry| entry.visible && heir(&entry.label)))
    });
    item.click(&["Reassign tasks", "→ frontend"]);
    office.await_heir();
}

#[test]
fn what_peerwatch_hands_over_by_itself_is_told_and_stays_told_when_it_has_begun() {
    let office = require!(Office::begin());
    office.desk.peerwatch.configure("recover = true\n");
    let _application = office.desk.peerwatch.desktop(&["--hidden"]);
    office.desk.desktop.tray.await_item(SOON);
    office.desk.peerwatch.await_engine();
    office.lose_a_task();
    let notices = &office.desk.desktop.notifications;
    let told = notices.await_notice("has taken over a task", SOON);
    assert!(told.body.contains(SUBJECT), "{told:?}");
    office.await_heir();
    eventually("the notification without Undo", SOON, || {
        let last = notices.shown().into_iter().rfind(|notice| notice.summary == told.summary)?;
        (!last.actions.iter().any(|(key, _)| key == "undo")).then_some(())
    });
}

/// Recovery is switched on for this bridge alone. Where messages wait for the next turn, the heir does not begin at once.
#[test]
fn a_handover_that_was_told_is_taken_back_by_a_click_on_undo() {
    let office = require!(Office::begin());
    let _application = office.desk.peerwatch.desktop(&["--hidden"]);
    office.desk.desktop.tray.await_item(SOON);
    office.desk.peerwatch.await_engine();
    let backend = office.assign_a_task();
    office.peerwatch(&["conversations", "main", "--deliver", "next-turn", "--recover", "on"]);
    backend.kill();
    let notices = &office.desk.desktop.notifications;
    let told = notices.await_notice("has taken over a task", SOON);
    office.await_owner("frontend");
    assert!(told.actions.contains(&("undo".to_owned(), "Undo".to_owned())), "{told:?}");

    notices.act(told.id, "undo");
    notices.await_closed(told.id, SOON);
    office.await_owner("backend");
    let history = office.peerwatch(&["tasks", "history", "--json"]);
    let history: Value = serde_json::from_str(&history).unwrap();
    assert_eq!(history[0]["step"], "undone", "{history:#}");
    assert_eq!(notices.shown().iter().filter(|notice| notice.summary == told.summary).count(), 1);
    assert!(!office.model.asked().iter().any(|asked| asked.keyword.as_deref() == Some(HEIR)), "nobody began");
}

#[test]
fn the_sheet_is_enough_with_keys_alone_and_its_edited_card_is_what_the_heir_reads() {
    let (office, programs) = (require!(Office::begin()), require!(Programs::find()));
    let driver = Driver::start(&office.desk.scratch, &programs, &office.desk.desktop.environment());
    let window = driver.open(&office.desk.peerwatch.desktop_program(), &[], || {
        office.desk.desktop.tray.await_item(SOON);
    });
    office.lose_a_task();
    window.await_text("gone");
    let focused = "return document.activeElement?.closest('[role=option]')?.textContent ?? ''";
    eventually("the lost worker under the keys", SOON, || {
        let here = window.run(focused).as_str().unwrap_or_default().contains("backend");
        if !here {
            window.keys(DOWN);
        }
        here.then_some(())
    });
    window.keys("r");
    window.await_text("is proof");
    window.await_text("frontend");
    let in_card = "return document.activeElement?.tagName === 'TEXTAREA'";
    eventually("the card under the keys", SOON, || {
        let here = window.run(in_card) == true;
        if !here {
            window.keys(TAB);
        }
        here.then_some(())
    });
    window.keys("Mind the oldest form first. ");
    assert!(window.accessibility_violations().is_empty(), "{:#?}", window.accessibility_violations());
    window.chord(CONTROL, RETURN);
    office.await_heir();
    eventually("the edited card before the heir", SOON, || {
        office.heir_transcript().contains("Mind the oldest form first.").then_some(())
    });
}

#[test]
fn a_notification_of_the_loss_offers_to_reassign_and_opens_the_sheet() {
    let (office, programs) = (require!(Office::begin()), require!(Programs::find()));
    let driver = Driver::start(&office.desk.scratch, &programs, &office.desk.desktop.environment());
    let window = driver.open(&office.desk.peerwatch.desktop_program(), &["--hidden"], || {
        office.desk.desktop.tray.await_item(SOON);
        office.desk.peerwatch.await_engine();
        office.lose_a_task();
        let notice = office.desk.desktop.notifications.await_notice("backend", SOON);
        assert!(notice.actions.iter().any(|(key, _)| key == "reassign"), "{notice:?}");
        office.desk.desktop.notifications.act(notice.id, "reassign");
    });
    window.await_text("Reassign");
    window.await_text(SUBJECT);
}
