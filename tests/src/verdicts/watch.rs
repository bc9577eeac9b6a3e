//! Plays a recording before the real sources and the real roster, under simulated clocks.
//!
//! The loop is the engine's, without its threads: it reads the clocks at least every beat, lets each source look at its
//! slow poll (or when the source asks for it), and does what the roster is due to do.

use std::collections::BTreeMap;
use std::time::Duration;

use peerwatch_core::{
    Alert, AlertRecord, AwakeClock, Change, Effect, Input, Moment, Policy, Presence, Problem, Roster,
    Timestamp, WorkerId,
};
use peerwatch_sources::bridge::{BridgeOptions, BridgeSource};
use peerwatch_sources::claude::{self, ClaudeSource};
use peerwatch_sources::runner::{CLAUDE_POLL, DATABASE_POLL};
use peerwatch_sources::{Hint, Source};

use super::acts::Act;
use super::disk::Disk;
use super::recording::Recording;

/// The wall time at which recordings begin.
const BEGINNING: i64 = 1_795_406_400_000;
/// Somebody reads the clocks at least this often: the engine's loop.
const BEAT: Duration = Duration::from_secs(5);

/// How a recording is watched.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting {
    pub(super) policy: Policy,
    /// So long after its beginning Peerwatch starts, by which its polls fall otherwise.
    pub(super) late: Duration,
}

/// What was told, and what was concluded when.
#[derive(Clone, Debug, Default)]
pub(super) struct Account {
    pub(super) alarms: Vec<Alarm>,
    /// Of each worker, by its name, the presences and from when.
    pub(super) presences: BTreeMap<String, Vec<(Duration, &'static str)>>,
}

/// Something that a person was told.
#[derive(Clone, Debug)]
pub(super) struct Alarm {
    pub(super) at: Duration,
    pub(super) kind: &'static str,
    pub(super) who: String,
    /// How it ended, in words, when it did.
    pub(super) ended: Option<(Duration, String)>,
    alert: Alert,
}

/// A source, and when it looks next.
struct Looking {
    source: Box<dyn Source>,
    poll: Duration,
    due: Duration,
}

struct Watch {
    roster: Roster,
    clock: AwakeClock,
    lookings: Vec<Looking>,
    /// Since the machine was started, asleep or awake.
    now: Duration,
    /// By how much the wall clock was set, in milliseconds.
    set: i64,
    /// When the clocks were read last, and what they said.
    read: Duration,
    moment: Moment,
    account: Account,
}

/// Plays a recording.
pub(super) fn play(recording: &Recording, setting: &Setting) -> Account {
    let mut disk = Disk::new();
    let mut watch = Watch::new(&disk, setting);
    let mut slept_until = Duration::ZERO;
    for cue in &recording.cues {
        if cue.at < slept_until {
            assert!(cue.repeated, "the machine sleeps at {:?}: {cue:?}", cue.at);
            continue;
        }
        watch.go_on(&disk, cue.at);
        match cue.act {
            Act::Ends => break,
            Act::Sleeps(span) => {
                slept_until = cue.at + span;
                watch.wake(&disk, slept_until);
            }
            Act::SetBack(span) => watch.set -= millis(span),
            Act::SetForward(span) => watch.set += millis(span),
            _ => disk.perform(&cue.who, &cue.act, watch.wall()),
        }
    }
    watch.account
}

impl Watch {
    fn new(disk: &Disk, setting: &Setting) -> Self {
        let claude =
            ClaudeSource::new(disk.config(), claude::Options::default(), Box::new(disk.processes.clone()));
        let options = BridgeOptions { configured: true, ..BridgeOptions::default() };
        let bridge = BridgeSource::new(disk.database(), options);
        let looking = |source, poll| Looking { source, poll, due: setting.late };
        Self {
            roster: Roster::new(setting.policy.clone()),
            clock: AwakeClock::new(BEAT),
            lookings: vec![looking(Box::new(claude), CLAUDE_POLL), looking(Box::new(bridge), DATABASE_POLL)],
            now: Duration::ZERO,
            set: 0,
            read: Duration::ZERO,
            moment: Moment::default(),
            account: Account::default(),
        }
    }

    fn wall(&self) -> Timestamp {
        Timestamp(BEGINNING + millis(self.now) + self.set)
    }

    /// Lets time pass, awake, and does on the way what is due.
    fn go_on(&mut self, disk: &Disk, until: Duration) {
        loop {
            let next = self.next_due();
            if next > until {
                break;
            }
            self.pass(disk, next);
            self.turn();
        }
        self.pass(disk, until);
    }

