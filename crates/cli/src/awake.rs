//! Awake time for commands that judge silence: neither the machine's sleep nor our own lateness makes anybody silent.
//!
//! Within one run the clocks are read at every beat. Between runs of `--once` a small record in the runtime folder
//! tells since when the machine is known to have been awake.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use peerwatch_core::{AwakeClock, Moment, Tick, Timestamp};
use peerwatch_engine::read_clocks;
use serde::{Deserialize, Serialize};

/// Sleep that is no rounding of two clocks.
const SLEEP_MS: i64 = 2_000;
/// The longest time between two readings while the machine is awake.
const BEAT: Duration = Duration::from_secs(5);

/// The wall clock.
pub(crate) fn wall() -> Timestamp {
    read_clocks().1
}

/// Awake time of this run, and since when the machine was awake before it.
pub(crate) struct Awake {
    clock: AwakeClock,
    /// Nobody is blamed for silence before this.
    floor: Tick,
}

impl Awake {
    /// Begins; `record` is where earlier runs left what they knew, if anywhere.
    pub(crate) fn begin(record: Option<&Path>, interval: Duration) -> Self {
        let mut clock = AwakeClock::new(beat(interval));
        let (steady, wall) = read_clocks();
        let now = clock.read(steady, wall);
        let since = record.and_then(|path| awake_since(path, now.wall, &system()));
        let floor = since.map_or(Tick(i64::MIN), |since| now.back_to(since).tick);
        Self { clock, floor }
    }

    /// Now; to be asked at every beat.
    pub(crate) fn now(&mut self) -> Moment {
        let (steady, wall) = read_clocks();
        let now = self.clock.read(steady, wall);
        if self.clock.take_waking().is_some() {
            self.floor = now.tick;
        }
        now
    }

    /// Before this, silence is not counted.
    pub(crate) fn floor(&self) -> Tick {
        self.floor
    }
}

/// How often the clocks must be read.
pub(crate) fn beat(interval: Duration) -> Duration {
    interval.min(BEAT)
}

/// The record of this user, where the platform has a place for it.
pub(crate) fn record() -> Option<PathBuf> {
    Some(crate::turnstile::runtime().ok()?.join("awake.json"))
}

/// What the system says of its own sleep.
struct System {
    /// This start of the machine.
    boot: String,
    /// How long it has slept since, in milliseconds; `None` where it does not tell.
    slept: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    boot: String,
    slept: i64,
    since: i64,
}

/// Since when the machine is known to have been awake; `None` when nothing speaks against its having been so always.
///
/// Whoever asks for the first time after a sleep cannot know when it was, so counting begins anew.
fn awake_since(path: &Path, now: Timestamp, system: &System) -> Option<Timestamp> {
    let slept = system.slept?;
    let known = fs::read(path).ok().and_then(|bytes| serde_json::from_slice::<Record>(&bytes).ok());
    let since = match known.filter(|known| known.boot == system.boot) {
        Some(known) if slept - known.slept < SLEEP_MS => {
            return (known.since != i64::MIN).then_some(Timestamp(known.since));
        }
        None if slept < SLEEP_MS => None,
        Some(_) | None => Some(now),
    };
    let record = Record { boot: system.boot.clone(), slept, since: since.map_or(i64::MIN, |since| since.0) };
    // Without a record every look would be the first after the sleep, and nobody ever silent.
    if keep(path, &record) { since } else { None }
}

fn keep(path: &Path, record: &Record) -> bool {
    let Ok(text) = serde_json::to_vec(record) else { return false };
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    let kept = fs::write(&draft, text).and_then(|()| fs::rename(&draft, path)).is_ok();
    if !kept {
        let _ = fs::remove_file(&draft);
    }
    kept
}

#[cfg(target_os = "linux")]
fn system() -> System {
    use rustix::time::{ClockId, clock_gettime};
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let millis = |clock| {
        let time = clock_gettime(clock);
        time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
    };
    let slept = millis(ClockId::Boottime) - millis(ClockId::Monotonic);
    System { boot: boot.trim().into(), slept: Some(slept.max(0)) }
}

#[cfg(not(target_os = "linux"))]
fn system() -> System {
    System { boot: String::new(), slept: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slept(hours: i64) -> System {
        System { boot: "one".into(), slept: Some(hours * 3_600_000) }
    }

    #[test]
    fn a_machine_that_never_slept_was_always_awake() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("awake.json");
        assert_eq!(awake_since(&path, Timestamp(1_000_000), &slept(0)), None);
        assert_eq!(awake_since(&path, Timestamp(2_000_000), &slept(0)), None);
    }

    #[test]
    fn counting_begins_anew_after_a_sleep_and_then_goes_on() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("awake.json");
        assert_eq!(awake_since(&path, Timestamp(1_000_000), &slept(0)), None);
        assert_eq!(awake_since(&path, Timestamp(9_000_000), &slept(8)), Some(Timestamp(9_000_000)));
        assert_eq!(awake_since(&path, Timestamp(9_500_000), &slept(8)), Some(Timestamp(9_000_000)));
    }

    #[test]
    fn what_cannot_be_remembered_excuses_nobody() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("missing/awake.json");
        assert_eq!(awake_since(&path, Timestamp(9_000_000), &slept(8)), None);
    }

    #[test]
    fn who_asks_first_after_a_sleep_does_not_guess_when_it_was() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("awake.json");
        assert_eq!(awake_since(&path, Timestamp(9_000_000), &slept(8)), Some(Timestamp(9_000_000)));
        let started_anew = System { boot: "two".into(), slept: Some(0) };
        assert_eq!(awake_since(&path, Timestamp(9_900_000), &started_anew), None);
    }
}
