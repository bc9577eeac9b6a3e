//! What is known of one worker: of each kind of fact the newest.

use std::collections::BTreeMap;

use crate::rhythm::activity;
use crate::{
    Background, Children, Declared, Evidence, Fact, Identity, Listing, Moment, Observation, Process, Status,
    StatusWord, Turn, WorkerId,
};

/// A fact and the moment from which it is true.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Seen<T> {
    /// From when.
    pub at: Moment,
    /// What.
    pub is: T,
}

/// What is known of one worker. Of each kind the newest counts, so the order in which observations arrive is of no matter.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Facts {
    pub(crate) identity: Option<Seen<Identity>>,
    pub(crate) process: Option<Seen<Process>>,
    pub(crate) listing: Option<Seen<Listing>>,
    pub(crate) status: Option<Seen<Status>>,
    pub(crate) turn: Option<Seen<Turn>>,
    pub(crate) background: Option<Seen<Background>>,
    pub(crate) children: Option<Seen<Children>>,
    /// When a child of a tool was last seen.
    pub(crate) child_at: Option<Moment>,
    pub(crate) declared: Option<Seen<Declared>>,
    pub(crate) unread: Option<Seen<u32>>,
    pub(crate) bearer: Option<Seen<Option<WorkerId>>>,
    pub(crate) heartbeats: BTreeMap<Evidence, Moment>,
    /// The newest sign of life.
    pub(crate) alive_at: Option<Moment>,
    /// When a source first said who it is.
    pub(crate) met: Option<Moment>,
    /// The earliest proof of its death: a death that is seen again is no later for it.
    pub(crate) died: Option<Moment>,
}

impl Facts {
    /// Takes an observation in; tells whether anything is known better now.
    pub fn learn(&mut self, observation: &Observation) -> bool {
        let at = observation.at;
        let sign = is_sign_of_life(&observation.fact) && self.alive_at.is_none_or(|known| at > known);
        if sign {
            self.alive_at = Some(at);
        }
        let newer = match &observation.fact {
            Fact::Identity(is) => {
                let earlier = earliest(&mut self.met, at);
                newest(&mut self.identity, at, is) || earlier
            }
            Fact::Process(is) => {
                let earlier = is.is_dead() && earliest(&mut self.died, at);
                newest(&mut self.process, at, is) || earlier
            }
            Fact::Listing(is) => newest(&mut self.listing, at, is),
            Fact::Status(is) => newest(&mut self.status, at, is),
            Fact::Turn(is) => newest(&mut self.turn, at, is),
            Fact::Background(is) => newest(&mut self.background, at, is),
            Fact::Children(is) => {
                let later = is.count > 0 && self.child_at.is_none_or(|known| at > known);
                if later {
                    self.child_at = Some(at);
                }
                newest(&mut self.children, at, is) || later
            }
            Fact::Declared(is) => newest(&mut self.declared, at, is),
            Fact::Unread(is) => newest(&mut self.unread, at, is),
            Fact::Bearer(is) => newest(&mut self.bearer, at, is),
            Fact::Heartbeat(evidence) => {
                let known = self.heartbeats.get(evidence);
                let newer = known.is_none_or(|known| at > *known);
                if newer {
                    self.heartbeats.insert(*evidence, at);
                }
                newer
            }
        };
        newer || sign
    }

    /// Who the worker is, as far as a source has said.
    #[must_use]
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref().map(|seen| &seen.is)
    }

    /// Messages that wait for it, where the medium says.
    #[must_use]
    pub fn unread(&self) -> Option<u32> {
        self.unread.as_ref().map(|seen| seen.is)
    }

    /// The state of its process, by the newest look.
    #[must_use]
    pub fn process(&self) -> Option<Process> {
        self.process.as_ref().map(|seen| seen.is)
    }

    /// The state that its own program declares.
    #[must_use]
    pub fn status(&self) -> Option<&Seen<Status>> {
        self.status.as_ref()
    }

    /// The session that holds this side of a bridge.
    #[must_use]
    pub fn bearer(&self) -> Option<&WorkerId> {
        self.bearer.as_ref()?.is.as_ref()
    }

    /// The status that it declared in its bridge.
    #[must_use]
    pub fn declared(&self) -> Option<&str> {
        self.declared.as_ref().map(|seen| seen.is.0.as_str())
    }

    /// When life was last heard of, and by what.
    #[must_use]
    pub fn last_heard(&self) -> Option<(Evidence, Moment)> {
        self.heartbeats.iter().map(|(evidence, at)| (*evidence, *at)).max_by_key(|(_, at)| *at)
    }

    /// The newest trace that only a living worker leaves: a heartbeat, a declared status, a step of its turn.
    #[must_use]
    pub fn sign_of_life(&self) -> Option<Moment> {
        self.alive_at
    }

    /// Whether it was in the middle of something, by the last that is known; its death then may lose work.
    pub(crate) fn was_at_work(&self) -> bool {
        let in_turn = || self.turn.as_ref().is_some_and(|seen| activity(&seen.is).is_some());
        let running = || self.background.as_ref().is_some_and(|seen| seen.is != Background::default());
        match self.status.as_ref().map(|seen| &seen.is.word) {
            Some(StatusWord::Busy | StatusWord::Waiting | StatusWord::Shell) => true,
            Some(StatusWord::Idle) => running(),
            Some(StatusWord::Absent | StatusWord::Unknown(_)) | None => in_turn(),
        }
    }
}

fn is_sign_of_life(fact: &Fact) -> bool {
    match fact {
        Fact::Heartbeat(_) => true,
        Fact::Status(status) => status.word != StatusWord::Absent,
        // Calls that fail and are tried again are no progress.
        Fact::Turn(turn) => matches!(turn, Turn::Thinking | Turn::Tool { .. }),
        _ => false,
    }
}

fn earliest(slot: &mut Option<Moment>, at: Moment) -> bool {
    let earlier = slot.is_none_or(|known| at < known);
    if earlier {
        *slot = Some(at);
    }
    earlier
}

fn newest<T: Clone + Ord>(slot: &mut Option<Seen<T>>, at: Moment, is: &T) -> bool {
    let newer = slot.as_ref().is_none_or(|known| (at, is) > (known.at, &known.is));
    if newer {
        *slot = Some(Seen { at, is: is.clone() });
    }
    newer
}