    /// The machine wakes.
    fn wake(&mut self, disk: &Disk, now: Duration) {
        self.pass(disk, now);
        self.turn();
    }

    fn pass(&mut self, disk: &Disk, now: Duration) {
        self.now = now.max(self.now);
        disk.processes.at(self.now);
    }

    /// When the loop wakes: for a look, for the roster, or for its beat.
    fn next_due(&self) -> Duration {
        let due = self.roster.poll_timeout().map_or(BEAT, |tick| tick.since(self.moment.tick));
        let due = self.read + due.min(BEAT).max(Duration::from_millis(1));
        self.lookings.iter().map(|it| it.due).fold(due, Duration::min).max(self.now)
    }

    /// One turn of the loop.
    fn turn(&mut self) {
        self.settle();
        for index in 0..self.lookings.len() {
            if self.lookings[index].due <= self.now {
                self.look(index);
            }
        }
        self.settle();
    }

    fn read_clocks(&mut self) {
        self.moment = self.clock.read(self.now, self.wall());
        self.read = self.now;
    }

    fn look(&mut self, index: usize) {
        self.read_clocks();
        let (now, moment) = (self.now, self.moment);
        let Looking { source, poll, due } = &mut self.lookings[index];
        let reading = source.look(moment, &Hint::Everything);
        let again = reading.again.map(|again| again.max(Duration::from_millis(1)));
        *due = now + again.map_or(*poll, |again| again.min(*poll));
        let id = source.id();
        if !reading.observations.is_empty() {
            self.roster.handle(Input::Observed(reading.observations), moment);
        }
        for message in reading.messages {
            self.roster.handle(Input::Arrived(message), moment);
        }
        for it in reading.receipts {
            let input =
                Input::Receipt { conversation: it.conversation, id: it.id, receipt: it.what, at: it.at };
            self.roster.handle(input, moment);
        }
        let problems = reading.troubles.into_iter();
        let problems =
            problems.map(|it| Problem { subject: it.subject, what: it.what, remedy: it.remedy }).collect();
        self.roster.handle(Input::Troubled(id, problems), moment);
    }

    fn settle(&mut self) {
        self.read_clocks();
        if self.clock.take_waking().is_some() {
            self.roster.handle(Input::Woke, self.moment);
            self.lookings.iter_mut().for_each(|looking| looking.due = self.now);
        }
        self.roster.handle_timeout(self.moment);
        while let Some(effect) = self.roster.poll_effect() {
            match effect {
                Effect::Changed(Change::Presence { worker, now, .. }) => self.concluded(&worker, now),
                Effect::Changed(Change::Raised(alert)) => self.raised(alert),
                Effect::Changed(Change::Settled(record)) => self.settled(&record),
                _ => {}
            }
        }
    }

    fn name(&self, worker: &WorkerId) -> String {
        self.roster.worker(worker).map_or_else(|| worker.to_string(), |worker| worker.name().to_owned())
    }

    fn concluded(&mut self, worker: &WorkerId, presence: Presence) {
        let name = self.name(worker);
        self.account.presences.entry(name).or_default().push((self.now, word(presence)));
    }

    /// Of what merely stands on the list, only a loss is an alarm.
    fn raised(&mut self, alert: Alert) {
        let kind = alert.cause.kind();
        if let Some(worker) = alert.cause.worker().filter(|_| alert.pops || matches!(kind, "silent" | "gone"))
        {
            let who = self.name(worker);
            self.account.alarms.push(Alarm { at: self.now, kind, who, ended: None, alert });
        }
    }

    fn settled(&mut self, record: &AlertRecord) {
        let told = self.account.alarms.iter_mut().find(|alarm| alarm.alert.id == record.alert.id);
        if let Some(alarm) = told {
            alarm.ended = Some((self.now, record.words()));
        }
    }
}

/// A presence in one word, as expectations name it.
fn word(presence: Presence) -> &'static str {
    match presence {
        Presence::Working => "working",
        Presence::WaitingForYou(_) => "waiting",
        Presence::Idle => "idle",
        Presence::Background => "background",
        Presence::Limited(_) => "limited",
        Presence::Quiet => "quiet",
        Presence::Suspect => "suspect",
        Presence::Gone => "gone",
        Presence::Ended => "ended",
        Presence::Unknown => "unknown",
    }
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).expect("a span that a clock can show")
}
