//! The floor: what a loop costs that waits for inotify and reads, and does nothing else.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use peerwatch_tests::ledger::Ledger;
use peerwatch_tests::moment::Moment;
use rusqlite::{Connection, OpenFlags};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify;

/// A bare watcher on a thread of its own; ended with this value.
pub(crate) struct Floor<T> {
    pub(crate) seen: Arc<Ledger<T>>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl<T> Drop for Floor<T> {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

/// Notes when each message of a database can be read: one connection, and a look at each event until something changed.
pub(crate) fn messages(path: &Path) -> Floor<(String, Moment)> {
    let path = path.to_owned();
    begin(path.parent().expect("a folder").to_owned(), move |seen, wait| {
        let db = Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY).expect("the database");
        let mut rows =
            db.prepare("SELECT id, message FROM messages WHERE id > ? ORDER BY id").expect("the question");
        let mut last = 0_i64;
        while wait() {
            let began = Instant::now();
            // The event of a write-ahead log comes before the row can be read.
            while began.elapsed() < Duration::from_millis(50) {
                let found: Vec<(i64, String)> = rows
                    .query_map([last], |row| Ok((row.get(0)?, row.get(1)?)))
                    .and_then(Iterator::collect)
                    .unwrap_or_default();
                if let Some((newest, _)) = found.last() {
                    last = *newest;
                    let now = Moment::now();
                    found.into_iter().for_each(|(_, text)| seen.push((text, now)));
                    break;
                }
                std::thread::sleep(Duration::from_micros(60));
            }
        }
    })
}

/// Notes when each new content of a file can be read.
pub(crate) fn file(path: &Path) -> Floor<(String, Moment)> {
    let path = path.to_owned();
    begin(path.parent().expect("a folder").to_owned(), move |seen, wait| {
        let mut last = String::new();
        while wait() {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if text != last && !text.is_empty() {
                seen.push((text.clone(), Moment::now()));
                last = text;
            }
        }
    })
}

type Wait<'a> = &'a mut dyn FnMut() -> bool;

fn begin<T>(folder: PathBuf, watch: impl FnOnce(&Ledger<T>, Wait<'_>) + Send + 'static) -> Floor<T>
where
    T: Clone + std::fmt::Debug + Send + 'static,
{
    let (seen, stop) = (Arc::<Ledger<T>>::default(), Arc::<AtomicBool>::default());
    let (ledger, end) = (seen.clone(), stop.clone());
    let events = inotify::init(inotify::CreateFlags::CLOEXEC).expect("inotify");
    let what = inotify::WatchFlags::MODIFY | inotify::WatchFlags::CLOSE_WRITE | inotify::WatchFlags::CREATE;
    inotify::add_watch(&events, &folder, what).expect("a watch");
    let thread = std::thread::spawn(move || {
        watch(&ledger, &mut || next(&events, &end));
    });
    Floor { seen, stop, thread: Some(thread) }
}

/// Waits for an event; `false` when it is time to stop.
fn next(events: &OwnedFd, stop: &AtomicBool) -> bool {
    let tenth = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
    let mut space = [0_u8; 4096];
    while !stop.load(Ordering::SeqCst) {
        let mut ready = [PollFd::new(events, PollFlags::IN)];
        if poll(&mut ready, Some(&tenth)).unwrap_or(0) > 0 {
            return rustix::io::read(events, &mut space).is_ok();
        }
    }
    false
}
