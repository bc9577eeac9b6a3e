//! From the beginning of a write to a session's registry entry to the view that a client of the engine receives.

use std::time::Duration;

use peerwatch_tests::moment::Moment;
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require::Missing;
use peerwatch_tests::scratch::Scratch;

use crate::crowd::Crowd;
use crate::{figures, floor};

const COUNT: usize = 200;

pub(crate) fn run() -> Result<(), Missing> {
    let binaries = Binaries::find()?;
    let scratch = Scratch::new();
    let mut crowd = Crowd::new(&scratch);
    let entries: Vec<_> = (0..10).map(|_| crowd.join(100_000)).collect();

    let bare = floor::file(&entries[0]);
    let mut spans = Vec::new();
    for turn in 0..COUNT {
        let writes = Moment::now();
        let text = crowd.write(0, if turn % 2 == 0 { "busy" } else { "idle" });
        let (_, at) = bare.seen.find("the entry", Duration::from_secs(5), |(seen, _)| *seen == text);
        spans.push(at.since(writes));
        std::thread::sleep(Duration::from_millis(20));
    }
    let below = figures::row("floor", spans);
    drop(bare);

    let peerwatch = Peerwatch::headless(&scratch, binaries);
    let _engine = peerwatch.run();
    peerwatch.await_status("all sessions", Duration::from_secs(10), |status| {
        (status.workers.len() >= 10).then_some(())
    });
    let watch = peerwatch.watch();
    let mut spans = Vec::new();
    for turn in 0..COUNT {
        let start = watch.position();
        let (status, presence) = if turn % 2 == 0 { ("busy", "working") } else { ("idle", "idle") };
        let writes = Moment::now();
        crowd.write(0, status);
        let line = watch.await_line(start, "the change", Duration::from_secs(5), |event| {
            event["event"] == "presence" && event["presence"] == presence
        });
        spans.push(line.at.since(writes));
        std::thread::sleep(Duration::from_millis(20));
    }
    let ours = figures::row("to a client that watches", spans);
    figures::against(below, ours);
    Ok(())
}
