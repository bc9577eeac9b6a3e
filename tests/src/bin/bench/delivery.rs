//! From the call of `send` to the model's request of the session that gets the message, beside a bare push into its inbox.

use std::time::Duration;

use peerwatch_deliver::{Door, Parcel, push};
use peerwatch_tests::bridge_sessions::Bridged;
use peerwatch_tests::claude::Session;
use peerwatch_tests::model::say;
use peerwatch_tests::moment::Moment;
use peerwatch_tests::require::Missing;

use crate::figures;

const COUNT: usize = 50;
/// So many seconds for two messages, one of each way: nobody's limit on messages is reached.
const EVERY: Duration = Duration::from_millis(2_000);
/// What ours may take beyond a bare push.
const AIM: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn run() -> Result<(), Missing> {
    let bridged = Bridged::begin()?;
    let backend = bridged.joined("backend");
    let mut sender = bridged.outsider();
    let (mut bare, mut ours, mut stored) = (Vec::new(), Vec::new(), Vec::new());
    for number in 0..COUNT {
        let began = Moment::now();
        let text = format!("bare message {number:03}.");
        bare.push(asked(&bridged, &backend, &text, || push_bare(&bridged, &backend, &text)));
        rest_until(began, EVERY / 2);

        let text = format!("our message {number:03}.");
        ours.push(asked(&bridged, &backend, &text, || {
            let began = Moment::now();
            sender.send("backend", &text);
            stored.push(Moment::now().since(began));
        }));
        rest_until(began, EVERY);
    }
    figures::row("of it, until `send` answers: stored", stored);
    let below = figures::row("floor, a bare push → the model's request", bare);
    let ours = figures::row("`send` over MCP → the model's request", ours);
    figures::against(below, ours);
    let more = ours[0].saturating_sub(below[0]);
    let verdict = if more <= AIM { "reached" } else { "missed" };
    println!("  aim, at most {} above the floor at p50: {verdict}", figures::millis(AIM).trim());
    Ok(())
}

/// How long it takes from the beginning of `act` until the model is asked about this text, by a session at its prompt.
fn asked(bridged: &Bridged, session: &Session<'_>, text: &str, act: impl FnOnce()) -> Duration {
    bridged.world.model.when(text, [say("Noted.")]);
    session.await_status("idle");
    let began = Moment::now();
    act();
    let asked = bridged.world.model.await_asked(text, 0);
    session.await_status("idle");
    asked.at.since(began)
}

fn push_bare(bridged: &Bridged, session: &Session<'_>, text: &str) {
    let entry = session.entry().expect("a registry entry");
    let socket = entry.messaging_socket_path.expect("an inbox");
    let config = bridged.world.claude.config();
    let door = Door { config, pid: entry.pid, socket, session_id: entry.session_id };
    let uid = std::fs::read_to_string("/proc/sys/kernel/random/uuid").expect("an identity");
    let parcel = Parcel { uid: uid.trim(), from_name: "bare", text, reply_to: None };
    push(&door, &parcel, PATIENCE).expect("the session takes it");
}

fn rest_until(began: Moment, span: Duration) {
    std::thread::sleep(span.saturating_sub(Moment::now().since(began)));
}
