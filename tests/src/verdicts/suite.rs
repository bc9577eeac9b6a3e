//! Holds what was told against what should have been, for Peerwatch and for the original's rule.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::original::{self, Said};
use super::recording::{Recording, Spell, Tiding, written};
use super::watch::{self, Account, Alarm, Setting};

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Line {
    /// The scenario.
    pub title: String,
    /// What happened.
    pub happened: String,
    /// What should be told.
    pub expected: String,
    /// What Peerwatch concluded and told.
    pub peerwatch: String,
    /// What is wrong with that, in words.
    pub faults: Faults,
    /// What the original's rule says.
    pub original: String,
    /// What is wrong with that.
    pub originals: Faults,
}

/// What is wrong, in words.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Faults {
    /// Told, though it should not be, or too early.
    pub false_alarms: Vec<String>,
    /// Not told at all.
    pub missed: Vec<String>,
    /// Told, and too late.
    pub late: Vec<String>,
    /// Concluded, though it was not so.
    pub wrong: Vec<String>,
}

impl Faults {
    /// In a word or two.
    #[must_use]
    pub fn words(&self) -> String {
        let kinds = [
            ("FALSE ALARM", &self.false_alarms),
            ("MISSED", &self.missed),
            ("LATE", &self.late),
            ("WRONG", &self.wrong),
        ];
        let found = kinds.into_iter().filter(|(_, faults)| !faults.is_empty());
        let found: Vec<String> =
            found.map(|(kind, faults)| format!("{kind}: {}", faults.join(", "))).collect();
        if found.is_empty() { "ok".into() } else { found.join("; ") }
    }
}

/// Does the same with each of many, as many at a time as the machine has processors; the results in the same order.
pub fn with_each<A: Sync, B: Send>(all: &[A], act: impl Fn(&A) -> B + Sync) -> Vec<B> {
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let (act, next) = (&act, &next);
    let mut done: Vec<(usize, B)> = std::thread::scope(|scope| {
        let take = move || {
            std::iter::from_fn(|| {
                let index = next.fetch_add(1, Ordering::Relaxed);
                all.get(index).map(|one| (index, act(one)))
            })
            .collect::<Vec<_>>()
        };
        let running: Vec<_> = (0..workers).map(|_| scope.spawn(take)).collect();
        running.into_iter().flat_map(|one| one.join().expect("a player")).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, done)| done).collect()
}

/// Plays a recording and judges both.
#[must_use]
pub fn judged(recording: &Recording) -> Line {
    let account = watch::play(recording, &Setting::default());
    let (original, originals) = by_the_original(recording);
    Line {
        title: recording.title.clone(),
        happened: recording.happened.clone(),
        expected: expected(recording),
        peerwatch: told(recording, &account),
        faults: faults(recording, &account),
        original,
        originals,
    }
}

/// What is wrong when Peerwatch is started so long after the beginning.
#[must_use]
pub fn faults_when_late(recording: &Recording, late: Duration) -> Faults {
    faults(recording, &watch::play(recording, &Setting { late, ..Setting::default() }))
}

/// All faults of these, together.
#[must_use]
pub fn faults_of<'a>(all: impl Iterator<Item = &'a Faults>) -> Faults {
    all.fold(Faults::default(), |mut sum, one| {
        sum.false_alarms.extend(one.false_alarms.clone());
        sum.missed.extend(one.missed.clone());
        sum.late.extend(one.late.clone());
        sum.wrong.extend(one.wrong.clone());
        sum
    })
}

/// The table, for a terminal of about 170 columns.
#[must_use]
pub fn table(lines: &[Line]) -> String {
    let heads =
        ["scenario", "what happened", "expected", "Peerwatch", "the original's watchdog"].map(str::to_owned);
    let cells = lines.iter().map(|line| {
        [
            line.title.clone(),
            line.happened.clone(),
            line.expected.clone(),
            format!("{}\n{}", line.peerwatch, line.faults.words()),
            format!("{}\n{}", line.original, line.originals.words()),
        ]
    });
    let rule = WIDTHS.map(|width| "─".repeat(width)).join("─┼─");
    let rows: Vec<String> = std::iter::once(heads).chain(cells).map(|cells| row(&cells)).collect();
    rows.join(&format!("{rule}\n"))
}

/// The last line: of us it should say `0 false alarms, 0 missed losses`, and no more.
#[must_use]
pub fn summary(lines: &[Line]) -> String {
    let counts = |faults: Faults| {
        let further = [(faults.late.len(), "told too late"), (faults.wrong.len(), "wrong verdicts")];
        let further = further.into_iter().filter(|(count, _)| *count > 0);
        let further: String = further.map(|(count, what)| format!(", {count} {what}")).collect();
        format!("{} false alarms, {} missed losses{further}", faults.false_alarms.len(), faults.missed.len())
    };
    let ours = counts(faults_of(lines.iter().map(|line| &line.faults)));
    let theirs = counts(faults_of(lines.iter().map(|line| &line.originals)));
    format!("{} scenarios: {ours}; the original's rule on the same: {theirs}", lines.len())
}

/// How wide the columns are.
const WIDTHS: [usize; 5] = [18, 34, 26, 46, 40];

