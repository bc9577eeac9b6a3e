//! Which sources are read, each on a thread of its own that may wait for files and databases.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use peerwatch_core::{Fact, Input, Moment, Problem, Process, Roster, SourceId, Tick};
use peerwatch_sources::bridge::{self, BridgeOptions, BridgeSource};
use peerwatch_sources::claude::{self, ClaudeSource};
use peerwatch_sources::{Bell, Connection, Hint, Lookout, Reading, Source, process, runner};
use peerwatch_wire::Settings;
use tokio::sync::mpsc::UnboundedSender;

use crate::clock::{Clock, has_beaten};
use crate::folders::default_claude_config;
use crate::options::Options;

/// What one look of a source found.
pub(crate) struct Seen {
    pub(crate) source: SourceId,
    pub(crate) reading: Reading,
    pub(crate) connections: Vec<Connection>,
    pub(crate) cursor: Option<String>,
}

/// Where conversations are kept.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Places {
    pub(crate) claude: Vec<PathBuf>,
    pub(crate) databases: Vec<PathBuf>,
}

/// The sources that run.
pub(crate) struct Looking {
    clock: Clock,
    out: UnboundedSender<Seen>,
    lookout: Arc<Lookout>,
    running: BTreeMap<SourceId, Runner>,
    held: Arc<Mutex<Held>>,
    places: Places,
    /// What is done at each look of one source, whatever it found.
    at_each: Option<(SourceId, Act)>,
}

/// Of each source the newest reading for which the loop was not woken, and when the loop took them last.
#[derive(Default)]
struct Held {
    readings: BTreeMap<SourceId, Seen>,
    taken: Tick,
}

/// Something that is done from a source's thread.
type Act = Arc<dyn Fn() + Send + Sync>;

struct Runner {
    bell: Bell,
    thread: JoinHandle<()>,
}

impl Looking {
    /// Nothing is read yet.
    pub(crate) fn new(clock: Clock, out: UnboundedSender<Seen>) -> Self {
        let (lookout, running) = (Arc::new(Lookout::new()), BTreeMap::new());
        Self { clock, out, lookout, running, held: Arc::default(), places: Places::default(), at_each: None }
    }

    /// Has something done at each look at the bridge at `path`, whatever it finds. To be said before sources are followed.
    pub(crate) fn at_each_look(&mut self, path: &Path, act: impl Fn() + Send + Sync + 'static) {
        self.at_each = Some((BridgeSource::new(path, BridgeOptions::default()).id(), Arc::new(act)));
    }

    /// Starts and stops sources until those run that options and settings name; gives back which those are.
    pub(crate) fn follow(
        &mut self,
        options: &Options,
        settings: &Settings,
        own: Option<&Path>,
        cursor: impl Fn(&SourceId) -> Option<String>,
    ) -> BTreeSet<SourceId> {
        let wanted = places(options, settings, own);
        if wanted != self.places || self.running.is_empty() {
            self.places = wanted;
            // Our own bridge is being made just now, so it is watched before it is there.
            let sources = assemble(options, settings, own, own, cursor);
            let ids: BTreeSet<SourceId> = sources.iter().map(|source| source.id()).collect();
            let (keep, stop) =
                std::mem::take(&mut self.running).into_iter().partition(|(id, _)| ids.contains(id));
            self.running = keep;
            end(stop);
            for source in sources {
                if !self.running.contains_key(&source.id()) {
                    self.run(source);
                }
            }
        }
        self.running.keys().cloned().collect()
    }

    fn run(&mut self, source: Box<dyn Source>) {
        let (id, bell) = (source.id(), Bell::new());
        let (clock, lookout, out, ear) =
            (self.clock.clone(), self.lookout.clone(), self.out.clone(), bell.clone());
        let held = self.held.clone();
        let act = self.at_each.as_ref().filter(|(of, _)| *of == id).map(|(_, act)| act.clone());
        let poll = slow_poll(&id);
        let thread = std::thread::Builder::new().name(thread_name(&id)).spawn(move || {
            let last = RefCell::new(None);
            runner::run(
                source,
                || clock.now(),
                &ear,
                &lookout,
                poll,
                |source, reading, connections, cursor| {
                    if let Some(act) = &act {
                        act();
                    }
                    // A cursor that merely moved wakes nobody: it goes with the times of the looks.
                    let standing = (reading.troubles.clone(), connections.clone());
                    let same = last.borrow().as_ref() == Some(&standing);
                    last.replace(Some(standing));
                    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
                    let beat = has_beaten(held.taken, clock.now().tick);
                    let rests = same && !beat && only_says_that_all_live(&reading);
                    let seen = Seen { source: source.clone(), reading, connections, cursor };
                    if rests {
                        held.readings.insert(source, seen);
                    } else {
                        held.readings.remove(&source);
                        // The engine may have stopped meanwhile.
                        let _stopped = out.send(seen);
                    }
                },
            );
        });
        match thread {
            Ok(thread) => drop(self.running.insert(id, Runner { bell, thread })),
            Err(error) => tracing::error!("{id} cannot be read: {error}"),
        }
    }

    /// The readings for which the loop was not woken.
    pub(crate) fn held(&self) -> Vec<Seen> {
        let now = self.clock.now().tick;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.taken = now;
        std::mem::take(&mut held.readings).into_values().collect()
    }

    /// Whether a database has come to one of the original's places since sources were followed.
    pub(crate) fn has_newcomer(&self, options: &Options) -> bool {
        let is_new = |path: &PathBuf| !self.places.databases.contains(path);
        !options.only_these && default_databases().any(|path| is_new(&path))
    }

