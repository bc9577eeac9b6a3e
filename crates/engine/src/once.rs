//! A look at everything without an engine: for the command line when none runs.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use peerwatch_core::{Input, Problem, Roster};
use peerwatch_wire::{PluginView, Settings, View};

use crate::board::Board;
use crate::clock::Clock;
use crate::delivery;
use crate::draw::{self, Surroundings};
use crate::looking;
use crate::options::Options;
use crate::turn::{drawn, policy};
use crate::{config, store::Store};

/// A source may ask to be looked at again at once: a file in the middle of a write.
const LOOKS: u32 = 5;
/// It is not waited longer than this for one.
const SOON: Duration = Duration::from_millis(200);

/// Reads the configuration and all sources, once, and judges what it finds. Notifies nobody and remembers nothing.
#[must_use]
pub fn read_once(options: &Options) -> View {
    let clock = Clock::new(options.clocks.as_ref().map(|clocks| clocks.0.clone()));
    let folders = options.folders();
    let (settings, broken) = match folders.as_ref().map(|folders| config::read(&folders.config)) {
        Some(Ok(settings)) => (settings, None),
        Some(Err(error)) => (Settings::default(), Some(error.to_string())),
        None => (Settings::default(), None),
    };
    let mut roster = Roster::new(policy(&settings));
    let now = clock.now();
    if let Some(what) = broken {
        let problem = Problem { subject: "configuration".into(), what, remedy: None };
        roster.handle(Input::Troubled(peerwatch_core::SourceId::new("peerwatch"), vec![problem]), now);
    }
    let own = folders.as_ref().map(crate::Folders::bridge);
    // The mutes and the pause of the user's engine are part of the picture.
    if let Some(store) = folders.and_then(|folders| Store::open_to_read(&folders.store)) {
        store.remembered(&mut roster, now);
    }
    let own = own.filter(|_| !options.only_these);
    let databases = looking::places(options, &settings, own.as_deref()).databases;
    let mut connections = Vec::new();
    let mut board = Board::new(own.clone().unwrap_or_default());
    if let Some(tasks) = own.as_deref().and_then(delivery::tasks_of) {
        board.learn(tasks);
    }
    for mut source in looking::assemble(options, &settings, own.as_deref(), None, |_| None) {
        let id = source.id();
        for _ in 0..LOOKS {
            let now = clock.now();
            let mut reading = source.look(now, &peerwatch_sources::Hint::Everything);
            if let Some(tasks) = reading.tasks.take() {
                board.learn_of_others(id.clone(), tasks);
            }
            let again = reading.again.filter(|again| *again <= SOON);
            looking::take_in(&mut roster, &id, reading, now);
            match again {
                Some(again) => std::thread::sleep(again),
                None => break,
            }
        }
        connections.extend(source.connections().into_iter().map(drawn));
    }
    let now = clock.now();
    roster.handle_timeout(now);
    let around = Surroundings {
        board: &board,
        fenced: &BTreeSet::new(),
        ways: &BTreeMap::new(),
        connections: &connections,
        settings: &settings,
        plugin: &PluginView::default(),
        own: own.as_deref(),
        databases: &databases,
        braked: &BTreeMap::new(),
        revision: 1,
    };
    draw::view(&roster, &around, now)
}
