//! Ways to the terminals of sessions: looked for beforehand, so that a notification and the window can say what a click will do,
//! and gone when a person wants it.
//!
//! Looking takes some tens of milliseconds and may take seconds, so a thread of its own does it, one session after the other.

use std::collections::{BTreeMap, BTreeSet};

use peerwatch_core::WorkerId;
use peerwatch_terminal::{Capability, Jump, Way, is_in_front, machine};
use peerwatch_wire::{JumpReach, JumpView};
use tokio::sync::mpsc::UnboundedSender;

/// What is known of ways.
pub(crate) struct Jumps {
    ways: BTreeMap<WorkerId, JumpView>,
    sought: BTreeSet<WorkerId>,
    out: UnboundedSender<Sought>,
}

/// What was found out.
pub(crate) enum Sought {
    /// Ways.
    Ways(Vec<(WorkerId, JumpView)>),
    /// The way to a session as it is now, and whether its terminal is before the person's eyes.
    Looked(WorkerId, JumpView, bool),
}

impl Jumps {
    /// Ways that are found later go to `out`.
    pub(crate) fn new(out: UnboundedSender<Sought>) -> Self {
        Self { ways: BTreeMap::new(), sought: BTreeSet::new(), out }
    }

    pub(crate) fn ways(&self) -> &BTreeMap<WorkerId, JumpView> {
        &self.ways
    }

    /// These sessions live: those whose ways are not known are looked for. Must be called within a runtime.
    pub(crate) fn follow(&mut self, living: &[(WorkerId, u32)]) {
        let lives = |worker: &WorkerId| living.iter().any(|(id, _)| id == worker);
        self.ways.retain(|worker, _| lives(worker));
        self.sought.retain(|worker| lives(worker));
        let new: Vec<(WorkerId, u32)> =
            living.iter().filter(|(id, _)| !self.sought.contains(id)).cloned().collect();
        if new.is_empty() {
            return;
        }
        self.sought.extend(new.iter().map(|(id, _)| id.clone()));
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || {
            let found = new.into_iter().map(|(id, pid)| (id, shown(&Jump::to(pid).way())));
            // The loop may have ended meanwhile.
            let _ended = out.send(Sought::Ways(found.collect()));
        });
    }

    pub(crate) fn learn(&mut self, found: Vec<(WorkerId, JumpView)>) {
        self.ways.extend(found.into_iter().filter(|(id, _)| self.sought.contains(id)));
    }

    /// Looks whether a session's terminal is in front, and for the way to it anew. Must be called within a runtime.
    pub(crate) fn look(&self, worker: WorkerId, pid: u32) {
        let out = self.out.clone();
        tokio::task::spawn_blocking(move || {
            let way = Jump::to(pid).way();
            let is_in_front = is_in_front(&way, &*machine()) == Some(true);
            // The loop may have ended meanwhile.
            let _ended = out.send(Sought::Looked(worker, shown(&way), is_in_front));
        });
    }

    /// What a notification's button says for those whose terminals can be shown.
    pub(crate) fn labels(&self) -> BTreeMap<WorkerId, &'static str> {
        self.ways.iter().filter_map(|(id, way)| Some((id.clone(), label(way)?))).collect()
    }

    /// A way is looked for anew: panes and windows move.
    pub(crate) fn forget(&mut self, worker: &WorkerId) {
        self.sought.remove(worker);
    }
}

fn shown(way: &Way) -> JumpView {
    let reach = match way.capability() {
        Capability::ExactPane => JumpReach::ExactPane,
        Capability::WindowOnly => JumpReach::WindowOnly,
        Capability::PaneOnly(_) => JumpReach::PaneOnly,
        Capability::NotPossible(_) => JumpReach::NotPossible,
    };
    JumpView { reach, sentence: way.sentence().to_owned() }
}

/// What a notification's button says of a jump; `None` where it can only open the window.
fn label(way: &JumpView) -> Option<&'static str> {
    match way.reach {
        JumpReach::ExactPane => Some("Show its pane"),
        JumpReach::WindowOnly => Some("Show its window"),
        JumpReach::PaneOnly | JumpReach::NotPossible => None,
    }
}
