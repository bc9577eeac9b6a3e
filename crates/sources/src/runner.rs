//! Runs one source on one thread: waits for a hint or for the slow poll, looks, and hands on what was read.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use peerwatch_core::{Moment, SourceId, Tick};

use crate::printable::printable;
use crate::{Bell, Call, Connection, Hint, Lookout, Reading, Source, Trouble};

/// How long a source that panicked is left alone.
const RECOVERY: Duration = Duration::from_secs(10);

/// The slow poll of Claude Code's files: slower where the system itself tells of a process's death.
pub const CLAUDE_POLL: Duration = Duration::from_secs(if cfg!(target_os = "linux") { 5 } else { 2 });
/// The slow poll of databases.
pub const DATABASE_POLL: Duration = Duration::from_secs(10);

/// How long it is from `now` to the next multiple of `every` in awake time: what is done now and then is done then by
/// everybody, so that a machine at rest is woken once and not by each at another time.
#[must_use]
pub fn until_next(every: Duration, now: Tick) -> Duration {
    let every = i64::try_from(every.as_millis()).unwrap_or(i64::MAX).max(1);
    Duration::from_millis((every - now.0.rem_euclid(every)).unsigned_abs())
}

/// Looks at once, then at each ring of `bell` and at least every `slow_poll`, until the bell says stop. Blocks; each
/// source gets a thread of its own. `readings` is told of every look, with what the source is connected to and where to
/// go on after a restart.
pub fn run(
    mut source: Box<dyn Source>,
    clock: impl Fn() -> Moment,
    bell: &Bell,
    lookout: &Lookout,
    slow_poll: Duration,
    readings: impl Fn(SourceId, Reading, Vec<Connection>, Option<String>),
) {
    let id = source.id();
    let mut hint = Hint::Everything;
    let mut due = Instant::now();
    // Watched before the first look: what changes during it rings.
    let mut unwatched = keep_watching(source.as_ref(), &id, bell, lookout);
    loop {
        let now = clock();
        if hint == Hint::Everything {
            due = Instant::now() + until_next(slow_poll, now.tick);
        }
        let looked = catch_unwind(AssertUnwindSafe(|| {
            let reading = source.look(now, &hint);
            (reading, source.connections(), source.cursor())
        }));
        let failed = looked.is_err();
        let (mut reading, connections, cursor) =
            looked.unwrap_or_else(|panic| (broken(&id, panic.as_ref()), Vec::new(), None));
        reading.troubles.extend(unwatched);
        let again = reading.again;
        readings(id.clone(), reading, connections, cursor);
        unwatched = keep_watching(source.as_ref(), &id, bell, lookout);
        // A steady stream of hints does not put off the slow poll.
        let poll = due.saturating_duration_since(Instant::now());
        let call = match failed {
            true => rest(bell),
            false => bell.wait(again.map_or(poll, |again| again.min(poll))),
        };
        hint = match call {
            Call::Look(hint) if Instant::now() < due => hint,
            Call::Look(_) | Call::Late => Hint::Everything,
            Call::Stop => break,
        };
    }
    lookout.forget(&id);
}

fn keep_watching(source: &dyn Source, id: &SourceId, bell: &Bell, lookout: &Lookout) -> Vec<Trouble> {
    let wishes = catch_unwind(AssertUnwindSafe(|| (source.watches(), source.paths())));
    match wishes {
        Ok((watches, paths)) => lookout.watch(id, &watches, &paths, bell),
        Err(_) => Vec::new(),
    }
}

/// Leaves a source alone that failed, whatever happens meanwhile.
fn rest(bell: &Bell) -> Call {
    let began = Instant::now();
    loop {
        match bell.wait(RECOVERY.saturating_sub(began.elapsed())) {
            Call::Look(_) if began.elapsed() < RECOVERY => {}
            call => return call,
        }
    }
}

/// What a look that panicked amounts to.
fn broken(id: &SourceId, panic: &(dyn std::any::Any + Send)) -> Reading {
    let said = panic
        .downcast_ref::<&str>()
        .map(|said| (*said).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    tracing::error!(source = %id, %said, "a source failed");
    Reading {
        troubles: vec![Trouble {
            subject: id.to_string(),
            what: format!("Reading failed unexpectedly: {}", printable(&said, 200)),
            remedy: Some("It is tried again; please report it if it stays.".into()),
        }],
        ..Reading::default()
    }
}
