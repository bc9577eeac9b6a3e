//! What was seen, in order, and a way to wait for the next entry instead of sleeping.

use std::fmt::Debug;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// An append-only list that wakes those who wait for an entry.
#[derive(Debug)]
pub struct Ledger<T> {
    entries: Mutex<Vec<T>>,
    grew: Condvar,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self { entries: Mutex::new(Vec::new()), grew: Condvar::new() }
    }
}

impl<T: Clone + Debug> Ledger<T> {
    /// Writes one entry down.
    pub fn push(&self, entry: T) {
        self.lock().push(entry);
        self.grew.notify_all();
    }

    /// Everything written so far.
    pub fn all(&self) -> Vec<T> {
        self.lock().clone()
    }

    /// How many entries there are: with [`Ledger::find_after`], a place to go on from.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first entry that fits, waiting for it; panics with the whole list when it does not come in time.
    pub fn find(&self, what: &str, within: Duration, fits: impl Fn(&T) -> bool) -> T {
        self.find_after(0, what, within, fits)
    }

    /// As [`Ledger::find`], but blind to the first `start` entries.
    pub fn find_after(&self, start: usize, what: &str, within: Duration, fits: impl Fn(&T) -> bool) -> T {
        match self.wait_for(within, |entries| entries.iter().skip(start).find(|entry| fits(entry)).cloned()) {
            Some(entry) => entry,
            None => panic!("{what}: not seen within {within:?}; seen: {:#?}", &self.all()),
        }
    }

    /// Every entry that fits, waiting until there are at least `count`; returns what there is when time is up.
    pub fn gather(&self, count: usize, within: Duration, fits: impl Fn(&T) -> bool) -> Vec<T> {
        let fitting = |entries: &[T]| entries.iter().filter(|entry| fits(entry)).cloned().collect::<Vec<_>>();
        self.wait_for(within, |entries| Some(fitting(entries)).filter(|found| found.len() >= count))
            .unwrap_or_else(|| fitting(&self.lock()))
    }

    fn wait_for<R>(&self, within: Duration, look: impl Fn(&[T]) -> Option<R>) -> Option<R> {
        let deadline = Instant::now() + within;
        let mut entries = self.lock();
        loop {
            if let Some(found) = look(&entries) {
                return Some(found);
            }
            let left = deadline.checked_duration_since(Instant::now())?;
            entries = self.grew.wait_timeout(entries, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<T>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks again every few milliseconds until there is an answer; for files and screens that announce nothing.
///
/// # Panics
/// When `within` has passed without an answer.
pub fn eventually<R>(what: &str, within: Duration, mut look: impl FnMut() -> Option<R>) -> R {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "{what}: not within {within:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn one_who_waits_is_woken_by_the_entry_that_fits() {
        let ledger = Arc::new(Ledger::default());
        let writer = Arc::clone(&ledger);
        let writing = std::thread::spawn(move || (1..=5).for_each(|number| writer.push(number)));
        assert_eq!(ledger.find("the four", Duration::from_secs(5), |number| *number == 4), 4);
        writing.join().unwrap();
        assert_eq!(ledger.gather(2, Duration::ZERO, |number| *number > 3), [4, 5]);
    }

    #[test]
    #[should_panic(expected = "a seven: not seen within")]
    fn what_never_comes_is_said_with_what_came() {
        let ledger = Ledger::default();
        ledger.push(6);
        ledger.find("a seven", Duration::from_millis(5), |number| *number == 7);
    }
}
