//! One worker: what is known of it, its rhythm, and the verdict in force.

use crate::facts::Facts;
use crate::presence::{self, Policy, Verdict};
use crate::rhythm::Rhythm;
use crate::{Identity, Moment, Observation, Presence, Tick, Timestamp, WorkerId};

/// Whoever can do a task: a session, a teammate, one side of a bridge conversation.
#[derive(Clone, Debug)]
pub struct Worker {
    id: WorkerId,
    facts: Facts,
    rhythm: Rhythm,
    verdict: Verdict,
    pub(crate) muted_until: Option<Timestamp>,
    pub(crate) seen_alive: bool,
    pub(crate) was_in_turn: bool,
    pub(crate) resumed: bool,
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
        let (facts, rhythm) = (Facts::default(), Rhythm::default());
        Self {
            id,
            facts,
            rhythm,
            verdict,
            muted_until: None,
            seen_alive: false,
            was_in_turn: false,
            resumed: false,
        }
    }

    pub(crate) fn learn(&mut self, observation: &Observation) -> bool {
        self.rhythm.learn(observation);
        self.facts.learn(observation)
    }

    /// Judges anew; gives back the presence before when it changed.
    pub(crate) fn judge(&mut self, policy: &Policy, settled: Tick, now: Tick) -> Option<Presence> {
        let before = self.verdict.presence;
        let verdict = presence::judge(&self.facts, &self.rhythm, policy, settled, now);
        let same = verdict.presence == before && !verdict.starts_anew(&self.verdict);
        // A fact that is seen again is no new beginning.
        let since = if same { verdict.since.min(self.verdict.since) } else { verdict.since };
        self.verdict = Verdict { since, ..verdict };
        if matches!(self.verdict.presence, Presence::Working | Presence::Idle | Presence::WaitingForYou(_)) {
            self.seen_alive = true;
        }
        match self.verdict.presence {
            Presence::Gone => {}
            Presence::Idle | Presence::Ended | Presence::Unknown => self.was_in_turn = false,
            _ => self.was_in_turn = true,
        }
        (self.verdict.presence != before).then_some(before)
    }

    /// The verdict as it would be at `now`, without changing anything: ages and silences move on between inputs.
    #[must_use]
    pub fn verdict_at(&self, policy: &Policy, settled: Tick, now: Tick) -> Verdict {
        let verdict = presence::judge(&self.facts, &self.rhythm, policy, settled, now);
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

impl Verdict {
    /// Whether this is another wait or another limit than `before`, though of the same kind.
    fn starts_anew(&self, before: &Verdict) -> bool {
        matches!(self.presence, Presence::WaitingForYou(_) | Presence::Limited(_))
            && self.since != before.since
            || self.presence == Presence::Working && self.since > before.since
    }
}
