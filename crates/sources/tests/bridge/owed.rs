//! What the sides of a bridge without tasks still owe.

use std::time::Duration;

use expect_test::expect;
use peerwatch_core::Fact;
use peerwatch_sources::bridge::{BridgeOptions, BridgeSource};
use peerwatch_sources::{Hint, Reading, Source as _, TaskKind, TaskState};
use serde_json::json;

use crate::world::{CONVERSATION, World, facts, now, watch};

/// A message of a kind, as the original bridge stores it.
fn send(world: &mut World, from: &str, to: &str, kind: &str, text: &str) {
    world.sql(&format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, metadata, timestamp) VALUES \
         ('{CONVERSATION}', '{from}', '{to}', '{text}', '{{\"action_type\": \"{kind}\", \"files_involved\": []}}', \
         '2026-01-01T00:00:00.000000')"
    ));
}

fn fetch(world: &mut World, side: &str) {
    world.tell("fetch", &[json!(CONVERSATION), json!(side)]);
}

/// The tasks of a reading: whose, what and how they begin.
fn told(reading: &Reading) -> String {
    let Some(tasks) = &reading.tasks else { return "as before\n".into() };
    let mut lines = String::new();
    for it in tasks {
        let side = it.id.rsplit(':').next().unwrap();
        lines += &format!("{side} {}: {}\n", it.owner_name.as_deref().unwrap(), it.subject);
        lines += &it
            .description
            .iter()
            .flat_map(|text| text.lines())
            .map(|line| format!("   {line}\n"))
            .collect::<String>();
    }
    lines
}

/// Looks until nothing more comes at once; what was told last.
fn settle(world: &mut World) -> String {
    let mut last = "as before\n".to_owned();
    loop {
        let reading = world.look();
        if reading.tasks.is_some() {
            last = told(&reading);
        }
        if reading.again.is_none_or(|span| span > Duration::ZERO) {
            return last;
        }
    }
}

