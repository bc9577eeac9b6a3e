//! A story: inputs at given times, time that goes on from one due moment to the next, and everything that happened,
//! one line each.

use std::fmt::Write;
use std::time::Duration;

use peerwatch_core::{
    Change, ConversationId, Effect, Fact, Input, Message, MessageId, Moment, Observation, Party, Person,
    Policy, Presence, Receipt, Roster, Tick, Timestamp, WorkerId, in_words, summary,
};

/// Wall time at the beginning of every story.
const BEGINNING: i64 = 1_800_000_000_000;

/// A roster, the time, and what was told so far.
pub(crate) struct Story {
    pub(crate) roster: Roster,
    now: Moment,
    told: String,
}

impl Story {
    pub(crate) fn new() -> Self {
        Self::under(Policy::default())
    }

    pub(crate) fn under(policy: Policy) -> Self {
        let now = Moment { tick: Tick(0), wall: Timestamp(BEGINNING) };
        Self { roster: Roster::new(policy), now, told: String::new() }
    }

    /// A story in which a Claude session of this name came to its prompt a second ago.
    pub(crate) fn with_session(name: &str) -> Self {
        use crate::facts::{alive, idle, listed, session};
        let mut story = Self::new();
        story.sees_from(Duration::from_secs(1), name, [session(name), listed(), alive(), idle()]);
        story
    }

