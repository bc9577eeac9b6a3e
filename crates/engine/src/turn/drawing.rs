//! The view: drawn after each turn, and published when anything in it but ages changed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use peerwatch_core::{Moment, Policy, Roster};
use peerwatch_notify::NotifierState;
use peerwatch_wire::{ConnectionView, PluginView, Reply, Settings, View};
use tokio::sync::oneshot;

use super::{FIRST_LOOK, Loop};
use crate::board::Board;
use crate::clock::Clock;
use crate::draw::{self, Surroundings};

/// The sentence until the sources have been read.
const LOOKING: &str = "Looking for sessions…";

impl Loop {
    /// Publishes the view if anything in it but ages changed.
    pub(super) fn draw(&mut self, now: Moment) {
        let view = self.view(now);
        if !same(&view, &self.views.borrow()) {
            self.publish(view);
        }
    }

    pub(super) fn draw_anyway(&mut self, now: Moment) {
        let view = self.view(now);
        self.publish(view);
    }

    pub(super) fn view(&self, now: Moment) -> View {
        let connections: Vec<ConnectionView> = self
            .connections
            .values()
            .flatten()
            .cloned()
            .chain(self.notifications())
            .chain(self.plugged())
            .collect();
        let (own, places) = (self.folders.bridge(), self.looking.places());
        let around = Surroundings {
            connections: &connections,
            settings: &self.settings,
            plugin: &self.plugin,
            own: Some(&own),
            databases: &places.databases,
            braked: &self.braked,
            board: &self.board,
            fenced: &self.fenced,
            ways: self.jumps.ways(),
            revision: self.revision + 1,
        };
        let mut view = draw::view(&self.roster, &around, now);
        self.propose(&mut view.tasks, now);
        // Nobody is known to be missing before everything has been read once.
        if self.has_looked(now) || !view.workers.is_empty() {
            view
        } else {
            View { sentence: LOOKING.into(), ..view }
        }
    }

    pub(super) fn publish(&mut self, view: View) {
        self.revision += 1;
        self.views.send_replace(Arc::new(view));
    }

    pub(super) fn notifications(&self) -> Option<ConnectionView> {
        let state = self.notifier.as_ref()?;
        let works = matches!(state, NotifierState::Ready(_) | NotifierState::Native { .. })
            || matches!(state, NotifierState::Absent { starts_on_demand: true });
        Some(ConnectionView {
            kind: "Notifications".into(),
            path: None,
            connected: works,
            summary: state.to_string(),
            remedy: (!works)
                .then(|| "Alerts stay in the window and the tray until notifications work.".into()),
        })
    }

    /// The plugin, once there is something to say of it.
    pub(super) fn plugged(&self) -> Option<ConnectionView> {
        let PluginView { connected, summary, remedy } = self.plugin.clone();
        (connected || remedy.is_some()).then(|| ConnectionView {
            kind: "Claude Code plugin".into(),
            path: None,
            connected: connected && remedy.is_none(),
            summary,
            remedy,
        })
    }

    /// Whether every source was read once, or one of them takes so long that nobody should wait for it.
    pub(super) fn has_looked(&self, now: Moment) -> bool {
        self.first_looks.values().all(|looked| *looked) || now.tick.since(self.begun) >= FIRST_LOOK
    }

    pub(super) fn show_to(&mut self, reply: oneshot::Sender<Reply>, now: Moment) {
        self.draw_anyway(now);
        let view = Box::new((**self.views.borrow()).clone());
        // Whoever asked may have left.
        let _left = reply.send(Reply::View { view });
    }
}

/// The view until the first sources have been read.
pub(crate) fn before_the_first_look() -> View {
    let now = Clock::new(None).now();
    let around = Surroundings {
        connections: &[],
        settings: &Settings::default(),
        plugin: &PluginView::default(),
        own: None,
        databases: &[],
        braked: &BTreeMap::new(),
        board: &Board::default(),
        fenced: &BTreeSet::new(),
        ways: &BTreeMap::new(),
        revision: 0,
    };
    View { sentence: LOOKING.into(), ..draw::view(&Roster::new(Policy::default()), &around, now) }
}

pub(crate) fn drawn(connection: peerwatch_sources::Connection) -> ConnectionView {
    ConnectionView {
        kind: connection.kind.into(),
        path: Some(connection.path.display().to_string()),
        connected: connection.found,
        summary: connection.summary,
        remedy: None,
    }
}

/// Whether two views differ in nothing but the time at which they were drawn.
fn same(a: &View, b: &View) -> bool {
    let ageless = |view: &View| {
        let mut view = view.clone();
        (view.at, view.revision) = (String::new(), 0);
        for worker in &mut view.workers {
            worker.silent_s = None;
            worker.witnesses.iter_mut().for_each(|witness| witness.age_s = 0);
        }
        view
    };
    ageless(a) == ageless(b)
}
