//! The original's tools, served by Peerwatch and by the stand-in for the original Python server, side by side.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use peerwatch_tests::bridge::Writer;
use peerwatch_tests::original::{Program, Server, Side};
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::soak::usage::{field, pss};
use peerwatch_tests::turns::Turn;
use rusqlite::Connection;

use crate::figures;

const STARTS: usize = 20;
const COUNT: usize = 300;
const WRITERS: usize = 10;
/// What each of several writers sends.
const SHARE: usize = 60;
const PROGRAMS: [Program; 2] = [Program::Python, Program::Peerwatch];
const TEXT: &str =
    "The schema of the orders is ready; the list on staging is empty, do you still send page=1?";

pub(crate) fn run() -> Result<(), Missing> {
    let bench = Bench {
        python: Writer::find()?,
        peerwatch: Peerwatch::headless(&Scratch::new(), Binaries::find()?),
        scratch: Scratch::new(),
    };
    let _turn = Turn::alone();
    println!(
        "  on {}; python: a stand-in for the original without the `mcp` package, which would add some",
        bench.disk()
    );
    println!(
        "  milliseconds to each call, about 0.3 s to the start and 40 MB: see tests/py/original_bridge.py"
    );
    bench.starts();
    bench.one_writer();
    bench.ten_writers();
    Ok(())
}

struct Bench {
    python: PathBuf,
    peerwatch: Peerwatch,
    scratch: Scratch,
}

impl Bench {
    /// The file system of the databases: a commit is as slow as its disk.
    fn disk(&self) -> String {
        let said = std::process::Command::new("df").arg("--output=fstype").arg(self.scratch.root()).output();
        let said = said.map(|said| String::from_utf8_lossy(&said.stdout).into_owned()).unwrap_or_default();
        said.lines().nth(1).unwrap_or("an unknown file system").trim().to_owned()
    }

    fn server(&self, program: Program, database: &Path) -> Server {
        match program {
            Program::Python => Server::python(&self.scratch, &self.python, database),
            Program::Peerwatch => Server::peerwatch(&self.peerwatch, database),
        }
    }

    fn database(&self, program: Program, name: &str) -> PathBuf {
        self.scratch.path(&format!("{}-{name}.db", named(program)))
    }

    /// From the start of the process to its reply to `initialize`, and what it holds after its first message.
    fn starts(&self) {
        let rows = PROGRAMS.map(|program| {
            let database = self.database(program, "starts");
            let starts = (0..STARTS).map(|_| self.server(program, &database).client().greeted()).collect();
            let mut server = self.server(program, &database);
            let [a, b] = server.create("backend developer", "frontend developer");
            server.send(&a, TEXT);
            server.check(&b);
            let pid = server.client().pid();
            let row = figures::row(&format!("start to initialize, {}", named(program)), starts);
            println!(
                "  memory of a server, {:<27}RSS {:>6.1} MB   PSS {:>6.1} MB",
                named(program),
                field(pid, "status", "VmRSS:") / 1024.0,
                pss(pid)
            );
            row
        });
        beside(rows);
    }

    /// One server of each program, called in turns, so that both see the same machine.
    fn one_writer(&self) {
        let floor = figures::row("floor, insert and commit on a kept connection", self.floor());
        let mut seats = PROGRAMS.map(|program| {
            let mut server = self.server(program, &self.database(program, "one"));
            let [a, b] = server.create("backend developer", "frontend developer");
            (server, a, b)
        });
        let mut spans = [(); 2].map(|()| [Vec::new(), Vec::new(), Vec::new()]);
        for _ in 0..COUNT {
            for ((server, a, b), [send, check, empty]) in seats.iter_mut().zip(&mut spans) {
                send.push(timed(|| server.send(a, TEXT)));
                check.push(timed(|| assert_eq!(server.check(b).len(), 1)));
                empty.push(timed(|| assert!(server.check(b).is_empty())));
            }
        }
        let [python, ours] = spans;
        let names = ["send_to_partner", "check_messages, one new", "check_messages, nothing new"];
        for ((name, python), ours) in names.into_iter().zip(python).zip(ours) {
            let below = figures::row(&format!("{name}, python"), python);
            let row = figures::row(&format!("{name}, peerwatch"), ours);
            beside([below, row]);
            if name == names[0] {
                figures::against(floor, row);
            }
        }
        let rates = PROGRAMS.map(|program| {
            let mut server = self.server(program, &self.database(program, "rate"));
            let [a, _] = server.create("backend developer", "frontend developer");
            let took = timed(|| (0..COUNT).for_each(|_| server.send(&a, TEXT)));
            rate(program, "1 writer", COUNT, took)
        });
        println!("  peerwatch ×{:.1}", rates[1] / rates[0].max(1e-9));
    }

