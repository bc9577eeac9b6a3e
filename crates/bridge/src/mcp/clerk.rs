//! The one thread that works on the store, so that no call blocks another one's waiting.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;

use tokio::sync::oneshot;

use crate::Store;

type Job = Box<dyn FnOnce(&mut Store) + Send>;

/// Takes work to be done on the store, one piece after the other.
pub(super) struct Clerk {
    jobs: mpsc::Sender<Job>,
    path: PathBuf,
}

/// The thread is gone: a piece of work panicked.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("this server lost its store; restart it (in Claude Code: /mcp)")]
pub(super) struct Lost;

impl Clerk {
    /// Opens the store at `path`, making it when it is absent.
    pub(super) fn start(path: PathBuf) -> Result<Clerk, super::ServeError> {
        let store = Store::open(&path)?;
        let (jobs, queue) = mpsc::channel::<Job>();
        thread::Builder::new().name("store".into()).spawn(move || work(store, &queue))?;
        Ok(Clerk { jobs, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Does `job` on the store's thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Store) -> T + Send + 'static,
    ) -> Result<T, Lost> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // Nobody is left to hear the answer when the call was given up.
            let _unheard = answer.send(job(store));
        });
        self.jobs.send(job).map_err(|_| Lost)?;
        result.await.map_err(|_| Lost)
    }
}

fn work(mut store: Store, queue: &mpsc::Receiver<Job>) {
    while let Ok(job) = queue.recv() {
        job(&mut store);
    }
}
