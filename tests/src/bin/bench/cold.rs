//! Start with 1,000 transcripts of 5 MB: time until everything is known, and the most memory it took.

use std::fs;
use std::time::{Duration, Instant};

use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::soak::usage::field;

use crate::crowd::{Crowd, lines};
use crate::figures::millis;

const TRANSCRIPTS: usize = 1_000;
const BYTES: usize = 5 * 1024 * 1024;

pub(crate) fn run() -> Result<(), Missing> {
    let binaries = Binaries::find()?;
    let scratch = Scratch::new();
    let mut crowd = Crowd::new(&scratch);
    for _ in 0..10 {
        crowd.join(BYTES);
    }
    let content = lines("00000000-0000-4000-8000-000000000000", BYTES);
    for number in 10..TRANSCRIPTS {
        crowd.leave(number, &content);
    }

    let began = Instant::now();
    let projects = scratch.path("home/.claude/projects/-home-dev-acme");
    let bytes: u64 = fs::read_dir(projects)
        .expect("the transcripts")
        .flatten()
        .filter_map(|it| it.metadata().ok())
        .map(|it| it.len())
        .sum();
    let listing = began.elapsed();
    println!(
        "  floor, listing {TRANSCRIPTS} files of {:.1} GB in all      {}",
        bytes_in_gb(bytes),
        millis(listing)
    );

    let peerwatch = Peerwatch::headless(&scratch, binaries);
    let began = Instant::now();
    let engine = peerwatch.run();
    let listens = began.elapsed();
    peerwatch.await_status("all sessions", Duration::from_secs(60), |status| {
        (status.workers.iter().filter(|worker| worker.presence == "idle").count() >= 10).then_some(())
    });
    let known = began.elapsed();
    println!("  engine listens                                  {}", millis(listens));
    println!(
        "  all sessions known (asked by a client process)  {}   ×{:.1} of the floor",
        millis(known),
        known.as_secs_f64() / listing.as_secs_f64()
    );
    std::thread::sleep(Duration::from_secs(3));
    println!(
        "  most memory ever resident (VmHWM)               {:>8.1} MB",
        field(engine.pid(), "status", "VmHWM:") / 1024.0
    );
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "one digit is shown")]
fn bytes_in_gb(bytes: u64) -> f64 {
    bytes as f64 / 1e9
}
