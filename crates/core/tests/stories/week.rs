//! What is known stays bounded: a week of sessions that come and die, and of messages between them, leaves no more behind
//! than its last day.
//!
//! What is kept is measured by writing all of it out.

use std::time::Duration;

use peerwatch_core::{
    ConversationId, Fact, Input, Message, MessageId, Moment, Observation, Party, Policy, Process, Receipt,
    Roster, Tick, Timestamp, WorkerId,
};

use crate::facts::*;

const A_DAY: Duration = Duration::from_secs(24 * 3600);
const SESSIONS: u64 = 100;
/// Of each session.
const MESSAGES: u64 = 20;

struct Week {
    roster: Roster,
    now: Moment,
    told: u64,
}

impl Week {
    fn new() -> Self {
        let now = Moment { tick: Tick(0), wall: Timestamp(1_800_000_000_000) };
        Self { roster: Roster::new(Policy::default()), now, told: 0 }
    }

    /// How much is known.
    fn known(&self) -> usize {
        format!("{:?}", self.roster).len()
    }

    fn day(&mut self, day: u64) {
        (0..SESSIONS).for_each(|number| self.life(day * SESSIONS + number));
    }

    /// A session works, speaks in a conversation with another and in one of many, and dies; every second one with work in
    /// its hands.
    fn life(&mut self, number: u64) {
        let (name, side_name) = (format!("worker {number}"), format!("side {number}"));
        let pair = format!("pair {}", number / 2);
        self.sees(&name, [session(&name), listed(), alive(), idle()]);
        self.sees(&side_name, [side(&side_name, &pair), listed(), heartbeat(), held_by(&name)]);
        let step = A_DAY / u32::try_from(SESSIONS * (MESSAGES + 1)).unwrap();
        for message in 0..MESSAGES {
            self.sees(&name, [busy(), tool("Bash", "cargo test"), wrote()]);
            self.sees(&side_name, [unread(1), messaged()]);
            let conversation = if message.is_multiple_of(2) { pair.as_str() } else { "all" };
            self.exchange(conversation, &format!("{number}-{message}"), &side_name);
            let next = if message.is_multiple_of(10) { waiting("permission prompt") } else { idle() };
            self.sees(&name, [over(), next]);
            self.pass(step);
        }
        let tasks = [(WorkerId::new(&name), 1)].into_iter().collect();
        self.input(Input::Entrusted(tasks));
        let conversation = ConversationId::new(&pair);
        let (to, why) = (Some(WorkerId::new(&name)), Some("it does not listen".to_owned()));
        self.input(Input::Undelivered { conversation: conversation.clone(), to: to.clone(), why });
        self.input(Input::Undelivered { conversation, to, why: None });
        if number.is_multiple_of(2) {
            self.sees(&name, [busy(), process(Process::Absent)]);
        } else {
            self.sees(&name, [removed(), process(Process::Absent)]);
        }
        // What is told too late of one that was never introduced.
        self.sees(&format!("nobody {number}"), [removed()]);
        self.pass(step);
    }

    fn exchange(&mut self, conversation: &str, id: &str, to: &str) {
        let party = |name: &str| Party { worker: Some(WorkerId::new(name)), name: name.into() };
        let message = Message {
            conversation: ConversationId::new(conversation),
            id: MessageId::new(id),
            from: party("another"),
            to: party(to),
            by_person: false,
            brought: false,
            text: "The limiter counts each request once. ".repeat(100),
            kind: None,
            sent: self.now,
            read: Some(false),
            fresh: true,
        };
        let (conversation, id) = (message.conversation.clone(), message.id.clone());
        self.input(Input::Arrived(message));
        // Whoever dies leaves the last ones unread.
        if !id.as_str().ends_with("-19") {
            self.input(Input::Receipt { conversation, id, receipt: Receipt::Seen, at: self.now });
        }
    }

    fn sees(&mut self, worker: &str, facts: impl IntoIterator<Item = Fact>) {
        let at = self.now;
        let observe = |fact| Observation { worker: WorkerId::new(worker), at, fact };
        self.input(Input::Observed(facts.into_iter().map(observe).collect()));
    }

    fn input(&mut self, input: Input) {
        self.roster.handle(input, self.now);
        self.told += std::iter::from_fn(|| self.roster.poll_effect()).map(|_| 1).sum::<u64>();
    }

    fn pass(&mut self, span: Duration) {
        self.now = self.now.plus(span);
        self.roster.handle_timeout(self.now);
        self.told += std::iter::from_fn(|| self.roster.poll_effect()).map(|_| 1).sum::<u64>();
    }
}

#[test]
fn a_week_leaves_no_more_behind_than_a_day() {
    let mut week = Week::new();
    let known: Vec<usize> = (0..7)
        .map(|day| {
            week.day(day);
            week.known()
        })
        .collect();
    assert!(week.told > 7 * SESSIONS * MESSAGES, "something happened");
    // What is over is drawn for a day and then kept in short, which the second day adds; each later one adds the names of its
    // conversations, and the beginnings of their last messages, until there are too many of those.
    assert!(known[6] <= known[1] + known[1] / 5, "{known:?}");
}
