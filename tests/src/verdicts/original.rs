//! What the original's watchdog would have said of a recording.
//!
//! It knows a worker only by its row in `session_status`. A session's row is kept by `keepalive-daemon.sh` beside it, which
//! beats every 30 s from the start and for ever, whatever becomes of the session; a side of a bridge has the heartbeats
//! that were recorded. Every 60 s `watchdog-monitor.sh` asks for rows older than 300 s by the wall clock. At which second
//! of the minute it was started is not known, so all sixty are tried.

use std::collections::BTreeMap;
use std::time::Duration;

use super::acts::Act;
use super::recording::Recording;

const KEEP_ALIVE: Duration = Duration::from_secs(30);
const INTERVAL: u64 = 60;
const THRESHOLD: i64 = 300;
/// So many seconds are tried.
pub(super) const STARTS: usize = 60;

/// When the watchdog said first that a worker is silent, for each second of the minute at which it may have been started;
/// `None` where it never did.
pub(super) type Said = Vec<Option<Duration>>;

/// What it said of each worker that it knows.
pub(super) fn watchdog(recording: &Recording) -> BTreeMap<String, Said> {
    let time = Time::of(recording);
    let beats = heartbeats(recording, &time);
    let said = |beats: &Vec<Duration>| {
        (0..INTERVAL).map(|phase| first_alert(&time, beats, Duration::from_secs(phase))).collect()
    };
    beats.iter().map(|(who, beats)| (who.clone(), said(beats))).collect()
}

/// How time went: when the machine slept, and how the wall clock was set.
struct Time {
    sleeps: Vec<(Duration, Duration)>,
    /// From when the wall clock ran ahead by so many seconds.
    set: Vec<(Duration, i64)>,
    length: Duration,
}

impl Time {
    fn of(recording: &Recording) -> Self {
        let mut time = Self { sleeps: Vec::new(), set: Vec::new(), length: recording.length };
        let seconds = |span: Duration| i64::try_from(span.as_secs()).expect("a span that a clock can show");
        for cue in &recording.cues {
            match cue.act {
                Act::Sleeps(span) => time.sleeps.push((cue.at, cue.at + span)),
                Act::SetBack(span) => time.set.push((cue.at, -seconds(span))),
                Act::SetForward(span) => time.set.push((cue.at, seconds(span))),
                _ => {}
            }
        }
        time
    }

    fn is_awake(&self, at: Duration) -> bool {
        self.sleeps.iter().all(|(from, to)| at < *from || at >= *to)
    }

    /// When so much awake time has passed since the beginning.
    fn awake(&self, passed: Duration) -> Duration {
        self.sleeps.iter().fold(passed, |at, (from, to)| if at < *from { at } else { at + (*to - *from) })
    }

    /// The wall clock, in seconds since the beginning.
    fn wall(&self, at: Duration) -> i64 {
        let set: i64 = self.set.iter().filter(|(from, _)| *from <= at).map(|(_, seconds)| seconds).sum();
        i64::try_from(at.as_secs()).expect("a time that a clock can show") + set
    }
}

/// When each worker's row was written.
fn heartbeats(recording: &Recording, time: &Time) -> BTreeMap<String, Vec<Duration>> {
    let mut beats: BTreeMap<String, Vec<Duration>> = BTreeMap::new();
    for cue in recording.cues.iter().filter(|cue| time.is_awake(cue.at)) {
        match cue.act {
            Act::Beats(_) => beats.entry(cue.who.clone()).or_default().push(cue.at),
            Act::Starts { .. } => {
                let begun = cue.at - slept(time, cue.at);
                let steps = std::iter::successors(Some(begun), |passed| Some(*passed + KEEP_ALIVE));
                let times = steps.map(|passed| time.awake(passed)).take_while(|at| *at <= time.length);
                beats.entry(cue.who.clone()).or_default().extend(times);
            }
            _ => {}
        }
    }
    beats
}

/// How long the machine had slept by then.
fn slept(time: &Time, at: Duration) -> Duration {
    time.sleeps.iter().filter(|(_, to)| *to <= at).map(|(from, to)| *to - *from).sum()
}

fn first_alert(time: &Time, beats: &[Duration], phase: Duration) -> Option<Duration> {
    let checks = (0..).map(|minute| time.awake(phase + Duration::from_secs(minute * INTERVAL)));
    let mut checks = checks.take_while(|at| *at <= time.length);
    checks.find(|at| {
        let last = beats.iter().rev().find(|beat| *beat <= at);
        last.is_some_and(|beat| time.wall(*at) - time.wall(*beat) > THRESHOLD)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> BTreeMap<String, Said> {
        watchdog(&Recording::read(&format!("expect: nobody is alarmed\n{text}")).unwrap())
    }

    fn seconds(said: &Said) -> Option<(u64, u64)> {
        let times = || said.iter().flatten().map(Duration::as_secs);
        times().min().zip(times().max())
    }

    #[test]
    fn heartbeats_that_stop_are_remarked_after_five_minutes_and_within_six() {
        let said = said("0:00:00 a opens b\n0:01:00 a beats working\n0:20:00 recording ends");
        assert_eq!(seconds(&said["a"]), Some((60 + 301, 60 + 360)));
        assert_eq!(said["a"].iter().flatten().count(), STARTS);
        assert!(!said.contains_key("b"), "who never beat has no row");
    }

    #[test]
    fn the_keep_alive_of_a_session_goes_on_when_the_session_is_dead() {
        let said = said("0:00:00 a starts 1 /home\n0:05:00 a dies\n1:00:00 recording ends");
        assert_eq!(seconds(&said["a"]), None);
    }

    #[test]
    fn after_a_sleep_it_depends_on_who_wakes_first() {
        let said = said("0:00:00 a starts 1 /home\n0:05:10 machine sleeps 1:00:00\n1:30:00 recording ends");
        // The keep-alive has twenty seconds of its pause left.
        assert_eq!(said["a"].iter().flatten().count(), 20);
    }

    #[test]
    fn of_heartbeats_in_the_future_nothing_is_told() {
        let said = said(
            "0:00:00 a opens b\n0:01:00 a beats working\n0:01:10 machine set-back 1:00:00\n1:00:00 recording ends",
        );
        assert_eq!(seconds(&said["a"]), None);
    }
}
