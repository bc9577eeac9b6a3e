//! What watching costs while nothing happens: processor time, wake-ups, memory.

use std::fs;
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

/// Processor time and wake-ups of all threads of a process over a minute.
fn at_rest(name: &str, pid: u32) {
    let (cpu, wakes) = (ticks(pid), wakeups(pid));
    std::thread::sleep(WATCHED);
    let (cpu, wakes) = (ticks(pid) - cpu, wakeups(pid) - wakes);
    let seconds = WATCHED.as_secs_f64();
    println!(
        "  {name}, {seconds:.0} s at rest: {:.3} % of a core, {:.2} wake-ups a second",
        cpu / 100.0 / seconds * 100.0,
        wakes / seconds
    );
}

/// Processor time so far, in hundredths of a second as the kernel counts them, refined by the scheduler's own count.
fn ticks(pid: u32) -> f64 {
    tasks(pid)
        .filter_map(|task| fs::read_to_string(task.join("schedstat")).ok())
        .filter_map(|text| text.split_whitespace().next()?.parse::<f64>().ok())
        .sum::<f64>()
        / 1e7
}

/// How often any of its threads went to sleep of its own will, and so was woken.
fn wakeups(pid: u32) -> f64 {
    tasks(pid)
        .filter_map(|task| fs::read_to_string(task.join("status")).ok())
        .filter_map(|text| number(&text, "voluntary_ctxt_switches:"))
        .sum()
}

fn tasks(pid: u32) -> impl Iterator<Item = std::path::PathBuf> {
    fs::read_dir(format!("/proc/{pid}/task")).expect("a live process").flatten().map(|task| task.path())
}

/// A process and all below it, in MB.
fn family(pid: u32) -> f64 {
    pss(pid) + descendants(pid).iter().map(|stray| pss(stray.pid)).sum::<f64>()
}
