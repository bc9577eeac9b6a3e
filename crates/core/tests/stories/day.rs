//! A recorded day: ten sessions, forty subagents, and every notification that one busy person gets of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use expect_test::expect;
use peerwatch_core::{
    ConversationId, Effect, Fact, Input, Message, MessageId, Moment, Notice, Observation, Party, Person,
    Policy, Process, QuietHours, Receipt, Roster, Severity, Tick, Timestamp, WorkerId,
};

use crate::facts::*;
use crate::story::minutes;

const SCRIPT: &str = include_str!("day.txt");
/// Minutes of a day.
const DAY: i64 = 24 * 60;

#[test]
fn a_person_is_told_once_of_each_cause_and_of_nothing_else() {
    let mut day = Day::begin();
    day.play(SCRIPT);
    assert_eq!((day.at_work.len(), day.sent_out), (10, 40));
    expect![[r#"
        09:02     shown: api waits for your permission
        09:02            Bash: git push · shop/api
        09:04     gone: api waits for your permission
        09:10 you look at the pane of web
        09:14 you look elsewhere
        09:30     shown: docs has a question for you
        09:30            Which heading comes first? · code/handbook
        09:31     shown: infra waits for your permission
        09:31            Bash: terraform plan · code/infra
        09:32     shown: review waits for your permission
        09:32            Bash: gh pr view 12 · shop/review
        09:33     gone: docs has a question for you
        09:33     gone: infra waits for your permission
        09:33     gone: review waits for your permission
        09:33     shown: 4 things need a look
        09:33            docs has a question for you
        09:33            infra waits for your permission
        09:33            review waits for your permission
        09:33            mobile waits for your permission
        09:40     less: 3 things need a look
        09:40            infra waits for your permission
        09:40            review waits for your permission
        09:40            mobile waits for your permission
        09:41     less: 2 things need a look
        09:41            review waits for your permission
        09:41            mobile waits for your permission
        09:42     less: mobile waits for your permission
        09:42            Bash: ./gradlew test · code/mobile
        09:43     gone: mobile waits for your permission
        10:10     shown: search has gone silent
        10:10            Not heard for 10 min. Last seen with Bash: make. · code/search
        10:25     gone: search has gone silent
        11:05     shown: billing has reached a usage limit
        11:05            Usage limit, resets at 13:00 · code/billing
        11:30 you mute infra for 60 min
        12:30     shown: infra waits for your permission
        12:30            Bash: terraform destroy · code/infra
        12:40     gone: infra waits for your permission
        13:00     gone: billing has reached a usage limit
        14:00 you pause for 60 min
        15:00     shown: While you were away: 1 session waited, 2 messages
        15:00            api waits for your permission
        15:00            2 new messages, docs wrote to review
        15:10     less: 2 new messages, docs wrote to review
        15:10            With the pictures now
        15:11     gone: 2 new messages, docs wrote to review
        16:00     shown: api wrote to web
        16:00            The endpoint is there
        16:01     shown: 2 new messages, api wrote to web
        16:01            It wants a token
        16:05     gone: 2 new messages, api wrote to web
        17:30     SHOWN: mobile is gone
        17:30            Its process in code/mobile died during a turn. It had a task in its hands.
        21:50     shown: review waits for your permission
        21:50            Bash: gh pr merge 12 · shop/review
        08:00     shown: While you were away: 3 sessions waited, 1 silent, 12 messages
        08:00            api waits for your permission
        08:00            web waits for your permission
        08:00            data waits for your permission
        08:00            tests has gone silent — back after 29 min
        08:00            12 new messages, docs wrote to search — read after 2 h
        08:10     less: While you were away: 2 sessions waited, 1 silent, 12 messages
        08:10            web waits for your permission
        08:10            data waits for your permission
        08:10            tests has gone silent — back after 29 min
        08:10            12 new messages, docs wrote to search — read after 2 h
        08:11     less: While you were away: 1 session waited, 1 silent, 12 messages
        08:11            data waits for your permission
        08:11            tests has gone silent — back after 29 min
        08:11            12 new messages, docs wrote to search — read after 2 h
        08:12     less: While you were away: 1 silent, 12 messages
        08:12            tests has gone silent — back after 29 min
        08:12            12 new messages, docs wrote to search — read after 2 h
        08:13     gone: review waits for your permission
    "#]]
    .assert_eq(&day.told);
}

/// The day as it goes: a minute is the smallest step.
struct Day {
    roster: Roster,
    /// Minutes since the midnight before.
    minute: i64,
    /// The sessions, and whether something is heard of each.
    at_work: BTreeMap<String, bool>,
    /// The sessions that have subagents.
    leading: BTreeSet<String>,
    sent_out: u32,
    messages: u32,
    /// The messages that nobody has read, by conversation.
    unread: BTreeMap<String, Vec<String>>,
    before_me: Option<WorkerId>,
    /// Titles on the screen, by key.
    screen: BTreeMap<String, String>,
    /// Causes that had a notification of their own.
    causes: BTreeSet<String>,
    told: String,
}

impl Day {
    fn begin() -> Self {
        let policy =
            Policy { quiet_hours: QuietHours::parse("22:00-08:00"), ask_in_front: true, ..Policy::default() };
        Self {
            roster: Roster::new(policy),
            minute: 8 * 60,
            at_work: BTreeMap::new(),
            leading: BTreeSet::new(),
            sent_out: 0,
            messages: 0,
            unread: BTreeMap::new(),
            before_me: None,
            screen: BTreeMap::new(),
            causes: BTreeSet::new(),
            told: String::new(),
        }
    }

    fn play(&mut self, script: &str) {
        let lines = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let mut lines: Vec<(i64, &str, &str)> = lines.map(spoken).collect();
        // A night belongs to the day before it; within a day the script goes by stories, not by the clock.
        let evening = lines.iter().position(|(at, ..)| *at >= 22 * 60).unwrap();
        for (at, ..) in lines.iter_mut().skip(evening).filter(|(at, ..)| *at < 12 * 60) {
            *at += DAY;
        }
        lines.sort_by_key(|(at, ..)| *at);
        for (at, who, what) in lines {
            while self.minute < at {
                self.pass_a_minute();
            }
            self.happens(who, what);
        }
    }

    fn now(&self) -> Moment {
        let ms = self.minute * 60_000;
        Moment { tick: Tick(ms), wall: Timestamp(1_800_000_000_000 + ms) }
    }

    fn pass_a_minute(&mut self) {
        self.minute += 1;
        let now = self.now();
        self.roster.handle_timeout(now);
        self.input(Input::MinuteOfDay(u16::try_from(self.minute % DAY).unwrap()));
        let working: Vec<String> =
            self.at_work.iter().filter(|(_, heard)| **heard).map(|(name, _)| name.clone()).collect();
        for name in working {
            self.sees(&name, vec![wrote(), alive()]);
        }
        for name in self.leading.clone() {
            self.sees(&name, vec![subagent_wrote()]);
        }
    }

    fn happens(&mut self, who: &str, what: &str) {
        if who == "you" {
            return self.person(what);
        }
        let what = what.split_once(' ').map_or((what, ""), |(first, rest)| (first, rest));
        match what {
            ("begins", place) => {
                self.at_work.insert(who.into(), false);
                let folder = format!("/home/kim/code/{}", place.trim_start_matches("in "));
                self.sees(who, vec![session_in(who, &folder), listed(), alive(), idle(), over()]);
            }
            ("works", _) | ("goes", "on") => self.state(who, true, vec![busy(), thinking(), wrote()]),
            ("hangs", _) => self.state(who, false, vec![busy(), tool("Bash", "make"), no_child()]),
            ("ends", _) => self.state(who, false, vec![idle(), over()]),
            ("dies", _) => self.state(who, false, vec![process(Process::Absent)]),
            ("reaches", _) => {
                self.state(who, false, vec![idle(), failed("rate_limit", "Usage limit, resets at 13:00")]);
            }
            ("gets", _) => self.input(Input::Entrusted([(WorkerId::new(who), 1)].into())),
            ("sends", out) => {
                let count = out.split(' ').nth(1).unwrap().parse().unwrap();
                self.sent_out += count;
                self.leading.insert(who.into());
                self.sees(who, vec![subagents(count)]);
            }
            ("has", _) => {
                self.leading.remove(who);
                self.sees(who, vec![subagents(0)]);
            }
            ("asks", rest) => self.asks(who, rest),
            ("writes", rest) => self.writes(who, rest.trim_start_matches("to ")),
            ("reads", rest) => self.reads(who, rest.split(' ').nth(1).unwrap()),
            other => panic!("nobody knows what it means that {who} {other:?}"),
        }
    }

    fn person(&mut self, what: &str) {
        let words: Vec<&str> = what.split(' ').collect();
        let until = |minutes_: &str, now: Moment| Some(now.wall.plus(minutes(minutes_.parse().unwrap())));
        let now = self.now();
        let person = match words.as_slice() {
            ["look", "at", .., name] => return self.look(what, Some(WorkerId::new(*name))),
            ["look", "elsewhere"] => return self.look(what, None),
            ["mute", folder, "for", span, "min"] => {
                Person::MuteFolder(format!("/home/kim/code/{folder}"), until(span, now))
            }
            ["pause", "for", span, "min"] => Person::Pause(until(span, now)),
            ["close", "the", "digest"] => return self.input(Input::NotificationClosed("digest".into())),
            other => panic!("nobody knows what it means that you {other:?}"),
        };
        self.say(&format!("you {what}"));
        self.input(Input::Person(person));
    }

    fn look(&mut self, what: &str, at: Option<WorkerId>) {
        self.say(&format!("you {what}"));
        self.before_me = at;
    }

    fn asks(&mut self, who: &str, what: &str) {
        let (how, what) = what.split_once(' ').unwrap();
        let facts = match how {
            "you:" => vec![tool("AskUserQuestion", what), waiting("input needed")],
            _ => {
                let (name, detail) = what.split_once(": ").unwrap();
                vec![tool(name, detail), waiting("permission prompt")]
            }
        };
        self.state(who, false, facts);
    }

    fn writes(&mut self, from: &str, what: &str) {
        let (to, text) = what.split_once(": ").unwrap();
        self.messages += 1;
        let (talk, id) = (format!("{from}-{to}"), format!("m{}", self.messages));
        self.unread.entry(talk.clone()).or_default().push(id.clone());
        let party = |name: &str| Party { worker: Some(WorkerId::new(name)), name: name.into() };
        let message = Message {
            by_person: false,
            brought: false,
            conversation: ConversationId::new(talk),
            id: MessageId::new(id),
            from: party(from),
            to: party(to),
            text: text.into(),
            kind: None,
            sent: self.now(),
            read: Some(false),
            fresh: true,
        };
        self.input(Input::Arrived(message));
    }

    fn reads(&mut self, who: &str, from: &str) {
        let talk = format!("{from}-{who}");
        for id in self.unread.remove(&talk).unwrap() {
            let (conversation, id) = (ConversationId::new(talk.clone()), MessageId::new(id));
            self.input(Input::Receipt { conversation, id, receipt: Receipt::Fetched, at: self.now() });
        }
    }

    fn state(&mut self, who: &str, heard: bool, facts: Vec<Fact>) {
        self.at_work.insert(who.into(), heard);
        self.sees(who, facts);
    }

    fn sees(&mut self, who: &str, facts: Vec<Fact>) {
        let (worker, at) = (WorkerId::new(who), self.now());
        let seen = facts.into_iter().map(|fact| Observation { worker: worker.clone(), at, fact });
        self.input(Input::Observed(seen.collect()));
    }

    fn input(&mut self, input: Input) {
        let now = self.now();
        self.roster.handle(input, now);
        while let Some(effect) = self.roster.poll_effect() {
            match effect {
                Effect::Notify(notice) => self.shown(notice),
                Effect::Withdraw(key) => {
                    let title = self.screen.remove(&key).unwrap();
                    self.say(&format!("    gone: {title}"));
                }
                Effect::AskInFront(worker) => {
                    let is_in_front = self.before_me.as_ref() == Some(&worker);
                    self.roster.handle(Input::InFront(worker, is_in_front), now);
                }
                Effect::Changed(_) | Effect::HeldBack(_) | Effect::LetGo(_) => {}
            }
        }
    }

    fn shown(&mut self, notice: Notice) {
        assert!(notice.worker.is_none() || notice.worker != self.before_me, "told while looking: {notice:?}");
        if notice.news && notice.token.is_some() && notice.kind != "message" {
            assert!(self.causes.insert(notice.key.clone()), "told twice: {notice:?}");
        }
        let how = match (notice.news, notice.severity) {
            (false, _) => "less: ",
            (true, Severity::Urgent) => "SHOWN: ",
            (true, _) => "shown: ",
        };
        self.screen.insert(notice.key, notice.title.clone());
        self.say(&format!("    {how}{}", notice.title));
        for line in notice.body.lines() {
            self.say(&format!("           {line}"));
        }
    }

    fn say(&mut self, what: &str) {
        let minute = self.minute % DAY;
        writeln!(self.told, "{:02}:{:02} {what}", minute / 60, minute % 60).unwrap();
    }
}

/// A line of the script: minute of the day, who, what.
fn spoken(line: &str) -> (i64, &str, &str) {
    let (time, rest) = line.split_once(' ').unwrap();
    let (who, what) = rest.trim_start().split_once(' ').unwrap();
    let (hours, minutes) = time.split_once(':').unwrap();
    let minute = hours.parse::<i64>().unwrap() * 60 + minutes.parse::<i64>().unwrap();
    (minute, who, what.trim_start())
}
