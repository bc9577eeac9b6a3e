//! A whole session, write by write, and that portions and polls make no difference.

use std::fs;

use expect_test::expect;
use peerwatch_core::Fact;
use proptest::prelude::*;
use serde_json::Value;

use crate::home::*;

fn steps() -> Vec<Value> {
    let path = fixtures().join("live/replay/permission.jsonl");
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Does one step; what a watcher would name.
fn step(home: &mut Home, step: &Value) -> String {
    home.wall = (step["t"].as_f64().unwrap() * 1000.0) as i64;
    let path = step["path"].as_str().unwrap().strip_prefix("/home/dev/.claude/").unwrap();
    match (step["op"].as_str().unwrap(), &step["data"]) {
        ("append", _) => home.append(path, &format!("{}\n", step["record"])),
        ("write", Value::Null) => home.write(path, ""),
        ("write", data) => home.write(path, &data.to_string()),
        ("delete", _) => home.remove(path),
        other => panic!("{other:?}"),
    }
    path.to_owned()
}

#[test]
fn a_permission_is_asked_and_given() {
    let mut home = Home::new();
    home.processes.live(26552, "688290");
    home.poll();
    let (mut told, mut begin) = (String::new(), None);
    for one in steps() {
        let path = step(&mut home, &one);
        let reading = home.hint(&[&path]);
        assert!(reading.troubles.is_empty());
        let begin = *begin.get_or_insert(home.wall);
        for seen in &reading.observations {
            let fact = match &seen.fact {
                Fact::Status(status) => {
                    format!("{:?} {}", status.word, status.waiting_for.as_deref().unwrap_or(""))
                }
                Fact::Turn(turn) => format!("{turn:?}"),
                Fact::Listing(listing) => format!("{listing:?}"),
                _ => continue,
            };
            told += &format!("+{:<5} seen +{:<5} {fact}\n", seen.at.wall.0 - begin, home.wall - begin);
        }
    }
    expect![[r#"
        +0     seen +0     Listed
        +0     seen +0     Absent 
        +0     seen +0     NotBegun
        +82    seen +183   Idle 
        +980   seen +998   Busy 
        +1059  seen +1068  Idle 
        +890   seen +1169  Thinking
        +1011  seen +1173  Over
        +1835  seen +1852  Busy 
        +1777  seen +1964  Thinking
        +1950  seen +1969  Waiting permission prompt
        +1867  seen +1970  Tool { name: "Bash", detail: Some("touch /tmp/x2") }
        +4041  seen +4071  Busy 
        +4169  seen +4180  Idle 
        +4102  seen +4194  Thinking
        +4142  seen +4194  Over
        +5645  seen +5645  Removed
    "#]]
    .assert_eq(&told);
}

/// The transcript of a fixture, and the facts of reading it whole.
fn whole(name: &str) -> (String, Vec<u8>) {
    let home = Home::live(name);
    let folder = fs::read_dir(home.path().join("projects")).unwrap().next().unwrap().unwrap().path();
    let files = fs::read_dir(&folder).unwrap().map(|file| file.unwrap().path());
    let path = files.filter(|path| path.extension().is_some_and(|it| it == "jsonl")).max().unwrap();
    (path.strip_prefix(home.path()).unwrap().to_str().unwrap().to_owned(), fs::read(&path).unwrap())
}

fn ending(facts: &Facts, wall: i64) -> String {
    let table = facts.table(wall);
    let lines = table.lines().filter(|line| line.contains("Turn(") || line.contains("Heartbeat(Transcript)"));
    lines.map(|line| format!("{line}\n")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_portions_in_which_a_transcript_grows_make_no_difference(
        name in prop::sample::select(vec!["peer-message", "interrupted", "api-error", "api-retrying", "busy-tool"]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..12),
    ) {
        let (path, bytes) = whole(name);
        let mut home = Home::live(name);
        let reading = home.poll();
        let expected = (ending(&Facts::of(&reading), home.wall), letters(&reading.messages).replace("old", "new"));

        let mut home = Home::live(name);
        home.write(&path, "");
        let mut facts = Facts::default();
        let mut messages = Vec::new();
        facts.learn(&home.poll());
        let mut places: Vec<(usize, bool)> =
            cuts.iter().map(|(cut, poll)| (cut.index(bytes.len() + 1), *poll)).collect();
        places.push((bytes.len(), true));
        places.sort_unstable();
        let mut done = 0;
        for (place, poll) in places {
            let part = &bytes[done..place];
            let file = fs::OpenOptions::new().append(true).open(home.path().join(&path)).unwrap();
            std::io::Write::write_all(&mut &file, part).unwrap();
            done = place;
            let reading = if poll { home.poll() } else { home.hint(&[&path]) };
            facts.learn(&reading);
            messages.extend(reading.messages);
        }
        prop_assert_eq!((ending(&facts, home.wall), letters(&messages)), expected);
    }
}
