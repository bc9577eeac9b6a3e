//! Databases that come, go, are replaced, damaged or locked.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_sources::{Hint, Reading, Source as _};
use serde_json::json;

use crate::world::{CONVERSATION, World, now, troubles, watch};

/// Every file of a folder with its bytes; of the shared index only that it is there, for its locks are in it.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            let content =
                if path.to_string_lossy().ends_with("-shm") { Vec::new() } else { fs::read(&path).unwrap() };
            (path, content)
        })
        .collect()
}

fn only_trouble(reading: &Reading) -> &str {
    let [trouble] = reading.troubles.as_slice() else { panic!("{reading:?}") };
    &trouble.what
}

#[test]
fn looking_changes_no_byte_and_makes_no_file() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "resting");
    let resting = bytes(world.folder.path());
    assert_eq!(resting.len(), 1, "the bridge leaves one file behind");
    assert_eq!(world.texts(), ["resting"]);
    assert_eq!(bytes(world.folder.path()), resting);

    world.writer.tell(json!(["hold", "keep", world.db()]));
    world.send("a", "in the log");
    let written = bytes(world.folder.path());
    assert_eq!(written.len(), 3);
    assert_eq!(world.texts(), ["in the log"]);
    drop(std::mem::replace(&mut world.source, watch(Path::new("/nowhere"), None)));
    assert_eq!(bytes(world.folder.path()), written);
}

#[test]
fn writers_can_still_empty_and_delete_their_log_while_we_watch() {
    let Some(mut world) = World::new() else { return };
    for number in 0..20 {
        world.send("a", &number.to_string());
        assert_eq!(world.texts(), [number.to_string()]);
        let left: Vec<_> = bytes(world.folder.path()).into_keys().collect();
        assert_eq!(left, [world.path.clone()], "a log that stays would destroy a replaced database");
    }
}

#[test]
fn a_log_that_comes_and_goes_is_read_in_every_state() {
    let Some(mut world) = World::new() else { return };
    world.writer.tell(json!(["hold", "keep", world.db()]));
    world.send("a", "in the log");
    assert_eq!(world.texts(), ["in the log"]);
    world.sql("PRAGMA wal_checkpoint(TRUNCATE)");
    assert_eq!(world.texts(), [""; 0]);
    world.send("a", "in the log again");
    world.writer.tell(json!(["release", "keep"]));
    assert_eq!(world.texts(), ["in the log again"]);
    world.send("a", "in the file");
    assert_eq!(world.texts(), ["in the file"]);
}

#[test]
fn a_log_is_never_half_read_while_it_wraps() {
    let Some(mut world) = World::new() else { return };
    world.writer.tell(json!(["hold", "keep", world.db()]));
    world.sql("PRAGMA wal_autocheckpoint = 4");
    let mut told = Vec::new();
    for number in 0..100 {
        world.send("a", &format!("{number} {}", "x".repeat(3_000)));
        told.extend(world.texts());
    }
    let numbers: Vec<_> = told.iter().map(|text| text.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(numbers, (0..100).map(|number| number.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_transaction_that_is_not_committed_is_not_seen() {
    let Some(mut world) = World::new() else { return };
    world.writer.tell(json!(["hold", "keep", world.db()]));
    world.sql("BEGIN IMMEDIATE");
    world.send("a", "perhaps");
    assert_eq!(world.texts(), [""; 0]);
    world.sql("COMMIT");
    assert_eq!(world.texts(), ["perhaps"]);
}

#[test]
fn a_writer_that_is_killed_leaves_what_it_committed() {
    let Some(mut world) = World::new() else { return };
    world.writer.tell(json!(["hold", "keep", world.db()]));
    world.send("a", "committed");
    let writer = std::mem::replace(&mut world.writer, crate::world::Writer::start().unwrap());
    writer.kill();
    assert_eq!(world.texts(), ["committed"]);
    world.send("b", "the next writer");
    assert_eq!(world.texts(), ["the next writer"]);
}

#[test]
fn vacuum_reports_nothing_again() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "one");
    assert_eq!(world.texts(), ["one"]);
    world.sql("VACUUM");
    assert_eq!(world.texts(), [""; 0]);
    world.send("a", "two");
    assert_eq!(world.texts(), ["two"]);
}

#[test]
fn b9_a_database_replaced_by_its_own_copy_goes_on_where_it_was_and_stays_sound() {
    let Some(mut world) = World::new() else { return };
    let mut told = Vec::new();
    for round in 0..5 {
        for number in 0..10 {
            world.send("a", &format!("{round}.{number}"));
            told.extend(world.texts());
        }
        world.sql("DELETE FROM messages WHERE id % 3 = 0");
        world.tell("replace", &[]);
        told.extend(world.texts());
    }
    let wanted: Vec<_> =
        (0..5).flat_map(|round| (0..10).map(move |number| format!("{round}.{number}"))).collect();
    assert_eq!(told, wanted);
    assert_eq!(world.tell("integrity", &[]), "ok", "no log of ours destroyed the copy");
}

#[test]
fn an_older_copy_put_back_is_not_told_again_but_its_new_messages_are() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "one");
    world.texts();
    let backup = world.path.with_extension("backup");
    fs::copy(&world.path, &backup).unwrap();
    world.send("a", "two");
    assert_eq!(world.texts(), ["two"]);
    fs::rename(&backup, &world.path).unwrap();
    assert_eq!(world.texts(), [""; 0]);
    world.send("a", "two, in another past");
    let reading = world.look();
    let [message] = reading.messages.as_slice() else { panic!("{reading:?}") };
    assert!(message.fresh);
    assert!(message.id.as_str().starts_with("2@"), "number 2 was another message: {}", message.id);
}

