//! The tray's menu as plain values, drawn from the view: what it says, and what each line does.
//!
//! Two drawers turn it into a real menu. Ages are left out of it, and its lists have a fixed number of places, shown or
//! hidden: some panels lose submenus, or close the menu under the pointer, when lines come and go.

use jiff::{ToSpan, Unit, Zoned, tz::TimeZone};
use peerwatch_wire::{Group, Presence, TrayState, View, WaitingFor, WorkerView};

use super::mail;

/// A longer list says how many more there are.
const NEEDING_SHOWN: usize = 8;
const REASSIGN_SHOWN: usize = 12;
const LABEL_CHARS: usize = 60;
/// So much of a name is shown whatever is said of it.
const NAME_CHARS: usize = 24;

/// What a person asks for with a click in the tray.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Open,
    OpenWorker(String),
    OpenConversation(String),
    OpenConversations,
    Reassign(String),
    /// A task goes to whoever is best.
    HandOver(String),
    /// All tasks of workers that are proven gone go to whoever is best.
    HandOverAll(Vec<String>),
    Pause(Pause),
    Resume,
    StartAtLogin(bool),
    Quit,
}

/// For how long notifications are paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pause {
    Quarter,
    Hour,
    Tomorrow,
}

/// One line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    Line(String),
    Button {
        label: String,
        act: Act,
    },
    Check {
        label: String,
        on: bool,
        act: Act,
    },
    Sub {
        label: String,
        entries: Vec<Entry>,
    },
    Separator,
    /// A place that is kept and not shown.
    Hidden,
}

/// Everything that the tray shows. Equal faces need no redrawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Face {
    pub(crate) state: TrayState,
    pub(crate) sentence: String,
    pub(crate) menu: Vec<Entry>,
}

impl Face {
    /// Nothing is seen, and the tray says why.
    pub(crate) fn blind(sentence: &str) -> Self {
        let mut needing = Vec::new();
        needing.resize(NEEDING_SHOWN + 1, Entry::Hidden);
        let nobody = [Entry::Hidden, Entry::Hidden, Entry::Hidden];
        needing.extend([Entry::Hidden, Entry::Hidden]);
        Self::with(TrayState::CannotSee, plain(sentence), needing, nobody)
    }

    pub(crate) fn of(view: &View, zone: &TimeZone) -> Self {
        let on = view.settings.start_at_login;
        let login = Entry::Check { label: "Start at login".into(), on, act: Act::StartAtLogin(!on) };
        let reassign = Entry::Sub { label: "Reassign tasks".into(), entries: reassign(view) };
        let mut needing = needing(view);
        needing.extend(mail::lines(view));
        Self::with(view.tray, plain(&view.sentence), needing, [reassign, pause(view, zone), login])
    }

    fn with(
        state: TrayState,
        sentence: String,
        needing: Vec<Entry>,
        [reassign, pause, login]: [Entry; 3],
    ) -> Self {
        let mut menu = vec![button(&sentence, Act::Open)];
        menu.extend(needing);
        menu.extend([Entry::Separator, reassign, pause, Entry::Separator]);
        menu.extend([button("Open Peerwatch", Act::Open), login]);
        menu.extend([Entry::Separator, button("Quit", Act::Quit)]);
        Self { state, sentence, menu }
    }
}

fn needing(view: &View) -> Vec<Entry> {
    let needing = view.workers.iter().filter(|worker| worker.group == Group::NeedsYou);
    let line = |worker: &WorkerView| button(&says(worker, need(worker)), Act::OpenWorker(worker.id.clone()));
    listed(needing.map(line).collect(), NEEDING_SHOWN)
}

/// The lost and the suspect with their tasks. What is proven lost goes to the proposed heir with one click; for the rest a
/// person decides in the sheet.
fn reassign(view: &View) -> Vec<Entry> {
    let lost: Vec<&WorkerView> =
        view.workers.iter().filter(|worker| worker.group == Group::Suspect).collect();
    let mut lines = Vec::new();
    let mut free = Vec::new();
    for worker in lost {
        lines.push(button(&says(worker, loss(worker)), Act::Reassign(worker.id.clone())));
        for task in view.tasks.iter().filter(|task| task.owner.as_deref() == Some(&worker.id)) {
            let (Presence::Gone, None, Some(heir)) = (worker.presence, &task.fixed, &task.proposed) else {
                continue;
            };
            free.push(task.id.clone());
            lines.push(button(&format!("→ {heir}: {}", task.subject), Act::HandOver(task.id.clone())));
        }
    }
    if free.len() > 1 {
        let label = format!("All {} tasks of the lost to the best free workers", free.len());
        lines.insert(0, button(&label, Act::HandOverAll(free)));
    }
    let mut entries = listed(lines, REASSIGN_SHOWN);
    if entries.first() == Some(&Entry::Hidden) {
        entries[0] = Entry::Line("No worker is lost or suspect".into());
    }
    entries
}

