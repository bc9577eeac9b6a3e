//! The loop: waits for whatever happens first, tells the roster, carries out its effects, draws the view.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use peerwatch_core::{Input, Moment, Policy, Problem, Roster, SourceId, Tick, Timestamp, WorkerId};
use peerwatch_notify::{Happening, NotifierState};
use peerwatch_sources::SideSeen;
use peerwatch_wire::{ConnectionView, PluginView, Reply, Settings, View};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::{oneshot, watch};

use crate::board::Board;
use crate::clicks::Clicks;
use crate::clock::{Clock, LATEST, has_beaten};
use crate::deaths::Deaths;
use crate::delivery::{self, Delivery, Finding, Word};
use crate::effects::Outlets;
use crate::engine::{Ask, Ends, EngineHandle};
use crate::folders::Folders;
use crate::jumps::{Jumps, Sought};
use crate::looking::{Looking, Seen, take_in};
use crate::options::{Notifications, Options};
use crate::socket;
use crate::store::Store;

mod answers;
mod beginning;
mod delivering;
mod drawing;
mod fences;
mod heirs;
mod hour;
mod jumping;
mod keeping;
mod ringing;
mod tasks;

use beginning::open_store;
pub(crate) use beginning::policy;
pub(crate) use drawing::{before_the_first_look, drawn};

/// For the last answer to reach whoever asked the engine to stop.
const LAST_WORDS: Duration = Duration::from_millis(20);
/// Whoever asks how things stand when the engine has just begun is answered once it has looked, or after this long.
const FIRST_LOOK: Duration = Duration::from_secs(3);
/// A cursor that moved without messages is stored this often.
const CURSORS_EVERY: Duration = Duration::from_secs(60);
/// Peerwatch's icon, for notifications.
const ICON: &[u8] = include_bytes!("../../../icons/rendered/64x64.png");

pub(crate) struct Loop {
    options: Options,
    folders: Folders,
    /// Whether this is the user's engine, or one that only looks on.
    is_the_engine: bool,
    clock: Clock,
    roster: Roster,
    store: Store,
    settings: Settings,
    settings_of: Option<SystemTime>,
    own_problems: Vec<Problem>,
    looking: Looking,
    first_looks: BTreeMap<SourceId, bool>,
    readings: UnboundedReceiver<Seen>,
    bell: Option<UnboundedReceiver<Happening>>,
    notifier: Option<NotifierState>,
    outlets: Outlets,
    connections: BTreeMap<SourceId, Vec<ConnectionView>>,
    cursors: BTreeMap<SourceId, String>,
    cursors_kept: Moment,
    /// When settings and cursors were seen to last.
    beaten: Tick,
    deaths: Deaths,
    delivery: Option<Delivery>,
    findings: Option<UnboundedReceiver<Finding>>,
    /// Proofs of who holds which side, by conversation and side; a database may be read after them.
    sides: BTreeMap<(String, char), SideSeen>,
    /// Why deliveries of a conversation stand still.
    braked: BTreeMap<String, String>,
    board: Board,
    /// When Peerwatch last handed a task over by itself, which the store tells a little later.
    recovered: Option<Timestamp>,
    /// Who was chosen for handovers that wait for somebody.
    chosen: BTreeMap<i64, WorkerId>,
    /// When a lost task is due.
    tasks_due: Option<Tick>,
    plugin: PluginView,
    /// The workers whose edits are refused for tasks that were taken from them.
    fenced: BTreeSet<WorkerId>,
    jumps: Jumps,
    sought: UnboundedReceiver<Sought>,
    /// When this run began.
    begun: Tick,
    /// The minute of which the roster was told, since the epoch.
    minute: Option<i64>,
    /// Whether the roster was told that every source has been read.
    looked: bool,
    /// Who asked for the view before every source was read once.
    early: Vec<oneshot::Sender<Reply>>,
    near: EngineHandle,
    asks: UnboundedReceiver<Ask>,
    views: watch::Sender<Arc<View>>,
    opens: tokio::sync::broadcast::Sender<crate::engine::Open>,
    revision: u64,
    stop: Option<oneshot::Sender<Reply>>,
    stopping: bool,
}

