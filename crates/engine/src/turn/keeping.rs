//! What outlives a run: settings, cursors, alerts that were told of, mutes and the pause.

use std::path::Path;
use std::time::SystemTime;

use peerwatch_core::{Input, Moment, Policy, Problem, SourceId};

use super::{Loop, policy};
use crate::config;
use crate::delivery::Word;
use crate::options::Notifications;
use crate::plugin;

impl Loop {
    pub(super) fn settings_changed(&self) -> bool {
        modified(&self.folders.config) != self.settings_of || self.looking.has_newcomer(&self.options)
    }

    /// Reads the configuration and lets sources and thresholds follow it. A broken file leaves the settings in force.
    pub(super) fn read_settings(&mut self, now: Moment) {
        self.settings_of = modified(&self.folders.config);
        self.own_problems.retain(|problem| problem.subject != self.folders.config.display().to_string());
        match config::read(&self.folders.config) {
            Ok(settings) => self.settings = settings,
            Err(error) => self.own_problem(self.folders.config.display().to_string(), error.to_string()),
        }
        let notifies = self.is_the_engine && self.options.notifications == Notifications::Desktop;
        let policy = Policy { ask_in_front: notifies, ..policy(&self.settings) };
        self.roster.handle(Input::Policy(policy), now);
        self.outlets.sound = self.settings.sound;
        let (is_the_engine, store) = (self.is_the_engine, &self.store);
        let cursor = |source: &SourceId| {
            if is_the_engine { store.cursor(source.as_str()).unwrap_or_default() } else { None }
        };
        let own = self.folders.bridge();
        let own = (is_the_engine || !self.options.only_these).then_some(own.as_path());
        let watched = self.looking.follow(&self.options, &self.settings, own, cursor);
        self.connections.retain(|source, _| watched.contains(source));
        self.first_looks.retain(|source, _| watched.contains(source));
        self.board.keep(|source| watched.contains(source));
        for source in watched {
            self.first_looks.entry(source).or_insert(false);
        }
        if self.is_the_engine {
            self.plugin = plugin::view(&self.folders, &self.looking.places().claude);
        }
        self.tell_delivery(|| {
            let places = self.looking.places();
            let settings = Box::new(self.settings.clone());
            Word::Settings { settings, claude: places.claude, databases: places.databases }
        });
        self.report_own_problems(now);
    }

    /// What an earlier run knew.
    pub(super) fn remember(&mut self, now: Moment) {
        if !self.is_the_engine {
            return;
        }
        for cause in self.store.open_causes().unwrap_or_default() {
            self.roster.handle(Input::Remembered(cause), now);
        }
        self.roster.handle(Input::NumberFrom(self.store.last_alert().unwrap_or(0)), now);
        self.store.remembered(&mut self.roster, now);
        self.roster.handle(Input::HeldBefore(self.store.held().unwrap_or_default()), now);
        self.fenced = self.store.fenced().unwrap_or_default().into_iter().collect();
    }

    pub(super) fn keep_cursors(&mut self, now: Moment) {
        self.cursors_kept = now;
        if self.is_the_engine {
            for (source, cursor) in &self.cursors {
                self.keep_cursor(source, cursor);
            }
        }
    }

    pub(super) fn keep_cursor(&self, source: &SourceId, cursor: &str) {
        self.warn("how far a source was read", self.store.keep_cursor(source.as_str(), cursor));
    }

    pub(super) fn warn(&self, what: &str, done: rusqlite::Result<()>) {
        if let Err(error) = done {
            tracing::warn!("{what} could not be stored: {error}");
        }
    }

    pub(super) fn own_problem(&mut self, subject: String, what: String) {
        self.own_problems.push(Problem { subject, what, remedy: None });
    }

    pub(super) fn report_own_problems(&mut self, now: Moment) {
        self.roster.handle(Input::Troubled(SourceId::new("peerwatch"), self.own_problems.clone()), now);
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).and_then(|meta| meta.modified()).ok()
}
