//! The roster of an invented machine, read without an engine.

use std::time::Duration;

use expect_test::{Expect, expect};
use peerwatch_demo::{Demo, Scene};
use peerwatch_wire::{ConversationView, Entry, Presence, ShowView, StatusView};

use crate::home::{Home, Said};

/// The busiest moment of the demonstration, and a way to ask about it.
struct Stage {
    home: Home,
    demo: Demo,
}

impl Stage {
    fn new(scene: Scene) -> Self {
        let home = Home::new();
        let demo = Demo::still(&home.path().join("demo"), scene, None).unwrap();
        Self { home, demo }
    }

    fn ask(&self, args: &[&str]) -> Said {
        let (claude, db) =
            (self.demo.claude_config().to_str().unwrap(), self.demo.database().to_str().unwrap());
        self.home.run(&[&["--claude-config", claude, "--db", db], args].concat())
    }

    /// What was printed, without what differs from run to run.
    fn shows(&self, args: &[&str], expected: &Expect) {
        let said = self.ask(args);
        assert_eq!(said.code, 0, "{}", said.err);
        let mut text = said.out;
        for (name, pid) in self.demo.pids() {
            text = text.replace(&pid.to_string(), &format!("<pid of {name}>"));
        }
        expected.assert_eq(&text.lines().map(|line| format!("{}\n", blurred(line))).collect::<String>());
    }
}

/// A line whose seconds say nothing: they depend on how fast the test runs.
fn blurred(line: &str) -> String {
    let is_seconds = |column: &str| {
        column == "now" || column.strip_suffix(" s").is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
    };
    let Some(column) = line.split("  ").map(str::trim).find(|column| is_seconds(column)) else {
        return line.into();
    };
    line.replacen(column, &format!("{:<width$}", "?", width = column.len()), 1)
}

