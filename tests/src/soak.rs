//! Real sessions that write to each other for a long time, while sessions are killed and resumed and the engine is killed
//! and started anew: nothing is lost or doubled, and nothing grows.

mod account;
mod disturbance;
pub mod usage;
mod watchman;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::bridge_sessions::{Bridged, Outsider, mcp};
use crate::model::say;
use crate::require::Missing;
use account::Account;
use disturbance::{Disturbances, Member};
use usage::{Growth, Sample};
use watchman::Watchman;

/// Each worker is sent a piece of work so often. It passes it on, so each gets two messages in that time: half of what
/// may be pushed into one session for ever.
const EACH: Duration = Duration::from_secs(10);
/// After the last message, the last one must be seen within this time.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long, and with how many sessions.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How long messages are sent.
    pub span: Duration,
    /// How many sessions take part, two at least.
    pub workers: usize,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Messages that the driver sent to workers.
    pub sent: usize,
    /// All messages in the bridge: those, and what the workers wrote to each other.
    pub messages: usize,
    /// Messages that were not seen in time, with how they stand.
    pub unseen: Vec<String>,
    /// Messages that no transcript shows.
    pub lost: Vec<String>,
    /// Messages that were put before a model more than once.
    pub doubled: Vec<String>,
    /// How often a session was killed and resumed, and the engine killed and started anew.
    pub disturbances: [usize; 2],
    /// From the last message sent until all were seen.
    pub settled: Duration,
    /// The engine and the driver's MCP server, and how they grew.
    pub growth: Vec<(&'static str, Vec<Sample>, Option<Growth>)>,
}

/// Runs the plan in a World of its own.
///
/// # Panics
/// When something goes wrong that is not reported: a session that does not start, a server that ends.
pub fn run(plan: Plan) -> Result<Report, Missing> {
    let mut bridged = Bridged::begin()?;
    // It would complain when the engine is killed, and nobody listens to it here.
    bridged.watched.watch.process().signal(Signal::TERM);
    let roles: Vec<String> = (0..plan.workers).map(|number| format!("worker-{number:02}")).collect();
    script(&bridged, &roles);
    let members = roles.iter().map(|role| Member::of(role, &bridged.joined(role))).collect();
    let driver = bridged.outsider();
    println!("{} sessions take part", plan.workers);

    let began = Instant::now();
    let engine = Watchman::begin(began, bridged.watched.engine.pid());
    let server = Watchman::begin(began, driver.pid());
    let stop = AtomicBool::new(false);
    let mut disturbances = Disturbances::new(members, plan.span);
    let (sent, server) = std::thread::scope(|scope| {
        let driving = scope.spawn(|| drive(driver, &roles, began, plan.span, &stop));
        // A failure here must not leave the other waiting.
        let ended = Ended(&stop);
        disturbances.make(&mut bridged, began, &engine);
        let (sent, driver) = driving.join().expect("the driver");
        drop(ended);
        let samples = server.end();
        drop(driver);
        (sent, samples)
    });
    let engine = engine.end();
    let (settled, unseen) = settle(&bridged);
    let account = Account::draw(&bridged.database(), &bridged.world.claude.config());
    let owned = |uids: Vec<&str>| uids.into_iter().map(str::to_owned).collect();
    let growth = |samples: Vec<Sample>| {
        let grew = Growth::of(&samples, plan.span);
        (samples, grew)
    };
    let ((engine, engine_grew), (server, server_grew)) = (growth(engine), growth(server));
    Ok(Report {
        sent,
        messages: account.messages(),
        unseen,
        lost: owned(account.lost()),
        doubled: owned(account.doubled()),
        disturbances: disturbances.made(),
        settled,
        growth: vec![("engine", engine, engine_grew), ("MCP server", server, server_grew)],
    })
}

/// What the sessions do with what they get: a piece of work is passed on, a note is taken note of.
fn script(bridged: &Bridged, roles: &[String]) {
    for role in roles {
        let note = mcp("send", json!({"to": role, "text": "a note of what was done"}));
        bridged.world.model.when(&format!("pass it on to {role}"), [note, say("Passed on.")]);
    }
    bridged.world.model.when("a note of what was done", [say("Noted.")]);
}