    /// Goes on to `hh:mm:ss`, doing on the way what is due.
    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        let target = offset(time);
        assert!(target >= self.now.wall.0 - BEGINNING, "a story does not go back to {time}");
        self.pass(Duration::from_millis(u64::try_from(target - (self.now.wall.0 - BEGINNING)).unwrap()))
    }

    /// Lets so much time pass, awake.
    pub(crate) fn pass(&mut self, span: Duration) -> &mut Self {
        let target = self.now.plus(span);
        while let Some(due) = self.roster.poll_timeout().filter(|due| *due <= target.tick) {
            assert!(due >= self.now.tick, "a timeout in the past: {due:?} at {:?}", self.now.tick);
            self.now = self.now.plus(due.since(self.now.tick));
            self.roster.handle_timeout(self.now);
            self.tell();
            assert_ne!(self.roster.poll_timeout(), Some(due), "what was due is done at once");
        }
        self.now = target;
        self
    }

    /// The regular beat of the loop: whatever is due now is done.
    pub(crate) fn beat(&mut self) -> &mut Self {
        self.roster.handle_timeout(self.now);
        self.tell();
        self
    }

    /// The machine sleeps for so long; awake time stands still.
    pub(crate) fn sleep(&mut self, span: Duration) -> &mut Self {
        self.now.wall = self.now.wall.plus(span);
        self.note(&format!("the machine slept {}", in_words(span)));
        self.input(Input::Woke)
    }

    /// Somebody sets the wall clock back.
    pub(crate) fn set_the_clock_back(&mut self, span: Duration) -> &mut Self {
        self.note(&format!("the clock is set back by {}", in_words(span)));
        self.now.wall.0 -= i64::try_from(span.as_millis()).unwrap();
        self
    }

    /// Sees facts that are true from now on, at one look.
    pub(crate) fn sees(&mut self, worker: &str, facts: impl IntoIterator<Item = Fact>) -> &mut Self {
        let at = self.now;
        self.sees_at(at, worker, facts)
    }

    /// Sees facts that another program dated `ago`, by the wall clock.
    pub(crate) fn sees_from(
        &mut self,
        ago: Duration,
        worker: &str,
        facts: impl IntoIterator<Item = Fact>,
    ) -> &mut Self {
        let wall = Timestamp(self.now.wall.0 - i64::try_from(ago.as_millis()).unwrap());
        self.sees_at(self.now.back_to(wall), worker, facts)
    }

    fn sees_at(&mut self, at: Moment, worker: &str, facts: impl IntoIterator<Item = Fact>) -> &mut Self {
        let observe = |fact| Observation { worker: WorkerId::new(worker), at, fact };
        self.input(Input::Observed(facts.into_iter().map(observe).collect()))
    }

    /// A fresh, unread message.
    pub(crate) fn message(
        &mut self,
        conversation: &str,
        id: &str,
        from: &str,
        to: &str,
        text: &str,
    ) -> &mut Self {
        let message = self.written(conversation, id, from, to, text);
        self.input(Input::Arrived(message))
    }

    pub(crate) fn written(&self, conversation: &str, id: &str, from: &str, to: &str, text: &str) -> Message {
        let party = |name: &str| Party { worker: Some(WorkerId::new(name)), name: name.into() };
        Message {
            by_person: false,
            brought: false,
            conversation: ConversationId::new(conversation),
            id: MessageId::new(id),
            from: party(from),
            to: party(to),
            text: text.into(),
            kind: None,
            sent: self.now,
            read: Some(false),
            fresh: true,
        }
    }

    pub(crate) fn fetched(&mut self, conversation: &str, id: &str) -> &mut Self {
        let (conversation, id) = (ConversationId::new(conversation), MessageId::new(id));
        self.input(Input::Receipt { conversation, id, receipt: Receipt::Fetched, at: self.now })
    }

    pub(crate) fn person(&mut self, person: Person) -> &mut Self {
        self.note(&format!("the person: {}", deed(&person)));
        self.input(Input::Person(person))
    }

    pub(crate) fn input(&mut self, input: Input) -> &mut Self {
        self.roster.handle(input, self.now);
        let due = self.roster.poll_timeout();
        assert!(due.is_none_or(|due| due >= self.now.tick), "a timeout in the past");
        self.tell();
        self
    }

    pub(crate) fn now(&self) -> Moment {
        self.now
    }

    /// The wall time so far from now.
    pub(crate) fn until(&self, span: Duration) -> Timestamp {
        self.now.wall.plus(span)
    }

    /// Tells the verdict on a worker with its witnesses and their ages.
    pub(crate) fn verdict(&mut self, name: &str) -> &mut Self {
        let id = WorkerId::new(name);
        let Some(worker) = self.roster.worker(&id) else {
            self.note(&format!("{name} is not known"));
            return self;
        };
        let verdict = self.roster.verdict(worker, self.now.tick);
        let mut line = format!("{name} is {}", word(verdict.presence));
        let since = clock(verdict.since.wall);
        write!(line, " since {since}: {}", summary(worker, &verdict)).unwrap();
        if let Some((silence, threshold)) = verdict.silence.zip(verdict.threshold) {
            write!(line, " (silent {} of {})", in_words(silence), in_words(threshold)).unwrap();
        }
        self.note(&line);
        for witness in &verdict.witnesses {
            writeln!(self.told, "           {}, {}", witness.what, in_words(witness.age(self.now.tick)))
                .unwrap();
        }
        self
    }

    /// Tells which alerts stand.
    pub(crate) fn alerts(&mut self) -> &mut Self {
        let titles: Vec<String> =
            self.roster.alerts().map(|alert| format!("{} {}", alert.id.0, alert.title)).collect();
        self.note(&format!("alerts: [{}]", titles.join(", ")))
    }

    /// Tells how many silences were reported and how many of them ended by themselves.
    pub(crate) fn false_alarms(&mut self) -> &mut Self {
        let (silences, false_alarms) = self.roster.false_alarms();
        self.note(&format!("silences {silences}, false alarms {false_alarms}"))
    }

    pub(crate) fn note(&mut self, what: &str) -> &mut Self {
        writeln!(self.told, "{} {what}", clock(self.now.wall)).unwrap();
        self
    }

    /// All that was told.
    pub(crate) fn end(&mut self) -> String {
        std::mem::take(&mut self.told)
    }

    fn tell(&mut self) {
        while let Some(effect) = self.roster.poll_effect() {
            let line = match effect {
                Effect::Notify(notice) if notice.token.is_none() => {
                    format!("  notify ({}) {}: {}", notice.key, notice.title, notice.body.replace('\n', "; "))
                }
                Effect::Notify(notice) => format!("  notify {}: {}", notice.title, notice.body),
                Effect::AskInFront(worker) => format!("  is the terminal of {worker} in front?"),
                Effect::Withdraw(key) => format!("  withdraw {}", readable(&key)),
                Effect::Changed(change) => changed(change),
                Effect::HeldBack(_) | Effect::LetGo(_) => continue,
            };
            self.note(&line);
        }
    }
}