#[test]
fn a_database_renamed_away_and_made_anew_is_news_from_its_first_message() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "in the old one");
    world.texts();
    fs::rename(&world.path, world.path.with_extension("old")).unwrap();
    world.create("conv_ffffffffffffffff");
    world.tell("send", &[json!("conv_ffffffffffffffff"), json!("a"), json!("in the new one")]);
    let reading = world.look();
    let told: Vec<_> = reading.messages.iter().map(|m| (m.text.as_str(), m.fresh)).collect();
    assert_eq!(told, [("in the new one", true)]);
}

#[test]
fn another_old_database_put_in_its_place_is_history() {
    let Some(mut world) = World::new() else { return };
    let other = world.folder.path().join("other.db");
    let path = json!(other.to_str().unwrap());
    world.writer.tell(json!(["create", path, "conv_ffffffffffffffff"]));
    world.writer.tell(json!([
        "sql",
        path,
        "INSERT INTO messages (conversation_id, from_session, to_session, message, \
        timestamp) VALUES ('conv_ffffffffffffffff', 'a', 'b', 'long ago', '2025-01-01T00:00:00')"
    ]));
    fs::rename(&other, &world.path).unwrap();
    let reading = world.look();
    let told: Vec<_> = reading.messages.iter().map(|m| (m.text.as_str(), m.fresh)).collect();
    assert_eq!(told, [("long ago", false)]);
}

#[test]
fn a_database_that_is_not_there_yet_is_said_and_picked_up_when_it_comes() {
    let Some(mut world) = World::empty() else { return };
    assert_eq!(world.look(), Reading::default());
    let [connection] = world.source.connections().try_into().unwrap();
    assert_eq!((connection.found, connection.summary.as_str()), (false, "not there yet"));
    world.create(CONVERSATION);
    world.send("a", "the first");
    let reading = world.look();
    assert_eq!(reading.messages.iter().map(|m| m.fresh).collect::<Vec<_>>(), [true]);
    assert!(world.source.connections()[0].found);
}

#[test]
fn a_deleted_database_is_gone_and_comes_back() {
    let Some(mut world) = World::new() else { return };
    world.send("a", "one");
    world.texts();
    fs::remove_file(&world.path).unwrap();
    assert_eq!(world.look(), Reading::default());
    assert!(!world.source.connections()[0].found);
    world.create(CONVERSATION);
    world.send("a", "two");
    assert_eq!(world.texts(), ["two"]);
}

#[test]
fn a_default_database_that_is_absent_is_no_connection() {
    let source = peerwatch_sources::bridge::BridgeSource::new("/nowhere/claude.db", Default::default());
    assert_eq!(source.connections(), []);
}

#[test]
fn what_is_no_bridge_database_is_said_and_read_as_soon_as_it_is_one() {
    let Some(mut world) = World::empty() else { return };
    fs::create_dir(&world.path).unwrap();
    assert_eq!(only_trouble(&world.look()), "This is a folder, not a database file.");
    fs::remove_dir(&world.path).unwrap();

    fs::write(&world.path, "just some notes\n".repeat(100)).unwrap();
    assert!(only_trouble(&world.look()).starts_with("This is not an SQLite database"));
    assert!(!world.source.connections()[0].found, "nothing is read there");
    fs::remove_file(&world.path).unwrap();

    fs::write(&world.path, "").unwrap();
    let young = world.look();
    assert_eq!((troubles(&young), young.again.is_some()), (vec![], true), "it may be in the making");
    age(&world.path);
    assert!(only_trouble(&world.look()).starts_with("The file is empty"));

    world.tell("plain", &[json!("CREATE TABLE recipes (id INTEGER)")]);
    age(&world.path);
    assert!(only_trouble(&world.look()).starts_with("This database is neither"));
    assert_eq!(troubles(&world.look()).len(), 1, "a trouble stays as long as it holds");

    world.create(CONVERSATION);
    assert_eq!(world.look().troubles, []);
    assert!(world.source.connections()[0].found);
}

/// Makes a file look old.
fn age(path: &Path) {
    let old = std::time::SystemTime::now() - Duration::from_secs(60);
    fs::File::options().append(true).open(path).unwrap().set_modified(old).unwrap();
}

