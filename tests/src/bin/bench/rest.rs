//! What watching costs while nothing happens: processor time, wake-ups, memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use peerwatch_tests::process::{Running, descendants};
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::soak::usage::{number, pss};
use peerwatch_tests::world::Desk;

use crate::crowd::Crowd;

const WATCHED: Duration = Duration::from_secs(60);
/// The first minute's work is not at rest yet.
const SETTLING: Duration = Duration::from_secs(10);

pub(crate) fn run() -> Result<(), Missing> {
    let scratch = Scratch::new();
    let mut crowd = Crowd::new(&scratch);
    for _ in 0..10 {
        crowd.join(100_000);
    }
    let floor = Running::start("a sleeping process", std::process::Command::new("sleep").arg("600"));
    println!("  floor, a process that sleeps           PSS {:>7.1} MB", pss(floor.pid()));
    {
        let peerwatch = Peerwatch::headless(&scratch, Binaries::find()?);
        let engine = peerwatch.run();
        std::thread::sleep(SETTLING);
        println!("  engine without a screen, 10 sessions   PSS {:>7.1} MB", pss(engine.pid()));
        at_rest("engine without a screen", engine.pid());
    }

    let desk = Desk::begin()?;
    let mut crowd = Crowd::new(&desk.scratch);
    for _ in 0..10 {
        crowd.join(100_000);
    }
    let app = desk.peerwatch.desktop(&["--hidden"]);
    desk.desktop.tray.await_item(Duration::from_secs(20));
    std::thread::sleep(SETTLING);
    println!("  tray alone, 10 sessions                PSS {:>7.1} MB", family(app.pid()));
    at_rest("tray alone", app.pid());
    desk.desktop.tray.await_item(Duration::from_secs(5)).click(&["Open Peerwatch"]);
    desk.desktop.screen.await_window("Peerwatch", Duration::from_secs(20));
    std::thread::sleep(SETTLING);
    println!("  tray with window, 10 sessions          PSS {:>7.1} MB", family(app.pid()));
    Ok(())
}

/// Processor time and wake-ups of all threads of a process over a minute, and which of them they were.
fn at_rest(name: &str, pid: u32) {
    let (cpu, before) = (ticks(pid), wakeups(pid));
    std::thread::sleep(WATCHED);
    let (cpu, after) = (ticks(pid) - cpu, wakeups(pid));
    let mut wakes: BTreeMap<&str, f64> = BTreeMap::new();
    for (thread, (name, count)) in &after {
        *wakes.entry(name).or_default() += count - before.get(thread).map_or(0.0, |(_, count)| *count);
    }
    let seconds = WATCHED.as_secs_f64();
    println!(
        "  {name}, {seconds:.0} s at rest: {:.3} % of a core, {:.2} wake-ups a second",
        cpu / 100.0 / seconds * 100.0,
        wakes.values().sum::<f64>() / seconds
    );
    let mut threads: Vec<(&str, f64)> = wakes.into_iter().filter(|(_, count)| *count > 0.0).collect();
    threads.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let threads: Vec<String> = threads.iter().map(|(name, count)| format!("{name} {count}")).collect();
    println!("    in all: {}", threads.join(", "));
}

/// Processor time so far, in hundredths of a second as the kernel counts them, refined by the scheduler's own count.
fn ticks(pid: u32) -> f64 {
    tasks(pid)
        .filter_map(|task| fs::read_to_string(task.join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e7
}

/// How often each of its threads went to sleep of its own will, and so was woken, with its name.
fn wakeups(pid: u32) -> BTreeMap<PathBuf, (String, f64)> {
    let of = |task: PathBuf| {
        let text = fs::read_to_string(task.join("status")).ok()?;
        let name = text.lines().find_map(|line| line.strip_prefix("Name:"))?.trim().to_owned();
        Some((task, (name, number(&text, "voluntary_ctxt_switches:")?)))
    };
    tasks(pid).filter_map(of).collect()
}

fn tasks(pid: u32) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(format!("/proc/{pid}/task")).expect("a live process").flatten().map(|task| task.path())
}

/// A process and all below it, in MB.
fn family(pid: u32) -> f64 {
    pss(pid) + descendants(pid).iter().map(|stray| pss(stray.pid)).sum::<f64>()
}