fn changed(change: Change) -> String {
    match change {
        Change::Presence { worker, before: None, now, .. } => format!("{worker} is {}", word(now)),
        Change::Presence { worker, before: Some(before), now, .. } => {
            format!("{worker}: {} → {}", word(before), word(now))
        }
        Change::Message(message) => {
            format!("message {} from {} to {}", message.id, message.from.name, message.to.name)
        }
        Change::Receipt { id, receipt: Receipt::Fetched, .. } => format!("message {id} was fetched"),
        Change::Receipt { id, receipt, .. } => format!("message {id} is {}", receipt.word()),
        Change::Raised(alert) => {
            format!("  alert {} raised, {:?}: {}", alert.id.0, alert.severity, alert.cause.kind())
        }
        Change::Settled(record) => format!("  alert {} ended, {}", record.alert.id.0, record.words()),
        Change::Problem { source, subject, what: Some(what) } => {
            format!("{source} cannot read {subject}: {what}")
        }
        Change::Problem { source, subject, what: None } => format!("{source} can read {subject} again"),
    }
}

fn deed(person: &Person) -> String {
    match person {
        Person::Pause(Some(until)) => format!("pause until {}", clock(*until)),
        Person::Pause(None) => "resume".into(),
        Person::Mute(id, Some(until)) => format!("mute {id} until {}", clock(*until)),
        Person::Mute(id, None) => format!("unmute {id}"),
        Person::MuteFolder(folder, Some(Timestamp::FOREVER)) => format!("mute {folder} for good"),
        Person::MuteFolder(folder, Some(until)) => format!("mute {folder} until {}", clock(*until)),
        Person::MuteFolder(folder, None) => format!("unmute {folder}"),
        Person::Snooze(alert, span) => format!("snooze {} for {}", alert.0, in_words(*span)),
        Person::Dismiss(alert) => format!("dismiss {}", alert.0),
        Person::Fine(alert) => format!("{} is fine", alert.0),
        Person::LookingAt(Some(id)) => format!("looks at {id}"),
        Person::LookingAt(None) => "looks away".into(),
        Person::LookingInto(conversation) => format!("reads {conversation}"),
    }
}

/// A presence as one word, and the reason where it has one.
pub(crate) fn word(presence: Presence) -> String {
    match presence {
        Presence::WaitingForYou(what) => format!("waiting for you ({what:?})").to_lowercase(),
        Presence::Limited(what) => format!("limited ({what:?})").to_lowercase(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// A notification's key with its time as the story counts it.
fn readable(key: &str) -> String {
    let part = |part: &str| match part.parse::<i64>() {
        Ok(wall) => clock(Timestamp(wall)).replace(':', "."),
        Err(_) => part.to_owned(),
    };
    key.split(':').map(part).collect::<Vec<_>>().join(" ")
}

fn clock(wall: Timestamp) -> String {
    let seconds = (wall.0 - BEGINNING).div_euclid(1000);
    let (sign, seconds) = if seconds < 0 { ("-", -seconds) } else { ("", seconds) };
    format!("{sign}{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn offset(time: &str) -> i64 {
    let parts: Vec<i64> = time.split(':').map(|part| part.parse().unwrap()).collect();
    let [hours, minutes, seconds] = parts[..] else { panic!("a time is written hh:mm:ss, not {time}") };
    (hours * 3600 + minutes * 60 + seconds) * 1000
}

pub(crate) fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

pub(crate) fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

pub(crate) fn hours(count: u64) -> Duration {
    minutes(count * 60)
}
