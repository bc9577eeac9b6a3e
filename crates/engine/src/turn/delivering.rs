//! What passes between the loop and the delivery thread.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use peerwatch_core::{Fact, Input, Message, Moment, Observation, SourceId, WorkerId};
use peerwatch_sources::{Reading, SideSeen, bridge};
use peerwatch_wire::{Command, ConversationSettings, DeliverMode, Reply};
use tokio::sync::{mpsc, oneshot};

use super::Loop;
use crate::config;
use crate::delivery::{Delivery, Finding, Word};
use crate::draw;

/// A commit can be read a little after its log was written.
const STIRRED: Duration = Duration::from_secs(1);
/// Proofs that are remembered.
const SIDES: usize = 1_000;

impl Loop {
    /// Starts the thread that brings messages into sessions.
    pub(super) fn begin_delivering(&mut self) {
        let (out, findings) = mpsc::unbounded_channel();
        crate::plugin::tidy(&self.folders);
        match Delivery::start(self.folders.bridge(), self.clock.clone(), out) {
            Ok(delivery) => {
                self.looking
                    .at_each_look(&self.folders.bridge(), stirring(&self.folders.bridge(), &delivery));
                (self.delivery, self.findings) = (Some(delivery), Some(findings));
            }
            Err(error) => {
                self.own_problem("delivery".into(), format!("no message can be delivered: {error}"))
            }
        }
    }

    pub(super) fn tell_delivery(&self, word: impl FnOnce() -> Word) {
        if let Some(delivery) = &self.delivery {
            delivery.tell(word());
        }
    }

    /// Tells delivery what a look means to it, and takes the proofs of who holds which side in.
    pub(super) fn pass_on(&mut self, source: &SourceId, reading: &mut Reading) {
        let sightings = std::mem::take(&mut reading.sightings);
        if !sightings.is_empty() {
            self.tell_delivery(|| Word::Sighted(sightings));
        }
        let sides = std::mem::take(&mut reading.sides);
        if !sides.is_empty() {
            for side in &sides {
                self.sides.insert((side.conversation.clone(), side.side), side.clone());
            }
            while self.sides.len() > SIDES {
                self.sides.pop_first();
            }
            self.tell_delivery(|| Word::Sides(sides));
        }
        let changed = !reading.messages.is_empty() || !reading.observations.is_empty();
        if changed && source.as_str().starts_with("bridge:") {
            self.tell_delivery(|| Word::Changed);
        }
    }

    /// Tells of messages which of them are on their way into a session already.
    pub(super) fn tell_brought(&self, messages: &mut [Message]) {
        if self.delivery.is_none() {
            return;
        }
        let own = self.folders.bridge();
        for message in messages {
            let id = &message.conversation;
            let own = bridge::belongs(&own, id);
            let connected = own || self.settings.conversations.contains_key(id.as_str());
            let wakes = draw::mode(&self.settings, id.as_str(), own) == DeliverMode::Wake;
            message.brought = connected && wakes && message.to.worker.is_some();
        }
    }

    /// Tells the roster who holds the sides that it knows by now.
    pub(super) fn join_sides(&mut self, now: Moment) {
        let held: Vec<Observation> = self.sides.values().filter_map(|side| self.held_side(side)).collect();
        if !held.is_empty() {
            self.roster.handle(Input::Observed(held), now);
        }
    }

    /// The side of a bridge of which a transcript proves that this session holds it.
    fn held_side(&self, seen: &SideSeen) -> Option<Observation> {
        let end = format!(":{}:{}", seen.conversation, seen.side);
        let side = self.roster.side_ending(&end)?;
        if side.facts().bearer() == Some(&seen.worker) {
            return None;
        }
        let fact = Fact::Bearer(Some(seen.worker.clone()));
        Some(Observation { worker: side.id().clone(), at: seen.at, fact })
    }

    /// The person answered in a notification.
    pub(super) fn write_back(&self, to: WorkerId, text: String) {
        let (reply, answer) = oneshot::channel();
        self.tell_delivery(|| Word::Write { to, text, reply });
        tokio::spawn(async move {
            if let Ok(Reply::Refused { why }) = answer.await {
                tracing::warn!("an answer could not be sent: {why}");
            }
        });
    }

