//! Tasks of agent teams: what stands in their files, whose each is, and that files at rest are left alone.

use std::fs;
use std::time::{Duration, SystemTime};

use expect_test::expect;
use peerwatch_sources::{Reading, Source as _, TaskState};

use crate::home::*;

const CONFIG: &str = "teams/t/config.json";
const ONE: &str = "tasks/t/1.json";
const TWO: &str = "tasks/t/2.json";
const CREW: &str = r#",{"name":"a","tmuxPaneId":"in-process"},{"name":"b","tmuxPaneId":"in-process"}"#;

/// A team of a lead and these members, with two tasks of which the first is `a`'s.
fn team(members: &str) -> Home {
    let home = Home::new();
    home.register(41, BUSY);
    home.append(&transcript(), &(home.record(PROMPT) + &home.record(SAID)));
    home.write(CONFIG, &config(members));
    home.write(ONE, &task(1, r#""status":"in_progress","owner":"a""#));
    home.write(TWO, &task(2, r#""status":"pending","blockedBy":["1"]"#));
    home.write("tasks/t/.lock", "");
    home.write("tasks/t/.highwatermark", "2");
    home
}

fn config(members: &str) -> String {
    format!(
        r#"{{"leadAgentId":"team-lead@t","leadSessionId":"{SESSION}","leadProcess":{{"pid":41,"procStart":"s41"}},
        "members":[{{"agentId":"team-lead@t","name":"team-lead","tmuxPaneId":"leader"}}{members}]}}"#
    )
}

fn task(number: u32, rest: &str) -> String {
    format!(r#"{{"id":"{number}","subject":"Task {number}","description":"d{number}","new":[1],{rest}}}"#)
}

/// The tasks of a reading, one a line.
fn told(reading: &Reading) -> String {
    let Some(tasks) = &reading.tasks else { return "as before\n".into() };
    let mut lines = String::new();
    for it in tasks {
        let owner = it.owner.as_ref().map_or("?", |worker| worker.as_str());
        let name = it.owner_name.as_deref().unwrap_or("nobody");
        let blocked = if it.blocked { " (blocked)" } else { "" };
        lines += &format!("{} {:?} {:?} of {name} [{owner}]", it.id, it.subject, it.state);
        lines += &format!(
            " needs {:?}{blocked} led by {:?}\n",
            it.needs,
            it.lead.as_ref().map(|lead| lead.as_str())
        );
    }
    lines
}

#[test]
fn the_tasks_of_a_real_team_are_told_with_their_owners() {
    let mut home = Home::live("team");
    expect![[r#"
        team:session-8894d8d9:1 "Change the limiter" InProgress of builder [team:session-8894d8d9:builder] needs [] led by Some("claude:26343:686325")
        team:session-8894d8d9:2 "Write tests" Open of nobody [?] needs ["team:session-8894d8d9:1"] (blocked) led by Some("claude:26343:686325")
    "#]].assert_eq(&told(&home.poll()));
    assert_eq!(told(&home.poll()), "as before\n");
}

#[test]
fn the_tasks_of_a_team_in_panes_are_the_same() {
    expect![[r#"
        team:session-e5e54873:1 "Change the limiter" InProgress of builder [team:session-e5e54873:builder] needs [] led by Some("claude:26405:687311")
        team:session-e5e54873:2 "Write tests" Open of nobody [?] needs ["team:session-e5e54873:1"] (blocked) led by Some("claude:26405:687311")
    "#]].assert_eq(&told(&Home::live("team-tmux").poll()));
}

#[test]
fn what_claude_code_keeps_for_itself_and_lists_of_crashed_teams_are_not_told() {
    expect![[r#"
        team:session-7c1e4d2a:1 "Find the limiter" Done of researcher [team:session-7c1e4d2a:researcher] needs [] led by Some("claude:41001:9041001")
        team:session-7c1e4d2a:2 "Change the limiter" InProgress of builder [team:session-7c1e4d2a:builder] needs ["team:session-7c1e4d2a:1"] led by Some("claude:41001:9041001")
        team:session-7c1e4d2a:3 "Document the limiter" Open of nobody [?] needs ["team:session-7c1e4d2a:2"] (blocked) led by Some("claude:41001:9041001")
        team:session-7c1e4d2a:4 "Add a metric" Open of nobody [?] needs [] led by Some("claude:41001:9041001")
    "#]].assert_eq(&told(&Home::synthetic().poll()));
}

#[test]
fn a_change_is_told_when_the_watcher_names_the_file() {
    let mut home = team(CREW);
    let reading = home.poll();
    let tasks = reading.tasks.as_deref().unwrap();
    assert_eq!((tasks[0].description.as_deref(), tasks[0].place.as_str()), (Some("d1"), "t"));
    assert_eq!(tasks[0].updated.map(|at| at.0), Some(home.wall));
    home.pass(Duration::from_secs(1));
    home.write(ONE, &task(1, r#""status":"pending","owner":"b@t""#));
    home.write(TWO, &task(2, r#""status":"pending","owner":"team-lead","blockedBy":["1","9"]"#));
    expect![[r#"
        team:t:1 "Task 1" Assigned of b [team:t:b] needs [] led by Some("claude:41:s41")
        team:t:2 "Task 2" Assigned of team-lead [claude:41:s41] needs ["team:t:1", "team:t:9"] (blocked) led by Some("claude:41:s41")
    "#]].assert_eq(&told(&home.hint(&[ONE])));
    assert_eq!(told(&home.hint(&[&transcript()])), "as before\n");
    home.remove(ONE);
    home.remove(TWO);
    assert_eq!(told(&home.hint(&[TWO])), "", "all are done, and Claude Code has deleted them");
}

#[test]
fn files_at_rest_are_not_opened() {
    let mut home = team(CREW);
    home.poll();
    // The same date and length: only who opens the file could know.
    home.write(ONE, &task(1, r#""status":"in_progress","owner":"b""#));
    assert_eq!(told(&home.poll()), "as before\n");
    home.pass(Duration::from_secs(1));
    home.write(ONE, &task(1, r#""status":"in_progress","owner":"b""#));
    assert_ne!(told(&home.poll()), "as before\n");
}

#[test]
fn a_file_that_changed_just_now_is_read_again_in_case_it_changed_twice() {
    let mut home = team(CREW);
    home.poll();
    home.wall = i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    home.write(ONE, &task(1, r#""status":"in_progress","owner":"b""#));
    home.hint(&[ONE]);
    home.write(ONE, &task(1, r#""status":"in_progress","owner":"a""#));
    assert!(told(&home.poll()).contains("of a [team:t:a]"));
}

#[test]
fn a_task_half_written_stays_as_it_was_and_one_broken_for_good_is_a_trouble() {
    let mut home = team(CREW);
    home.poll();
    home.pass(Duration::from_secs(1));
    home.write(ONE, r#"{"id":"1","subj"#);
    let reading = home.hint(&[ONE]);
    assert_eq!((told(&reading).as_str(), reading.troubles.len()), ("as before\n", 0));
    assert_eq!(reading.again, Some(Duration::from_millis(50)));
    let reading = (0..5).map(|_| home.poll()).last().unwrap();
    assert_eq!((told(&reading).as_str(), reading.again), ("as before\n", None));
    assert!(reading.troubles[0].subject.ends_with("tasks/t/1.json"), "{:?}", reading.troubles);
    home.pass(Duration::from_secs(1));
    home.write(ONE, &task(1, r#""status":"completed","owner":"a""#));
    let reading = home.poll();
    assert_eq!((reading.tasks.unwrap()[0].state.clone(), reading.troubles.len()), (TaskState::Done, 0));
}

#[test]
fn the_task_of_a_teammate_that_was_dismissed_keeps_its_name() {
    let mut home = team(CREW);
    home.poll();
    home.pass(Duration::from_secs(1));
    home.write(CONFIG, &config(""));
    expect![[r#"
        team:t:1 "Task 1" InProgress of a [?] needs [] led by Some("claude:41:s41")
        team:t:2 "Task 2" Open of nobody [?] needs ["team:t:1"] (blocked) led by Some("claude:41:s41")
    "#]]
    .assert_eq(&told(&home.hint(&[CONFIG])));
}

#[test]
fn what_a_session_notes_for_itself_is_no_task_of_a_team() {
    let mut home = team("");
    home.write(ONE, &task(1, r#""status":"in_progress","owner":"team-lead""#));
    assert_eq!(told(&home.poll()), "");
}

#[test]
fn words_of_other_versions_are_kept_and_deleted_tasks_are_not() {
    let mut home = team(CREW);
    home.write(ONE, &task(1, r#""status":"deleted""#));
    home.write(TWO, &task(2, r#""status":"paused","blockedBy":["1"]"#));
    let reading = home.poll();
    let tasks = reading.tasks.unwrap();
    assert_eq!((tasks.len(), &tasks[0].state), (1, &TaskState::Unknown("paused".into())));
    assert!(!tasks[0].blocked);
}

#[test]
fn more_tasks_than_anybody_reads_are_bounded() {
    let mut home = team(CREW);
    for number in 3..=505 {
        home.write(&format!("tasks/t/{number}.json"), &task(number, r#""status":"pending""#));
    }
    let reading = home.poll();
    let tasks = reading.tasks.unwrap();
    assert_eq!((tasks.len(), tasks[0].id.as_str(), tasks[499].id.as_str()), (500, "team:t:6", "team:t:505"));
    assert!(reading.troubles[0].what.contains("505 tasks"), "{:?}", reading.troubles);
}

#[test]
fn only_lists_of_teams_that_are_there_are_watched() {
    let mut home = team(CREW);
    home.write("tasks/old/1.json", &task(1, r#""status":"pending""#));
    home.poll();
    let base = home.path().join("tasks");
    let watches = home.source().watches();
    let folders: Vec<_> = watches.iter().filter_map(|it| it.folder.strip_prefix(&base).ok()).collect();
    assert_eq!(folders, [std::path::Path::new("t")]);
    fs::remove_dir_all(home.path().join("teams/t")).unwrap();
    home.processes.end(41);
    home.remove("sessions/41.json");
    home.pass(Duration::from_secs(60));
    assert_eq!(told(&home.poll()), "");
}