/// One row; cells that are too long go on in the next line.
fn row(cells: &[String; 5]) -> String {
    let wrapped: Vec<Vec<String>> = cells
        .iter()
        .zip(WIDTHS)
        .map(|(cell, width)| cell.lines().flat_map(|line| wrap(line, width)).collect())
        .collect();
    let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
    let mut text = String::new();
    for number in 0..height {
        let parts: Vec<String> = wrapped
            .iter()
            .zip(WIDTHS)
            .map(|(lines, width)| format!("{:width$}", lines.get(number).map_or("", String::as_str)))
            .collect();
        writeln!(text, "{}", parts.join(" │ ").trim_end()).expect("a string");
    }
    text
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("a line");
        let is_first = line.is_empty();
        if is_first || line.chars().count() + 1 + word.chars().count() <= width {
            line.push_str(if is_first { "" } else { " " });
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn expected(recording: &Recording) -> String {
    let mut parts: Vec<String> = Vec::new();
    for Tiding { who, kind, from, to } in &recording.tidings {
        parts.push(format!("{who} is told {kind} {}–{}", written(*from), written(*to)));
    }
    if parts.is_empty() {
        parts.push("nobody is alarmed".into());
    }
    parts.join("; ")
}

fn told(recording: &Recording, account: &Account) -> String {
    let mut parts = Vec::new();
    let named: Vec<&String> = recording.spells.iter().map(|spell| &spell.who).collect();
    for (who, spells) in account.presences.iter().filter(|(who, _)| named.is_empty() || named.contains(who)) {
        parts.push(format!("{who} {}", in_short(spells)));
    }
    for Alarm { at, kind, who, ended, .. } in &account.alarms {
        let ended =
            ended.as_ref().map(|(at, how)| format!(", {how} at {}", written(*at))).unwrap_or_default();
        parts.push(format!("told {}: {who} {kind}{ended}", written(*at)));
    }
    parts.join("; ")
}

/// The presences in their order; those that come back again and again once.
fn in_short(spells: &[(Duration, &'static str)]) -> String {
    let mut text = String::new();
    for (number, (at, word)) in spells.iter().enumerate() {
        if number == 6 && spells.len() > 7 {
            let last = spells.last().expect("there are more");
            write!(text, " → … ({} more) → {} {}", spells.len() - 7, last.1, written(last.0))
                .expect("a string");
            break;
        }
        let arrow = if number > 0 { " → " } else { "" };
        write!(text, "{arrow}{word} {}", written(*at)).expect("a string");
    }
    text
}

fn faults(recording: &Recording, account: &Account) -> Faults {
    let mut faults = Faults::default();
    let mut open: Vec<&Tiding> = recording.tidings.iter().collect();
    for Alarm { at, kind, who, .. } in &account.alarms {
        let is_it = |it: &&Tiding| it.who == *who && it.kind == *kind && it.from <= *at;
        match open.iter().position(is_it).map(|place| open.remove(place)) {
            Some(tiding) if *at > tiding.to => faults.late.push(format!("{who} {kind} at {}", written(*at))),
            Some(_) => {}
            None => faults.false_alarms.push(format!("{who} {kind} at {}", written(*at))),
        }
    }
    for Tiding { who, kind, to, .. } in open {
        faults.missed.push(format!("{who} {kind} by {}", written(*to)));
    }
    faults.wrong = recording.spells.iter().filter_map(|spell| broken(spell, account)).collect();
    faults
}

/// How a verdict that should have held did not.
fn broken(spell: &Spell, account: &Account) -> Option<String> {
    let none = Vec::new();
    let presences = account.presences.get(&spell.who).unwrap_or(&none);
    let before = presences.iter().rfind(|(at, _)| *at <= spell.from).map_or("not known", |(_, word)| word);
    let within = presences.iter().filter(|(at, _)| *at > spell.from && *at <= spell.to);
    let all = std::iter::once((spell.from, before)).chain(within.map(|(at, word)| (*at, *word)));
    let (at, word) = { all }.find(|(_, word)| *word != spell.word)?;
    Some(format!("{} {word} at {}, not {}", spell.who, written(at), spell.word))
}

/// What the original's rule says, and what is wrong with it. It knows of silence only.
fn by_the_original(recording: &Recording) -> (String, Faults) {
    let (mut words, mut faults) = (Vec::new(), Faults::default());
    let watchdog = original::watchdog(recording);
    for (who, said) in &watchdog {
        let times: Vec<Duration> = said.iter().flatten().copied().collect();
        let (first, last) = (times.iter().min(), times.iter().max());
        words.push(match first.zip(last) {
            Some((first, last)) => {
                format!("{who} silent {}–{}{}", written(*first), written(*last), share(said))
            }
            None => format!("{who} healthy"),
        });
        let loss = recording.losses(who).next();
        let early = times.iter().filter(|at| loss.is_none_or(|loss| **at < loss.from)).count();
        match (loss, last) {
            _ if early > 0 => faults.false_alarms.push(format!("{who}{}", of_all(early))),
            (Some(_), _) if times.len() < said.len() => faults.missed.push(who.clone()),
            (Some(loss), Some(last)) if *last > loss.to => faults.late.push(who.clone()),
            _ => {}
        }
    }
    for loss in recording.tidings.iter().filter(|it| it.is_loss() && !watchdog.contains_key(&it.who)) {
        words.push(format!("{} not known", loss.who));
        faults.missed.push(loss.who.clone());
    }
    (words.join("; "), faults)
}

fn share(said: &Said) -> String {
    of_all(said.iter().flatten().count())
}

/// In how many of the seconds at which the watchdog may have been started.
fn of_all(starts: usize) -> String {
    if starts == original::STARTS {
        String::new()
    } else {
        format!(" in {starts} of {} starts", original::STARTS)
    }
}
