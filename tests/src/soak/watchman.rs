//! Looks at a process once a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::usage::Sample;

const EVERY: Duration = Duration::from_secs(1);

/// A thread that takes samples; it ends with this value.
pub(super) struct Watchman {
    pid: Arc<AtomicU32>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Vec<Sample>>>,
}

impl Watchman {
    pub(super) fn begin(began: Instant, pid: u32) -> Self {
        let (pid, stop) = (Arc::new(AtomicU32::new(pid)), Arc::<AtomicBool>::default());
        let (whom, end) = (Arc::clone(&pid), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut samples = Vec::new();
            while !end.load(Ordering::SeqCst) {
                samples.extend(Sample::take(began.elapsed(), whom.load(Ordering::SeqCst)));
                std::thread::park_timeout(EVERY);
            }
            samples
        });
        Self { pid, stop, thread: Some(thread) }
    }

    /// From now on it is this process.
    pub(super) fn look_at(&self, pid: u32) {
        self.pid.store(pid, Ordering::SeqCst);
    }

    /// What it saw.
    pub(super) fn end(mut self) -> Vec<Sample> {
        self.finish().unwrap_or_default()
    }

    fn finish(&mut self) -> Option<Vec<Sample>> {
        self.stop.store(true, Ordering::SeqCst);
        let thread = self.thread.take()?;
        thread.thread().unpark();
        thread.join().ok()
    }
}

impl Drop for Watchman {
    fn drop(&mut self) {
        self.finish();
    }
}