#[test]
fn the_roster_is_grouped_by_need() {
    let stage = Stage::new(Scene::Busy);
    stage.shows(&[], &expect![[r#"
        4 of 14 need you, 3 are silent or gone

        Needs you
          ●  mobile              limited              4 min   usage limit: You've hit your usage limit · resets 6pm
          ●  web                 waiting: question    1 min   Two pages still use the old table. Change them too?
          ●  api                 waiting: permission  ?       Bash: git push --force-with-lease
          ●  infra               waiting: plan        ?       has a plan for you to approve

        Suspect
          ▲  search              suspect              12 min  not heard for 12 min · tool Bash: cargo bench --bench ranking · no child process
          ▲  frontend_developer  suspect              5 min   not heard for 5 min · 2 unread
          ▲  billing             gone                 ?       gone during Bash: npm run test:e2e

        Working
          ▸  backend_developer   working              11 min  working, by its own heartbeats
          ▸  builder             working              ?       tool Bash: cargo test --workspace
          ▸  data                background           7 min   turn over, a background shell runs
          ▸  docs                quiet                10 min  not heard for 10 min
          ▸  platform            background           9 min   turn over, 1 teammate works

        Idle
          ·  researcher          idle                 9 min   /home/dev/acme/platform
          ·  ledger              idle                 18 min  /home/dev/acme/billing
    "#]]);
}

#[test]
fn scripts_learn_it_from_the_exit_code() {
    let busy = Stage::new(Scene::Busy);
    assert_eq!(busy.ask(&["status"]).code, 0);
    assert_eq!(busy.ask(&["status", "--check"]).code, 1);
    assert_eq!(busy.ask(&["status", "--check", "--json"]).code, 1);
    let calm = Stage::new(Scene::Calm);
    assert_eq!(calm.ask(&["status", "--check"]).code, 0, "{}", calm.ask(&[]).out);
}

#[test]
fn scripts_read_the_roster_as_one_object() {
    let stage = Stage::new(Scene::Busy);
    let status: StatusView = serde_json::from_str(&stage.ask(&["status", "--json"]).out).unwrap();
    assert_eq!(status.schema, 1);
    let of = |name: &str| status.workers.iter().find(|worker| worker.name == name).unwrap();
    assert_eq!(of("billing").presence, Presence::Gone);
    assert_eq!(of("search").presence, Presence::Suspect);
    assert_eq!(of("mobile").presence, Presence::Limited);
    assert_eq!(of("data").presence, Presence::Background);
    assert_eq!(of("api").pid, stage.demo.pids().get("api").copied());
    assert!(status.workers.iter().all(|worker| !worker.witnesses.is_empty()));
    assert!(status.problems.is_empty());
}

#[test]
fn a_worker_is_shown_with_its_evidence() {
    let stage = Stage::new(Scene::Busy);
    let said = stage.ask(&["show", "search"]);
    assert!(said.out.starts_with("▲ search  suspect for 12 min\n"), "{}", said.out);
    assert!(said.out.contains("no child process of a tool"), "{}", said.out);
    assert!(said.out.contains("Not heard for 12 min"), "{}", said.out);
    let pid = stage.demo.pids()["api"].to_string();
    let shown: ShowView = serde_json::from_str(&stage.ask(&["show", &pid, "--json"]).out).unwrap();
    assert_eq!(shown.worker.name, "api");
    let session = shown.worker.session_id.unwrap();
    assert!(stage.ask(&["show", &session[..8]]).out.contains(" api  waiting: permission"));
}

#[test]
fn a_name_that_means_nothing_or_too_much_is_wrong_use() {
    let stage = Stage::new(Scene::Busy);
    let nobody = stage.ask(&["show", "nobody\u{1b}[2J"]);
    assert_eq!((nobody.code, nobody.out.as_str()), (2, ""));
    assert_eq!(nobody.err, "error: no worker is called “nobody�[2J”; `peerwatch` lists them by name\n");
    let many = stage.ask(&["show", "b"]);
    assert_eq!(many.code, 2);
    for name in ["backend_developer", "billing", "builder"] {
        assert!(many.err.contains(name), "{}", many.err);
    }
}

#[test]
fn of_two_with_one_name_the_living_is_meant() {
    let mut stage = Stage::new(Scene::Busy);
    stage.demo.advance_to(Duration::from_secs(14 * 60 + 12)).unwrap();
    let said = stage.ask(&["show", "billing"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.out.contains("  working"), "{}", said.out);
    assert!(said.out.contains("You were killed."), "{}", said.out);
}

#[test]
fn conversations_are_listed_and_read() {
    let stage = Stage::new(Scene::Busy);
    let all: Vec<ConversationView> =
        serde_json::from_str(&stage.ask(&["conversations", "--json"]).out).unwrap();
    let bridge = all.iter().find(|it| it.title == "backend_developer and frontend_developer").unwrap();
    assert_eq!((bridge.messages, bridge.unread), (6, Some(2)));
    let by_title: Vec<Entry> =
        serde_json::from_str(&stage.ask(&["messages", &bridge.title, "--json", "-n", "2"]).out).unwrap();
    let texts: Vec<&str> = by_title.iter().map(|entry| entry.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "/orders is on staging now, with cursor and total.",
            "The list is empty on staging. Do you still send page=1?"
        ]
    );
    let id = bridge.id.rsplit(':').next().unwrap();
    assert!(stage.ask(&["messages", &id[..9]]).out.contains("Cursor is fine."), "by the beginning of its id");
    let by_side = stage.ask(&["messages", "backend_developer"]);
    assert!(by_side.out.contains("Cursor is fine."), "{}{}", by_side.out, by_side.err);
}

#[test]
fn an_empty_machine_is_told_what_would_fill_it() {
    let stage = Stage::new(Scene::Empty);
    let said = stage.ask(&[]);
    assert!(said.out.contains("`peerwatch demo`"), "{}", said.out);
    let doctor = stage.ask(&["doctor"]);
    assert_eq!(doctor.code, 1);
    assert!(doctor.out.contains("Nothing to watch"), "{}", doctor.out);
}

#[test]
fn fifty_sessions_are_a_list_too() {
    let stage = Stage::new(Scene::Fifty);
    let status: StatusView = serde_json::from_str(&stage.ask(&["status", "--json"]).out).unwrap();
    assert_eq!(status.workers.len(), 50);
    let groups: Vec<_> = status.workers.iter().map(|worker| worker.group).collect();
    assert!(groups.is_sorted(), "ordered by need");
}
