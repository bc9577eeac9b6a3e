//! From the commit of a message by another process to its notification on the bus.

use std::time::Duration;

use peerwatch_tests::bridge::{Committed, Connections, Schema, Writer};
use peerwatch_tests::moment::Moment;
use peerwatch_tests::require::Missing;
use peerwatch_tests::world::Desk;

use crate::{figures, floor};

const COUNT: usize = 200;
const EVERY: Duration = Duration::from_millis(50);
const CONVERSATION: &str = "conv_00000000000000aa";

pub(crate) fn run() -> Result<(), Missing> {
    let python = Writer::find()?;
    for (name, connections) in
        [("a connection for each message", Connections::Each), ("one connection kept", Connections::Kept)]
    {
        let desk = Desk::begin()?;
        let path = desk.scratch.path("bench.db");
        let writer = Writer::open(&desk.scratch, &python, &path, Schema::Bridge, connections);
        writer.conversation(CONVERSATION, "backend", "frontend");

        // The floor first, alone: on few cores, two watchers would slow each other.
        let bare = floor::messages(&path);
        writer.begin_sending(CONVERSATION, "a", COUNT, EVERY, "floor");
        let committed = writer.await_committed(COUNT, Duration::from_secs(60));
        let seen = bare.seen.gather(COUNT, Duration::from_secs(5), |_| true);
        let below = figures::row(&format!("floor, {name}"), spans(&committed, |text| find(&seen, text)));
        drop(bare);

        let peerwatch = desk.peerwatch.with_database(&path);
        let _engine = peerwatch.run();
        peerwatch.await_status("both sides", Duration::from_secs(10), |status| {
            (status.workers.len() >= 2).then_some(())
        });
        // The first notification also waits for the server's greeting.
        writer.send(CONVERSATION, "a", "warm-up");
        desk.desktop.notifications.await_notice("warm-up", Duration::from_secs(10));
        writer.begin_sending(CONVERSATION, "a", COUNT, EVERY, "ours");
        let committed: Vec<Committed> = writer
            .await_committed(2 * COUNT + 1, Duration::from_secs(60))
            .into_iter()
            .filter(|it| it.text.starts_with("ours"))
            .collect();
        desk.desktop.notifications.await_notice(&format!("ours {}", COUNT - 1), Duration::from_secs(5));
        let shown: Vec<(String, Moment)> =
            desk.desktop.notifications.shown().into_iter().map(|notice| (notice.body, notice.at)).collect();
        let ours = figures::row(&format!("to the bus, {name}"), spans(&committed, |text| find(&shown, text)));
        figures::against(below, ours);
    }
    Ok(())
}

fn find(seen: &[(String, Moment)], text: &str) -> Option<Moment> {
    seen.iter().find(|(body, _)| body == text).map(|(_, at)| *at)
}

/// When each message was seen, measured from its commit. Of two that come together, the notification tells the later and
/// how many there are: the earlier counts as told then.
fn spans(committed: &[Committed], seen: impl Fn(&str) -> Option<Moment>) -> Vec<Duration> {
    let mut spans = Vec::with_capacity(committed.len());
    let (mut together, mut next) = (0, None);
    for message in committed.iter().rev() {
        match seen(&message.text) {
            Some(at) => next = Some(at),
            None => together += 1,
        }
        spans.extend(next.map(|at| at.since(message.at)));
    }
    if together > 0 {
        println!("  told together with the next: {together} of {}", committed.len());
    }
    spans
}
