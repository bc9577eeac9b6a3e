//! Many processes on one file: ours, the original's, and some that are killed.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use peerwatch_bridge::{Actor, Bearer, Fetcher, NewTask, Process, Sender, Store};

use crate::world::{NO_LIMIT, NOW, World, draft, fetcher, never_lost, nobody_died, wall};

/// What a process of this very program shall do instead of testing: `<database> <conversation> <side> <messages> <prefix>`.
const ACT: &str = "PEERWATCH_BRIDGE_ACT";
/// Messages of each of the eight processes; more in a long run.
fn each() -> usize {
    std::env::var("PEERWATCH_BRIDGE_EACH").map_or(250, |each| each.parse().unwrap())
}

#[test]
fn python_and_peerwatch_write_one_file_and_nothing_is_lost_or_doubled() {
    let mut world = World::new();
    let (now, each) = (wall(), each());
    let conversation = world.store.create_conversation("backend", "frontend", now).unwrap().conversation;
    let task = NewTask { subject: "build".into(), ..NewTask::default() };
    let task = world.store.create_task(&conversation, &task, &Actor::Person, now).unwrap().id;
    world.store.claim_task(task, "a", now).unwrap();
    let mut actors: Vec<(Child, String)> = (0..8)
        .map(|number| {
            let side = if number % 4 < 2 { "a" } else { "b" };
            let prefix = format!("{side}{number}");
            let actor = if number < 4 {
                python(&world, &conversation, side, &prefix)
            } else {
                ours(&world.path(), &conversation, side, each, &prefix)
            };
            (actor, prefix)
        })
        .collect();

    // Each reads on until all have sent.
    let mut outputs: Vec<_> =
        actors.iter_mut().map(|(actor, _)| BufReader::new(actor.stdout.take().unwrap()).lines()).collect();
    let mut got: BTreeMap<String, usize> = BTreeMap::new();
    for lines in &mut outputs {
        for line in lines.by_ref().map(Result::unwrap).take_while(|line| line != "sent") {
            *got.entry(line).or_default() += 1;
        }
    }
    actors.iter_mut().for_each(|(actor, _)| drop(actor.stdin.take()));
    for lines in outputs {
        for line in lines.map(Result::unwrap) {
            *got.entry(line).or_default() += 1;
        }
    }
    for (mut actor, prefix) in actors {
        assert!(actor.wait().unwrap().success(), "{prefix} failed");
        for number in 0..each {
            assert_eq!(got.get(&format!("{prefix} {number}")), Some(&1), "{prefix} {number}");
        }
    }
    assert_eq!(got.len(), 8 * each);
    assert_eq!(world.rows("PRAGMA integrity_check"), "ok\n");
    assert_eq!(world.rows("SELECT count(*), sum(read) FROM messages"), format!("{0} | {0}\n", 8 * each));
    assert_eq!(world.stands(task), "1: in progress by backend, epoch 1, 1 attempts");
    let audited = "SELECT count(*) FROM audit_log WHERE action = 'send_message'";
    assert_eq!(world.rows(audited), format!("{}\n", 8 * each));
}

#[test]
fn fault_11_a_writer_killed_at_any_moment_leaves_whole_messages() {
    let mut world = World::with_two();
    let mut told = 0;
    for round in 0..6 {
        let prefix = format!("round{round}");
        let mut writer = ours(&world.path(), &world.main, "a", 1_000_000, &prefix);
        let mut lines = BufReader::new(writer.stdout.take().unwrap()).lines();
        for _ in 0..(20 + round * 7) {
            assert!(lines.next().unwrap().unwrap().starts_with("wrote "));
            told += 1;
        }
        writer.kill().unwrap();
        writer.wait().unwrap();
        // What it still wrote before it died.
        told += lines.map_while(Result::ok).filter(|line| line.starts_with("wrote ")).count();
    }
    let counts = world.rows(
        "SELECT (SELECT count(*) FROM messages), (SELECT count(*) FROM peerwatch_messages),
           (SELECT count(*) FROM audit_log WHERE action = 'send_message')",
    );
    let counts: Vec<usize> = counts.trim().split(" | ").map(|count| count.parse().unwrap()).collect();
    assert_eq!(counts, [counts[0]; 3], "a message, its receipt and its audit row come together");
    assert!((told..=told + 6).contains(&counts[0]), "{counts:?} of {told} that were told");
    assert_eq!(world.fetch("b", 2).len(), counts[0]);
    assert_eq!(world.rows("PRAGMA integrity_check"), "ok\n");
}

#[test]
fn fault_11_a_reader_killed_with_messages_in_its_hands_loses_none() {
    let mut world = World::with_two();
    for number in 0..50 {
        world.say("b", "a", &format!("m {number}"));
    }
    let mut reader = ours(&world.path(), &world.main, "a", 0, "x");
    let mut lines = BufReader::new(reader.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "m 0");
    reader.kill().unwrap();
    reader.wait().unwrap();
    assert!(world.fetch("a", 1).is_empty(), "nobody has proof yet that it died");
    let dead = Process { pid: reader.id(), start: "test".into() };
    let died = |fetcher: &Fetcher| fetcher.process.as_ref() == Some(&dead);
    let again = world.store.fetch(&world.main, "a", &fetcher(1), &died, NOW).unwrap();
    assert_eq!(again.len(), 50);
}

