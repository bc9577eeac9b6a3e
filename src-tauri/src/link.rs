//! The link to the engine: our own, or the one that already runs for this user.
//!
//! Whoever holds the lock runs the loop. If another process does, this one is its window; when that process ends, this
//! one takes over.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use peerwatch_engine::{Engine, EngineHandle, Open, Options, StartError, client, start};
use peerwatch_wire::{Command, Reply, View};
use tokio::{
    sync::{broadcast::error::RecvError, mpsc, watch},
    task::spawn_blocking,
};

/// Another engine that doesn't answer is tried again after this long.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// What is known of the engine.
#[derive(Clone, Debug)]
pub(crate) enum Sight {
    /// The view as it was drawn last.
    View(Arc<View>),
    /// Nothing is seen; the sentence says why.
    Blind(String),
}

/// Why the link has come to its end.
#[derive(Debug)]
pub(crate) enum Ended {
    /// The engine was stopped, by us or by another process's command.
    Stopped,
    /// It cannot run at all.
    Cannot(StartError),
}

enum Side {
    None,
    Own(EngineHandle),
    Other,
}

/// The link. Lives as long as the program.
pub(crate) struct Link {
    options: Options,
    side: Mutex<Side>,
    sight: watch::Sender<Sight>,
    opens: mpsc::UnboundedSender<Open>,
}

impl Link {
    /// Not linked yet: [`Link::keep`] does that.
    pub(crate) fn new(options: Options) -> (Self, mpsc::UnboundedReceiver<Open>) {
        let (opens, opened) = mpsc::unbounded_channel();
        let sight = watch::Sender::new(Sight::Blind("Peerwatch is starting".into()));
        (Self { options, side: Mutex::new(Side::None), sight, opens }, opened)
    }

    pub(crate) fn sight(&self) -> watch::Receiver<Sight> {
        self.sight.subscribe()
    }

    /// Has the engine do something. Refusals come as replies.
    pub(crate) async fn command(&self, command: Command) -> Reply {
        let own = match &*self.side() {
            Side::None => return refused("Peerwatch doesn't watch at the moment".into()),
            Side::Own(handle) => Some(handle.clone()),
            Side::Other => None,
        };
        if let Some(handle) = own {
            return handle.command(command).await;
        }
        let options = self.options.clone();
        let asking =
            spawn_blocking(move || client::connect(&options).map(|mut client| client.command(&command)));
        match asking.await {
            Ok(Ok(Ok(reply))) => reply,
            Ok(Ok(Err(error))) => refused(error.to_string()),
            Ok(Err(error)) => refused(error.to_string()),
            Err(error) => refused(error.to_string()),
        }
    }

    /// Asks our own engine to stop, and says whether there is one; another process's engine goes on.
    pub(crate) fn stop(&self) -> bool {
        match &*self.side() {
            Side::Own(handle) => {
                handle.ask_to_stop();
                true
            }
            Side::None | Side::Other => false,
        }
    }

    /// Keeps the link until the engine has stopped.
    pub(crate) async fn keep(&self) -> Ended {
        loop {
            let options = self.options.clone();
            match spawn_blocking(move || start(options)).await {
                Ok(Ok(engine)) => return self.follow(engine).await,
                Ok(Err(StartError::AlreadyRunning { pid })) => self.follow_other(pid).await,
                Ok(Err(error)) => return Ended::Cannot(error),
                Err(panicked) => {
                    tracing::error!("the engine could not be started: {panicked}");
                    return Ended::Stopped;
                }
            }
        }
    }