fn pause(view: &View, zone: &TimeZone) -> Entry {
    let mut entries = Vec::new();
    let label = match &view.paused_until {
        Some(until) => {
            entries.push(button("Resume now", Act::Resume));
            format!("Notifications paused until {}", clock_time(until, zone))
        }
        None => {
            entries.push(Entry::Hidden);
            "Pause notifications".into()
        }
    };
    for (words, pause) in [
        ("For 15 minutes", Pause::Quarter),
        ("For 1 hour", Pause::Hour),
        ("Until tomorrow, 8:00", Pause::Tomorrow),
    ] {
        entries.push(button(words, Act::Pause(pause)));
    }
    Entry::Sub { label, entries }
}

impl Pause {
    /// Seconds from now.
    pub(crate) fn seconds(self, now: &Zoned) -> u64 {
        match self {
            Self::Quarter => 15 * 60,
            Self::Hour => 60 * 60,
            Self::Tomorrow => until_tomorrow(now).unwrap_or(16 * 60 * 60),
        }
    }
}

/// Until eight in the morning of the next day by the calendar, whatever the clocks do that night.
fn until_tomorrow(now: &Zoned) -> Option<u64> {
    let morning = now
        .checked_add(1.day())
        .ok()?
        .with()
        .hour(8)
        .minute(0)
        .second(0)
        .subsec_nanosecond(0)
        .build()
        .ok()?;
    let span = now.until((Unit::Second, &morning)).ok()?;
    u64::try_from(span.get_seconds()).ok()
}

fn need(worker: &WorkerView) -> String {
    match (worker.presence, worker.waiting_for) {
        (Presence::WaitingForYou, Some(WaitingFor::Permission)) => "wants your permission".into(),
        (Presence::WaitingForYou, Some(WaitingFor::Question)) => "asks you a question".into(),
        (Presence::WaitingForYou, Some(WaitingFor::Plan)) => "has a plan for you".into(),
        (Presence::WaitingForYou, Some(WaitingFor::Dialog)) => "shows a dialog".into(),
        (Presence::WaitingForYou, None) => "waits for you".into(),
        _ => worker.summary.clone(),
    }
}

fn loss(worker: &WorkerView) -> String {
    let tasks = match worker.tasks.len() {
        0 => String::new(),
        1 => ", 1 task".into(),
        n => format!(", {n} tasks"),
    };
    let word = match worker.presence {
        Presence::Gone => "gone",
        Presence::Quiet => "silent",
        _ => "suspect",
    };
    format!("{word}{tasks}")
}

/// A long name makes room for what is said of it.
fn says(worker: &WorkerView, what: String) -> String {
    let room = LABEL_CHARS.saturating_sub(what.chars().count() + 2).max(NAME_CHARS);
    format!("{}: {what}", bounded(clean(&worker.name), room))
}

/// As many places as are shown at most, and one for the rest.
fn listed(mut entries: Vec<Entry>, shown: usize) -> Vec<Entry> {
    if entries.len() > shown {
        let more = entries.split_off(shown).len();
        entries.push(button(&format!("… and {more} more"), Act::Open));
    }
    entries.resize(shown + 1, Entry::Hidden);
    entries
}

pub(super) fn button(label: &str, act: Act) -> Entry {
    Entry::Button { label: plain(label), act }
}

/// Names and summaries come from elsewhere: one line, no control characters, a bounded length.
fn plain(text: &str) -> String {
    bounded(clean(text), LABEL_CHARS)
}

fn clean(text: &str) -> String {
    let shown: String =
        text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| shows(*c)).collect();
    shown.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn bounded(words: String, chars: usize) -> String {
    match words.char_indices().nth(chars) {
        None => words,
        Some(_) => words.chars().take(chars - 1).chain(['…']).collect(),
    }
}

fn shows(c: char) -> bool {
    let reorders =
        matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    !c.is_control() && !reorders
}

fn clock_time(rfc3339: &str, zone: &TimeZone) -> String {
    match rfc3339.parse::<jiff::Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%H:%M").to_string(),
        Err(_) => rfc3339.to_owned(),
    }
}

#[cfg(test)]
mod tests;
