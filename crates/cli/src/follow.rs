//! Follows an engine: its view at each change and its events, as one stream.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use anyhow::Context as _;
use peerwatch_engine::client::{self, Client};
use peerwatch_engine::{Engine, EngineHandle, Options, start_unlocked};
use peerwatch_wire::{Event, View};
use tokio::sync::broadcast::error::RecvError;

use crate::args::Global;
use crate::reach::{self, Reach};
use crate::screen;

const STOPPED: &str = "the engine has stopped; start Peerwatch again, or watch again without it";

/// What a follower is told.
pub(crate) enum Update {
    /// The view changed.
    View(Arc<View>),
    /// Something happened.
    Event(Event),
    /// The person wants to stop.
    Stop,
    /// The terminal has another size.
    Resized,
    /// The engine has stopped, or cannot be heard any longer.
    Lost(String),
}

/// A stream of updates, and the engine of our own that feeds it, where no other runs.
pub(crate) struct Followed {
    pub(crate) updates: Receiver<Update>,
    pub(crate) sender: Sender<Update>,
    _engine: Option<Engine>,
}

/// Follows the running engine, or one of our own that takes no lock and notifies nobody.
pub(crate) fn follow(global: &Global) -> anyhow::Result<Followed> {
    match Reach::open(global)? {
        Reach::Engine(client) => {
            let second = client::connect(&reach::options(global))?;
            let (sender, updates) = mpsc::channel();
            follow_views(*client, sender.clone())?;
            follow_events(second, sender.clone())?;
            Ok(Followed { updates, sender, _engine: None })
        }
        Reach::Alone(options) => {
            if options.only_these || global.no_engine {
                screen::say("Watching here, without the engine; nothing is notified.");
            }
            alone(*options)
        }
    }
}

/// Follows an engine of our own.
pub(crate) fn alone(options: Options) -> anyhow::Result<Followed> {
    let (sender, updates) = mpsc::channel();
    let engine = start_unlocked(options)?;
    listen(&engine.handle(), &sender)?;
    Ok(Followed { updates, sender, _engine: Some(engine) })
}

/// Tells of everything that happens in an engine of this process.
pub(crate) fn listen(handle: &EngineHandle, sender: &Sender<Update>) -> anyhow::Result<()> {
    let (mut events, mut views) = (handle.events(), handle.views());
    let runtime = || tokio::runtime::Builder::new_current_thread().build().context("no runtime");
    let (for_events, for_views) = (runtime()?, runtime()?);
    let (tell_events, tell_views) = (sender.clone(), sender.clone());
    thread::spawn(move || {
        for_events.block_on(async {
            loop {
                match events.recv().await {
                    Ok(event) => {
                        if tell_events.send(Update::Event(event)).is_err() {
                            return;
                        }
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    });
    thread::spawn(move || {
        for_views.block_on(async {
            while views.changed().await.is_ok() {
                let view = views.borrow_and_update().clone();
                if tell_views.send(Update::View(view)).is_err() {
                    return;
                }
            }
        });
        let _ = tell_views.send(Update::Lost(STOPPED.into()));
    });
    Ok(())
}

fn follow_views(client: Client, sender: Sender<Update>) -> anyhow::Result<()> {
    let views = client.views()?;
    thread::spawn(move || {
        for view in views {
            let update = match view {
                Ok(view) => Update::View(Arc::new(view)),
                Err(error) => Update::Lost(format!("the engine cannot be heard any longer: {error}")),
            };
            if sender.send(update).is_err() {
                return;
            }
        }
        let _ = sender.send(Update::Lost(STOPPED.into()));
    });
    Ok(())
}

fn follow_events(client: Client, sender: Sender<Update>) -> anyhow::Result<()> {
    let events = client.events()?;
    thread::spawn(move || {
        // The end of the stream is told by the views.
        for event in events.map_while(Result::ok) {
            if sender.send(Update::Event(event)).is_err() {
                return;
            }
        }
    });
    Ok(())
}

/// Tells of Ctrl-C and of an orderly request to end.
pub(crate) fn on_signal(sender: &Sender<Update>) -> anyhow::Result<()> {
    let sender = sender.clone();
    ctrlc::set_handler(move || {
        let _ = sender.send(Update::Stop);
    })
    .context("cannot listen for Ctrl-C")
}
