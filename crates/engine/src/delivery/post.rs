//! The delivery thread: what it knows, and what each word that it is told means.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

use peerwatch_bridge::{Letter, Store, StoreError, TroubleKind};
use peerwatch_core::{Moment, Tick, WorkerId};
use peerwatch_deliver::plan::{Brake, Trouble};
use peerwatch_deliver::{PushError, Receipt, Returned, Verdict};
use peerwatch_sources::process::{self, Processes};
use peerwatch_sources::runner::until_next;
use peerwatch_sources::{SideSeen, Sighted, Sighting};
use peerwatch_wire::{Reply, Settings};
use tokio::sync::mpsc::UnboundedSender;
use tokio::sync::oneshot;

use super::addresses::Addresses;
use super::beats::Beats;
use super::bridges::Bridges;
use super::hand::Hand;
use super::handovers::Seen;
use super::living::Living;
use super::lost;
use super::round::Pair;
use super::told::Told;
use super::{Finding, Word};
use crate::clock::Clock;

/// Without any news the bridges are looked through this often: events may be lost.
const SLOW: Duration = Duration::from_secs(10);
/// Transcripts are dated by the clock of another process.
const SLACK: Duration = Duration::from_millis(500);
/// Proofs of who holds a side that are remembered, for conversations that a person connects later.
const SIDES: usize = 1_000;

/// The delivery thread.
pub(super) struct Post {
    pub(super) own: PathBuf,
    pub(super) clock: Clock,
    pub(super) echo: Sender<Word>,
    pub(super) settings: Settings,
    pub(super) claude: Vec<PathBuf>,
    pub(super) bridges: Bridges,
    pub(super) living: Vec<Living>,
    pub(super) hand: Hand,
    pub(super) brakes: BTreeMap<Pair, Brake>,
    pub(super) addresses: Addresses,
    /// Hooks that wait for something to wake their sessions with.
    pub(super) waiters: BTreeMap<String, oneshot::Sender<Reply>>,
    beats: Beats,
    sides: BTreeMap<(String, char), SideSeen>,
    pub(super) told: Told,
    pub(super) tasks: Seen,
    pub(super) processes: Box<dyn Processes>,
    /// When messages that a dead process had fetched are looked for next.
    look_for_lost: Tick,
    /// When the bridges are looked through next.
    due: Tick,
}

impl Post {
    pub(super) fn new(own: PathBuf, clock: Clock, echo: Sender<Word>, out: UnboundedSender<Finding>) -> Self {
        Self {
            own,
            clock,
            addresses: Addresses::new(echo.clone()),
            echo,
            settings: Settings::default(),
            claude: Vec::new(),
            bridges: Bridges::default(),
            living: Vec::new(),
            hand: Hand::default(),
            brakes: BTreeMap::new(),
            waiters: BTreeMap::new(),
            beats: Beats::default(),
            sides: BTreeMap::new(),
            told: Told::new(out),
            tasks: Seen::default(),
            processes: process::system(),
            look_for_lost: Tick(i64::MIN),
            due: Tick(i64::MIN),
        }
    }