    pub(super) fn found(&mut self, finding: Finding) {
        let now = self.clock.now();
        match finding {
            Finding::Undelivered { conversation, to, why } => {
                self.roster.handle(Input::Undelivered { conversation, to, why }, now);
            }
            Finding::Braked { conversation, why } => {
                match &why {
                    Some(why) => drop(self.braked.insert(conversation.to_string(), why.clone())),
                    None => drop(self.braked.remove(conversation.as_str())),
                }
                self.roster.handle(Input::Undelivered { conversation, to: None, why }, now);
            }
            Finding::Tasks(tasks) => self.tasks_changed(tasks),
            Finding::Problem { subject, what } => {
                self.own_problems.retain(|problem| problem.subject != subject);
                if let Some(what) = what {
                    self.own_problem(subject, what);
                }
                self.report_own_problems(now);
            }
        }
    }

    /// Hands a command to the delivery thread, which answers it; gives it back when it is none of these.
    pub(super) fn deliver(
        &mut self,
        command: Command,
        reply: oneshot::Sender<Reply>,
        now: Moment,
    ) -> Option<(Reply, oneshot::Sender<Reply>)> {
        let Some(delivery) = &self.delivery else {
            let why = "only the running engine delivers; start the tray application or `peerwatch run`";
            return Some((Reply::Refused { why: why.into() }, reply));
        };
        match command {
            Command::Send { to, text } => {
                delivery.tell(Word::Write { to: WorkerId::new(to), text, reply });
                None
            }
            Command::Hook { event, session_id, .. } if event == "Stop" => {
                delivery.tell(Word::TurnEnds { session_id, reply });
                None
            }
            Command::Hook { event, session_id, .. } if event == "Wait" => {
                delivery.tell(Word::Waits { session_id, reply });
                None
            }
            Command::Hook { .. } => Some((Reply::Hook { text: None }, reply)),
            Command::Release { conversation } => {
                let conversation = peerwatch_core::ConversationId::new(conversation);
                delivery.tell(Word::Release { conversation, reply });
                None
            }
            Command::Deliver { conversation, mode } => {
                let changed =
                    self.change_conversation(&conversation, |settings| settings.deliver = mode, now);
                Some((changed, reply))
            }
            Command::Heartbeats { conversation, on } => {
                let changed =
                    self.change_conversation(&conversation, |settings| settings.heartbeats = on, now);
                Some((changed, reply))
            }
            _ => Some((Reply::Refused { why: "this is no command of delivery".into() }, reply)),
        }
    }

    /// Changes what holds for one conversation, in the settings.
    pub(super) fn change_conversation(
        &mut self,
        conversation: &str,
        change: impl FnOnce(&mut ConversationSettings),
        now: Moment,
    ) -> Reply {
        let mut settings = self.settings.conversations.get(conversation).cloned().unwrap_or_default();
        change(&mut settings);
        match config::change_conversation(&self.folders.config, conversation, &settings) {
            Ok(_) => {
                self.read_settings(now);
                Reply::Settings { settings: self.settings.clone() }
            }
            Err(error) => Reply::Refused { why: error.to_string() },
        }
    }
}

/// Tells delivery that something was written into the bridge at `path`, when it is called soon after: tasks change without any
/// message.
fn stirring(path: &Path, delivery: &Delivery) -> impl Fn() + Send + Sync + use<> {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let (words, last) = (Mutex::new(delivery.voice()), Mutex::new((None, Instant::now())));
    move || {
        let written = std::fs::metadata(&log).and_then(|meta| Ok((meta.len(), meta.modified()?))).ok();
        let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != written {
            *last = (written, Instant::now());
        }
        if last.1.elapsed() < STIRRED {
            // The thread ends only with the engine.
            let _ended = words.lock().unwrap_or_else(PoisonError::into_inner).send(Word::Stirred);
        }
    }
}
