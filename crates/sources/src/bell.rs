//! Wakes a source: hints that come while it is busy are kept together, so that none is lost and none waits in a queue.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::Hint;

/// More paths than this are everything.
const BOUND: usize = 256;

/// Rung by the watcher or by a person, heard by the thread of one source. Clones ring the same bell.
#[derive(Clone, Default)]
pub struct Bell(Arc<Shared>);

/// What a wait ended with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Call {
    /// Somebody rang.
    Look(Hint),
    /// Nobody rang in time.
    Late,
    /// It is over.
    Stop,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    everything: bool,
    paths: BTreeSet<PathBuf>,
    stop: bool,
}

impl Bell {
    /// A bell that nobody has rung.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks for a look.
    pub fn ring(&self, hint: Hint) {
        let mut state = self.state();
        match hint {
            Hint::Everything => state.everything = true,
            Hint::Paths(paths) if !state.everything => {
                state.paths.extend(paths);
                state.everything = state.paths.len() > BOUND;
            }
            Hint::Paths(_) => {}
        }
        if state.everything {
            state.paths.clear();
        }
        self.0.rung.notify_one();
    }

    /// Ends the thread that listens, after the look it may be in.
    pub fn stop(&self) {
        self.state().stop = true;
        self.0.rung.notify_all();
    }

    /// Waits until somebody rings, or for this long. What was rung meanwhile comes in one call.
    #[must_use]
    pub fn wait(&self, span: Duration) -> Call {
        let until = Instant::now().checked_add(span);
        let mut state = self.state();
        loop {
            if state.stop {
                return Call::Stop;
            }
            if std::mem::take(&mut state.everything) {
                return Call::Look(Hint::Everything);
            }
            if !state.paths.is_empty() {
                return Call::Look(Hint::Paths(std::mem::take(&mut state.paths).into_iter().collect()));
            }
            let left = until.map_or(span, |until| until.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                return Call::Late;
            }
            state = self.0.rung.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    fn paths(names: &[&str]) -> Hint {
        Hint::Paths(names.iter().map(PathBuf::from).collect())
    }

    #[test]
    fn what_is_rung_meanwhile_comes_in_one_call() {
        let bell = Bell::new();
        assert_eq!(bell.wait(NOW), Call::Late);
        bell.ring(paths(&["b", "a"]));
        bell.ring(paths(&["a", "c"]));
        assert_eq!(bell.wait(NOW), Call::Look(paths(&["a", "b", "c"])));
        assert_eq!(bell.wait(NOW), Call::Late);
        bell.ring(paths(&["a"]));
        bell.ring(Hint::Everything);
        bell.ring(paths(&["b"]));
        assert_eq!(bell.wait(NOW), Call::Look(Hint::Everything));
        assert_eq!(bell.wait(NOW), Call::Late);
    }

    #[test]
    fn a_flood_of_paths_is_everything() {
        let bell = Bell::new();
        (0..10_000).for_each(|number| bell.ring(paths(&[&number.to_string()])));
        assert_eq!(bell.wait(NOW), Call::Look(Hint::Everything));
    }

    #[test]
    fn it_wakes_another_thread_and_stops_it() {
        let bell = Bell::new();
        let listener = std::thread::spawn({
            let bell = bell.clone();
            move || (bell.wait(Duration::from_secs(60)), bell.wait(Duration::from_secs(60)))
        });
        bell.ring(Hint::Everything);
        bell.stop();
        let (first, second) = listener.join().unwrap();
        assert!(matches!(first, Call::Look(Hint::Everything) | Call::Stop));
        assert_eq!(second, Call::Stop);
    }
}
