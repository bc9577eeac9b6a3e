//! One round through the bridges: for each recipient the oldest message that it has not got, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use peerwatch_bridge::{Letter, Pending, TroubleKind};
use peerwatch_core::{ConversationId, Moment, Tick};
use peerwatch_deliver::plan::{self, Mode, Recipient, Step, Trouble, Why};
use peerwatch_deliver::{Door, push_all, wrap_all};
use peerwatch_sources::{Sighted, claude, process};
use peerwatch_wire::{DeliverMode, Reply};

use super::Word;
use super::bridges::Bridge;
use super::living::Living;
use super::post::Post;
use super::together::{parcels, together};
use super::told::Waiting;
use super::words;
use crate::draw;

/// After its last change a session without an inbox is left so long before its person is told.
const STARTING: Duration = Duration::from_secs(5);

/// A session that takes a message hangs up within milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a round came to.
#[derive(Default)]
pub(super) struct Outcome {
    /// When the next step of some message is due.
    pub(super) due: Option<Tick>,
    /// Conversations whose messages wait for something that a person should know.
    pub(super) waiting: Waiting,
    /// Conversations that are braked, and why.
    pub(super) braked: BTreeMap<ConversationId, String>,
}

impl Outcome {
    fn until(&mut self, tick: Tick) {
        self.due = Some(self.due.map_or(tick, |due| due.min(tick)));
    }
}

/// A message on its way, with all that the decision needs.
pub(super) struct Way {
    bridge: PathBuf,
    pub(super) conversation: ConversationId,
    mode: Mode,
    uid: String,
    pub(super) pending: Pending,
    to: Living,
}

/// Two who write to each other in a conversation, in the order of their letters: in a bridge of ten, what the others say
/// to each other is no answer.
pub(super) type Pair = (ConversationId, [String; 2]);

impl Way {
    fn pair(&self) -> Pair {
        let mut pair = [self.pending.letter.from.clone(), self.pending.letter.to.clone()];
        pair.sort_unstable();
        (self.conversation.clone(), pair)
    }
}

impl Post {
    /// Takes the next step for every recipient.
    pub(super) fn deliver(&mut self, now: Moment) -> Outcome {
        let mut outcome = Outcome::default();
        // One push at a time to each session, oldest first, whichever bridge it comes from.
        let mut served = BTreeSet::new();
        let ways = self.ways(now);
        self.hand.await_only(&ways.iter().map(|way| way.uid.as_str()).collect());
        for (at, way) in ways.iter().enumerate() {
            if served.contains(&way.to.worker) {
                continue;
            }
            let company: Vec<&Way> =
                ways[at..].iter().filter(|other| other.to.worker == way.to.worker).collect();
            if self.step(&company, now, &mut outcome) {
                served.insert(way.to.worker.clone());
            }
        }
        outcome
    }

    /// The undelivered messages to sessions that live, oldest first.
    fn ways(&mut self, now: Moment) -> Vec<Way> {
        let mut ways = Vec::new();
        for bridge in self.bridges.all() {
            let pending = match bridge.store.undelivered(now.wall) {
                Ok(pending) => pending,
                Err(error) => {
                    tracing::warn!("{} cannot be looked through: {error}", bridge.path.display());
                    continue;
                }
            };
            for pending in pending {
                if !bridge.is_connected(&pending.letter.conversation, &self.settings) {
                    continue;
                }
                let Some(to) = recipient(&pending, &self.living) else { continue };
                let Some(uid) = pending.letter.uid.clone() else { continue };
                let mode = mode(bridge, &pending, &self.settings);
                let conversation = bridge.named(&pending.letter.conversation);
                let (bridge, to) = (bridge.path.clone(), to.clone());
                ways.push(Way { bridge, conversation, mode, uid, pending, to });
            }
        }
        ways.sort_by_key(|way| (way.pending.letter.sent, way.pending.letter.id));
        ways
    }

    /// Takes the next step of the first message of these; tells whether the later ones to the same session must wait for it.
    fn step(&mut self, company: &[&Way], now: Moment, outcome: &mut Outcome) -> bool {
        let Some(way) = company.first() else { return false };
        let pushing = self.hand.standing(&way.pending.letter, &way.uid, &way.to.worker, now.tick);
        let standing = pushing.under(way.mode, self.settings.deliver_to_bypassing);
        let open = Recipient {
            process: way.to.state,
            status: way.to.status.clone(),
            since: way.to.since,
            bypasses_permissions: false,
            has_inbox: true,
        };
        match plan::next(&standing, &open, now.tick) {
            // Whether there is an inbox, and who would be asked, is looked up only when it matters.
            Step::Push => self.push(company, &standing, open, now, outcome),
            Step::Wait(until) => {
                outcome.until(until);
                true
            }
            Step::Later(Why::Queued) => false,
            Step::Later(_) => true,
            Step::TellPerson(why) => self.tell(way, why, now, outcome),
        }
    }

