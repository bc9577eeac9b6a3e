//! The loop: waits for whatever happens first, tells the roster, carries out its effects, draws the view.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use peerwatch_core::{Input, Moment, Person, Policy, Problem, Roster, SourceId, Tick, Timestamp, WorkerId};
use peerwatch_notify::{CloseReason, Happening, NotifierState};
use peerwatch_sources::SideSeen;
use peerwatch_wire::{ConnectionView, PluginView, Reply, Settings, View};
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::sync::{oneshot, watch};

use crate::board::Board;
use crate::clock::{BEAT, Clock};
use crate::deaths::Deaths;
use crate::delivery::{self, Delivery, Finding, Word};
use crate::draw::{self, Surroundings};
use crate::effects::{Behind, FINE, Outlets, REASSIGN, SNOOZE, UNDO};
use crate::engine::{Ask, Ends, EngineHandle};
use crate::folders::Folders;
use crate::looking::{Looking, Seen, take_in};
use crate::options::{Notifications, Options};
use crate::socket;
use crate::store::Store;

mod answers;
mod delivering;
mod fences;
mod keeping;
mod tasks;

/// The sentence until the sources have been read.
const LOOKING: &str = "Looking for sessions…";
/// "Snooze" on a notification means this long.
const SNOOZE_FOR: Duration = Duration::from_secs(15 * 60);
/// For the last answer to reach whoever asked the engine to stop.
const LAST_WORDS: Duration = Duration::from_millis(20);
/// A cursor that moved without messages is stored this often.
const CURSORS_EVERY: Duration = Duration::from_secs(60);

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
    /// When a lost task is due.
    tasks_due: Option<Tick>,
    plugin: PluginView,
    /// The workers whose edits are refused for tasks that were taken from them.
    fenced: BTreeSet<WorkerId>,
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
                clicks: BTreeMap::new(),
                owners: BTreeSet::new(),
            },
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
            tasks_due: None,
            plugin: PluginView::default(),
            fenced: BTreeSet::new(),
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
                let (bell, happenings) =
                    peerwatch_notify::start(&runtime, peerwatch_notify::Options::default());
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
        if now.tick.since(self.beaten) >= BEAT {
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
        self.roster.handle_timeout(now);
        self.see_to_tasks(now);
        self.outlets.carry_out(&mut self.roster, &self.store, now);
        self.deaths.follow(&self.roster, &self.looking);
        if let Some(delivery) = &mut self.delivery {
            delivery.tell_living(delivery::living(&self.roster));
        }
        self.draw(now);
    }

    /// Until the roster or the clock wants attention.
    fn next_due(&self) -> Duration {
        let now = self.clock.now().tick;
        let due = self
            .roster
            .poll_timeout()
            .into_iter()
            .chain(self.tasks_due)
            .min()
            .map_or(BEAT, |tick| tick.since(now));
        // A millisecond more than the tick itself: timers may fire early within it.
        due.saturating_add(Duration::from_millis(1)).min(BEAT)
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

    fn rang(&mut self, happening: Happening) {
        let now = self.clock.now();
        match happening {
            Happening::State(state) => {
                tracing::info!("notifications: {state}");
                self.notifier = Some(state);
            }
            Happening::Activated { key, action, activation_token } => {
                let Some(behind) = self.outlets.clicks.get(&key).cloned() else { return };
                let Behind { mut open, alert, handover, .. } = behind;
                match (action.as_str(), alert, handover) {
                    (SNOOZE, Some(alert), _) => {
                        self.roster.handle(Input::Person(Person::Snooze(alert, SNOOZE_FOR)), now);
                    }
                    (FINE, Some(alert), _) => {
                        self.roster.handle(Input::Person(Person::Fine(alert)), now);
                    }
                    (UNDO, _, Some(handover)) => self.undo(handover),
                    _ => {
                        open.reassign = action == REASSIGN;
                        // Nobody need be listening: an engine without a screen has no window.
                        let _windows = self.opens.send(crate::engine::Open { activation_token, ..open });
                    }
                }
            }
            Happening::Replied { key, text, .. } => {
                let behind = self.outlets.clicks.get(&key);
                if let Some(to) = behind.and_then(|behind| behind.reply_to.clone()) {
                    self.write_back(to, text);
                }
            }
            // One that timed out on the screen still stands in the notification centre.
            Happening::Closed { key, reason: CloseReason::Dismissed } => {
                self.roster.handle(Input::NotificationClosed(key), now);
            }
            Happening::Failed { key, error } => {
                tracing::warn!("the notification {key} was not shown: {error:?}")
            }
            Happening::Shown { .. } | Happening::Closed { .. } => {}
        }
    }

    /// Publishes the view if anything in it but ages changed.
    fn draw(&mut self, now: Moment) {
        let view = self.view(now);
        if !same(&view, &self.views.borrow()) {
            self.publish(view);
        }
    }

    fn draw_anyway(&mut self, now: Moment) {
        let view = self.view(now);
        self.publish(view);
    }

    fn view(&self, now: Moment) -> View {
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
            revision: self.revision + 1,
        };
        let mut view = draw::view(&self.roster, &around, now);
        self.propose(&mut view.tasks, now);
        // Nobody is known to be missing before everything has been read once.
        let all_read = self.first_looks.values().all(|looked| *looked);
        if all_read || !view.workers.is_empty() { view } else { View { sentence: LOOKING.into(), ..view } }
    }

    fn publish(&mut self, view: View) {
        self.revision += 1;
        self.views.send_replace(Arc::new(view));
    }

    fn notifications(&self) -> Option<ConnectionView> {
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
    fn plugged(&self) -> Option<ConnectionView> {
        let PluginView { connected, summary, remedy } = self.plugin.clone();
        (connected || remedy.is_some()).then(|| ConnectionView {
            kind: "Claude Code plugin".into(),
            path: None,
            connected: connected && remedy.is_none(),
            summary,
            remedy,
        })
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
        revision: 0,
    };
    View {
        sentence: "Looking for sessions…".into(),
        ..draw::view(&Roster::new(Policy::default()), &around, now)
    }
}

fn open_store(folders: &Folders, is_the_engine: bool, problems: &mut Vec<Problem>) -> Store {
    if is_the_engine {
        match Store::open(&folders.store) {
            Ok(store) => return store,
            Err(error) => problems.push(Problem {
                subject: folders.store.display().to_string(),
                what: format!(
                    "Peerwatch's own store cannot be used, nothing is remembered over a restart: {error}"
                ),
                remedy: Some("Move the file away; a new one is made at the next start.".into()),
            }),
        }
    }
    #[expect(
        clippy::expect_used,
        reason = "an empty database in memory fails only where nothing else would work either"
    )]
    Store::in_memory().expect("a database in memory")
}

pub(crate) fn policy(settings: &Settings) -> Policy {
    Policy {
        bridge_silence: Duration::from_secs(settings.bridge_silence_s),
        session_silence: settings.session_silence_s.map(Duration::from_secs),
        notify_waiting: settings.notify_waiting,
        notify_silent: settings.notify_silent,
        notify_messages: settings.notify_messages,
    }
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
