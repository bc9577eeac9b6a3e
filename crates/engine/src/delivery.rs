//! Brings messages into sessions, and writes heartbeats for those that are proven alive.
//!
//! One thread of the user's one engine owns the write connections to the bridges, so that nobody pushes a message twice
//! at a time. It is told what the loop knows (who lives, what transcripts show), and says what a person should know.
//! Everything that must survive a `kill -9` stands in the bridge itself: what was pushed, accepted and seen.

use std::path::PathBuf;
use std::sync::mpsc::{self, Sender};
use std::thread::JoinHandle;

use peerwatch_core::{ConversationId, WorkerId};
use peerwatch_sources::{SideSeen, Sighting};
use peerwatch_wire::{Reply, Settings};
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use crate::clock::Clock;

mod addresses;
mod beats;
mod bridges;
mod hand;
mod handovers;
mod living;
mod lost;
mod post;
mod round;
mod together;
mod told;
mod words;
mod writing;

pub(crate) use handovers::{TaskAct, Tasks, is_open, tasks_of};
pub(crate) use living::{Living, living};

/// Something the thread is told.
pub(crate) enum Word {
    /// What holds from now on, and where sessions register.
    Settings { settings: Box<Settings>, claude: Vec<PathBuf>, databases: Vec<PathBuf> },
    /// The sessions that live.
    Living(Vec<Living>),
    /// Something changed in a bridge.
    Changed,
    /// Something was written into our own bridge: perhaps tasks.
    Stirred,
    /// Transcripts show messages.
    Sighted(Vec<Sighting>),
    /// Transcripts prove who holds sides of conversations.
    Sides(Vec<SideSeen>),
    /// The person writes to a session.
    Write { to: WorkerId, text: String, reply: oneshot::Sender<Reply> },
    /// A session's turn is about to end: does a message wait that has no other way in?
    TurnEnds { session_id: String, reply: oneshot::Sender<Reply> },
    /// A hook of a session without an inbox waits for a message to wake it with, until a newer one takes its place.
    Waits { session_id: String, reply: oneshot::Sender<Reply> },
    /// Something is to be done to a task of a bridge.
    Task { bridge: PathBuf, act: TaskAct, reply: oneshot::Sender<Reply> },
    /// The person lets deliveries go on.
    Release { conversation: ConversationId, reply: oneshot::Sender<Reply> },
    /// Something came back to the address that messages are sent from.
    Returned(peerwatch_deliver::Returned),
    /// A push has ended.
    Pushed { uids: Vec<String>, result: Result<(), peerwatch_deliver::PushError> },
    /// The machine slept: what was awaited may be late.
    Woke,
    /// The end.
    Stop,
}

/// Something the loop is told.
#[derive(Debug)]
pub(crate) enum Finding {
    /// Messages of a conversation cannot be brought to a worker, and why; `None` when they can again.
    Undelivered { conversation: ConversationId, to: Option<WorkerId>, why: Option<String> },
    /// Deliveries of a conversation stand still, and why; `None` when they go on.
    Braked { conversation: ConversationId, why: Option<String> },
    /// Something about the tasks of a bridge has changed.
    Tasks(Tasks),
    /// A bridge cannot be written, and why; `None` when it can again.
    Problem { subject: String, what: Option<String> },
}

/// Speaks to the thread; it ends with this value.
pub(crate) struct Delivery {
    words: Sender<Word>,
    thread: Option<JoinHandle<()>>,
    living: Vec<Living>,
}

impl Delivery {
    /// Starts the thread. `own` is Peerwatch's own bridge, which is made when it is not there.
    pub(crate) fn start(own: PathBuf, clock: Clock, out: UnboundedSender<Finding>) -> std::io::Result<Self> {
        let (words, ear) = mpsc::channel();
        let echo = words.clone();
        let thread = std::thread::Builder::new()
            .name("delivery".into())
            .spawn(move || post::Post::new(own, clock, echo, out).run(&ear))?;
        Ok(Self { words, thread: Some(thread), living: Vec::new() })
    }

    pub(crate) fn tell(&self, word: Word) {
        if self.words.send(word).is_err() {
            tracing::error!("the delivery thread has ended");
        }
    }

    /// Lets another thread speak to this one.
    pub(crate) fn voice(&self) -> Sender<Word> {
        self.words.clone()
    }

    /// Tells who lives, when that has changed.
    pub(crate) fn tell_living(&mut self, living: Vec<Living>) {
        if living != self.living {
            self.living.clone_from(&living);
            self.tell(Word::Living(living));
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        let _ended = self.words.send(Word::Stop);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the delivery thread ended in a panic");
        }
    }
}