impl Loop {
    /// Must be called within the runtime that runs the loop, on its thread.
    pub(crate) fn new(
        options: Options,
        folders: Folders,
        is_the_engine: bool,
        near: EngineHandle,
        ends: Ends,
    ) -> Self {
        let clock = Clock::new(options.clocks.as_ref().map(|clocks| clocks.0.clone()));
        let (seen, readings) = mpsc::unbounded_channel();
        let looking = Looking::new(clock.clone(), seen);
        let (found, sought) = mpsc::unbounded_channel();
        let now = clock.now();
        let mut own_problems = Vec::new();
        let store = open_store(&folders, is_the_engine, &mut own_problems);
        Self {
            roster: Roster::new(Policy::default()),
            store,
            settings: Settings::default(),
            settings_of: None,
            own_problems,
            deaths: Deaths::default(),
            looking,
            first_looks: BTreeMap::new(),
            readings,
            bell: None,
            notifier: None,
            outlets: Outlets {
                bell: None,
                events: ends.events,
                clicks: Clicks::default(),
                asked: Vec::new(),
                owners: BTreeSet::new(),
                labels: BTreeMap::new(),
                sound: false,
            },
            minute: None,
            looked: false,
            connections: BTreeMap::new(),
            cursors: BTreeMap::new(),
            cursors_kept: now,
            beaten: now.tick,
            delivery: None,
            findings: None,
            sides: BTreeMap::new(),
            braked: BTreeMap::new(),
            board: Board::new(folders.bridge()),
            recovered: None,
            chosen: BTreeMap::new(),
            tasks_due: None,
            plugin: PluginView::default(),
            fenced: BTreeSet::new(),
            jumps: Jumps::new(found),
            sought,
            begun: now.tick,
            early: Vec::new(),
            near,
            asks: ends.asks,
            views: ends.views,
            opens: ends.opens,
            revision: 0,
            stop: None,
            stopping: false,
            options,
            folders,
            is_the_engine,
            clock,
        }
    }

    pub(crate) async fn run(mut self) {
        self.begin();
        while !self.stopping {
            self.wait().await;
            self.settle();
        }
        self.end().await;
    }

    fn begin(&mut self) {
        let now = self.clock.now();
        if self.is_the_engine {
            self.begin_delivering();
        }
        self.read_settings(now);
        self.remember(now);
        if self.is_the_engine {
            if self.options.notifications == Notifications::Desktop {
                let runtime = tokio::runtime::Handle::current();
                let look = peerwatch_notify::Options { picture: Some(ICON), ..Default::default() };
                let (bell, happenings) = peerwatch_notify::start(&runtime, look);
                self.outlets.bell = Some(bell);
                self.bell = Some(happenings);
            }
            match socket::listen(&self.folders.socket()) {
                Ok(listener) => drop(tokio::spawn(socket::serve(listener, self.near.clone()))),
                Err(error) => self.own_problem(
                    format!("{}", self.folders.socket().display()),
                    format!("the command line cannot reach this engine: {error}"),
                ),
            }
        }
        self.report_own_problems(now);
        self.settle();
        tracing::info!(pid = std::process::id(), "the engine runs");
    }

    /// Waits for the next thing to happen and takes it in, together with all that is there already.
    async fn wait(&mut self) {
        let due = self.next_due();
        tokio::select! {
            biased;
            Some(ask) = self.asks.recv() => self.answer(ask),
            Some(seen) = self.readings.recv() => self.saw(seen),
            Some(happening) = next(&mut self.bell) => self.rang(happening),
            Some(finding) = next(&mut self.findings) => self.found(finding),
            Some(sought) = self.sought.recv() => self.found_out(sought),
            () = tokio::time::sleep(due) => {}
        }
        // What a source held back is newer than anything it sent before.
        for seen in self.looking.held() {
            self.saw(seen);
        }
        while let Ok(seen) = self.readings.try_recv() {
            self.saw(seen);
        }
    }

