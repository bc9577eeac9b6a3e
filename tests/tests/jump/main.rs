//! A jump to a session's terminal: the right pane is shown and the right window has the focus.
// A room that cannot be built is a failed test, which says why by panicking.
#![allow(clippy::expect_used, clippy::unwrap_used)]
#![cfg(target_os = "linux")]

mod mux;
mod panes;
mod real;
mod room;
mod terminals;
mod wayland;
mod windows;

use std::time::Duration;

/// How long anything may take before a test gives up.
const SOON: Duration = Duration::from_secs(15);
/// How often a jump is tried.
const JUMPS: usize = 20;

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
