//! One worker: what is known of it, its rhythm, and the verdict in force.

use std::time::Duration;

use crate::facts::Facts;
use crate::judge;
use crate::presence::{Policy, Verdict};
use crate::rhythm::{Fine, Rhythm};
use crate::{Identity, Moment, Observation, Presence, Process, Tick, Timestamp, WorkerId};

/// Ended and gone workers are drawn for this long, awake.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// Whoever can do a task: a session, a teammate, one side of a bridge conversation.
#[derive(Clone, Debug)]
pub struct Worker {
    id: WorkerId,
    /// Boxed: they are large, and the nodes of the roster's map are half empty.
    facts: Box<Facts>,
    rhythm: Rhythm,
    verdict: Verdict,
    pub(crate) muted_until: Option<Timestamp>,
    /// Tasks in its hands.
    pub(crate) tasks: usize,
    pub(crate) seen_alive: bool,
    pub(crate) resumed: bool,
    /// Whether its first presence was told as a change.
    pub(crate) announced: bool,
    /// Over for so long that it is no longer drawn.
    pub(crate) retired: bool,
    /// When this run first heard of it.
    met: Tick,
}

impl Worker {
    pub(crate) fn new(id: WorkerId, now: Moment) -> Self {
        let verdict = Verdict {
            presence: Presence::Unknown,
            since: now,
            witnesses: Vec::new(),
            silence: None,
            threshold: None,
            next: None,
        };
        let (facts, rhythm) = (Box::default(), Rhythm::default());
        Self {
            id,
            facts,
            rhythm,
            verdict,
            muted_until: None,
            tasks: 0,
            seen_alive: false,
            resumed: false,
            announced: false,
            retired: false,
            met: now.tick,
        }
    }

    /// Takes an observation in; tells whether it may change the verdict.
    pub(crate) fn learn(&mut self, observation: &Observation) -> bool {
        let rhythm = self.rhythm.learn(observation);
        self.facts.learn(observation) || rhythm
    }

    /// Judges anew; gives back the presence before when it changed.
    pub(crate) fn judge(&mut self, policy: &Policy, settled: Tick, now: Tick) -> Option<Presence> {
        let before = self.verdict.presence;
        self.verdict = judge::judge(&self.facts, &self.rhythm, policy, settled, now);
        let after = self.verdict.presence;
        self.seen_alive |= !matches!(after, Presence::Gone | Presence::Ended | Presence::Unknown);
        // Whoever is proven dead is not awaited any more, and a rhythm is most of what is known of a worker.
        if self.facts.process().is_some_and(Process::is_dead) {
            self.rhythm = Rhythm::default();
        }
        self.retired = false;
        if self.is_history(now) {
            self.retire();
        }
        (after != before).then_some(before)
    }

    /// A person called its silence fine: so long a pause is usual for it from now on, in what it does.
    pub(crate) fn allow_silence(&mut self, now: Tick) {
        if let Some(heard) = self.facts.sign_of_life() {
            let fine = Fine { pause: now.since(heard.tick), said: now };
            self.rhythm.allow(judge::judged_as(&self.facts), fine);
        }
    }

    /// Whether its end is so long ago that it is of no interest any more.
    pub(crate) fn is_history(&self, now: Tick) -> bool {
        if self.identity().is_none() {
            return now.since(self.met) > KEPT;
        }
        let end = self.verdict.since.tick;
        let last = match self.verdict.presence {
            // Leftovers of a crash stay for ever: one from long before this run is history at once.
            Presence::Gone if !self.seen_alive => self.facts.sign_of_life().map_or(end, |at| at.tick),
            Presence::Gone | Presence::Ended => end.max(self.met),
            _ => return false,
        };
        now.since(last) > KEPT
    }

    /// Forgets what only a worker that is drawn needs.
    pub(crate) fn retire(&mut self) {
        self.retired = true;
        self.rhythm = Rhythm::default();
        self.verdict.witnesses = Vec::new();
    }

    /// The verdict as it would be at `now`, without changing anything: ages and silences move on between inputs.
    #[must_use]
    pub fn verdict_at(&self, policy: &Policy, settled: Tick, now: Tick) -> Verdict {
        let verdict = judge::judge(&self.facts, &self.rhythm, policy, settled, now);
        // What alerts and effects were told of holds until the roster judges again.
        Verdict { presence: self.verdict.presence, since: self.verdict.since, ..verdict }
    }

    /// Its identity.
    #[must_use]
    pub fn id(&self) -> &WorkerId {
        &self.id
    }

    /// Who it is, once a source has said so; before that it is not drawn.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.facts.identity()
    }

    /// The name a person knows it by.
    #[must_use]
    pub fn name(&self) -> &str {
        self.identity().map_or(self.id.as_str(), |identity| &identity.name)
    }

    /// All that is known of it.
    #[must_use]
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// How often it is usually heard.
    #[must_use]
    pub fn rhythm(&self) -> &Rhythm {
        &self.rhythm
    }

    /// The verdict in force.
    #[must_use]
    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// Until when its notifications are muted.
    #[must_use]
    pub fn muted_until(&self) -> Option<Timestamp> {
        self.muted_until
    }

    /// Whether its session goes on in another process.
    #[must_use]
    pub fn is_resumed(&self) -> bool {
        self.resumed
    }
}