/// Sends pieces of work until the time is over. Whom a worker passes them on to is never one who passes on to it: two that
/// answer each other without end would be braked, and rightly.
fn drive(
    mut driver: Outsider,
    roles: &[String],
    began: Instant,
    span: Duration,
    stop: &AtomicBool,
) -> (usize, Outsider) {
    let every = EACH / u32::try_from(roles.len()).unwrap_or(u32::MAX);
    let mut sent = 0;
    while began.elapsed() < span && !stop.load(Ordering::SeqCst) {
        let (to, next) = (&roles[sent % roles.len()], &roles[(sent + 1) % roles.len()]);
        driver.send(to, &format!("piece of work {sent:05}: pass it on to {next}."));
        sent += 1;
        let due = began + every * u32::try_from(sent).unwrap_or(u32::MAX);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    (sent, driver)
}

/// Raises the flag when it is dropped, by a panic too.
struct Ended<'f>(&'f AtomicBool);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.store(true, Ordering::SeqCst);
        }
    }
}

/// Waits until all is seen and nobody writes any more.
fn settle(bridged: &Bridged) -> (Duration, Vec<String>) {
    let began = Instant::now();
    let database = bridged.database();
    let mut quiet = 0;
    loop {
        let unseen = account::unseen(&database);
        // A session may be about to pass on the last piece of work.
        quiet = if unseen.is_empty() { quiet + 1 } else { 0 };
        if quiet == 10 || began.elapsed() > PATIENCE {
            return (began.elapsed(), unseen);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

impl Report {
    /// What is wrong; nothing when all is well.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut fault = |count: usize, what: &str, which: &[String]| {
            if count > 0 {
                faults.push(format!("{count} {what}: {}", which.join("; ")));
            }
        };
        fault(self.unseen.len(), "messages were not seen in time", &self.unseen);
        fault(self.lost.len(), "messages stand in no transcript", &self.lost);
        fault(self.doubled.len(), "messages came before a model more than once", &self.doubled);
        // Half of the workers' own messages at least, or nobody has talked to anybody.
        if self.messages < self.sent + self.sent / 2 {
            faults.push(format!("only {} messages of {} sent by the driver", self.messages, self.sent));
        }
        for (name, _, growth) in &self.growth {
            match growth {
                None => {
                    faults.push(format!("the {name} was not the same process through the last two thirds"))
                }
                Some(growth) if !growth.is_none() => faults.push(format!("the {name} grew: {growth:?}")),
                Some(_) => {}
            }
        }
        faults
    }
}

/// The memory in the middle of each tenth of the samples.
fn tenths(samples: &[Sample]) -> impl Iterator<Item = f64> {
    (0..10).filter_map(|tenth| samples.get(samples.len() * (2 * tenth + 1) / 20)).map(|one| one.memory)
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [killed, engines] = self.disturbances;
        let among = self.messages.saturating_sub(self.sent);
        writeln!(
            out,
            "  messages          {} ({} to workers, {among} among them)",
            self.messages, self.sent
        )?;
        writeln!(
            out,
            "  delivered         {} of {}, {} twice; all seen {:.1} s after the last was sent",
            self.messages - self.lost.len(),
            self.messages,
            self.doubled.len(),
            self.settled.as_secs_f64()
        )?;
        writeln!(
            out,
            "  killed, resumed   {killed} sessions; the engine {engines} times, in the first third"
        )?;
        for (name, samples, growth) in &self.growth {
            let most = samples.iter().map(|one| one.memory).fold(0.0, f64::max);
            let tenths: Vec<String> = tenths(samples).map(|memory| format!("{memory:.1}")).collect();
            let of = |pair: [String; 2]| format!("{} → {}", pair[0], pair[1]);
            let Some(growth) = growth else { continue };
            writeln!(
                out,
                "  {name:<17} PSS {} MB (most {most:.1}), descriptors {}; second third → last third, medians of {} samples",
                of(growth.memory.map(|it| format!("{it:.1}"))),
                of(growth.descriptors.map(|it| it.to_string())),
                samples.len()
            )?;
            writeln!(out, "  {:<17} in MB, by tenths of the run: {}", "", tenths.join(" "))?;
        }
        write!(out, "  tolerance         memory 10 %, 2 MB at least; 3 descriptors")
    }
}
