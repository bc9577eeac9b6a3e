//! Tasks on the command line, from their creation to their end.

use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::bridge::{Bridge, CONVERSATION, Worker};
use crate::home::{Home, Said};
use crate::own::{Own, json};

/// Runs a command that reads this from standard input.
fn piped(home: &Home, args: &[&str], input: &str) -> Said {
    let mut command = home.command(args);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    Said {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code().unwrap(),
    }
}

/// Subject, state and owner of each task.
fn listed(home: &Home, more: &[&str]) -> Vec<(String, String, Option<String>)> {
    let tasks = json(&home.run(&[&["tasks", "--json"], more].concat()));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let task = |task: &Value| {
        (text(&task["subject"]).unwrap(), text(&task["state"]).unwrap(), text(&task["owner_name"]))
    };
    tasks.as_array().unwrap().iter().map(task).collect()
}

fn row(subject: &str, state: &str, owner: Option<&str>) -> (String, String, Option<String>) {
    (subject.into(), state.into(), owner.map(Into::into))
}

#[test]
fn a_script_takes_a_task_reports_on_it_and_ends_it() {
    let home = Home::new();
    assert!(home.run(&["tasks"]).out.contains("There are no tasks"));
    let created = home.run(&["tasks", "create", "Write the parser", "--priority", "2", "--folder", "/acme"]);
    assert_eq!((created.code, created.out.as_str()), (0, "Task 1 is created.\n"), "{}", created.err);
    let after =
        home.run(&["tasks", "create", "Port the importer", "--needs", "1", "--priority", "9", "--json"]);
    assert_eq!((json(&after)["id"].as_str(), json(&after)["blocked"].as_bool()), (Some("2"), Some(true)));

    // The one that waits for another is not taken, though it is more urgent.
    let claimed = json(&home.run(&["tasks", "claim", "--as", "builder", "--json"]));
    assert_eq!((claimed["id"].as_str(), claimed["epoch"].as_u64()), (Some("1"), Some(1)));
    assert_eq!(home.run(&["tasks", "claim", "--as", "builder"]).code, 3);
    let worker = format!("claude:{}:", std::process::id());
    assert!(claimed["owner"].as_str().unwrap().starts_with(&worker), "held by whoever runs this: {claimed}");

    let half = home.run(&["tasks", "progress", "1", "half of it", "--as", "builder", "--epoch", "1"]);
    assert_eq!((half.code, half.out.as_str()), (0, "Task 1: Noted.\n"), "{}", half.err);
    assert_eq!(
        listed(&home, &[]),
        [row("Port the importer", "open", None), row("Write the parser", "in_progress", Some("builder"))]
    );
    let done = piped(&home, &["tasks", "complete", "1", "-", "--as", "builder"], "all tests pass\n");
    assert_eq!(done.code, 0, "{}", done.err);
    let next = home.run(&["tasks", "claim", "--as", "builder"]);
    assert_eq!(next.out, "Task 2 is builder's, in epoch 1: Port the importer\n", "{}", next.err);
    assert_eq!(home.run(&["tasks", "release", "2", "--as", "builder", "--reason", "lunch"]).code, 0);
    assert_eq!(home.run(&["tasks", "cancel", "2"]).code, 0);
    assert_eq!(listed(&home, &[]), []);
    assert_eq!(listed(&home, &["--all"]).len(), 2);
    let shown = home.run(&["tasks", "show", "1"]);
    assert!(shown.out.contains("half of it") && shown.out.contains("all tests pass"), "{}", shown.out);
    let notes = &json(&home.run(&["tasks", "show", "1", "--json"]))["notes"];
    assert_eq!((&notes[0]["kind"], &notes[1]["kind"]), (&"progress".into(), &"result".into()));
}

#[test]
fn what_is_named_must_be_there_and_nothing_is_made_for_what_is_not() {
    let home = Home::new();
    let nobody = home.run(&["tasks", "create", "Write the parser", "--assign", "backend"]);
    assert_eq!(nobody.code, 2, "{}", nobody.out);
    assert!(nobody.err.contains("nobody takes part there as “backend”; nobody does yet"), "{}", nobody.err);
    assert_eq!(listed(&home, &["--all"]), []);
    for (args, code, what) in [
        (&["show", "7"][..], 3, "there is no task 7"),
        (&["show", "parser"], 2, "no task is called “parser”"),
        (&["create", "x", "--deadline", "soon"], 2, "“soon” is no time"),
        (&["create", ""], 3, "subject"),
        (&["create", "x", "--needs", "7"], 3, "7"),
        (&["assign", "team:acme:3", "lena"], 2, "kept by others"),
        (&["progress", "1", " ", "--as", "builder"], 3, "nothing is said"),
        (&["--all", "show", "7"], 2, "go behind the subcommand"),
        (&["claim", "--bridge", "docs", "--as", "builder"], 2, "there is no bridge docs yet"),
    ] {
        let said = home.run(&[&["tasks"], args].concat());
        assert_eq!(said.code, code, "{args:?}: {}{}", said.out, said.err);
        assert!(said.err.contains(what), "{args:?}: {}", said.err);
    }
    let absent = home.path().join("nowhere.db");
    let said = home.run(&["--db", absent.to_str().unwrap(), "tasks", "create", "x"]);
    assert_eq!(said.code, 3, "{}", said.out);
    assert!(!absent.exists());
}

