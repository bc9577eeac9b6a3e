//! Problems: what cannot be read is said once, and once more when it can be read again.

use expect_test::expect;
use peerwatch_core::{Input, Problem, SourceId};

use crate::story::Story;

fn problem(subject: &str, what: &str) -> Problem {
    Problem { subject: subject.into(), what: what.into(), remedy: None }
}

#[test]
fn a_problem_appears_changes_and_is_mended() {
    let mut story = Story::new();
    let bridge = SourceId::new("bridge:a.db");
    let mut look = |time: &str, problems: &[Problem]| {
        story.at(time).input(Input::Troubled(bridge.clone(), problems.to_vec()));
    };
    look("00:00:00", &[]);
    look("00:01:00", &[problem("a.db", "it is locked")]);
    look("00:02:00", &[problem("a.db", "it is locked"), problem("a.db-wal", "it may not be read")]);
    look("00:03:00", &[problem("a.db", "it is not a database")]);
    look("00:04:00", &[]);
    assert_eq!(story.roster.problems().count(), 0);
    expect![[r#"
        00:01:00 bridge:a.db cannot read a.db: it is locked
        00:02:00 bridge:a.db cannot read a.db-wal: it may not be read
        00:03:00 bridge:a.db cannot read a.db: it is not a database
        00:03:00 bridge:a.db can read a.db-wal again
        00:04:00 bridge:a.db can read a.db again
    "#]]
    .assert_eq(&story.end());
}

#[test]
fn the_problems_of_one_source_are_not_those_of_another() {
    let mut story = Story::new();
    for source in ["claude:~/.claude", "bridge:a.db"] {
        story.input(Input::Troubled(SourceId::new(source), vec![problem("x", "it is not there")]));
    }
    story.input(Input::Troubled(SourceId::new("bridge:a.db"), Vec::new()));
    let left: Vec<&str> = story.roster.problems().map(|(source, _)| source.as_str()).collect();
    assert_eq!(left, ["claude:~/.claude"]);
    expect![[r#"
        00:00:00 claude:~/.claude cannot read x: it is not there
        00:00:00 bridge:a.db cannot read x: it is not there
        00:00:00 bridge:a.db can read x again
    "#]]
    .assert_eq(&story.end());
}
