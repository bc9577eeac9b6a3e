//! One database served by the original Python bridge (its stand-in) and by Peerwatch at once: messages arrive once, tokens
//! and conversations of either hold with the other, and a Python server sees the heartbeats that Peerwatch writes.
#![cfg(target_os = "linux")]
// What cannot be read is a failed test.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use peerwatch_tests::bridge::{Connections, Schema, Writer, counted};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{call, say};
use peerwatch_tests::original::{Program, Server, Side, script};
use peerwatch_tests::process::{Running, Stray};
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require;
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;
use peerwatch_tests::world::World;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};

/// Messages from each program to the other.
const EACH_WAY: usize = 2_000;
/// What a side sends before it looks for answers.
const AT_A_TIME: usize = 5;

/// A database and both programs.
struct Office {
    peerwatch: Peerwatch,
    python: PathBuf,
    database: PathBuf,
    scratch: Scratch,
    _turn: Turn,
}

impl Office {
    fn begin() -> Result<Self, Missing> {
        let (binaries, python) = (Binaries::find()?, Writer::find()?);
        let turn = Turn::heavy();
        let scratch = Scratch::new();
        let peerwatch = Peerwatch::headless(&scratch, binaries);
        Ok(Self { peerwatch, python, database: scratch.path("team.db"), scratch, _turn: turn })
    }

    fn server(&self, program: Program) -> Server {
        match program {
            Program::Python => Server::python(&self.scratch, &self.python, &self.database),
            Program::Peerwatch => Server::peerwatch(&self.peerwatch, &self.database),
        }
    }
}

fn open(database: &Path) -> Connection {
    let db = Connection::open_with_flags(database, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    db.busy_timeout(Duration::from_secs(10)).unwrap();
    db
}

/// One side at work: what it sends, and what it got.
struct Seat {
    server: Server,
    side: Side,
    name: String,
    got: Vec<String>,
}

impl Seat {
    /// Sends `count` messages and fetches as many, as a session does that works along.
    fn work(&mut self, count: usize) {
        let deadline = Instant::now() + Duration::from_secs(240);
        for number in 0..count {
            self.server.send(&self.side, &format!("{} {number}", self.name));
            if number % AT_A_TIME == AT_A_TIME - 1 {
                self.fetch();
            }
        }
        while self.got.len() < count && Instant::now() < deadline {
            self.fetch();
        }
        // What comes twice may come late.
        self.fetch();
    }

    fn fetch(&mut self) {
        let found = self.server.check(&self.side);
        self.got.extend(found);
    }
}

/// Eight servers, four of each program; each conversation has one program on one side and the other on the other.
fn seats(office: &Office) -> Vec<Seat> {
    use Program::{Peerwatch, Python};
    let mut seats = Vec::new();
    for (number, [one, other]) in
        [[Python, Peerwatch], [Peerwatch, Python], [Python, Peerwatch], [Peerwatch, Python]]
            .into_iter()
            .enumerate()
    {
        let mut server = office.server(one);
        let [a, b] = server.create("backend developer", "frontend developer");
        let mut partner = office.server(other);
        greet((&mut server, &a), (&mut partner, &b));
        let seat = |server, side: Side| {
            let name = format!("message of {number}{}", side.letter);
            Seat { server, side, name, got: Vec::new() }
        };
        seats.push(seat(server, a));
        seats.push(seat(partner, b));
    }
    seats
}

/// Until somebody has written, a conversation is not shown, and cannot be connected.
fn greet(from: (&mut Server, &Side), to: (&mut Server, &Side)) {
    from.0.send(from.1, "hello");
    assert_eq!(to.0.check(to.1), ["hello"]);
}

fn assert_each_once(seats: &[Seat], count: usize) {
    for pair in seats.chunks(2) {
        for (from, to) in [(&pair[0], &pair[1]), (&pair[1], &pair[0])] {
            let counts = counted(to.got.iter().map(String::as_str));
            for number in 0..count {
                let text = format!("{} {number}", from.name);
                assert_eq!(counts.get(&text), Some(&1), "{text}, to {:?}", to.server.program());
            }
            assert_eq!(to.got.len(), count, "nothing else came");
        }
    }
}

/// An engine that is connected to these conversations: it reads the database, and beats in it.
fn connected_engine(peerwatch: &Peerwatch, database: &Path) -> Running {
    peerwatch.configure(&format!("databases = [{database:?}]\n"));
    let names = conversations(peerwatch);
    assert!(!names.is_empty(), "conversations are shown");
    let tables: String =
        names.iter().map(|name| format!("\n[conversations.{name:?}]\nheartbeats = true\n")).collect();
    peerwatch.configure(&format!("databases = [{database:?}]\n{tables}"));
    peerwatch.run()
}

/// The names of all conversations, as settings want them.
fn conversations(peerwatch: &Peerwatch) -> Vec<String> {
    let said = peerwatch.output(&["conversations", "--json"]);
    let found: Value = serde_json::from_slice(&said.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&said.stderr)));
    let found = found.as_array().unwrap_or_else(|| panic!("an array: {found}"));
    let bridges = found.iter().filter(|one| one["source"] == "bridge");
    bridges.map(|one| one["id"].as_str().unwrap_or_else(|| panic!("{one}")).to_owned()).collect()
}