    /// Asks all sources to look at everything.
    pub(crate) fn look_again(&self) {
        self.running.values().for_each(|runner| runner.bell.ring(Hint::Everything));
    }

    /// Asks the same later, from anywhere.
    #[cfg(target_os = "linux")]
    pub(crate) fn again(&self) -> impl Fn() + Send + use<> {
        let bells: Vec<Bell> = self.running.values().map(|runner| runner.bell.clone()).collect();
        move || bells.iter().for_each(|bell| bell.ring(Hint::Everything))
    }

    /// Where conversations are kept.
    pub(crate) fn places(&self) -> Places {
        self.places.clone()
    }

    /// Ends all threads, after the looks that they may be in.
    pub(crate) fn stop(&mut self) {
        end(std::mem::take(&mut self.running));
    }
}

/// Such a reading, or one that says nothing, makes witnesses younger at most: the loop takes it in when it wakes for
/// another reason.
fn only_says_that_all_live(reading: &Reading) -> bool {
    let lives = |fact: &Fact| matches!(fact, Fact::Process(Process::Alive));
    reading.messages.is_empty()
        && reading.receipts.is_empty()
        && reading.sightings.is_empty()
        && reading.sides.is_empty()
        && reading.tasks.is_none()
        && reading.observations.iter().all(|observation| lives(&observation.fact))
}

fn end(runners: BTreeMap<SourceId, Runner>) {
    runners.values().for_each(|runner| runner.bell.stop());
    for (id, runner) in runners {
        if runner.thread.join().is_err() {
            tracing::error!("{id} ended in a panic");
        }
    }
}

fn slow_poll(id: &SourceId) -> Duration {
    if is_database(id) { runner::DATABASE_POLL } else { runner::CLAUDE_POLL }
}

fn thread_name(id: &SourceId) -> String {
    if is_database(id) { "bridge".into() } else { "claude".into() }
}

fn is_database(id: &SourceId) -> bool {
    id.as_str().starts_with("bridge:")
}

/// The places that options and settings name, without doubles, and Peerwatch's own bridge.
pub(crate) fn places(options: &Options, settings: &Settings, own: Option<&Path>) -> Places {
    let mut claude = options.claude_config.clone();
    let mut databases = options.databases.clone();
    databases.extend(own.map(Path::to_owned));
    if !options.only_these {
        claude.extend(settings.claude_config.iter().map(|dir| in_home(dir)));
        if claude.is_empty() {
            claude.extend(default_claude_config());
        }
        databases.extend(settings.databases.iter().map(|path| in_home(path)));
        databases.extend(default_databases());
    }
    Places { claude: distinct(claude), databases: distinct(databases) }
}

/// The databases that stand in the original's places. Nobody waits there for one that may never come: the loop asks at its beat.
fn default_databases() -> impl Iterator<Item = PathBuf> {
    bridge::default_paths().into_iter().filter(|path| path.exists())
}

/// The sources that options and settings name. A bridge that is `expected` is looked out for although it is not there.
pub(crate) fn assemble(
    options: &Options,
    settings: &Settings,
    own: Option<&Path>,
    expected: Option<&Path>,
    cursor: impl Fn(&SourceId) -> Option<String>,
) -> Vec<Box<dyn Source>> {
    let places = places(options, settings, own);
    let mut defaults = bridge::default_paths();
    defaults.extend(own.filter(|_| expected.is_none()).map(Path::to_owned));
    let mut sources: Vec<Box<dyn Source>> = Vec::new();
    for config in places.claude {
        let id = ClaudeSource::new(config.clone(), claude::Options::default(), process::system()).id();
        let options = claude::Options { cursor: cursor(&id), ..claude::Options::default() };
        sources.push(Box::new(ClaudeSource::new(config, options, process::system())));
    }
    for path in places.databases {
        let configured = !defaults.contains(&path);
        let id = BridgeSource::new(&path, BridgeOptions::default()).id();
        let options = BridgeOptions { cursor: cursor(&id), configured, own: Some(path.as_path()) == own };
        sources.push(Box::new(BridgeSource::new(&path, options)));
    }
    sources
}

/// Tells the roster what a source saw.
pub(crate) fn take_in(roster: &mut Roster, source: &SourceId, reading: Reading, now: Moment) {
    if !reading.observations.is_empty() {
        roster.handle(Input::Observed(reading.observations), now);
    }
    for message in reading.messages {
        roster.handle(Input::Arrived(message), now);
    }
    for receipt in reading.receipts {
        let peerwatch_sources::Receipt { conversation, id, what: receipt, at } = receipt;
        let input = Input::Receipt { conversation, id, receipt, at };
        roster.handle(input, now);
    }
    let problem =
        |it: peerwatch_sources::Trouble| Problem { subject: it.subject, what: it.what, remedy: it.remedy };
    let problems = reading.troubles.into_iter().map(problem).collect();
    roster.handle(Input::Troubled(source.clone(), problems), now);
}

/// `~/x` as a person writes it in a configuration file.
fn in_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), directories::BaseDirs::new()) {
        (Some(rest), Some(dirs)) => dirs.home_dir().join(rest),
        _ => Path::new(path).to_owned(),
    }
}

fn distinct(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let mut known = BTreeSet::new();
    let same = |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
    paths.into_iter().filter(|path| known.insert(same(path))).collect()
}