#[test]
fn a_damaged_database_is_a_trouble_until_it_is_restored() {
    let Some(mut world) = World::new() else { return };
    for number in 0..200 {
        world.send("a", &format!("{number} {}", "x".repeat(500)));
    }
    world.texts();
    let sound = fs::read(&world.path).unwrap();
    let mut damaged = sound.clone();
    damaged[4096..].fill(0x5a);
    fs::write(&world.path, &damaged).unwrap();
    let reading = world.look();
    assert!(only_trouble(&reading).starts_with("The database is damaged"), "{reading:?}");
    assert!(reading.troubles[0].remedy.is_some());
    fs::write(&world.path, &sound).unwrap();
    assert_eq!((world.look().troubles, world.texts()), (vec![], vec![]));
}

#[test]
fn a_database_locked_in_exclusive_mode_is_read_beside_the_lock() {
    let Some(mut world) = World::new() else { return };
    world.writer.tell(json!(["hold", "keep", world.db(), "PRAGMA locking_mode=EXCLUSIVE"]));
    world.send("a", "behind the lock");
    assert_eq!(world.texts(), ["behind the lock"]);
}

#[test]
fn a_database_without_a_log_is_read_and_its_lock_is_said_when_it_lasts() {
    let Some(mut world) = World::new() else { return };
    world.tell("plain", &[json!("PRAGMA journal_mode=DELETE")]);
    let insert = |text: &str| {
        json!(format!(
            "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp) \
             VALUES ('{CONVERSATION}', 'a', 'b', '{text}', '2026-01-01T00:00:00')"
        ))
    };
    world.tell("plain", &[insert("in a journal")]);
    assert_eq!(world.texts(), ["in a journal"]);
    world.writer.tell(json!(["hold", "lock", world.db(), "BEGIN EXCLUSIVE", insert("not yet")]));
    fs::File::options()
        .append(true)
        .open(&world.path)
        .unwrap()
        .set_modified(std::time::SystemTime::now())
        .unwrap();
    let first = world.look();
    assert_eq!((first.messages.len(), troubles(&first).len(), first.again.is_some()), (0, 0, true));
    let later = now().plus(Duration::from_secs(3));
    let second = world.source.look(later, &Hint::Everything);
    assert_eq!(only_trouble(&second), "Another program keeps the database locked.");
    world.writer.tell(json!(["on", "lock", "COMMIT"]));
    let third = world.look();
    assert_eq!((third.messages.len(), third.troubles.len()), (1, 0));
    world.tell("plain", &[json!("PRAGMA journal_mode=WAL")]);
    world.send("a", "in a log");
    assert_eq!(world.texts(), ["in a log"]);
}

#[test]
fn a_writer_killed_in_a_journal_is_said() {
    let Some(mut world) = World::new() else { return };
    world.tell("plain", &[json!("PRAGMA journal_mode=DELETE")]);
    let flood = format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO messages \
         (conversation_id, from_session, to_session, message, timestamp) \
         SELECT '{CONVERSATION}', 'a', 'b', printf('%.*c', 3000, 'x'), '2026-01-01' FROM n"
    );
    world.writer.tell(json!(["hold", "dying", world.db(), "PRAGMA cache_size=10", "BEGIN", flood]));
    let writer = std::mem::replace(&mut world.writer, crate::world::Writer::start().unwrap());
    writer.kill();
    let before = bytes(world.folder.path());
    assert!(only_trouble(&world.look()).starts_with("Its last writer died"));
    assert_eq!(bytes(world.folder.path()), before, "mending it is for the bridge");
    world.send("a", "mended");
    let reading = world.look();
    assert_eq!((troubles(&reading), reading.messages.len()), (vec![], 1));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_to_the_log_beside_the_real_file() {
    let Some(mut world) = World::new() else { return };
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link.db");
    std::os::unix::fs::symlink(&world.path, &link).unwrap();
    world.source = watch(&link, None);
    world.look();
    world.writer.tell(json!(["hold", "keep", world.db()]));
    world.send("a", "in the log");
    assert_eq!(world.texts(), ["in the log"]);
    let folders: Vec<_> = world.source.watches().into_iter().map(|watch| watch.folder).collect();
    assert_eq!(folders.len(), 2, "the link's folder and the file's: {folders:?}");
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink("/nowhere/else", &link).unwrap();
    world.look();
    assert!(!world.source.connections()[0].found, "a link to nothing is nothing");
}

#[test]
fn many_messages_are_told_in_bounded_steps() {
    let Some(mut world) = World::new() else { return };
    world.sql(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO messages \
         (conversation_id, from_session, to_session, message, timestamp) \
         SELECT '{CONVERSATION}', 'a', 'b', 'm' || i, '2026-01-01T00:00:00' FROM n"
    ));
    let mut steps = Vec::new();
    loop {
        let reading = world.look();
        steps.push(reading.messages.len());
        if reading.again.is_none() {
            break;
        }
    }
    assert_eq!(steps.iter().sum::<usize>(), 100_000);
    assert!(steps.iter().all(|step| *step <= 500));
    let mut late = watch(&world.path, None);
    let reading = late.look(now(), &Hint::Everything);
    assert!(reading.messages.len() <= 500 && reading.messages.iter().all(|message| !message.fresh));
}