/// PEERWATCH_ORIGINAL_MESSAGES says how many go each way in all; without it, `EACH_WAY`.
#[test]
fn eight_servers_of_both_programs_on_one_database_lose_and_double_nothing() {
    let office = require!(Office::begin());
    let each_way: usize = std::env::var("PEERWATCH_ORIGINAL_MESSAGES")
        .map_or(EACH_WAY, |text| text.parse().expect("a number of messages"));
    let mut seats = seats(&office);
    let _engine = connected_engine(&office.peerwatch, &office.database);
    let count = each_way / (seats.len() / 2);
    let began = Instant::now();
    std::thread::scope(|scope| {
        for seat in &mut seats {
            scope.spawn(move || seat.work(count));
        }
    });
    println!("{} messages each way in {:.1} s", count * seats.len() / 2, began.elapsed().as_secs_f64());

    assert_each_once(&seats, count);
    let db = open(&office.database);
    let whole: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(whole, "ok");
    let [stored, unread]: [i64; 2] = db
        .query_row("SELECT count(*), sum(read = 0) FROM messages", [], |row| Ok([row.get(0)?, row.get(1)?]))
        .unwrap();
    let greetings = seats.len() / 2;
    assert_eq!([stored, unread], [i64::try_from(count * seats.len() + greetings).unwrap(), 0]);
    let audited: i64 = db
        .query_row("SELECT count(*) FROM audit_log WHERE action = 'send_message'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(audited, stored, "each message has its row in the audit log, whoever wrote it");
}

#[test]
fn one_side_read_through_both_programs_at_once_gets_each_message_once() {
    const COUNT: usize = 200;
    let office = require!(Office::begin());
    let mut sender = office.server(Program::Python);
    let [a, b] = sender.create("backend developer", "frontend developer");
    let readers = [Program::Python, Program::Peerwatch].map(|program| office.server(program));
    let deadline = Instant::now() + Duration::from_secs(120);
    let done = std::sync::atomic::AtomicUsize::new(0);
    let got: Vec<String> = std::thread::scope(|scope| {
        let reading = readers.map(|mut server| {
            let (b, done) = (&b, &done);
            scope.spawn(move || {
                let mut got = Vec::new();
                while done.load(std::sync::atomic::Ordering::SeqCst) < COUNT && Instant::now() < deadline {
                    let found = server.check(b);
                    done.fetch_add(found.len(), std::sync::atomic::Ordering::SeqCst);
                    got.extend(found);
                }
                got.extend(server.check(b));
                got
            })
        });
        (0..COUNT).for_each(|number| sender.send(&a, &format!("message {number}")));
        let got = reading.map(|reader| reader.join().unwrap());
        assert!(got.iter().all(|part| !part.is_empty()), "both read");
        got.concat()
    });
    let counts = counted(got.iter().map(String::as_str));
    let wrong: Vec<_> = (0..COUNT)
        .map(|number| format!("message {number}"))
        .filter(|text| counts.get(text) != Some(&1))
        .collect();
    assert!(wrong.is_empty() && got.len() == COUNT, "{} came; not once: {wrong:?}", got.len());
}

#[test]
fn a_conversation_and_its_tokens_hold_whichever_program_made_them() {
    let office = require!(Office::begin());
    for (maker, other) in [(Program::Python, Program::Peerwatch), (Program::Peerwatch, Program::Python)] {
        let (mut maker, mut other) = (office.server(maker), office.server(other));
        let [a, b] = maker.create("backend developer", "frontend developer");
        maker.send(&a, "are you there");
        assert_eq!(other.check(&b), ["are you there"]);
        other.send(&b, "I am: the schema is ready");
        other.update(&b, "working");
        // The maker reads through the other program too, with its own token.
        assert_eq!(other.check(&a), ["I am: the schema is ready"]);
        assert_eq!(maker.check(&a), Vec::<String>::new(), "it was fetched");
        assert!(maker.partner(&a).contains("Status: working\n"), "{}", maker.partner(&a));
        assert_eq!(maker.partner(&a), other.partner(&a), "both say the same of a side");
        let stranger = Side { token: b.token.clone(), ..a };
        let refused = other.client().call("check_messages", stranger.arguments());
        let same = maker.client().call("check_messages", stranger.arguments());
        assert_eq!(refused["content"], same["content"]);
        assert_eq!(refused["content"][0]["text"], "🔒 Authentication failed: Invalid session token");
    }
}

#[test]
fn both_programs_show_the_five_tools_first_and_in_one_order() {
    let office = require!(Office::begin());
    let python = office.server(Program::Python).client().tools();
    let ours = office.server(Program::Peerwatch).client().tools();
    assert_eq!(python.len(), 5);
    assert_eq!(ours[..5], python);
}

/// Two sessions that use the original's server, and speak for the two sides of one conversation.
struct Partners {
    world: World,
    database: PathBuf,
    sides: [Side; 2],
    observer: Server,
}

impl Partners {
    fn begin() -> Result<Self, Missing> {
        let python = Writer::find()?;
        let world = World::begin()?;
        let database = world.scratch.path("team.db");
        let mut observer = Server::python(&world.scratch, &python, &database);
        let sides = observer.create("backend developer", "frontend developer");
        observer.send(&sides[0], "hello");
        let server = json!({"command": python, "args": [script(), database]});
        let config = json!({"mcpServers": {"bridge": server}});
        std::fs::write(world.scratch.path("mcp.json"), config.to_string()).unwrap();
        Ok(Self { world, database, sides, observer })
    }

    /// A session that has called a tool for a side: its transcript proves which one is its own.
    fn join(&self, side: &Side) -> Stray {
        let (config, name) = (self.world.scratch.path("mcp.json"), format!("side-{}", side.letter));
        let keyword = format!("look after side {}", side.letter);
        let look = call("mcp__bridge__check_messages", side.arguments());
        self.world.model.when(&keyword, [look, say("Nothing new.")]);
        let config = config.to_string_lossy();
        let arguments = ["--mcp-config", &config, "--strict-mcp-config", "--allowedTools", "mcp__bridge"];
        // The session ends with the World, not with this value.
        let session = self.world.claude.session(&name).with(&arguments).start();
        session.prompt(&keyword);
        self.world.model.await_asked(&keyword, 1);
        session.await_status("idle");
        Stray::of(session.pid()).unwrap()
    }

    /// Waits until the Python server says so of the partner of this side.
    fn await_partner(&mut self, side: usize, alive: bool) -> String {
        let (observer, side) = (&mut self.observer, &self.sides[side]);
        let ending = if alive { "Alive: True" } else { "Alive: False" };
        eventually(&format!("a partner with {ending}"), Duration::from_secs(20), || {
            let said = observer.partner(side);
            said.ends_with(ending).then_some(said)
        })
    }

    /// Dates the last heartbeats of both sides so that they are just too old, instead of waiting for two minutes.
    fn age_heartbeats(&self) {
        let python = Writer::find().unwrap();
        let writer =
            Writer::open(&self.world.scratch, &python, &self.database, Schema::Bridge, Connections::Each);
        for side in &self.sides {
            writer.heartbeat(&side.conversation, side.letter, "working", Duration::from_secs(121));
        }
    }
}

#[test]
fn a_python_server_sees_the_heartbeats_of_a_living_session_and_none_of_one_that_was_killed() {
    let mut partners = require!(Partners::begin());
    let [a, b] = partners.sides.clone();
    let engine = connected_engine(&partners.world.peerwatch, &partners.database);
    // Side a is asked about by b, and the other way round.
    let nobody = partners.observer.partner(&b);
    assert!(nobody.ends_with("Last heartbeat: Never\nAge: N/As\nAlive: False"), "{nobody}");
    // The original's server writes no heartbeat when its tools are called: whatever comes is the engine's.
    let [doomed, _living] = [partners.join(&a), partners.join(&b)];
    partners.await_partner(1, true);
    partners.await_partner(0, true);

    // An engine that has just begun beats for everybody whom it finds alive.
    drop(engine);
    peerwatch_tests::process::send(doomed.pid, rustix::process::Signal::KILL);
    eventually("the session's death", Duration::from_secs(10), || (!doomed.is_alive()).then_some(()));
    partners.age_heartbeats();
    let _engine = partners.world.peerwatch.run();
    let living = partners.await_partner(0, true);
    assert!(living.starts_with("🟢 Partner Session B"), "{living}");
    // The sides are gone through in order: had a been beaten for, it would have been before b.
    let dead = partners.observer.partner(&b);
    assert!(dead.starts_with("🔴 Partner Session A\n\nStatus: working\n"), "{dead}");
    assert!(dead.ends_with("Alive: False"), "{dead}");
}
