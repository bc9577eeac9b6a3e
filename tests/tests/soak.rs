//! The long run, compressed: real sessions write to each other while sessions and the engine die.
#![cfg(target_os = "linux")]
// A setting that is no number is a failed test.
#![allow(clippy::expect_used)]

use std::time::Duration;

use peerwatch_tests::require;
use peerwatch_tests::soak::{Plan, run};

/// What takes half an hour by `cargo xtask soak` takes a minute here; PEERWATCH_SOAK_SECONDS and PEERWATCH_SOAK_WORKERS say
/// otherwise.
#[test]
fn sessions_that_write_to_each_other_lose_and_double_nothing_and_nothing_grows() {
    let plan = Plan {
        span: Duration::from_secs(set("PEERWATCH_SOAK_SECONDS", 60)),
        workers: set("PEERWATCH_SOAK_WORKERS", 10) as usize,
    };
    let report = require!(run(plan));
    println!("{report}");
    let faults = report.faults();
    assert!(faults.is_empty(), "{faults:#?}");
}

fn set(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
}
