//! A click that goes to a session's terminal.

use std::path::Path;

use peerwatch_core::{Input, Moment, Presence, SourceKind, Worker, WorkerId};
use peerwatch_terminal::{Jump, open_terminal, resume_command};
use peerwatch_wire::{JumpView, Reply};
use tokio::sync::oneshot;

use super::Loop;
use crate::engine::Open;
use crate::jumps::Sought;

impl Loop {
    /// Looks for the ways to the sessions that have come.
    pub(super) fn see_to_ways(&mut self) {
        if self.is_the_engine {
            let living: Vec<(WorkerId, u32)> = self.roster.workers().filter_map(living).collect();
            self.jumps.follow(&living);
        }
    }

    pub(super) fn found_out(&mut self, sought: Sought) {
        let now = self.clock.now();
        match sought {
            Sought::Ways(ways) => self.learn(ways),
            Sought::Looked(worker, way, is_in_front) => {
                // The notification that follows says what a click does now.
                self.learn(vec![(worker.clone(), way)]);
                self.roster.handle(Input::InFront(worker, is_in_front), now);
            }
        }
    }

    fn learn(&mut self, ways: Vec<(WorkerId, JumpView)>) {
        self.jumps.learn(ways);
        self.outlets.labels = self.jumps.labels();
    }

    /// Carries out what the roster wants. What it asks of terminals is answered later, and at once for sessions that are no more.
    pub(super) fn carry_out(&mut self, now: Moment) {
        self.outlets.carry_out(&mut self.roster, &self.store, now);
        while let Some(worker) = self.outlets.asked.pop() {
            match self.roster.worker(&worker).and_then(living) {
                Some((worker, pid)) => self.jumps.look(worker, pid),
                None => {
                    self.roster.handle(Input::InFront(worker, false), now);
                    self.outlets.carry_out(&mut self.roster, &self.store, now);
                }
            }
        }
    }

    /// Brings a session's terminal to the front, as a person asked in the window.
    pub(super) fn jump(&mut self, worker: &WorkerId, reply: oneshot::Sender<Reply>) {
        let Some((_, pid)) = self.roster.worker(worker).and_then(living) else {
            let why =
                format!("{worker} is no session that runs here; `peerwatch status` lists those that do");
            let _left = reply.send(Reply::Refused { why });
            return;
        };
        self.jumps.forget(worker);
        tokio::task::spawn_blocking(move || {
            let jumped = Jump::to(pid).go();
            let said = jumped.to_string();
            let _left = reply.send(match jumped.outcome {
                Ok(_) => Reply::InFront { what: said },
                Err(_) => Reply::Refused { why: said },
            });
        });
    }

    /// A notification was clicked: its session's terminal comes to the front; where that cannot be, the window opens there.
    pub(super) fn jump_or_open(&mut self, open: Open) {
        let session = open.worker.as_ref().map(|id| WorkerId::new(id.as_str()));
        let pid = session.as_ref().and_then(|id| self.roster.worker(id)).and_then(living).map(|(_, pid)| pid);
        let windows = self.opens.clone();
        let Some(pid) = pid.filter(|_| !open.reassign && !open.tasks) else {
            // Nobody need be listening: an engine without a screen has no window.
            let _windows = windows.send(open);
            return;
        };
        tokio::task::spawn_blocking(move || {
            let jumped = Jump::to(pid).with_token(open.activation_token.clone()).go();
            if let Err(error) = jumped.outcome {
                tracing::info!("the window opens instead of a terminal: {error}");
                let _windows = windows.send(open);
            }
        });
    }

    /// Resumes a session that is over, in a new terminal.
    pub(super) fn resume(&self, worker: &WorkerId, reply: oneshot::Sender<Reply>) {
        let identity = self.roster.worker(worker).and_then(Worker::identity);
        let session = identity.filter(|it| it.source == SourceKind::Claude);
        let found = session.and_then(|it| Some((it.cwd.clone()?, it.session_id.clone()?)));
        let Some((folder, id)) = found else {
            let why = format!("{worker} is no session that could be resumed");
            let _left = reply.send(Reply::Refused { why });
            return;
        };
        tokio::task::spawn_blocking(move || {
            let words = resume_command(&folder, &id).map(|resume| resume.words(&shell()));
            let opened = words.map_err(|error| error.to_string()).and_then(|words| {
                open_terminal(&words, Path::new(&folder), None, None).map_err(|error| error.to_string())
            });
            let _left = reply.send(match opened {
                Ok(opened) => Reply::InFront { what: format!("{} runs it in a new window", opened.program) },
                Err(why) => Reply::Refused { why },
            });
        });
    }
}

/// The person's shell, which stays in the terminal when the session ends.
fn shell() -> String {
    std::env::var("SHELL").unwrap_or_else(|_| if cfg!(windows) { "powershell.exe" } else { "/bin/sh" }.into())
}

/// A session whose process lives.
fn living(worker: &Worker) -> Option<(WorkerId, u32)> {
    let identity = worker.identity().filter(|it| it.source == SourceKind::Claude)?;
    let over = matches!(worker.verdict().presence, Presence::Gone | Presence::Ended);
    (!over).then_some((worker.id().clone(), identity.pid?))
}
