//! Tasks that change hands on the command line, without an engine.

use peerwatch_bridge::{Actor, Brakes, Revocation, Store};
use peerwatch_demo::{Demo, Scene};
use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION, Worker};
use crate::home::{Home, line_with};
use crate::own::{Own, json, now};
use crate::terminal::Terminal;

/// A bridge in which `backend` works on task 1, and `reviewer` is free.
struct Shop {
    home: Home,
    own: Own,
    backend: Worker,
    letters: [String; 2],
    _reviewer: Worker,
}

impl Shop {
    fn open() -> Shop {
        let home = Home::new();
        let own = Own::new(&home);
        let (backend, reviewer) = (Worker::start(), Worker::start());
        let letters = [own.join("backend", &backend), own.join("reviewer", &reviewer)];
        own.begun("Write the parser", &letters[0]);
        Shop { home, own, backend, letters, _reviewer: reviewer }
    }

    fn owner(&self, task: &str) -> Value {
        json(&self.home.run(&["tasks", "show", task, "--json"]))["owner_name"].clone()
    }
}

#[test]
fn the_task_of_a_dead_worker_goes_to_a_living_one_at_once() {
    let mut shop = Shop::open();
    shop.backend.kill();
    let said = shop.home.run(&["reassign", "1"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let what = "Task 1 went from backend to reviewer: backend is proven gone; reviewer has the card and has not begun.";
    assert!(said.out.starts_with(what), "{}", said.out);
    assert_eq!(shop.owner("1"), "reviewer");
    let card = shop.own.inbox(&shop.letters[1]).concat();
    assert!(card.contains("Write the parser") && card.contains("backend"), "{card}");
    assert_eq!(shop.own.steps(), ["handover_revoke", "handover_confirm", "handover_grant"]);
}

#[test]
fn a_living_worker_is_told_and_waited_for_until_a_person_decides() {
    let shop = Shop::open();
    let said = shop.home.run(&["reassign", "1", "--reason", "on holiday"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("backend was told and has not confirmed"), "{}", said.out);
    assert!(said.out.contains("`peerwatch reassign 1 --anyway`"), "{}", said.out);
    assert_eq!(shop.owner("1"), Value::Null);
    assert!(shop.own.inbox(&shop.letters[0]).concat().contains("on holiday"));

    let anyway = shop.home.run(&["reassign", "1", "--anyway", "--json"]);
    assert_eq!(anyway.code, 0, "{}{}", anyway.out, anyway.err);
    let handover = &json(&anyway)[0]["handover"];
    assert_eq!((&handover["step"], &handover["advisory"]), (&"granted".into(), &true.into()));
    assert_eq!(shop.owner("1"), "reviewer");
}

#[test]
fn who_was_chosen_first_gets_it_when_the_owner_is_waited_for_no_longer() {
    let shop = Shop::open();
    let other = Worker::start();
    shop.own.join("tester", &other);
    assert_eq!(shop.home.run(&["reassign", "1", "--to", "tester"]).code, 1);
    assert_eq!(shop.home.run(&["reassign", "1", "--anyway"]).code, 0);
    assert_eq!(shop.owner("1"), "tester");
}

#[test]
fn who_left_with_a_task_is_named() {
    let shop = Shop::open();
    shop.own.store().leave(&shop.own.conversation, &shop.letters[0], now()).unwrap();
    let said = shop.home.run(&["reassign"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("has left") && said.out.contains("`peerwatch reassign 1`"), "{}", said.out);
    assert_eq!(json(&shop.home.run(&["reassign", "--json"]))[0]["why"], "left");
}

#[test]
fn an_owner_that_hears_of_it_in_the_answer_to_a_call_has_confirmed() {
    let shop = Shop::open();
    assert_eq!(shop.home.run(&["reassign", "1"]).code, 1);
    let refused = shop.home.run(&["tasks", "progress", "1", "half of it", "--as", "backend"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    let said = shop.home.run(&["reassign", "1"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert!(said.out.contains("backend has confirmed"), "{}", said.out);
}

#[test]
fn a_plan_says_all_and_does_nothing() {
    let mut shop = Shop::open();
    shop.backend.kill();
    let said = shop.home.run(&["reassign", "1", "--dry-run"]);
    assert_eq!(said.code, 0, "{}", said.err);
    for part in ["backend is gone: process", "nothing has to be confirmed", "reviewer: ", "The card"] {
        assert!(said.out.contains(part), "{part} is not in {}", said.out);
    }
    let plan = json(&shop.home.run(&["reassign", "1", "--dry-run", "--json"]))[0].clone();
    assert_eq!((&plan["proven_gone"], &plan["heirs"][0]["name"]), (&true.into(), &"reviewer".into()));
    assert_eq!(shop.own.steps(), [""; 0]);
}

#[test]
fn whoever_gave_the_task_back_is_asked_last() {
    let home = Home::new();
    let own = Own::new(&home);
    let workers = [Worker::start(), Worker::start(), Worker::start()];
    let roles = ["backend", "docs", "reviewer"];
    let letters = [0, 1, 2].map(|at| own.join(roles[at], &workers[at]));
    own.begun("Write the parser", &letters[1]);
    own.store().release_task(1, None, &letters[1], "no time", now()).unwrap();
    own.store().claim_task(1, &letters[0], now()).unwrap();
    let plan = json(&home.run(&["reassign", "1", "--dry-run", "--json"]))[0].clone();
    let heirs = plan["heirs"].as_array().unwrap();
    let names: Vec<_> = heirs.iter().map(|heir| heir["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["reviewer", "docs"]);
    assert!(heirs[1]["doubts"].to_string().contains("gave this task back"), "{heirs:?}");
}

#[test]
fn a_card_of_ones_own_is_what_the_heir_reads() {
    let mut shop = Shop::open();
    shop.backend.kill();
    let card = shop.home.path().join("card.md");
    std::fs::write(&card, "Begin with the grammar.").unwrap();
    let said = shop.home.run(&["reassign", "1", "--card", card.to_str().unwrap()]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(shop.own.inbox(&shop.letters[1]).concat().contains("Begin with the grammar."));
}

#[test]
fn what_was_handed_over_can_be_taken_back_until_the_heir_begins() {
    let mut shop = Shop::open();
    shop.backend.kill();
    assert_eq!(shop.home.run(&["reassign", "1"]).code, 0);
    let undone = shop.home.run(&["reassign", "--undo", "1"]);
    assert_eq!((undone.code, undone.out.as_str()), (0, "Task 1 is backend's again: Write the parser\n"));
    assert_eq!(shop.owner("1"), "backend");
    assert_eq!(shop.home.run(&["tasks", "undo", "1"]).code, 3, "there is nothing left to take back");
    assert_eq!(shop.home.run(&["reassign", "1", "--anyway"]).code, 0);
    assert_eq!(shop.home.run(&["tasks", "claim", "1", "--as", "reviewer"]).code, 0);
    let late = shop.home.run(&["tasks", "undo", "1"]);
    assert_eq!(late.code, 3, "{}", late.out);
    assert!(late.err.contains("the new owner has begun"), "{}", late.err);
}

#[test]
fn too_soon_after_the_last_handover_a_person_must_say_anyway() {
    let mut shop = Shop::open();
    shop.backend.kill();
    assert_eq!(shop.home.run(&["reassign", "1"]).code, 0);
    let third = Worker::start();
    shop.own.join("tester", &third);
    let said = shop.home.run(&["reassign", "1", "--to", "tester"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert_eq!(shop.owner("1"), "reviewer");
    let refused = json(&shop.home.run(&["reassign", "1", "--to", "tester", "--json"]))[0]["refused"].clone();
    assert!(refused.is_string(), "{refused}");
    assert_eq!(shop.home.run(&["reassign", "1", "--to", "tester", "--anyway"]).code, 0);
    assert_eq!(shop.owner("1"), "tester");
}

#[test]
fn who_is_named_must_be_able_to_take_it() {
    let mut shop = Shop::open();
    let mut gone = Worker::start();
    shop.own.join("tester", &gone);
    gone.kill();
    shop.backend.kill();
    for (to, why) in
        [("ada", "nobody takes part there as “ada”"), ("tester", "has ended"), ("backend", "it has the task")]
    {
        let said = shop.home.run(&["reassign", "1", "--to", to]);
        assert_eq!(said.code, 2, "{to}: {}", said.out);
        assert!(said.err.contains(why), "{to}: {}", said.err);
    }
    assert_eq!(shop.owner("1"), "backend");
    let others = shop.home.run(&["reassign", "team:acme:3"]);
    assert_eq!(others.code, 3, "{}", others.out);
    assert!(others.err.contains("only a running engine"), "{}", others.err);
    assert_eq!(shop.home.run(&["reassign", "--to", "reviewer"]).code, 2);
}

#[test]
fn nobody_free_leaves_the_task_with_nobody_until_one_is_named() {
    let home = Home::new();
    let own = Own::new(&home);
    let mut only = Worker::start();
    let letter = own.join("backend", &only);
    own.begun("Write the parser", &letter);
    only.kill();
    let said = home.run(&["reassign", "1"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(
        said.out.contains("nobody is free to take it yet") && said.out.contains("--to WORKER"),
        "{}",
        said.out
    );
    let heir = Worker::start();
    own.join("reviewer", &heir);
    let said = home.run(&["reassign", "1", "--to", "reviewer"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
}

#[test]
fn all_tasks_of_the_dead_go_and_those_of_the_living_stay() {
    let mut shop = Shop::open();
    shop.own.begun("Port the importer", &shop.letters[0]);
    shop.own.begun("Read the audit", &shop.letters[1]);
    let none = shop.home.run(&["reassign", "--all"]);
    assert_eq!((none.code, none.out.as_str()), (0, "No worker that is proven gone owns a task.\n"));
    shop.backend.kill();
    let said = shop.home.run(&["reassign", "--all", "--json"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let names: Vec<Value> = json(&said).as_array().unwrap().iter().map(|one| one["task"].clone()).collect();
    assert_eq!(names, ["1", "2"]);
    assert_eq!((shop.owner("1"), shop.owner("2")), ("reviewer".into(), "reviewer".into()));
}

#[test]
fn without_a_task_it_names_those_who_are_gone_and_what_to_type() {
    let mut shop = Shop::open();
    let fine = shop.home.run(&["reassign"]);
    assert_eq!(fine.code, 0, "{}{}", fine.out, fine.err);
    shop.backend.kill();
    let said = shop.home.run(&["reassign"]);
    assert_eq!(said.code, 1, "{}{}", said.out, said.err);
    assert!(said.out.contains("backend (a) of main is gone"), "{}", said.out);
    assert!(said.out.contains("owns 1 task: `peerwatch reassign 1`"), "{}", said.out);
    assert_eq!(shop.owner("1"), "backend", "nothing is moved");
    let owed = json(&shop.home.run(&["reassign", "--json"]))[0].clone();
    assert_eq!((&owed["why"], &owed["tasks"][0]), (&"gone".into(), &"1".into()));
}

#[test]
fn on_a_terminal_a_person_is_asked_first() {
    for (answer, code, owner) in [("n\r", 0, "backend"), ("y\r", 0, "reviewer")] {
        let mut shop = Shop::open();
        shop.backend.kill();
        let mut terminal = Terminal::start(&shop.home, &["reassign", "1"], &[("NO_COLOR", "1")]);
        terminal.wait_for("Go on? [y/N]");
        assert!(terminal.seen().contains("backend loses the task"), "{}", terminal.seen());
        let (ended, seen) = terminal.end_by(answer.as_bytes());
        assert_eq!(ended, Some(code), "{seen}");
        assert_eq!(shop.owner("1"), owner, "{seen}");
    }
}

#[test]
fn the_watchdog_hands_over_what_the_dead_left_one_at_a_time() {
    let mut shop = Shop::open();
    shop.own.begun("Port the importer", &shop.letters[0]);
    let watchdog = shop.home.start(&["watchdog", "--reassign", "--interval", "0.2"]);
    line_with(&watchdog.out, "All workers healthy");
    shop.backend.kill();
    line_with(&watchdog.out, "🔄 Triggering task reassignment...");
    let moved = line_with(&watchdog.out, "went from backend to reviewer");
    assert!(moved.contains("task 1 (Write the parser)") && moved.contains("process"), "{moved}");
    let stays = line_with(&watchdog.out, "task 2");
    assert!(stays.contains("stays with backend: another task was just handed over"), "{stays}");
    assert_eq!((shop.owner("1"), shop.owner("2")), ("reviewer".into(), "backend".into()));
    let history = json(&shop.home.run(&["tasks", "history", "--json"]));
    assert_eq!((history.as_array().unwrap().len(), &history[0]["actor"]), (1, &"Peerwatch".into()));
}

#[test]
fn the_watchdog_takes_nothing_from_one_that_lives_however_silent() {
    let shop = Shop::open();
    let said = shop.home.run(&["watchdog", "--reassign", "--once", "--threshold", "0.1"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    assert_eq!(shop.owner("1"), "backend");
}

#[test]
fn the_task_of_a_side_that_only_sent_heartbeats_goes_when_they_stop() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    bridge.tell(&format!("heartbeat {CONVERSATION} a working"));
    let run = |args: &[&str]| home.run(&[&["--db", bridge.db()], args].concat());
    assert_eq!(run(&["tasks", "create", "Check the links", "--assign", "tester"]).code, 0);
    // What the person wrote to it is no sign of its life.
    let owed = json(&run(&["reassign", "--json"]));
    assert_eq!((&owed[0]["role"], &owed[0]["tasks"][0]), (&"tester".into(), &"1".into()));
    let command = format!("`peerwatch --db {} reassign 1`", bridge.db());
    assert!(run(&["reassign"]).out.contains(&command), "{}", run(&["reassign"]).out);

    let said = run(&["watchdog", "--reassign", "--once"]);
    assert_eq!(said.code, 1, "somebody is silent: {}{}", said.out, said.err);
    assert!(said.out.contains("task 1 (Check the links) went from tester to lead"), "{}", said.out);
    let history = json(&run(&["tasks", "history", "--json"]));
    assert_eq!((&history[0]["actor"], &history[0]["step"]), (&"Peerwatch".into(), &"granted".into()));
    assert_eq!(json(&run(&["tasks", "show", "1", "--json"]))["owner_name"], "lead");
}

#[test]
fn a_handover_that_was_cut_off_is_ended_by_the_next_watchdog() {
    let home = Home::new();
    let mut bridge = Bridge::new(&home);
    bridge.tell(&format!("heartbeat {CONVERSATION} b working 400"));
    bridge.tell(&format!("heartbeat {CONVERSATION} a working"));
    let run = |args: &[&str]| home.run(&[&["--db", bridge.db()], args].concat());
    assert_eq!(run(&["tasks", "create", "Check the links", "--assign", "tester"]).code, 0);
    let how = Revocation {
        epoch: 1,
        reason: "tester: heard 6 min ago".into(),
        actor: Actor::Peerwatch,
        card: "The card.".into(),
        wanted: None,
        anyway: false,
        brakes: Brakes::default(),
    };
    Store::open_existing(&bridge.path).unwrap().revoke_task(1, &how, now()).unwrap();
    let said = run(&["watchdog", "--reassign", "--once"]);
    assert!(said.out.contains("went from tester to lead"), "{}{}", said.out, said.err);
    assert_eq!(json(&run(&["tasks", "show", "1", "--json"]))["owner_name"], "lead");
}

/// The process of a session of the demonstration, from its id.
fn process_of(view: &Value, name: &str) -> (u32, String) {
    let workers = view["workers"].as_array().unwrap();
    let worker =
        workers.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("no {name} in {view}"));
    let (pid, start) =
        worker["id"].as_str().unwrap().strip_prefix("claude:").unwrap().split_once(':').unwrap();
    (pid.parse().unwrap(), start.into())
}

#[test]
fn a_running_engine_hands_over_and_its_heir_gets_the_card() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Busy, None).unwrap();
    let claude = demo.claude_config().to_str().unwrap().to_owned();
    let own = Own::new(&home);
    let engine = home.start_with(&["run"], &[("CLAUDE_CONFIG_DIR", &claude)]);
    line_with(&engine.err, "keeps watch");
    let mut view = Value::Null;
    let seen = (0..200).any(|_| {
        view = json(&home.run(&["status", "--json"]));
        view["workers"].as_array().unwrap().iter().any(|one| one["presence"] == "gone")
    });
    assert!(seen, "nobody is gone: {view}");
    let (gone, heir) = (process_of(&view, "billing"), process_of(&view, "data"));
    let letter = own.join_as("cashier", gone.0, gone.1);
    let heir_letter = own.join_as("writer", heir.0, heir.1);
    own.begun("Count the money", &letter);
    let known = (0..200).any(|_| home.run(&["status", "--json"]).out.contains("\"tasks\": [\n        \"1\""));
    assert!(known, "the engine does not see the task: {}", home.run(&["status", "--json"]).out);

    let proposed = || json(&home.run(&["tasks", "--json"]))[0]["proposed"].clone();
    assert!(
        (0..200).any(|_| proposed() == "data"),
        "the engine proposes {}: {}",
        proposed(),
        home.run(&["show", "data"]).out
    );
    assert!(home.run(&["show", "billing"]).out.contains("1 Count the money"));
    let plan = json(&home.run(&["reassign", "1", "--dry-run", "--json"]))[0].clone();
    assert_eq!(
        (&plan["proven_gone"], &plan["task"]["owner_name"]),
        (&true.into(), &"billing (cashier)".into())
    );
    let said = home.run(&["reassign", "1", "--to", "data", "--json"]);
    assert_eq!(said.code, 0, "{}{}", said.out, said.err);
    let handover = &json(&said)[0]["handover"];
    assert_eq!(handover["to_name"], "data (writer)", "{handover}");
    assert!(!own.inbox(&heir_letter).is_empty() || handover["step"] == "begun", "{handover}");
    assert_eq!(home.run(&["tasks", "undo", "1"]).code, 0);

    // One that lives is waited for, and then not.
    let lives = process_of(&view, "web");
    let letter = own.join_as("designer", lives.0, lives.1);
    own.begun("Draw the tree", &letter);
    let known = (0..200).any(|_| home.run(&["show", "web"]).out.contains("2 Draw the tree"));
    assert!(known, "{}", home.run(&["show", "web"]).out);
    let waits = home.run(&["reassign", "2", "--to", "data"]);
    assert_eq!(waits.code, 1, "{}{}", waits.out, waits.err);
    assert!(waits.out.contains("`peerwatch reassign 2 --anyway`"), "{}", waits.out);
    let anyway = home.run(&["reassign", "2", "--to", "writer", "--anyway"]);
    assert_eq!(anyway.code, 0, "{}{}", anyway.out, anyway.err);
    let refused = home.run(&["reassign", "77"]);
    assert_eq!(refused.code, 3, "{}", refused.out);
    assert!(refused.err.contains("there is no task 77"), "{}", refused.err);
}
