//! What holds for every story, whatever happens in it.
#![allow(clippy::unwrap_used, reason = "a story that cannot be told fails")]

use std::collections::BTreeSet;
use std::time::Duration;

use peerwatch_core::{
    AlertId, Background, Cause, Change, Children, ConversationId, Declared, Effect, Evidence, Fact, Identity,
    Input, Listing, Message, MessageId, Moment, Observation, Party, Person, Policy, Presence, Process,
    QuietHours, Receipt, Roster, SourceKind, Status, StatusWord, Tick, Timestamp, Turn, Verdict, WorkerId,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

const WALL: i64 = 1_800_000_000_000;
const WORKERS: [&str; 4] = ["asha", "ben", "left", "right"];

fn moment(second: i64) -> Moment {
    Moment { tick: Tick(second * 1000), wall: Timestamp(WALL + second * 1000) }
}

fn identity(worker: &str) -> Fact {
    let bridge = matches!(worker, "left" | "right");
    Fact::Identity(Identity {
        source: if bridge { SourceKind::Bridge } else { SourceKind::Claude },
        name: worker.into(),
        cwd: Some("/home/kim/code".into()),
        pid: None,
        session_id: (!bridge).then(|| "one session".into()),
        conversation: Some(ConversationId::new(if bridge { "deploy" } else { worker })),
        role: None,
        partner: None,
        version: None,
        started: None,
    })
}

fn status() -> impl Strategy<Value = Fact> {
    let words = vec![
        StatusWord::Busy,
        StatusWord::Busy,
        StatusWord::Idle,
        StatusWord::Waiting,
        StatusWord::Shell,
        StatusWord::Absent,
        StatusWord::Unknown("moon".into()),
    ];
    (select(words), select(vec!["permission prompt", "input needed", "tide"])).prop_map(|(word, what)| {
        let waiting_for = (word == StatusWord::Waiting).then(|| what.to_owned());
        Fact::Status(Status { word, waiting_for })
    })
}

fn turn() -> impl Strategy<Value = Fact> {
    let tool = |name: &str| Turn::Tool { name: name.into(), detail: Some("it".into()) };
    let failed = |error: &str| Turn::Failed { error: error.into(), text: "no".into() };
    let turns = vec![
        Turn::NotBegun,
        Turn::Thinking,
        Turn::Thinking,
        tool("Bash"),
        tool("mcp__x"),
        tool("AskUserQuestion"),
        tool("Task"),
        Turn::Over,
        Turn::Interrupted,
        Turn::Retrying { attempts: 2 },
        Turn::Retrying { attempts: 7 },
        failed("rate_limit"),
        failed("odd"),
    ];
    select(turns).prop_map(Fact::Turn)
}

fn fact() -> impl Strategy<Value = Fact> {
    use Process::{Absent, Alive, Replaced, Stopped, Unknowable, Zombie};
    let processes = vec![Alive, Alive, Alive, Alive, Stopped, Absent, Replaced, Zombie, Unknowable];
    let listings = vec![Listing::Listed, Listing::Listed, Listing::Removed, Listing::Over];
    let evidence = vec![
        Evidence::Transcript,
        Evidence::Subagent,
        Evidence::StatusChange,
        Evidence::Bridge,
        Evidence::Messages,
    ];
    prop_oneof![
        4 => status(),
        4 => turn(),
        6 => select(evidence).prop_map(Fact::Heartbeat),
        2 => select(processes).prop_map(Fact::Process),
        1 => select(listings).prop_map(Fact::Listing),
        2 => (0..2_u32, any::<bool>()).prop_map(|(count, busy)| {
            Fact::Children(Children { count, busy: busy && count > 0, command: None })
        }),
        1 => (0..2_u32, 0..2_u32, 0..2_u32).prop_map(|(subagents, teammates, teammate_panes)| {
            Fact::Background(Background { subagents, teammates, teammate_panes })
        }),
        1 => select(vec!["working", "waiting", "complete", "odd"]).prop_map(|it| Fact::Declared(Declared(it.into()))),
        1 => (0..2_u32).prop_map(Fact::Unread),
    ]
}

/// Something that happens, so many seconds after what happened before.
#[derive(Clone, Debug)]
enum Event {
    /// Seen this many seconds late.
    Seen(&'static str, Fact, i64),
    Message(bool, Option<bool>),
    Fetched(usize),
    Person(Person),
    PauseFor(i64),
    MuteFor(&'static str, i64),
    MuteFolderFor(i64),
    MinuteOfDay(u16),
    DoNotDisturb(bool),
    InFront(&'static str, bool),
    Closed(usize),
    /// The machine sleeps for so many seconds.
    Sleep(i64),
    /// The loop is late by so many seconds: something is seen before what was due is done.
    Late(i64),
    Pass,
}

fn event() -> impl Strategy<Value = Event> {
    let seen = (select(WORKERS.to_vec()), fact(), select(vec![0, 0, 0, 3, 400]));
    let looks = || select(vec![None, Some("asha"), Some("left")]).prop_map(|it| it.map(WorkerId::new));
    prop_oneof![
        20 => seen.prop_map(|(worker, fact, late)| Event::Seen(worker, fact, late)),
        3 => (any::<bool>(), select(vec![None, Some(false), Some(true)])).prop_map(|(f, r)| Event::Message(f, r)),
        1 => (0..8_usize).prop_map(Event::Fetched),
        1 => (1..9_u64).prop_map(|id| Event::Person(Person::Dismiss(AlertId(id)))),
        1 => (1..9_u64).prop_map(|id| Event::Person(Person::Fine(AlertId(id)))),
        1 => (1..9_u64, 1..2000_u64)
            .prop_map(|(id, s)| Event::Person(Person::Snooze(AlertId(id), Duration::from_secs(s)))),
        1 => looks().prop_map(|it| Event::Person(Person::LookingAt(it))),
        1 => (select(WORKERS.to_vec()), any::<bool>()).prop_map(|(it, is)| Event::InFront(it, is)),
        1 => (0..2000_i64).prop_map(Event::MuteFolderFor),
        1 => (0..1440_u16).prop_map(Event::MinuteOfDay),
        1 => any::<bool>().prop_map(Event::DoNotDisturb),
        1 => (0..2000_i64).prop_map(Event::PauseFor),
        1 => (select(WORKERS.to_vec()), 0..2000_i64).prop_map(|(worker, s)| Event::MuteFor(worker, s)),
        1 => (0..6_usize).prop_map(Event::Closed),
        1 => (60..40_000_i64).prop_map(Event::Sleep),
        1 => (1..3_000_i64).prop_map(Event::Late),
        3 => Just(Event::Pass),
    ]
}

fn events() -> impl Strategy<Value = Vec<(i64, Event)>> {
    vec((select(vec![0, 1, 5, 30, 200, 700, 4000]), event()), 1..60)
}

/// Plays events, does what is due on the way, and holds on to all that came out.
struct Play {
    roster: Roster,
    now: Moment,
    messages: usize,
    out: Vec<(Moment, Effect)>,
    shown: BTreeSet<String>,
    /// What a store would hold of what was held back.
    held: BTreeSet<String>,
}

impl Play {
    fn new() -> Self {
        let mut play = Self {
            roster: Roster::new(Policy {
                quiet_hours: QuietHours::parse("22:00-08:00"),
                ask_in_front: true,
                ..Policy::default()
            }),
            now: moment(0),
            messages: 0,
            out: Vec::new(),
            shown: BTreeSet::new(),
            held: BTreeSet::new(),
        };
        for worker in WORKERS {
            let facts = [identity(worker), Fact::Listing(Listing::Listed), Fact::Process(Process::Alive)];
            let at = moment(-1);
            let observed = facts.map(|fact| Observation { worker: WorkerId::new(worker), at, fact });
            play.input(Input::Observed(observed.to_vec()));
        }
        play
    }

    fn input(&mut self, input: Input) {
        self.roster.handle(input, self.now);
        assert!(self.roster.poll_timeout().is_none_or(|due| due >= self.now.tick), "due in the past");
        self.effects();
    }

    fn pass(&mut self, span: Duration) {
        let end = self.now.plus(span);
        let mut steps = 0;
        while let Some(due) = self.roster.poll_timeout().filter(|due| *due <= end.tick) {
            self.now = self.now.plus(due.since(self.now.tick));
            self.roster.handle_timeout(self.now);
            let next = self.roster.poll_timeout();
            assert!(next.is_none_or(|next| next > self.now.tick), "what was due is still due");
            self.effects();
            steps += 1;
            assert!(steps < 1000, "time stands still");
        }
        self.now = end;
    }

    fn play(&mut self, events: &[(i64, Event)]) {
        for (after, event) in events {
            self.pass(Duration::from_secs(u64::try_from(*after).unwrap()));
            self.happens(event.clone());
        }
    }

    fn happens(&mut self, event: Event) {
        let until =
            |now: Moment, seconds: i64| (seconds > 0).then_some(Timestamp(now.wall.0 + seconds * 1000));
        match event {
            Event::Seen(worker, fact, late) => {
                let at = self.now.back_to(Timestamp(self.now.wall.0 - late * 1000));
                let observation = Observation { worker: WorkerId::new(worker), at, fact };
                self.input(Input::Observed(vec![observation]));
            }
            Event::Message(fresh, read) => {
                self.messages += 1;
                let message = message(self.messages, self.now, fresh, read);
                self.input(Input::Arrived(message));
            }
            Event::Fetched(number) => {
                let (conversation, id) = (ConversationId::new("deploy"), MessageId::new(number.to_string()));
                self.input(Input::Receipt { conversation, id, receipt: Receipt::Fetched, at: self.now });
            }
            Event::Person(person) => self.input(Input::Person(person)),
            Event::PauseFor(seconds) => self.input(Input::Person(Person::Pause(until(self.now, seconds)))),
            Event::MuteFor(worker, seconds) => {
                self.input(Input::Person(Person::Mute(WorkerId::new(worker), until(self.now, seconds))));
            }
            Event::MuteFolderFor(seconds) => {
                let mute = Person::MuteFolder("/home/kim".into(), until(self.now, seconds));
                self.input(Input::Person(mute));
            }
            Event::MinuteOfDay(minute) => self.input(Input::MinuteOfDay(minute)),
            Event::DoNotDisturb(on) => self.input(Input::DoNotDisturb(on)),
            Event::InFront(worker, is_in_front) => {
                self.input(Input::InFront(WorkerId::new(worker), is_in_front));
            }
            Event::Closed(number) => {
                if let Some(key) = self.shown.iter().nth(number).cloned() {
                    self.shown.remove(&key);
                    self.input(Input::NotificationClosed(key));
                }
            }
            Event::Sleep(seconds) => {
                self.now.wall.0 += seconds * 1000;
                self.input(Input::Woke);
            }
            Event::Late(seconds) => {
                self.now = self.now.plus(Duration::from_secs(u64::try_from(seconds).unwrap()));
                self.input(Input::Observed(Vec::new()));
            }
            Event::Pass => {}
        }
    }

    /// Takes the effects, holding each to what may be said at that moment.
    fn effects(&mut self) {
        while let Some(effect) = self.roster.poll_effect() {
            match &effect {
                Effect::Notify(notice) => {
                    self.shown.insert(notice.key.clone());
                }
                Effect::Withdraw(key) => {
                    assert!(self.shown.remove(key), "withdrawn, though not shown: {key}");
                }
                Effect::HeldBack(held) => {
                    self.held.insert(held.key.clone());
                }
                Effect::LetGo(keys) => keys.iter().for_each(|key| {
                    assert!(self.held.remove(key), "let go, though not held back: {key}");
                }),
                Effect::AskInFront(_) | Effect::Changed(_) => {}
            }
            self.out.push((self.now, effect));
        }
        let standing: BTreeSet<String> = self.roster.alerts().map(|alert| alert.cause.key()).collect();
        for key in self.shown.iter().filter(|key| !matches!(key.as_str(), "group" | "digest")) {
            assert!(standing.contains(key), "shown, though nothing of it stands: {key}");
        }
        assert!(!standing.is_empty() || !self.shown.contains("group"), "a group of nothing");
        assert_eq!(self.held.len(), self.roster.paused().1 as usize, "the store holds what the desk holds");
        if self.roster.still(self.now).is_some() {
            let held = |key: &String| self.held.contains(key) && self.shown.contains(key);
            let twice = standing.iter().find(|key| held(key) && !key.starts_with("message:"));
            assert_eq!(twice, None, "held back, though on the screen");
        }
        assert_eq!(standing.len(), self.roster.alerts().count(), "two alerts of one cause");
    }

    fn verdicts(&self) -> Vec<(String, Verdict)> {
        let verdict = |worker| self.roster.verdict(worker, self.now.tick);
        self.roster.workers().map(|worker| (worker.id().to_string(), verdict(worker))).collect()
    }
}

fn message(number: usize, sent: Moment, fresh: bool, read: Option<bool>) -> Message {
    let party = |name: &str| Party { worker: Some(WorkerId::new(name)), name: name.into() };
    Message {
        by_person: false,
        brought: false,
        conversation: ConversationId::new("deploy"),
        id: MessageId::new(number.to_string()),
        from: party("left"),
        to: party("right"),
        text: "hello".into(),
        kind: None,
        sent,
        read,
        fresh,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    /// No timeout in the past, nothing shown without an alert, nothing withdrawn that is not shown: see [`Play`].
    #[test]
    fn whatever_happens_time_goes_on_and_notifications_stand_for_alerts(events in events()) {
        let mut play = Play::new();
        play.play(&events);
        play.pass(Duration::from_secs(3 * 24 * 3600));
    }

    #[test]
    fn the_same_inputs_give_the_same_effects(events in events()) {
        let (mut one, mut other) = (Play::new(), Play::new());
        one.play(&events);
        other.play(&events);
        prop_assert_eq!(one.out, other.out);
    }

    /// However often a silence is looked at, and whatever breaks it for a while, it is told once until the worker is
    /// heard; unless a person said that it may last so long, and it lasts longer.
    #[test]
    fn a_silence_is_told_once(events in events()) {
        let mut play = Play::new();
        let snooze = |event: &Event| matches!(event, Event::Person(Person::Snooze(..) | Person::Fine(_)));
        let events: Vec<_> = events.into_iter().filter(|(_, event)| !snooze(event)).collect();
        play.play(&events);
        let mut standing = BTreeSet::new();
        let mut told = BTreeSet::new();
        for (_, effect) in &play.out {
            match effect {
                Effect::Changed(Change::Raised(alert)) => {
                    prop_assert!(standing.insert(alert.cause.clone()), "{:?} stands already", alert.cause);
                }
                Effect::Changed(Change::Settled(record)) => {
                    prop_assert!(standing.remove(&record.alert.cause), "{:?} did not stand", record.alert.cause);
                }
                Effect::Notify(notice) if notice.key.starts_with("silent:") => {
                    prop_assert!(told.insert(notice.key.clone()), "{} told twice", notice.key);
                }
                _ => {}
            }
        }
        let stands: BTreeSet<Cause> = play.roster.alerts().map(|alert| alert.cause.clone()).collect();
        prop_assert_eq!(stands, standing);
    }

    /// A look that finds what is known already tells nobody anything.
    #[test]
    fn looking_again_changes_nothing(seen in seen()) {
        let mut play = Play::new();
        play.pass(Duration::from_secs(2_000));
        play.input(Input::Observed(seen.clone()));
        let before = play.out.len();
        for _ in 0..3 {
            play.input(Input::Observed(seen.clone()));
        }
        prop_assert_eq!(&play.out[before..], &[]);
    }

    /// Any order, any bundling, at any looks: the same observations with the same times give the same verdicts.
    #[test]
    fn the_order_of_arrival_is_of_no_matter(
        (seen, shuffled) in seen().prop_flat_map(|seen| (Just(seen.clone()), Just(seen).prop_shuffle())),
        bundle in 1..7_usize,
        between in 0..60_u64,
        later in select(vec![0_u64, 60, 400, 4_000, 100_000]),
    ) {
        let play = |seen: &[Observation], bundle: usize| {
            let mut play = Play::new();
            play.pass(Duration::from_secs(1_800));
            for part in seen.chunks(bundle) {
                play.input(Input::Observed(part.to_vec()));
                play.pass(Duration::from_secs(between));
            }
            let end = Tick(1_000 * (1_800 + 50 * 60)).plus(Duration::from_secs(later));
            play.pass(end.since(play.now.tick));
            play.roster.handle_timeout(play.now);
            play.verdicts()
        };
        prop_assert_eq!(play(&seen, 50), play(&shuffled, bundle));
    }

    /// Who waits for a person, is at rest or limited does not become suspicious by the passing of time alone.
    #[test]
    fn time_alone_makes_nobody_suspicious_whom_nobody_awaits(events in events(), hours in 1..72_u64) {
        let mut play = Play::new();
        play.play(&events);
        let excused: BTreeSet<String> = play
            .verdicts()
            .into_iter()
            .filter(|(_, verdict)| matches!(
                verdict.presence,
                Presence::WaitingForYou(_) | Presence::Idle | Presence::Background | Presence::Limited(_)
            ))
            .map(|(id, _)| id)
            .collect();
        let before = play.out.len();
        play.pass(Duration::from_secs(hours * 3600));
        for (_, effect) in &play.out[before..] {
            if let Effect::Changed(Change::Presence { worker, now, .. }) = effect {
                let suspicious = matches!(now, Presence::Quiet | Presence::Suspect | Presence::Gone);
                prop_assert!(!suspicious || !excused.contains(worker.as_str()), "{worker} became {now:?}");
            }
        }
    }

    /// Death needs proof: without a dead process nobody is ever gone.
    #[test]
    fn nobody_is_gone_without_a_dead_process(events in events()) {
        let mut play = Play::new();
        let dead = |fact: &Fact| matches!(fact, Fact::Process(process) if process.is_dead());
        let events: Vec<_> =
            events.into_iter().filter(|(_, event)| !matches!(event, Event::Seen(_, fact, _) if dead(fact))).collect();
        play.play(&events);
        play.pass(Duration::from_secs(48 * 3600));
        for (_, effect) in &play.out {
            if let Effect::Changed(Change::Presence { now, .. }) = effect {
                prop_assert_ne!(*now, Presence::Gone);
            }
        }
    }

    /// No suspicion on one witness alone.
    #[test]
    fn suspicion_has_two_witnesses(events in events()) {
        let mut play = Play::new();
        play.play(&events);
        for (id, verdict) in play.verdicts() {
            if verdict.presence == Presence::Suspect {
                prop_assert!(verdict.witnesses.len() >= 2, "{id}: {:?}", verdict.witnesses);
            }
        }
    }
}

/// Observations of all workers within half an hour.
fn seen() -> impl Strategy<Value = Vec<Observation>> {
    // Few moments, so that many facts share one.
    let one = (select(WORKERS.to_vec()), fact(), (0..20_i64).prop_map(|step| step * 90));
    vec(one, 1..50).prop_map(|all| {
        let observe =
            |(worker, fact, second)| Observation { worker: WorkerId::new(worker), at: moment(second), fact };
        all.into_iter().map(observe).collect()
    })
}