#[test]
fn a_role_whose_holder_lives_is_used_and_one_whose_holder_died_is_taken() {
    let home = Home::new();
    let own = Own::new(&home);
    let mut worker = Worker::start();
    own.join("builder", &worker);
    home.run(&["tasks", "create", "Write the parser", "--assign", "builder"]);
    let claim = || json(&home.run(&["tasks", "claim", "1", "--as", "builder", "--json"]))["owner"].clone();
    let owner = |pid: &str| format!("claude:{pid}:");
    assert!(claim().as_str().unwrap().starts_with(&owner(&worker.pid())));
    worker.kill();
    let said = home.run(&["tasks", "progress", "1", "still at it", "--as", "builder", "--json"]);
    assert!(json(&said)["owner"].as_str().unwrap().starts_with(&owner(&std::process::id().to_string())));
}

#[test]
fn a_role_that_is_mistyped_reports_on_nothing_and_is_not_made() {
    let home = Home::new();
    let own = Own::new(&home);
    home.run(&["tasks", "create", "Write the parser"]);
    assert_eq!(home.run(&["tasks", "claim", "1", "--as", "builder"]).code, 0);
    let said = home.run(&["tasks", "complete", "1", "It parses.", "--as", "buidler"]);
    assert_eq!(said.code, 2, "{}", said.out);
    assert!(said.err.contains("“buidler”; these do: builder"), "{}", said.err);
    let roles: Vec<String> =
        own.store().participants(&own.conversation).unwrap().into_iter().map(|one| one.role).collect();
    assert_eq!(roles, ["builder"]);
}

#[test]
fn what_comes_late_is_refused_kept_and_may_be_adopted() {
    let home = Home::new();
    let own = Own::new(&home);
    let (slow, quick) = (Worker::start(), Worker::start());
    let letter = own.join("slow", &slow);
    own.join("quick", &quick);
    own.begun("Write the parser", &letter);
    let moved = home.run(&["reassign", "1", "--to", "quick", "--anyway", "--reason", "it takes too long"]);
    assert_eq!(moved.code, 0, "{}{}", moved.out, moved.err);

    let late = home.run(&["tasks", "complete", "1", "It parses.", "--as", "slow", "--epoch", "1"]);
    assert_eq!((late.code, late.out.as_str()), (1, ""), "{}", late.err);
    assert!(
        late.err.contains("taken over by quick") && late.err.contains("it takes too long"),
        "{}",
        late.err
    );
    let shown = json(&home.run(&["tasks", "show", "1", "--json"]));
    assert_eq!((&shown["state"], &shown["late"][0]["text"]), (&"assigned".into(), &"It parses.".into()));
    let number = shown["late"][0]["id"].to_string();
    let words = home.run(&["tasks", "show", "1"]).out;
    assert!(words.contains(&format!("peerwatch tasks adopt 1 {number}")), "{words}");
    let adopted = home.run(&["tasks", "adopt", "1", &number]);
    assert_eq!(adopted.out, format!("Task 1 has the late work {number}; it is done.\n"), "{}", adopted.err);
    assert_eq!(listed(&home, &["--all"])[0].1, "done");
    let history = json(&home.run(&["tasks", "history", "1", "--json"]));
    assert_eq!((&history[0]["reason"], &history[0]["actor"]), (&"it takes too long".into(), &"you".into()));
}

#[test]
fn another_database_has_its_own_tasks_and_its_sides_own_them() {
    let home = Home::new();
    let bridge = Bridge::new(&home);
    let run = |args: &[&str]| home.run(&[&["--db", bridge.db(), "tasks"], args].concat());
    let created = run(&["create", "Check the links", "--assign", "tester", "--json"]);
    assert_eq!(json(&created)["place"], CONVERSATION, "{}", created.err);
    assert_eq!(run(&["complete", "1", "All are well.", "--as", "b"]).code, 0);
    assert_eq!(json(&run(&["--all", "--json"]))[0]["state"], "done");
    assert_eq!(bridge.number("SELECT count(*) FROM audit_log WHERE action LIKE 'task_%'"), 3);
    assert_eq!(listed(&home, &["--all"]), [], "those of the own bridge are others");
    let name = format!("{}#1", bridge.db());
    assert!(home.run(&["tasks", "show", &name]).out.contains("All are well."));
}