    fn push(
        &mut self,
        company: &[&Way],
        standing: &plan::Standing,
        open: Recipient,
        now: Moment,
        outcome: &mut Outcome,
    ) -> bool {
        let Some(way) = company.first() else { return false };
        if standing.attempts > 0 && self.is_there_already(way, now) {
            return false;
        }
        let Some((config, door)) = self.door(&way.to) else {
            // It may have died just now: then there is nothing to tell of its inbox.
            let process = process::system().look(way.to.process.pid, Some(&way.to.process.start));
            if process.is_dead() {
                return true;
            }
            let closed = Recipient { has_inbox: false, ..open };
            if standing.mode == Mode::Wake && self.wake_by_hook(company, now) {
                return true;
            }
            // One that has just begun makes its inbox a moment after its entry.
            let started = way.to.since.plus(STARTING);
            if now.tick < started {
                outcome.until(started);
                return true;
            }
            return match plan::next(standing, &closed, now.tick) {
                Step::TellPerson(why) => self.tell(way, why, now, outcome),
                _ => true,
            };
        };
        let bypasses =
            claude::bypasses_permissions(&config, &way.to.session_id, way.to.process.pid) == Some(true);
        let known = Recipient { bypasses_permissions: bypasses, ..open };
        match plan::next(standing, &known, now.tick) {
            Step::Push => {}
            Step::TellPerson(why) => return self.tell(way, why, now, outcome),
            Step::Wait(_) | Step::Later(_) => return true,
        }
        if let Some(until) = self.must_wait(way, standing.attempts, now, outcome) {
            outcome.until(until);
            return true;
        }
        self.hand_in(&together(company), door, now);
        true
    }

    /// Whether the recipient's transcript shows a message that was pushed before: then it must not be pushed again. That it
    /// stood in a queue proves nothing here: whose queue that was, only its sighting tells.
    fn is_there_already(&mut self, way: &Way, now: Moment) -> bool {
        let find = |config: &PathBuf| claude::find_uid(config, &way.to.session_id, &way.uid);
        let is_read = self.claude.iter().filter_map(find).any(|how| how == Sighted::Read);
        if is_read {
            let (uid, by) = (way.uid.as_str(), way.to.worker.as_str());
            self.at_uid(uid, |store, _| store.seen(uid, by, now.wall));
        }
        is_read
    }

    fn door(&self, to: &Living) -> Option<(PathBuf, Door)> {
        self.claude.iter().find_map(|config| {
            let inbox = claude::door(config, to.process.pid)?;
            if inbox.start != to.process.start {
                return None;
            }
            let door = Door {
                config: config.clone(),
                pid: to.process.pid,
                socket: inbox.socket,
                session_id: inbox.session_id,
            };
            Some((config.clone(), door))
        })
    }

    /// The brake of these two, and the pace of the recipient.
    fn must_wait(&mut self, way: &Way, attempts: u32, now: Moment, outcome: &mut Outcome) -> Option<Tick> {
        if !way.pending.by_person && attempts == 0 {
            let brake = self.brakes.entry(way.pair()).or_default();
            if let Some(braked) = brake.check(now.tick) {
                outcome.braked.insert(way.conversation.clone(), words::BRAKED.into());
                return Some(braked.until);
            }
        }
        let ready = self.hand.ready(&way.to.worker, now.tick);
        (ready > now.tick).then_some(ready)
    }

    /// Pushes messages on a thread of its own: the session may be slow.
    fn hand_in(&mut self, ways: &[&Way], door: Door, now: Moment) {
        let letters = self.claim(ways, now);
        let Some((_, first)) = letters.first() else { return };
        let reply_to = self.addresses.of(&door.socket, &first.conversation, &first.from);
        let echo = self.echo.clone();
        let pushing = std::thread::Builder::new().name("push".into()).spawn(move || {
            let result = push_all(&door, &parcels(&letters, reply_to.as_deref()), PATIENCE);
            let uids = letters.into_iter().map(|(uid, _)| uid).collect();
            // The thread may have ended meanwhile.
            let _ended = echo.send(Word::Pushed { uids, result });
        });
        if let Err(error) = pushing {
            tracing::error!("a message cannot be pushed: {error}");
        }
    }

