//! How soon something is known, measured by the same play: by the slow polls alone, which fall differently each time.

use std::time::Duration;

use peerwatch_core::Policy;

use super::recording::Recording;
use super::suite::with_each;
use super::watch::{self, Account, Setting};

/// What a person who sets nothing should not have to wait for longer.
pub const AIM: Duration = Duration::from_secs(120);
/// So many times each is measured.
const TIMES: u32 = 10;
/// By so much more each time Peerwatch is started later.
const STEP: Duration = Duration::from_millis(1_030);

/// How long something took, each time.
#[derive(Clone, Debug)]
pub struct Figure {
    /// What.
    pub name: String,
    /// Each time, shortest first.
    pub spans: Vec<Duration>,
    /// Whether it should take less than [`AIM`].
    pub has_aim: bool,
}

impl Figure {
    /// The shortest, the one in the middle, and the longest.
    #[must_use]
    pub fn spread(&self) -> [Duration; 3] {
        let at = |place: usize| self.spans.get(place).copied().unwrap_or_default();
        [at(0), at(self.spans.len() / 2), at(self.spans.len().saturating_sub(1))]
    }

    /// Whether it took less than [`AIM`] each time, where it should.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        !self.has_aim || self.spans.iter().all(|span| *span < AIM)
    }
}

/// What is measured: a recording, what it is waited for in it, and since when that counts.
struct Case {
    name: String,
    recording: String,
    policy: Policy,
    since: Duration,
    known: fn(&Account) -> Option<Duration>,
    has_aim: bool,
}

/// Measures everything.
///
/// # Panics
/// When something is not known at all.
#[must_use]
pub fn measured() -> Vec<Figure> {
    with_each(&cases(), |case| {
        let recording = Recording::read(&case.recording).expect("a recording");
        let once = |number| {
            let setting = Setting { policy: case.policy.clone(), late: STEP * number };
            let known = (case.known)(&watch::play(&recording, &setting));
            known.unwrap_or_else(|| panic!("{} is never known", case.name)).saturating_sub(case.since)
        };
        let mut spans: Vec<Duration> = (0..TIMES).map(once).collect();
        spans.sort_unstable();
        Figure { name: case.name.clone(), spans, has_aim: case.has_aim }
    })
}

fn cases() -> Vec<Case> {
    let mut cases = vec![
        case("a session's turn is over → idle", SESSION, seconds(70), idle, true),
        case("a side says that it waits → idle", SIDE, seconds(70), idle, true),
        case("kill -9 → told that it is gone", KILLED, seconds(70), told, true),
    ];
    let last = seconds(1200);
    let beats = |row: &str| format!("{BRIDGE}{row}\n0:40:00 recording ends");
    let steady = beats("0:00:30 w beats working every 0:00:30 until 0:20:00");
    let cold = beats("0:18:00 w beats working every 0:00:30 until 0:20:00");
    let by_hand = beats(
        "0:00:05 w beats working every 0:01:55 until 0:20:00\n0:00:30 w beats working every 0:01:30 until 0:20:00",
    );
    let silent = |how: &str, text: &str, has_aim| {
        case(&format!("last heartbeat → told, {how}"), text, last, told, has_aim)
    };
    cases.push(silent("a keep-alive of 30 s", &steady, true));
    cases.push(silent("a keep-alive seen for 2 min", &cold, false));
    cases.push(silent("heartbeats sent by a model", &by_hand, false));
    for chosen in [60, 110, 600] {
        let policy = Policy { bridge_silence: seconds(chosen), ..Policy::default() };
        let how = format!("with bridge_silence_s = {chosen}");
        cases.push(Case { policy, ..silent(&how, &steady, false) });
    }
    cases
}

const SESSION: &str = "expect: nobody is alarmed
0:00:00 w starts 4121 /home/dev/acme
0:01:00 w prompt Go.
0:01:10 w ends Done.
0:02:00 recording ends";

const SIDE: &str = "expect: nobody is alarmed
0:00:00 w opens other
0:00:10 w beats working
0:01:10 w beats waiting
0:02:00 recording ends";

const KILLED: &str = "expect: nobody is alarmed
0:00:00 w starts 4121 /home/dev/acme
0:01:00 w prompt Go.
0:01:10 w dies
0:02:00 recording ends";

const BRIDGE: &str = "expect: nobody is alarmed
0:00:00 w opens other
";

fn case(
    name: &str,
    recording: &str,
    since: Duration,
    known: fn(&Account) -> Option<Duration>,
    has_aim: bool,
) -> Case {
    Case { name: name.into(), recording: recording.into(), policy: Policy::default(), since, known, has_aim }
}

/// When it was last concluded that it is idle.
fn idle(account: &Account) -> Option<Duration> {
    account.presences.get("w")?.iter().rfind(|(_, word)| *word == "idle").map(|(at, _)| *at)
}

/// When a person was told.
fn told(account: &Account) -> Option<Duration> {
    account.alarms.first().map(|alarm| alarm.at)
}

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}