    /// After an input: what is due is done, effects are carried out, the view is drawn if it changed.
    fn settle(&mut self) {
        let now = self.clock.now();
        // Also while something happens all the time.
        if has_beaten(self.beaten, now.tick) {
            self.beaten = now.tick;
            self.beat();
        }
        if let Some(waking) = self.clock.take_waking() {
            tracing::info!(
                missed_s = waking.missed.as_secs(),
                "nothing could be seen for a while; nobody is judged by it"
            );
            self.roster.handle(Input::Woke, now);
            self.looking.look_again();
            self.tell_delivery(|| Word::Woke);
        }
        self.tell_the_hour(now);
        self.roster.handle_timeout(now);
        self.see_to_tasks(now);
        self.carry_out(now);
        self.deaths.follow(&self.roster, &self.looking);
        self.see_to_ways();
        if let Some(delivery) = &mut self.delivery {
            delivery.tell_living(delivery::living(&self.roster));
        }
        self.draw(now);
        if !self.early.is_empty() && self.has_looked(now) {
            let early = std::mem::take(&mut self.early);
            early.into_iter().for_each(|reply| self.show_to(reply, now));
        }
    }

    /// Until the roster or the clock wants attention.
    fn next_due(&self) -> Duration {
        let now = self.clock.now().tick;
        let early = (!self.early.is_empty()).then(|| self.begun.plus(FIRST_LOOK));
        let due = [self.roster.poll_timeout(), self.tasks_due, early].into_iter().flatten().min();
        let due = due.map_or(LATEST, |tick| tick.since(now));
        // A millisecond more than the tick itself: timers may fire early within it.
        due.saturating_add(Duration::from_millis(1)).min(LATEST)
    }

    fn beat(&mut self) {
        let now = self.clock.now();
        if self.settings_changed() {
            self.read_settings(now);
        }
        if now.tick.since(self.cursors_kept.tick) >= CURSORS_EVERY {
            self.keep_cursors(now);
        }
    }

    fn saw(&mut self, seen: Seen) {
        let now = self.clock.now();
        let Seen { source, mut reading, connections, cursor } = seen;
        let has_messages = !reading.messages.is_empty();
        self.pass_on(&source, &mut reading);
        if let Some(tasks) = reading.tasks.take() {
            self.board.learn_of_others(source.clone(), tasks);
            self.entrust();
        }
        self.tell_brought(&mut reading.messages);
        take_in(&mut self.roster, &source, reading, now);
        self.join_sides(now);
        self.connections.insert(source.clone(), connections.into_iter().map(drawn).collect());
        if let Some(cursor) = cursor {
            let moved = self.cursors.get(&source) != Some(&cursor);
            if moved && has_messages && self.is_the_engine {
                self.keep_cursor(&source, &cursor);
            }
            self.cursors.insert(source.clone(), cursor);
        }
        self.first_look(source, now);
    }

    /// Once every source has been read, what an earlier run told of and is no more is closed.
    fn first_look(&mut self, source: SourceId, now: Moment) {
        if self.first_looks.get(&source) != Some(&false) {
            return;
        }
        self.first_looks.insert(source, true);
        if self.is_the_engine && self.first_looks.values().all(|looked| *looked) {
            let standing: Vec<String> = self.roster.alerts().map(|alert| alert.cause.key()).collect();
            self.warn("alerts of an earlier run", self.store.close_stale(&standing, now.wall));
        }
    }

    async fn end(mut self) {
        let now = self.clock.now();
        self.keep_cursors(now);
        self.looking.stop();
        drop(self.delivery.take());
        if let Some(bell) = self.outlets.bell.take() {
            bell.close();
        }
        #[cfg(unix)]
        if self.is_the_engine
            && let Err(error) = std::fs::remove_file(self.folders.socket())
        {
            tracing::debug!("the socket could not be removed: {error}");
        }
        tracing::info!("the engine has stopped");
        if let Some(reply) = self.stop.take() {
            let _left = reply.send(Reply::Done);
            // The answer still has to be written to the socket by a task of this runtime.
            tokio::time::sleep(LAST_WORDS).await;
        }
    }
}

/// The next thing to hear; never, when there is nobody to hear or they have ended.
async fn next<T>(ear: &mut Option<UnboundedReceiver<T>>) -> Option<T> {
    match ear {
        Some(things) => match things.recv().await {
            Some(thing) => Some(thing),
            None => {
                *ear = None;
                std::future::pending().await
            }
        },
        None => std::future::pending().await,
    }
}