    /// Writes down that messages are being pushed. Those that were fetched meanwhile are left out.
    fn claim(&mut self, ways: &[&Way], now: Moment) -> Vec<(String, Letter)> {
        let mut letters = Vec::new();
        for way in ways {
            let Some(bridge) = self.bridges.at(&way.bridge) else { continue };
            match bridge.store.pushing(&way.uid, way.to.worker.as_str(), now.wall) {
                Ok(true) => letters.push((way.uid.clone(), way.pending.letter.clone())),
                Ok(false) => {}
                Err(error) => tracing::warn!("a push could not be written down, so it was not done: {error}"),
            }
        }
        if let (Some(way), Some((_, first))) = (ways.first(), letters.first()) {
            self.hand.pushed(letters.iter().map(|(uid, _)| uid), &way.to.worker, now.tick);
            if !way.pending.by_person {
                let brake = self.brakes.entry(way.pair()).or_default();
                brake.delivered(&first.from, now.tick);
            }
        }
        letters
    }

    /// Writes down what is in the way; tells whether later messages to the same session must wait too.
    fn tell(&mut self, way: &Way, why: Why, now: Moment, outcome: &mut Outcome) -> bool {
        // What one message met with is no matter of the next, but for a dialog that is open.
        let blocks = !matches!(why, Why::TellMe | Why::Trouble(_)) || why == Why::Trouble(Trouble::Held);
        let Some(words) = words::of(why) else { return blocks };
        if matches!(why, Why::NoInbox | Why::Bypassing | Why::Unanswered)
            && way.pending.letter.receipt.trouble.is_none()
        {
            let uid = &way.uid;
            self.at_uid(uid, |store, _| {
                store.troubled(uid, TroubleKind::NoWay, words, now.wall).map(|()| true)
            });
        }
        outcome
            .waiting
            .entry(way.conversation.clone())
            .or_insert_with(|| (Some(way.to.worker.clone()), words.to_owned()));
        blocks
    }

    /// Gives the messages to a hook that waits for something to wake its session with; `false` when none waits.
    fn wake_by_hook(&mut self, company: &[&Way], now: Moment) -> bool {
        let Some(waiter) = company.first().and_then(|way| self.waiters.remove(&way.to.session_id)) else {
            return false;
        };
        let text = self.hand_to_hook(&together(company), now);
        let _left = waiter.send(Reply::Hook { text });
        true
    }

    /// What a session shall hear at the end of its turn: messages that have no other way in.
    pub(super) fn at_turn_end(&mut self, session_id: &str, now: Moment) -> Option<String> {
        let ways = self.ways(now);
        let mine = ways.iter().filter(|way| way.to.session_id == session_id && way.mode != Mode::TellMe);
        let unpushed = mine.filter(|way| way.pending.letter.receipt.pushed.is_none());
        let stuck: Vec<&Way> = unpushed.filter(|way| self.door(&way.to).is_none()).collect();
        self.hand_to_hook(&together(&stuck), now)
    }

    /// The text of messages that go through a hook; they are pushed with it, and its transcript will show them.
    fn hand_to_hook(&mut self, ways: &[&Way], now: Moment) -> Option<String> {
        let letters = self.claim(ways, now);
        (!letters.is_empty()).then(|| wrap_all(&parcels(&letters, None)))
    }
}

/// The living session that a message is for: its process, or the one that its session was resumed in.
fn recipient<'a>(pending: &Pending, living: &'a [Living]) -> Option<&'a Living> {
    let bearer = pending.bearer.as_ref()?;
    let same_process = |one: &&Living| bearer.process.as_ref() == Some(&one.process);
    let same_session = |one: &&Living| bearer.session_id.as_ref() == Some(&one.session_id);
    living.iter().find(same_process).or_else(|| living.iter().find(same_session))
}

/// How a message is to reach its session.
fn mode(bridge: &Bridge, pending: &Pending, settings: &peerwatch_wire::Settings) -> Mode {
    let conversation = bridge.named(&pending.letter.conversation);
    let mode = match pending.by_person {
        true => draw::persons_mode(settings, conversation.as_str()),
        false => draw::mode(settings, conversation.as_str(), bridge.own),
    };
    match mode {
        DeliverMode::Wake => Mode::Wake,
        DeliverMode::NextTurn => Mode::NextTurn,
        DeliverMode::TellMe => Mode::TellMe,
    }
}