#[test]
fn a_side_owes_what_it_has_not_fetched_and_what_it_has_not_answered() {
    let Some(mut world) = World::new() else { return };
    send(&mut world, "a", "b", "info", "the schema is in place");
    send(&mut world, "a", "b", "question", "which port?");
    send(&mut world, "a", "b", "proposal", "let us\nmerge tonight");
    let reading = world.look();
    let task = &reading.tasks.as_ref().unwrap()[0];
    assert_eq!(
        (task.kind, &task.state, task.place.as_str()),
        (TaskKind::Owed, &TaskState::Assigned, CONVERSATION)
    );
    let conversation = task.conversation.as_ref().unwrap();
    assert_eq!(task.id, format!("owed:{conversation}:b"));
    assert_eq!(task.owner.as_ref().unwrap().as_str(), format!("{conversation}:b"));
    assert_eq!(
        (task.kept_in.as_path(), task.updated.map(|at| at.0)),
        (world.path.as_path(), Some(1_767_225_600_000))
    );
    expect![[r#"
        b frontend: 3 unread messages, 1 open question, 1 open proposal
           question from backend: which port?
           proposal from backend: let us merge tonight
    "#]]
    .assert_eq(&told(&reading));
    assert_eq!(told(&world.look()), "as before\n");
    fetch(&mut world, "b");
    expect![[r#"
        b frontend: 1 open question, 1 open proposal
           question from backend: which port?
           proposal from backend: let us merge tonight
    "#]]
    .assert_eq(&settle(&mut world));
    send(&mut world, "b", "a", "question", "5432, or do you mean the other one?");
    expect![[r#"
        a backend: 1 unread message, 1 open question
           question from frontend: 5432, or do you mean the other one?
    "#]]
    .assert_eq(&settle(&mut world));
    fetch(&mut world, "a");
    send(&mut world, "a", "b", "info", "that one");
    fetch(&mut world, "b");
    assert_eq!(settle(&mut world), "");
}

#[test]
fn what_was_asked_before_the_first_look_is_owed_too_also_after_a_restart() {
    let Some(mut world) = World::new() else { return };
    send(&mut world, "a", "b", "question", "answered?");
    send(&mut world, "b", "a", "info", "yes");
    send(&mut world, "a", "b", "question", "and this?");
    fetch(&mut world, "a");
    for number in 0..600 {
        let read = "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp, read) VALUES";
        world.sql(&format!("{read} ('other', 'a', 'b', 'filler {number}', '2026-01-01T00:00:00', 1)"));
    }
    world.source = watch(&world.path, None);
    let fresh = settle(&mut world);
    expect![[r#"
        b frontend: 2 unread messages, 1 open question
           question from backend: and this?
    "#]]
    .assert_eq(&fresh);
    let cursor = world.source.cursor();
    world.source = watch(&world.path, cursor);
    let reading = world.look();
    assert_eq!(told(&reading), fresh);
    assert!(facts(&reading, ":b").contains(&Fact::Unread(2)), "{reading:?}");
}

#[test]
fn over_or_deleted_conversations_owe_nothing() {
    let Some(mut world) = World::new() else { return };
    send(&mut world, "a", "b", "question", "which port?");
    assert_ne!(settle(&mut world), "");
    let end = now().plus(Duration::from_secs(4 * 3_600));
    let reading = world.source.look(end, &Hint::Everything);
    assert_eq!(told(&reading), "", "time alone ended it");
    world.source = watch(&world.path, None);
    assert_ne!(settle(&mut world), "");
    world.sql("DELETE FROM conversations");
    assert_eq!(settle(&mut world), "");
}

#[test]
fn an_answer_may_name_the_question_where_the_database_can_say_so() {
    let Some(mut world) = World::new() else { return };
    world.sql(crate::own::OWN[2]);
    send(&mut world, "a", "b", "question", "first?");
    send(&mut world, "a", "b", "question", "second?");
    fetch(&mut world, "b");
    settle(&mut world);
    // A message of another program gets its identity later.
    let own = "INSERT INTO peerwatch_messages (message_id, uid, conversation_id, sender, recipient, reply_to, sent_ms)";
    for row in 1..=2 {
        world.sql(&format!("{own} VALUES ({row}, 'u{row}', '{CONVERSATION}', 'a', 'b', NULL, 1)"));
    }
    let answer = format!(
        "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp, read) \
         VALUES ('{CONVERSATION}', 'b', 'a', 'to the second', '2026-01-01T00:00:00', 1)"
    );
    let named = format!("{own} VALUES (3, 'u3', '{CONVERSATION}', 'b', 'a', 'u2', 1)");
    world.tell("sql", &[json!("BEGIN"), json!(answer), json!(named), json!("COMMIT")]);
    let left = settle(&mut world);
    expect![[r#"
        b frontend: 1 open question
           question from backend: first?
    "#]]
    .assert_eq(&left);
    world.source = watch(&world.path, None);
    assert_eq!(settle(&mut world), left, "the same when it is read anew");
}

#[test]
fn in_the_scripts_tables_a_question_is_owed_until_it_is_read() {
    let Some(mut world) = World::empty() else { return };
    world.tell("plain", &[json!(
        "CREATE TABLE conversations (id TEXT PRIMARY KEY, role_a TEXT, role_b TEXT);
         CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation_id TEXT, sender TEXT, content TEXT, action_type TEXT,
           created_at TEXT, read_by_b INTEGER DEFAULT 0);
         INSERT INTO conversations VALUES ('c', 'planner', 'coder');
         INSERT INTO messages VALUES (1, 'c', 'a', 'which port?', 'question', '2026-01-01T00:00:00', 0);
         INSERT INTO messages VALUES (2, 'c', 'session_b', 'who asks?', 'question', '2026-01-01T00:00:00', 0);"
    )]);
    expect![[r#"
        b coder: 1 unread message, 1 open question
           question from planner: which port?
    "#]]
    .assert_eq(&settle(&mut world));
    world.sql(
        "INSERT INTO messages VALUES (3, 'c', 'session_a', 'well?', 'proposal', '2026-01-01T00:00:01', 0)",
    );
    expect![[r#"
        b coder: 2 unread messages, 1 open question, 1 open proposal
           question from planner: which port?
           proposal from planner: well?
    "#]]
    .assert_eq(&settle(&mut world));
    world.sql("UPDATE messages SET read_by_b = 1");
    assert_eq!(settle(&mut world), "");
}

#[test]
fn a_bridge_of_ours_has_tasks_instead() {
    let Some(mut world) = World::new() else { return };
    send(&mut world, "a", "b", "question", "which port?");
    assert_ne!(settle(&mut world), "");
    world.sql(crate::own::OWN[0]);
    world.sql(crate::own::OWN[1]);
    world.sql(&format!("INSERT INTO peerwatch_conversations VALUES ('{CONVERSATION}', NULL, 1)"));
    crate::own::join(&mut world, "b", "coder", "session", "41, 's41'");
    assert_eq!(settle(&mut world), "");
    let options = BridgeOptions { own: true, ..BridgeOptions::default() };
    world.source = BridgeSource::new(&world.path, options);
    assert_eq!(world.look().tasks, None);
}

#[test]
fn many_open_questions_are_counted_and_the_first_are_quoted() {
    let Some(mut world) = World::new() else { return };
    for number in 0..12 {
        send(&mut world, "a", "b", "question", &format!("{number} {}", "x".repeat(500)));
    }
    let reading = world.look();
    let task = &reading.tasks.as_ref().unwrap()[0];
    assert_eq!(task.subject, "12 unread messages, 12 open questions");
    let lines: Vec<_> = task.description.as_ref().unwrap().lines().collect();
    assert_eq!((lines.len(), lines[10]), (11, "and 2 more"));
    assert!(lines[0].chars().count() < 200 && lines[0].ends_with('…'), "{}", lines[0]);
}
