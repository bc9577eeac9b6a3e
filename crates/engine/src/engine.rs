//! An engine and the handle that speaks to it within its process.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use peerwatch_wire::{Command, Event, Reply, View};
use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use crate::folders::Folders;
use crate::lock::{EngineLock, Taken};
use crate::options::Options;
use crate::turn::Loop;

/// Events that a slow listener may be behind.
const EVENTS: usize = 8_192;

/// Why no engine was started.
#[derive(Debug, Error)]
pub enum StartError {
    /// Another engine of this user runs.
    #[error("another engine is already running{}", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    AlreadyRunning {
        /// Its pid, when known.
        pid: Option<u32>,
    },
    /// The platform names no home folder for this user.
    #[error("this user has no home folder that the system knows of")]
    NoHome,
    /// A folder of Peerwatch's own cannot be made or used.
    #[error("{folder} cannot be used: {error}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What happened.
        error: io::Error,
    },
    /// The system gave no thread or runtime.
    #[error("the engine cannot begin: {0}")]
    Thread(io::Error),
}

/// A running engine. Dropping it stops it.
#[derive(Debug)]
pub struct Engine {
    handle: EngineHandle,
    thread: Option<JoinHandle<()>>,
}

/// Speaks to a running engine. Cheap to clone.
#[derive(Clone, Debug)]
pub struct EngineHandle {
    asks: mpsc::UnboundedSender<Ask>,
    views: watch::Receiver<Arc<View>>,
    events: broadcast::Sender<Event>,
    opens: broadcast::Sender<Open>,
}

/// A command and where its answer goes.
#[derive(Debug)]
pub(crate) struct Ask {
    pub(crate) command: Command,
    pub(crate) reply: oneshot::Sender<Reply>,
}

/// The person wants to see this now: a notification was clicked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Open {
    /// The worker.
    pub worker: Option<String>,
    /// The conversation.
    pub conversation: Option<String>,
    /// Whether the worker's tasks are to be reassigned.
    pub reassign: bool,
    /// Whether the tasks are meant.
    pub tasks: bool,
    /// Whether the history is meant.
    pub history: bool,
    /// Lets the window take the focus, where the desktop hands out such tokens.
    pub activation_token: Option<String>,
}

/// The ends of the engine's channels that the loop holds.
pub(crate) struct Ends {
    pub(crate) asks: mpsc::UnboundedReceiver<Ask>,
    pub(crate) views: watch::Sender<Arc<View>>,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) opens: broadcast::Sender<Open>,
}

/// Starts the user's engine: takes the lock, then runs the loop on a thread of its own.
///
/// # Errors
/// When another engine runs, or Peerwatch's own folders cannot be used.
pub fn start(options: Options) -> Result<Engine, StartError> {
    let folders = options.folders().ok_or(StartError::NoHome)?;
    folders.make().map_err(|error| StartError::Folder { folder: folders.runtime.clone(), error })?;
    let lock = EngineLock::take(&folders.lock())
        .map_err(|error| StartError::Folder { folder: folders.lock(), error })?;
    match lock {
        Taken::Held(lock) => run(options, folders, Some(lock)),
        Taken::ByAnother(pid) => Err(StartError::AlreadyRunning { pid }),
    }
}

/// Starts an engine that takes no lock, opens no socket, keeps no store and notifies nobody: to watch beside another.
///
/// # Errors
/// When the system gives no thread.
pub fn start_unlocked(options: Options) -> Result<Engine, StartError> {
    let folders = options.folders().ok_or(StartError::NoHome)?;
    run(options, folders, None)
}

fn run(options: Options, folders: Folders, lock: Option<EngineLock>) -> Result<Engine, StartError> {
    let (asks_in, asks) = mpsc::unbounded_channel();
    let (events, _) = broadcast::channel(EVENTS);
    let (opens, _) = broadcast::channel(64);
    let (views_in, views) = watch::channel(Arc::new(crate::turn::before_the_first_look()));
    let handle = EngineHandle { asks: asks_in, views, events: events.clone(), opens: opens.clone() };
    let ends = Ends { asks, views: views_in, events, opens };
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(StartError::Thread)?;
    let near = handle.clone();
    let thread = std::thread::Builder::new()
        .name("engine".into())
        .spawn(move || {
            runtime.block_on(Loop::new(options, folders, lock.is_some(), near, ends).run());
            // Held to the very end: the next engine must find the store and the socket at rest.
            drop(lock);
        })
        .map_err(StartError::Thread)?;
    Ok(Engine { handle, thread: Some(thread) })
}

impl Engine {
    /// The handle that speaks to it.
    #[must_use]
    pub fn handle(&self) -> EngineHandle {
        self.handle.clone()
    }

    /// Waits until somebody stops it, by [`Engine::stop`] on a handle's side or [`Command::Stop`].
    pub fn run_until_stopped(mut self) {
        self.join();
    }

    /// Stops it, and waits until its store is at rest.
    pub fn stop(mut self) {
        self.handle.ask_to_stop();
        self.join();
    }

    fn join(&mut self) {
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the engine's thread ended in a panic");
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.handle.ask_to_stop();
        self.join();
    }
}

impl EngineHandle {
    /// The view as it was drawn last.
    #[must_use]
    pub fn view(&self) -> Arc<View> {
        self.views.borrow().clone()
    }

    /// The view at each change.
    #[must_use]
    pub fn views(&self) -> watch::Receiver<Arc<View>> {
        self.views.clone()
    }

    /// What happens from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// What the person wants to see, from now on.
    #[must_use]
    pub fn opens(&self) -> broadcast::Receiver<Open> {
        self.opens.subscribe()
    }

    /// Has the engine do something.
    pub async fn command(&self, command: Command) -> Reply {
        let (reply, answer) = oneshot::channel();
        if self.asks.send(Ask { command, reply }).is_err() {
            return stopped();
        }
        answer.await.unwrap_or_else(|_| stopped())
    }

    /// Has the engine do something, from a thread that may wait. Not from within an async task.
    pub fn command_blocking(&self, command: Command) -> Reply {
        let (reply, answer) = oneshot::channel();
        if self.asks.send(Ask { command, reply }).is_err() {
            return stopped();
        }
        answer.blocking_recv().unwrap_or_else(|_| stopped())
    }

    /// Asks the engine to stop, without waiting.
    pub fn ask_to_stop(&self) {
        let (reply, _) = oneshot::channel();
        if self.asks.send(Ask { command: Command::Stop, reply }).is_err() {
            tracing::debug!("the engine had stopped before");
        }
    }
}

fn stopped() -> Reply {
    Reply::Refused { why: "the engine has stopped; start Peerwatch again".into() }
}
