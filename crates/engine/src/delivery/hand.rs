//! What this run has in hand: pushes whose outcome is awaited, and how fast each recipient may be pushed to.

use std::collections::{BTreeMap, BTreeSet};

use peerwatch_bridge::Letter;
use peerwatch_core::{Tick, WorkerId};
use peerwatch_deliver::plan::{Pace, Standing, Trouble};

/// A push whose outcome is awaited.
#[derive(Clone, Copy, Debug, Default)]
struct Pushed {
    at: Tick,
    trouble: Option<Trouble>,
}

/// What this run has in hand. Nothing of it must survive: the store knows what was pushed, and to whom.
#[derive(Default)]
pub(super) struct Hand {
    pushed: BTreeMap<String, Pushed>,
    paces: BTreeMap<WorkerId, Pace>,
}

impl Hand {
    /// How a letter stands with this session. What an earlier run pushed counts as pushed now: evidence of it may be on
    /// its way.
    pub(super) fn standing(&mut self, letter: &Letter, uid: &str, to: &WorkerId, now: Tick) -> Pushing {
        let receipt = &letter.receipt;
        let to_this_one = receipt.pushed.as_ref().is_some_and(|(_, whom)| whom == to.as_str());
        if !to_this_one {
            return Pushing::default();
        }
        let pushed = self.pushed.entry(uid.to_owned()).or_insert(Pushed { at: now, trouble: None });
        Pushing {
            attempts: receipt.attempts,
            pushed: Some(pushed.at),
            accepted: receipt.accepted.map(|_| now),
            trouble: pushed.trouble.or_else(|| receipt.trouble.as_ref().and_then(|it| trouble(it.kind))),
        }
    }

    pub(super) fn pushed<'u>(
        &mut self,
        uids: impl IntoIterator<Item = &'u String>,
        to: &WorkerId,
        now: Tick,
    ) {
        let pushed = Pushed { at: now, trouble: None };
        self.pushed.extend(uids.into_iter().map(|uid| (uid.clone(), pushed)));
        self.paces.entry(to.clone()).or_default().sent(now);
    }

    pub(super) fn failed(&mut self, uid: &str, trouble: Trouble) {
        if let Some(pushed) = self.pushed.get_mut(uid) {
            pushed.trouble = Some(trouble);
        }
    }

    /// It is over with this one.
    pub(super) fn let_go(&mut self, uid: &str) {
        self.pushed.remove(uid);
    }

    /// Forgets those of which nothing is awaited any more: they were fetched, or their session is gone.
    pub(super) fn await_only(&mut self, uids: &BTreeSet<&str>) {
        self.pushed.retain(|uid, _| uids.contains(uid.as_str()));
    }

    /// When the next push may go to this session.
    pub(super) fn ready(&self, to: &WorkerId, now: Tick) -> Tick {
        self.paces.get(to).map_or(now, |pace| pace.ready(now))
    }

    /// Forgets the paces of sessions that live no more.
    pub(super) fn keep(&mut self, lives: impl Fn(&WorkerId) -> bool) {
        self.paces.retain(|worker, _| lives(worker));
    }
}

/// How a letter stands with the session that is there now.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pushing {
    pub(super) attempts: u32,
    pub(super) pushed: Option<Tick>,
    pub(super) accepted: Option<Tick>,
    pub(super) trouble: Option<Trouble>,
}

impl Pushing {
    pub(super) fn under(self, mode: peerwatch_deliver::plan::Mode, allow_bypassing: bool) -> Standing {
        Standing {
            mode,
            allow_bypassing,
            attempts: self.attempts,
            pushed: self.pushed,
            accepted: self.accepted,
            trouble: self.trouble,
        }
    }
}

/// What the store remembers of a person's decision there.
fn trouble(kind: peerwatch_bridge::TroubleKind) -> Option<Trouble> {
    use peerwatch_bridge::TroubleKind;
    match kind {
        TroubleKind::Held => Some(Trouble::Held),
        TroubleKind::Denied => Some(Trouble::Denied),
        TroubleKind::Expired => Some(Trouble::Expired),
        TroubleKind::Refused => Some(Trouble::Refused),
        // These are looked at anew each time.
        TroubleKind::NoWay | TroubleKind::RateLimited | TroubleKind::Dropped => None,
    }
}
