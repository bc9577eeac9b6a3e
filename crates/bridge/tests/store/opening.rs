//! Which files are opened, made, and left alone.

use peerwatch_bridge::{Actor, NewTask, Schema, Store, StoreError, schema_of};
use rusqlite::Connection;

use crate::world::{NOW, World, fetcher, never_lost};

const COORDINATOR: &str = "CREATE TABLE conversations (id TEXT PRIMARY KEY, role_a TEXT, role_b TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY, conversation_id TEXT, sender TEXT, content TEXT, action_type TEXT,
      created_at TEXT, read_by_b INTEGER DEFAULT 0);";

#[test]
fn fault_36_looking_for_a_database_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let refused = Store::open_existing(&path).unwrap_err();
    assert!(matches!(refused, StoreError::Absent { .. }));
    assert!(refused.to_string().starts_with("there is no bridge database at "), "{refused}");
    assert!(matches!(schema_of(&path), Err(StoreError::Absent { .. })));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn fault_27_the_file_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep").join("bridge.db");
    let mut store = Store::open(&path).unwrap();
    store.bridge("main", NOW).unwrap();
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    for entry in std::fs::read_dir(path.parent().unwrap()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
}

#[test]
fn other_databases_are_refused_and_left_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    Connection::open(path("other.db")).unwrap().execute_batch("CREATE TABLE messages (body TEXT)").unwrap();
    Connection::open(path("coordinator.db")).unwrap().execute_batch(COORDINATOR).unwrap();
    std::fs::write(
        path("text.db"),
        "this is no database at all, and long enough to be read as a header".repeat(3),
    )
    .unwrap();
    for name in ["other.db", "coordinator.db", "text.db"] {
        let before = std::fs::read(path(name)).unwrap();
        for opened in [Store::open(&path(name)), Store::open_existing(&path(name))] {
            assert!(matches!(opened, Err(StoreError::NotABridge { .. })), "{name}: {opened:?}");
        }
        assert_eq!(std::fs::read(path(name)).unwrap(), before, "{name}");
    }
    assert_eq!(schema_of(&path("coordinator.db")).unwrap(), Schema::Coordinator);
    assert!(matches!(Store::open(folder.path()), Err(StoreError::NotABridge { .. })), "a folder");
}

#[test]
fn a_database_of_the_original_is_used_in_place_and_only_our_tables_are_added() {
    let world = World::new();
    let made = world.rows(
        "SELECT sql FROM sqlite_master WHERE name NOT LIKE 'peerwatch_%' AND sql IS NOT NULL ORDER BY name",
    );
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("claude_bridge_secure.db");
    let theirs = Connection::open(&path).unwrap();
    for sql in made.split_inclusive(")\n").filter(|sql| !sql.contains("sqlite_sequence")) {
        theirs.execute_batch(sql).unwrap();
    }
    let shape = |db: &Connection| -> Vec<(String, String)> {
        let sql = "SELECT name, coalesce(sql, '') FROM sqlite_master WHERE name NOT LIKE 'peerwatch_%'
            AND tbl_name NOT LIKE 'peerwatch_%' ORDER BY name";
        let mut statement = db.prepare(sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    };
    let before = shape(&theirs);
    assert_eq!(schema_of(&path).unwrap(), Schema::Original);
    let mut store = Store::open_existing(&path).unwrap();
    store.create_conversation("backend", "frontend", NOW).unwrap();
    assert_eq!(shape(&theirs), before);
    let odd: i64 = theirs
        .query_row(
            "SELECT count(*) FROM sqlite_master WHERE sql LIKE '%STRICT%' OR sql LIKE '%WITHOUT%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(odd, 0, "an old SQLite could not read the file any more");
    assert_eq!(theirs.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0)).unwrap(), 0);
}

#[test]
fn what_a_newer_version_wrote_is_not_touched() {
    let world = World::new();
    world.elsewhere().execute("UPDATE peerwatch_version SET version = 99", []).unwrap();
    assert!(matches!(Store::open(&world.path()), Err(StoreError::Newer { .. })));
}

/// Our tables before there were tasks, with a few rows.
const VERSION_1: &str = include_str!("version_1.sql");

#[test]
fn a_file_of_version_1_gets_the_tables_for_tasks_and_keeps_its_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.db");
    let old = Connection::open(&path).unwrap();
    old.execute_batch(VERSION_1).unwrap();

    // Several processes come upon it at once.
    let openers: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || Store::open_existing(&path).map(drop))
        })
        .collect();
    openers.into_iter().for_each(|opener| opener.join().unwrap().unwrap());

    let mut store = Store::open_existing(&path).unwrap();
    let main = store.bridge("main", NOW).unwrap();
    assert_eq!(main, "conv_main");
    let roles: Vec<String> = store.participants(&main).unwrap().into_iter().map(|one| one.role).collect();
    assert_eq!(roles, ["api", "web"]);
    let texts = store.fetch(&main, "b", &fetcher(2), &never_lost, NOW).unwrap();
    assert_eq!((texts.len(), texts[0].text.as_str()), (1, "from before"));
    let what = NewTask { subject: "build".into(), ..NewTask::default() };
    let task = store.create_task(&main, &what, &Actor::Participant("a".into()), NOW).unwrap();
    store.claim_task(task.id, "b", NOW).unwrap();
    let versions: String =
        old.query_row("SELECT group_concat(version) FROM peerwatch_version", [], |row| row.get(0)).unwrap();
    assert_eq!(versions, "2");
    let shape = |db: &Connection| -> String {
        let sql = "SELECT group_concat(name || coalesce(sql, ''), ';') FROM
            (SELECT name, sql FROM sqlite_master WHERE name LIKE 'peerwatch_%' ORDER BY name)";
        db.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    assert_eq!(shape(&old), shape(&World::new().elsewhere()), "as if it had been made today");
}

#[cfg(unix)]
#[test]
fn fault_9_a_file_that_was_replaced_is_opened_anew() {
    let mut world = World::with_two();
    world.say("a", "b", "before");
    let copy = world.folder.path().join("copy.db");
    world.elsewhere().execute("VACUUM INTO ?", [copy.to_str().unwrap()]).unwrap();
    world.say("a", "b", "lost with the old file");
    for companion in ["bridge.db-wal", "bridge.db-shm"] {
        std::fs::remove_file(world.folder.path().join(companion)).unwrap();
    }
    std::fs::rename(&copy, world.path()).unwrap();

    world.say("a", "b", "after");
    let texts: Vec<String> = world
        .store
        .fetch(&world.main, "b", &fetcher(2), &never_lost, NOW)
        .unwrap()
        .into_iter()
        .map(|l| l.text)
        .collect();
    assert_eq!(texts, ["before", "after"]);
    assert_eq!(world.rows("SELECT count(*) FROM messages"), "2\n", "another program sees the same");
    assert_eq!(world.rows("PRAGMA integrity_check"), "ok\n");
}

#[test]
fn many_processes_may_make_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bridge.db");
    let makers: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || Store::open(&path).unwrap().bridge("main", NOW).unwrap())
        })
        .collect();
    let mut ids: Vec<String> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 1, "all found the same bridge");
}
