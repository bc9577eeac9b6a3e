//! The machine's clocks, read together and shared by all threads of the engine.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use peerwatch_core::{AwakeClock, Moment, Tick, Timestamp, Waking};

/// Somebody reads the clock at least this often while the machine is awake: the sources' slow polls do.
pub(crate) const BEAT: Duration = Duration::from_secs(5);
/// The loop wakes by itself after this, unless a source's slow poll has woken it before: a thread that is awake anyway wakes
/// it at the beat, so that it needs no timer of its own.
pub(crate) const LATEST: Duration = Duration::from_secs(10);

/// Whether a beat lies between two times. Beats are the multiples of [`BEAT`] in awake time, as slow polls are of theirs.
pub(crate) fn has_beaten(since: Tick, now: Tick) -> bool {
    let beat = i64::try_from(BEAT.as_millis()).unwrap_or(i64::MAX);
    since.0.div_euclid(beat) != now.0.div_euclid(beat)
}

/// A steady clock that goes on while the machine sleeps where the platform has one, and the wall clock.
pub(crate) type Readings = Arc<dyn Fn() -> (Duration, Timestamp) + Send + Sync>;

/// Tells the moment. Cheap to clone; all clones are one clock.
#[derive(Clone)]
pub(crate) struct Clock {
    awake: Arc<Mutex<AwakeClock>>,
    readings: Readings,
}

impl Clock {
    pub(crate) fn new(readings: Option<Readings>) -> Self {
        let awake = Arc::new(Mutex::new(AwakeClock::new(BEAT)));
        Self { awake, readings: readings.unwrap_or_else(|| Arc::new(read_clocks)) }
    }

    /// Now, on both clocks.
    pub(crate) fn now(&self) -> Moment {
        let mut awake = self.awake.lock().unwrap_or_else(PoisonError::into_inner);
        let (steady, wall) = (self.readings)();
        awake.read(steady, wall)
    }

    /// The gap in awake time that ended since this was asked last.
    pub(crate) fn take_waking(&self) -> Option<Waking> {
        self.awake.lock().unwrap_or_else(PoisonError::into_inner).take_waking()
    }
}

/// The machine's clocks, read together: a steady one, which goes on while the machine sleeps where the platform has such a
/// one, and the wall clock.
#[must_use]
pub fn read_clocks() -> (Duration, Timestamp) {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    (steady(), Timestamp(i64::try_from(wall.as_millis()).unwrap_or(i64::MAX)))
}

#[cfg(target_os = "linux")]
fn steady() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

#[cfg(not(target_os = "linux"))]
fn steady() -> Duration {
    use std::sync::OnceLock;
    use std::time::Instant;
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    ORIGIN.get_or_init(Instant::now).elapsed()
}