    /// Ten servers on one database, each in a conversation of its own.
    fn ten_writers(&self) {
        let mut all = [Vec::new(), Vec::new()];
        let mut fetched = [Vec::new(), Vec::new()];
        let mut rates = [0.0; 2];
        // Twice in turns, against what the machine does meanwhile.
        for round in 0..2 {
            for (number, program) in PROGRAMS.into_iter().enumerate() {
                let database = self.database(program, &format!("ten-{round}"));
                let (sends, checks, took) = self.together(program, &database);
                rates[number] += rate(program, "10 writers", sends.len(), took) / 2.0;
                all[number].extend(sends);
                fetched[number].extend(checks);
            }
        }
        println!("  peerwatch ×{:.1}", rates[1] / rates[0].max(1e-9));
        for (name, [python, ours]) in [("send", all), ("send and check", fetched)] {
            let below = figures::row(&format!("{name}, 10 writers, python"), python);
            beside([below, figures::row(&format!("{name}, 10 writers, peerwatch"), ours)]);
        }
    }

    /// What each send took, what each send and fetch of one message took, and what all sends took together.
    fn together(&self, program: Program, database: &Path) -> (Vec<Duration>, Vec<Duration>, Duration) {
        let mut seats: Vec<(Server, [Side; 2])> = (0..WRITERS)
            .map(|_| {
                let mut server = self.server(program, database);
                let sides = server.create("backend developer", "frontend developer");
                (server, sides)
            })
            .collect();
        let each = |act: &(dyn Fn(&mut Server, &[Side; 2]) + Sync), seats: &mut Vec<(Server, [Side; 2])>| {
            let parts: Vec<Vec<Duration>> = std::thread::scope(|scope| {
                let running: Vec<_> = seats
                    .iter_mut()
                    .map(|(server, sides)| {
                        scope.spawn(move || (0..SHARE).map(|_| timed(|| act(server, sides))).collect())
                    })
                    .collect();
                running.into_iter().map(|one| one.join().expect("a writer")).collect()
            });
            parts.concat()
        };
        let began = Instant::now();
        let sends = each(&|server, [a, _]| server.send(a, TEXT), &mut seats);
        let took = began.elapsed();
        for (server, [_, b]) in &mut seats {
            assert_eq!(server.check(b).len(), SHARE, "nothing is lost");
        }
        let both = each(
            &|server, [a, b]| {
                server.send(a, TEXT);
                assert_eq!(server.check(b).len(), 1);
            },
            &mut seats,
        );
        (sends, both, took)
    }

    /// What no bridge can be faster than that keeps a message for good.
    fn floor(&self) -> Vec<Duration> {
        let db = Connection::open(self.scratch.path("floor.db")).expect("a database");
        db.pragma_update(None, "journal_mode", "WAL").expect("a log");
        db.pragma_update(None, "synchronous", "FULL").expect("safety");
        db.execute_batch("CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, message TEXT)")
            .expect("a table");
        let mut insert = db.prepare("INSERT INTO messages (message) VALUES (?)").expect("a statement");
        (0..COUNT).map(|_| timed(|| assert_eq!(insert.execute([TEXT]).expect("a row"), 1))).collect()
    }
}

fn named(program: Program) -> &'static str {
    match program {
        Program::Python => "python",
        Program::Peerwatch => "peerwatch",
    }
}

fn timed(act: impl FnOnce()) -> Duration {
    let began = Instant::now();
    act();
    began.elapsed()
}

/// Says how many messages a second that were.
#[allow(clippy::cast_precision_loss, reason = "a few hundred messages")]
fn rate(program: Program, how: &str, messages: usize, took: Duration) -> f64 {
    let rate = messages as f64 / took.as_secs_f64();
    println!("  throughput of send_to_partner, {how}, {:<10} {rate:>7.0} messages/s", named(program));
    rate
}

/// How much faster ours is.
fn beside([python, ours]: [[Duration; 2]; 2]) {
    let ratio = |number: usize| python[number].as_secs_f64() / ours[number].as_secs_f64().max(1e-9);
    println!("  peerwatch is faster: p50 ×{:.1}, p99 ×{:.1}", ratio(0), ratio(1));
}