const CHECKLIST: &str = "# Plan\n\n- [ ] Release 2.0\n  Before the fair.\n  - [ ] Write the notes\n  - [x] Choose a name\n- [ ] Tell everybody\n";

#[test]
fn a_checklist_becomes_tasks_once() {
    let home = Home::new();
    let list = home.path().join("plan.md");
    std::fs::write(&list, CHECKLIST).unwrap();
    let list = list.to_str().unwrap();
    let plan = home.run(&["tasks", "import", list, "--dry-run"]);
    assert_eq!(
        plan.out,
        "3 tasks for main would be created:\n  Write the notes\n  Tell everybody\n  Release 2.0      needs “Write the notes”\n",
        "{}",
        plan.err
    );
    assert_eq!(listed(&home, &["--all"]), [], "a plan makes nothing");
    let created = home.run(&["tasks", "import", list]);
    assert_eq!(created.out, "3 tasks are created: 1 to 3.\n", "{}", created.err);
    let release = json(&home.run(&["tasks", "show", "3", "--json"]));
    assert_eq!((&release["needs"][0], &release["blocked"]), (&"1".into(), &true.into()));
    assert_eq!(release["description"], "Before the fair.");

    // The list has grown, and one of its tasks is done.
    std::fs::write(list, CHECKLIST.replace("- [ ] Tell", "- [ ] Rest\n- [x] Tell")).unwrap();
    let again = home.run(&["tasks", "import", list]);
    assert_eq!(again.out, "1 task is created: 4.\nLeft out: 2 are there already.\n", "{}", again.err);
}

#[test]
fn json_lines_become_tasks_all_of_them_or_none() {
    let home = Home::new();
    let own = Own::new(&home);
    let worker = Worker::start();
    let letter = own.join("backend", &worker);
    let lines = r#"{"key": "import", "subject": "Port the importer", "needs": ["parser"]}
{"id": "parser", "subject": "Write the parser", "priority": 5, "assign": "backend", "deadline": "2h"}"#;
    let import = |more: &[&str], text: &str| piped(&home, &[&["tasks", "import", "-"], more].concat(), text);
    let planned = json(&import(&["--dry-run", "--json"], lines));
    assert_eq!((&planned[0]["key"], &planned[1]["needs"][0]), (&"parser".into(), &"parser".into()));
    for (wrong, what) in [
        (r#"{"subject": "x", "needs": ["y"]}"#, "line 1: it needs “y”"),
        (
            "{\"subject\": \"x\"}\n{\"subject\": \"y\", \"assign\": \"ada\"}",
            "line 2: nobody takes part there as “ada”",
        ),
        ("- [x] all done", "the list has no tasks"),
        ("{\"subject\": \"x\"}\n{}", "line 2 is no task"),
    ] {
        let said = import(&[], wrong);
        assert_eq!(said.code, 2, "{}", said.out);
        assert!(said.err.contains(what), "{}", said.err);
    }
    assert_eq!(listed(&home, &["--all"]), [], "nothing of a wrong list is created");
    let created = import(&[], lines);
    assert_eq!(created.out, "2 tasks are created: 1 to 2.\n", "{}", created.err);
    assert_eq!(
        listed(&home, &[]),
        [row("Write the parser", "assigned", Some("backend")), row("Port the importer", "open", None)]
    );
    assert_eq!(own.inbox(&letter).len(), 1, "its owner is told");

    // The list that is printed can be read again, by another bridge.
    let printed = home.run(&["tasks", "--json"]).out;
    let copied = import(&["--bridge", "copy"], &printed);
    assert_eq!(copied.out, "2 tasks are created: 3 to 4.\n", "{}", copied.err);
    assert_eq!(listed(&home, &["--bridge", "copy"]).len(), 2);
}

#[test]
fn a_thousand_tasks_are_imported_in_one_go() {
    let home = Home::new();
    let lines: Vec<String> = (1..=1_000)
        .map(|n| {
            let needs = if n > 1 { format!("[{}]", n - 1) } else { "[]".into() };
            format!("{{\"id\": {n}, \"subject\": \"Step {n}\", \"needs\": {needs}}}")
        })
        .collect();
    let said = piped(&home, &["tasks", "import", "-"], &lines.join("\n"));
    assert_eq!(said.out, "1000 tasks are created: 1 to 1000.\n", "{}", said.err);
    let tasks = json(&home.run(&["tasks", "--json"]));
    assert_eq!(tasks.as_array().unwrap().iter().filter(|task| task["blocked"] == false).count(), 1);
}
