//! The false-alarm suite as a table, and how soon something is known.

use std::time::Duration;

use peerwatch_tests::verdicts::figures::{AIM, Figure, measured};
use peerwatch_tests::verdicts::{recording, suite};

/// Whether nobody was alarmed without need, and nobody too late.
pub(crate) fn run() -> bool {
    println!(
        "  Recordings (tests/recordings), played through the real sources by their slow polls alone, without a watcher,\n  \
         under simulated clocks. The original knows a worker only by its heartbeats: a session by keepalive-daemon.sh beside it,\n  \
         every 30 s and for ever whatever becomes of the session; a side of a bridge by those that were recorded. Its watchdog\n  \
         asks every 60 s for heartbeats older than 300 s; each second at which it may have been started is tried.\n"
    );
    let lines = suite::with_each(&recording::all(), suite::judged);
    print!("{}", suite::table(&lines));
    println!("\n  how soon, by the slow polls alone (min, median, max)");
    let figures = measured();
    figures.iter().for_each(row);
    println!("\n{}", suite::summary(&lines));
    let faults = suite::faults_of(lines.iter().map(|line| &line.faults));
    faults == suite::Faults::default() && figures.iter().all(Figure::is_reached)
}

fn row(figure: &Figure) {
    let [least, median, most] = figure.spread().map(seconds);
    let aim = match figure.has_aim {
        true if figure.is_reached() => format!("under {} s: reached", AIM.as_secs()),
        true => format!("under {} s: MISSED", AIM.as_secs()),
        false => String::new(),
    };
    println!("  {:<58} {least}   {median}   {most}   {aim}", figure.name);
}

fn seconds(span: Duration) -> String {
    format!("{:>6.1} s", span.as_secs_f64())
}