    /// Until it is told to stop.
    pub(super) fn run(mut self, ear: &Receiver<Word>) {
        loop {
            let wait = self.due.since(self.clock.now().tick).saturating_add(Duration::from_millis(1));
            let word = match ear.recv_timeout(wait) {
                Ok(word) => Some(word),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let words: Vec<Word> = word.into_iter().chain(ear.try_iter()).collect();
            let only_stirred = !words.is_empty() && words.iter().all(|word| matches!(word, Word::Stirred));
            for word in words {
                if matches!(word, Word::Stop) {
                    return;
                }
                self.take(word);
            }
            // A round looks through all messages; whether tasks changed is told by a number.
            if !only_stirred || self.has_news_of_tasks() {
                self.go_round();
            }
        }
    }

    /// Looks through the bridges: what is due is pushed and beaten, what is news is told.
    fn go_round(&mut self) {
        let now = self.clock.now();
        if now.tick >= self.look_for_lost {
            self.look_for_lost = now.tick.plus(SLOW);
            lost::reclaim(&mut self.bridges, &self.claude, &*self.processes, now.wall);
        }
        self.hand_over(now);
        let outcome = self.deliver(now);
        self.brakes.retain(|_, brake| !brake.is_at_rest(now.tick));
        self.beats.write(&mut self.bridges, &self.living, &self.settings, now);
        let beats = self.beats.due(now.tick);
        let slow = now.tick.plus(until_next(SLOW, now.tick));
        self.due = [outcome.due, beats].into_iter().flatten().fold(slow, Tick::min);
        self.bridges.rest();
        for (path, what) in self.bridges.take_news() {
            self.told.say(Finding::Problem { subject: path.display().to_string(), what });
        }
        self.told.undelivered(outcome.waiting);
        self.told.braked(outcome.braked);
    }

    fn take(&mut self, word: Word) {
        let now = self.clock.now();
        match word {
            Word::Settings { settings, claude, databases } => {
                self.bridges.follow(&self.own, &databases, &settings);
                (self.settings, self.claude) = (*settings, claude);
                self.bind_sides(now);
            }
            Word::Living(living) => {
                self.hand.keep(|worker| living.iter().any(|one| one.worker == *worker));
                let lives = |worker: &WorkerId| living.iter().any(|one| one.worker == *worker);
                if self.living.iter().any(|before| !lives(&before.worker)) {
                    // It may have died with what it had fetched.
                    self.look_for_lost = now.tick;
                }
                // Whose session is over is let go: the answer that never comes ends its wait.
                self.waiters.retain(|id, _| living.iter().any(|one| one.session_id == *id));
                self.living = living;
                // A transcript may be read before it is known who writes it, as when an engine begins.
                self.bind_sides(now);
            }
            Word::Sighted(sightings) => self.sighted(&sightings, now),
            Word::Sides(sides) => {
                for side in sides {
                    self.sides.insert((side.conversation.clone(), side.side), side);
                }
                while self.sides.len() > SIDES {
                    self.sides.pop_first();
                }
                self.bind_sides(now);
            }
            Word::Write { to, text, reply } => {
                let answer = self.write(&to, text, now).unwrap_or_else(|why| Reply::Refused { why });
                let _left = reply.send(answer);
            }
            Word::TurnEnds { session_id, reply } => {
                let text = self.at_turn_end(&session_id, now);
                let _left = reply.send(Reply::Hook { text });
            }
            Word::Waits { session_id, reply } => drop(self.waiters.insert(session_id, reply)),
            Word::Task { bridge, act, reply } => {
                let answer = self.act_on_task(&bridge, act, now);
                let _left = reply.send(answer);
            }
            Word::Release { conversation, reply } => {
                let of_it = self.brakes.iter_mut().filter(|((of, _), _)| *of == conversation);
                of_it.for_each(|(_, brake)| brake.release());
                let _left = reply.send(Reply::Done);
            }
            Word::Returned(Returned::Receipt(receipt)) => self.returned(&receipt, now),
            Word::Returned(Returned::Letter(letter)) => self.answered(&letter, now),
            Word::Pushed { uids, result } => self.pushed(&uids, &result, now),
            // Whoever woke with us had no time to show anything.
            Word::Woke => self.hand = Hand::default(),
            // The round that follows looks.
            Word::Changed | Word::Stirred | Word::Stop => {}
        }
    }

    /// Transcripts prove that messages arrived.
    fn sighted(&mut self, sightings: &[Sighting], now: Moment) {
        for Sighting { uid, worker, how, at, .. } in sightings {
            let by = worker.as_ref().map_or("", |worker| worker.as_str());
            match how {
                Sighted::Read => {
                    self.at_uid(uid, |store, _| store.seen(uid, by, now.wall));
                    self.hand.let_go(uid);
                }
                // A queue dies with its process, but its record stays in the transcript.
                Sighted::Queued => self.at_uid(uid, |store, letter| {
                    let pushed = letter.receipt.pushed.as_ref();
                    let is_its = pushed.is_some_and(|(when, to)| to == by && *when <= at.wall.plus(SLACK));
                    if is_its { store.accepted(uid, by, now.wall) } else { Ok(false) }
                }),
            }
        }
    }

    /// Does something to a message in whichever bridge keeps it.
    pub(super) fn at_uid(
        &mut self,
        uid: &str,
        mut act: impl FnMut(&mut Store, &Letter) -> Result<bool, StoreError>,
    ) {
        for bridge in self.bridges.all() {
            match bridge.store.by_uid(uid).and_then(|letter| match letter {
                Some(letter) => act(&mut bridge.store, &letter),
                None => Ok(false),
            }) {
                Ok(_) => {}
                Err(error) => tracing::warn!("a receipt could not be stored: {error}"),
            }
        }
    }

    fn returned(&mut self, receipt: &Receipt, now: Moment) {
        let (uid, why) = (&receipt.uid, receipt.reason.as_str());
        let trouble = match receipt.verdict {
            // Its transcript will say so too, and that counts.
            Verdict::Delivered => {
                return self.at_uid(uid, |store, _| store.untroubled(uid).map(|()| true));
            }
            Verdict::Held => TroubleKind::Held,
            Verdict::Denied => TroubleKind::Denied,
            Verdict::Expired => TroubleKind::Expired,
            Verdict::Refused => TroubleKind::Refused,
        };
        self.at_uid(uid, |store, _| store.troubled(uid, trouble, why, now.wall).map(|()| true));
    }

    fn pushed(&mut self, uids: &[String], result: &Result<(), PushError>, now: Moment) {
        let Err(error) = result else { return };
        tracing::info!(?uids, "messages were not taken: {error}");
        let trouble = match error {
            // They may have arrived: only the transcript tells.
            PushError::Slow => return,
            PushError::TooLarge { .. } => Trouble::TooLarge,
            _ => Trouble::Unreachable,
        };
        for uid in uids {
            self.hand.failed(uid, trouble);
            if trouble == Trouble::TooLarge {
                let why = error.to_string();
                self.at_uid(uid, |store, _| {
                    store.troubled(uid, TroubleKind::NoWay, &why, now.wall).map(|()| true)
                });
            }
        }
    }

    /// Writes the proofs of who holds sides into the conversations that a person connected.
    fn bind_sides(&mut self, now: Moment) {
        for side in self.sides.values() {
            let Some(session) = self.living.iter().find(|one| one.worker == side.worker) else { continue };
            for bridge in self.bridges.all().filter(|bridge| !bridge.own) {
                let known = bridge.store.participants(&side.conversation).is_ok_and(|all| !all.is_empty());
                if !known || !bridge.is_connected(&side.conversation, &self.settings) {
                    continue;
                }
                let side_of = side.side.to_string();
                if let Err(error) =
                    bridge.store.bind(&side.conversation, &side_of, &session.bearer(), now.wall)
                {
                    tracing::warn!("a side could not be bound: {error}");
                }
            }
        }
    }
}
