//! How long after another process commits a message the reading with it is there, for four kinds of writers.
//!
//! At the end, what one watched database costs while nothing happens.
//!
//! `cargo run --release -p peerwatch-sources --example latency [messages]`. The other process is this program again.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use peerwatch_core::{Moment, Tick, Timestamp};
use peerwatch_sources::bridge::{BridgeOptions, BridgeSource};
use peerwatch_sources::{Bell, Lookout, Reading, runner};
use rusqlite::Connection;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const PAUSE: Duration = Duration::from_millis(50);
const TABLES: &str = "
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, session_a_role TEXT NOT NULL, session_b_role TEXT NOT NULL,
  session_a_token TEXT NOT NULL, session_b_token TEXT NOT NULL, created_at TEXT NOT NULL, expires_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS messages (id INTEGER PRIMARY KEY AUTOINCREMENT, conversation_id TEXT NOT NULL,
  from_session TEXT NOT NULL, to_session TEXT NOT NULL, message TEXT NOT NULL, metadata TEXT, timestamp TEXT NOT NULL,
  read INTEGER DEFAULT 0);
INSERT OR IGNORE INTO conversations VALUES ('c', 'backend', 'frontend', '', '', '2026-01-01', '2999-01-01');
";

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["write", path, keeps, count] => write(Path::new(path), *keeps == "true", count.parse()?),
        rest => measure(rest.first().map_or(Ok(200), |count| count.parse())?),
    }
}

fn measure(count: usize) -> Outcome<()> {
    println!("commit to reading, {count} messages, one every {PAUSE:?}, in microseconds");
    for (keeps, held) in [(false, false), (false, true), (true, false), (true, true)] {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("bridge.db");
        connect(&path)?.execute_batch(TABLES)?;
        let holder = if held { Some(connect(&path)?) } else { None };
        let bell = Bell::new();
        let (thread, seen) = watch(&path, &bell);
        let mut late = Vec::new();
        let writer = Command::new(std::env::current_exe()?)
            .args(["write", &path.to_string_lossy(), &keeps.to_string(), &count.to_string()])
            .stdout(Stdio::piped())
            .spawn()?;
        let mut committed = Vec::new();
        if let Some(output) = writer.stdout {
            for line in BufReader::new(output).lines() {
                committed.push(line?.parse::<u128>()?);
            }
        }
        while let Ok((text, at)) = seen.recv_timeout(Duration::from_millis(200)) {
            late.push(i128::try_from(at)? - i128::try_from(committed[text.parse::<usize>()?])?);
        }
        bell.stop();
        let _ = thread.join();
        drop(holder);
        late.sort_unstable();
        let at =
            |share: f64| late.get(((late.len() as f64 * share) as usize).min(late.len().saturating_sub(1)));
        println!(
            "{:<42} p50 {:>6} p99 {:>6} max {:>6}  noticed {} of {count}",
            format!(
                "{}, {}",
                if keeps { "writer keeps its connection" } else { "a connection a message" },
                if held { "held by another" } else { "nobody else" }
            ),
            at(0.5).unwrap_or(&0) / 1_000,
            at(0.99).unwrap_or(&0) / 1_000,
            late.last().unwrap_or(&0) / 1_000,
            late.len(),
        );
    }
    rest()
}

/// Watches a database that nobody writes to, and prints what that costs.
fn rest() -> Outcome<()> {
    const SPAN: Duration = Duration::from_secs(20);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bridge.db");
    connect(&path)?.execute_batch(TABLES)?;
    let bell = Bell::new();
    let (thread, _seen) = watch(&path, &bell);
    thread::sleep(Duration::from_secs(1));
    let before = switches();
    thread::sleep(SPAN);
    match (before, switches()) {
        (Some(before), Some(after)) => {
            println!("at rest for {SPAN:?}: {} wake-ups of all threads", after.saturating_sub(before + 1));
        }
        _ => println!("at rest: not measured on this system"),
    }
    bell.stop();
    let _ = thread.join();
    Ok(())
}

/// How often the threads of this process have gone to sleep.
fn switches() -> Option<u64> {
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task").ok()? {
        let status = std::fs::read_to_string(task.ok()?.path().join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("voluntary_ctxt_switches"))?;
        sum += line.split_whitespace().nth(1)?.parse::<u64>().ok()?;
    }
    Some(sum)
}

fn watch(path: &Path, bell: &Bell) -> (thread::JoinHandle<()>, Receiver<(String, u128)>) {
    let (tell, seen) = channel();
    let (first, ready) = channel();
    let source = BridgeSource::new(PathBuf::from(path), BridgeOptions::default());
    let bell = bell.clone();
    let thread = thread::spawn(move || {
        let lookout = Lookout::new();
        let hear = |_, reading: Reading, _, _| {
            let at = clock();
            let _ = first.send(());
            for message in reading.messages {
                let _ = tell.send((message.text, at));
            }
        };
        runner::run(Box::new(source), now, &bell, &lookout, runner::DATABASE_POLL, hear);
    });
    let _ = ready.recv();
    (thread, seen)
}

fn write(path: &Path, keeps: bool, count: usize) -> Outcome<()> {
    let mut kept = if keeps { Some(connect(path)?) } else { None };
    let mut times = Vec::with_capacity(count);
    for number in 0..count {
        thread::sleep(PAUSE);
        let connection = match kept.take() {
            Some(kept) => kept,
            None => connect(path)?,
        };
        connection.execute(
            "INSERT INTO messages (conversation_id, from_session, to_session, message, timestamp) \
             VALUES ('c', 'a', 'b', ?1, '2026-01-01T00:00:00')",
            [number.to_string()],
        )?;
        times.push(clock());
        if keeps {
            kept = Some(connection);
        }
    }
    let mut output = std::io::stdout().lock();
    for time in times {
        writeln!(output, "{time}")?;
    }
    Ok(())
}

fn connect(path: &Path) -> Outcome<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    Ok(connection)
}

fn clock() -> u128 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_nanos())
}

fn now() -> Moment {
    let millis = i64::try_from(clock() / 1_000_000).unwrap_or(0);
    Moment { tick: Tick(millis), wall: Timestamp(millis) }
}