    async fn follow(&self, engine: Engine) -> Ended {
        let handle = engine.handle();
        let (mut views, mut opens) = (handle.views(), handle.opens());
        *self.side() = Side::Own(handle);
        // The engine's own thread knows best when it has come to rest.
        let mut at_rest = spawn_blocking(|| engine.run_until_stopped());
        loop {
            self.see(Sight::View(views.borrow_and_update().clone()));
            tokio::select! {
                _ = &mut at_rest => break,
                Ok(()) = views.changed() => {}
                open = opens.recv() => match open {
                    Ok(open) => {
                        let _unless_we_are_ending = self.opens.send(open);
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => {
                        let _ = (&mut at_rest).await;
                        break;
                    }
                },
            }
        }
        *self.side() = Side::None;
        Ended::Stopped
    }

    async fn follow_other(&self, pid: Option<u32>) {
        tracing::info!("another Peerwatch watches already (pid {pid:?}); this one is its window");
        let views = {
            let options = self.options.clone();
            spawn_blocking(move || client::connect(&options).map(client::Client::views)).await
        };
        let views = match views {
            Ok(Ok(Ok(views))) => views,
            failed => {
                let why = match failed {
                    Ok(Ok(Err(error))) => error.to_string(),
                    Ok(Err(error)) => error.to_string(),
                    _ => "it doesn't answer".into(),
                };
                self.see(Sight::Blind(format!("Another Peerwatch is running{}, but {why}", with_pid(pid))));
                return tokio::time::sleep(TRY_AGAIN).await;
            }
        };
        *self.side() = Side::Other;
        let sight = self.sight.clone();
        let reading = spawn_blocking(move || {
            for view in views.map_while(Result::ok) {
                sight.send_replace(Sight::View(Arc::new(view)));
            }
        });
        let _until_it_ends = reading.await;
        *self.side() = Side::None;
        self.see(Sight::Blind("Peerwatch is taking over from the one that has just ended".into()));
    }

    /// Says what is seen; a view, or why there is none.
    pub(crate) fn see(&self, sight: Sight) {
        self.sight.send_replace(sight);
    }

    fn side(&self) -> MutexGuard<'_, Side> {
        self.side.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn with_pid(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
}

fn refused(why: String) -> Reply {
    Reply::Refused { why }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use peerwatch_engine::{Folders, Notifications};

    use super::*;

    fn options(scratch: &Path) -> Options {
        Options {
            claude_config: vec![scratch.join("claude")],
            only_these: true,
            folders: Some(Folders::below(&scratch.join("peerwatch"))),
            notifications: Notifications::Off,
            ..Options::default()
        }
    }

    async fn sees(sight: &mut watch::Receiver<Sight>) -> Arc<View> {
        let seen = sight.wait_for(|sight| matches!(sight, Sight::View(_))).await;
        match seen.as_deref() {
            Ok(Sight::View(view)) => view.clone(),
            other => panic!("no view: {other:?}"),
        }
    }

    #[tokio::test]
    async fn our_own_engine_is_seen_commanded_and_stopped() {
        let scratch = tempfile::tempdir().unwrap();
        let (link, _opens) = Link::new(options(scratch.path()));
        let mut sight = link.sight();
        assert!(matches!(link.command(Command::View).await, Reply::Refused { .. }));
        let story = async {
            sees(&mut sight).await;
            assert_eq!(link.command(Command::Pause { seconds: 60 }).await, Reply::Done);
            let paused = |sight: &Sight| matches!(sight, Sight::View(view) if view.paused_until.is_some());
            assert!(sight.wait_for(paused).await.is_ok());
            assert!(link.stop());
        };
        let (ended, ()) = tokio::join!(link.keep(), story);
        assert!(matches!(ended, Ended::Stopped));
    }

    #[tokio::test]
    async fn beside_another_engine_we_are_its_window_and_take_over_when_it_ends() {
        let scratch = tempfile::tempdir().unwrap();
        let other = start(options(scratch.path())).unwrap();
        let (link, _opens) = Link::new(options(scratch.path()));
        let mut sight = link.sight();
        let story = async {
            sees(&mut sight).await;
            assert_eq!(link.command(Command::Pause { seconds: 60 }).await, Reply::Done);
            assert!(other.handle().view().paused_until.is_some(), "the other one has paused");
            assert!(!link.stop(), "it isn't ours to stop");
            spawn_blocking(|| other.stop()).await.unwrap();
            let taken_over = |_: &Sight| matches!(&*link.side(), Side::Own(_));
            assert!(sight.wait_for(taken_over).await.is_ok());
            assert!(link.stop());
        };
        let (ended, ()) = tokio::join!(link.keep(), story);
        assert!(matches!(ended, Ended::Stopped));
    }
}