/// Closing any descriptor of a file drops the locks of the whole process; another program may then take the log away.
#[test]
fn a_store_whose_log_was_taken_away_in_its_rest_goes_on_with_the_new_one() {
    let mut world = World::with_two();
    world.say("a", "b", "one");
    drop(std::fs::File::open(world.path()).unwrap());
    let write = "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA journal_mode=WAL'); \
        db.execute('INSERT INTO session_status VALUES (?, ?, ?, ?)', (sys.argv[2], 'a', 'working', '2026')); \
        db.commit(); db.close()";
    let done =
        Command::new("python3").args(["-c", write]).arg(world.path()).arg(&world.main).status().unwrap();
    assert!(done.success());
    assert!(!world.folder.path().join("bridge.db-wal").exists(), "it took itself for the last one");
    world.say("a", "b", "two");
    assert_eq!(world.fetch("b", 2), ["one", "two"]);
    assert_eq!(world.rows("PRAGMA integrity_check"), "ok\n");
}

#[test]
fn sixteen_readers_share_and_nobody_gets_what_another_got() {
    let mut world = World::with_two();
    for number in 0..200 {
        world.say("a", "b", &format!("m {number}"));
    }
    let readers: Vec<_> = (0..16)
        .map(|pid| {
            let (path, main) = (world.path(), world.main.clone());
            std::thread::spawn(move || {
                let mut store = Store::open_existing(&path).unwrap();
                store.fetch(&main, "b", &fetcher(pid), &never_lost, NOW).unwrap().len()
            })
        })
        .collect();
    assert_eq!(readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>(), 200);
}

/// Not a test of its own: what the processes do that [`ours`] starts.
#[test]
fn acts_when_it_is_asked_to() {
    let Ok(act) = std::env::var(ACT) else { return };
    let words: Vec<&str> = act.split('|').collect();
    let [path, conversation, side, count, prefix] = words[..] else { panic!("{act}") };
    let mut store = Store::open_existing(Path::new(path)).unwrap();
    let me = Fetcher { process: Some(Process { pid: std::process::id(), start: "test".into() }), call: None };
    let from = Sender { conversation: conversation.into(), participant: side.into() };
    let to = if side == "a" { "b" } else { "a" };
    let mut out = std::io::stdout();
    let mut read = |store: &mut Store| {
        store.confirm(conversation, side, &me, wall()).unwrap();
        let found = store.fetch(conversation, side, &me, &never_lost, wall()).unwrap();
        found.into_iter().for_each(|letter| writeln!(out, "{}", letter.text).unwrap());
    };
    let count: usize = count.parse().unwrap();
    for number in 0..count {
        store.send(&from, &[to.into()], &draft(&format!("{prefix} {number}")), &NO_LIMIT, wall()).unwrap();
        if prefix.starts_with("round") {
            println!("wrote {number}");
        } else if number % 10 == 9 {
            read(&mut store);
            store.beat(conversation, side, "test", wall()).unwrap();
        }
    }
    read(&mut store);
    println!("sent");
    let (ended, end) = std::sync::mpsc::channel::<()>();
    std::thread::spawn(move || {
        std::io::stdin().lines().for_each(drop);
        drop(ended);
    });
    let tick = std::time::Duration::from_millis(20);
    while end.recv_timeout(tick) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
        read(&mut store);
    }
    read(&mut store);
    store.confirm(conversation, side, &me, wall()).unwrap();
    std::process::exit(0);
}

/// A process of this program that sends and reads.
fn ours(path: &Path, conversation: &str, side: &str, count: usize, prefix: &str) -> Child {
    let act = format!("{}|{conversation}|{side}|{count}|{prefix}", path.display());
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "processes::acts_when_it_is_asked_to", "--nocapture", "-q"]).env(ACT, act);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    // The harness says what it runs before the process comes to its own words.
    let out = child.stdout.as_mut().unwrap();
    skip_line(out);
    skip_line(out);
    child
}

fn python(world: &World, conversation: &str, side: &str, prefix: &str) -> Child {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/store/original.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(world.path()).args([conversation, side, &each().to_string(), prefix]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap()
}

fn skip_line(out: &mut impl std::io::Read) {
    let mut byte = [0];
    while out.read(&mut byte).unwrap() == 1 && byte != *b"\n" {}
}

#[test]
fn a_bridge_of_many_serves_them_all_at_once() {
    let mut world = World::new();
    let main = world.main.clone();
    for pid in 1..=10 {
        world.join(&format!("worker {pid}"), pid);
    }
    let workers: Vec<_> =
        world.store.participants(&main).unwrap().into_iter().map(|one| one.participant).collect();
    let threads: Vec<_> = workers
        .into_iter()
        .map(|me| {
            let (path, main) = (world.path(), main.clone());
            std::thread::spawn(move || {
                let mut store = Store::open_existing(&path).unwrap();
                let from = Sender { conversation: main, participant: me };
                for _ in 0..20 {
                    store.send(&from, &["all".into()], &draft("x"), &NO_LIMIT, NOW).unwrap();
                }
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(world.rows("SELECT count(*) FROM messages"), format!("{}\n", 10 * 20 * 9));
    let bearer = Bearer::default();
    assert!(world.store.join(&main, "worker 1", &bearer, &nobody_died, NOW).is_err());
}
