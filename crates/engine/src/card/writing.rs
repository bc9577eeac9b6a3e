//! A card as text: for the model that takes a task over, and for the person who reads and edits it before.

use std::fmt::Write;

use peerwatch_core::Timestamp;

use super::folder::{FolderState, Found, Repository, Status, Unpushed};
use super::history::{Attempt, Report};
use super::last::{LastWords, Words};
use super::{CardFacts, text};

/// The longest card, in characters.
pub(super) const LONGEST: usize = 8_000;
/// How much of each part is shown, in per cent: the first that fits is taken.
const MEASURES: [usize; 6] = [100, 75, 50, 30, 15, 5];

/// So many of those who tried before, and of the last reports, are told of at most.
const ATTEMPTS: usize = 4;
const REPORTS: usize = 3;

/// Writes a card of at most [`LONGEST`] characters. What others said in it is quoted, without control characters and secrets.
pub(crate) fn write(card: &CardFacts) -> String {
    let older = card.attempts.len().saturating_sub(ATTEMPTS);
    let card = cleaned(card);
    let drawn = MEASURES.map(|percent| Page { card: &card, older, percent }.draw());
    let fits = drawn.iter().find(|text| text.chars().count() <= LONGEST);
    fits.cloned().unwrap_or_else(|| text::head(&drawn[MEASURES.len() - 1], LONGEST))
}

/// All texts of others made fit to be shown, before anything is cut: half a secret is hard to recognise.
fn cleaned(card: &CardFacts) -> CardFacts {
    let mut card = CardFacts {
        attempts: newest(&card.attempts, ATTEMPTS).to_vec(),
        reports: newest(&card.reports, REPORTS).to_vec(),
        ..card.clone()
    };
    for line in [&mut card.task, &mut card.subject, &mut card.fares, &mut card.reason] {
        *line = text::line(line);
    }
    card.task = text::head(&card.task, 80);
    if let Some(name) = &mut card.owner {
        *name = text::head(&text::line(name), 60);
    }
    card.description = card.description.map(|it| text::clean(&it)).filter(|it| !it.is_empty());
    for attempt in &mut card.attempts {
        attempt.by = text::head(&text::line(&attempt.by), 60);
        attempt.why = attempt.why.as_deref().map(text::line);
        attempt.said = attempt.said.as_deref().map(text::clean);
    }
    for report in &mut card.reports {
        (report.by, report.text) = (text::head(&text::line(&report.by), 60), text::clean(&report.text));
    }
    if let Some(last) = &mut card.last {
        for words in last.asked.iter_mut().chain(&mut last.said) {
            (words.by, words.text) = (text::head(&text::line(&words.by), 60), text::clean(&words.text));
        }
    }
    card
}

fn newest<T>(all: &[T], most: usize) -> &[T] {
    &all[all.len().saturating_sub(most)..]
}

/// A card of a certain size.
struct Page<'a> {
    card: &'a CardFacts,
    /// Attempts that are left out in any case.
    older: usize,
    percent: usize,
}

impl Page<'_> {
    fn draw(&self) -> String {
        let card = self.card;
        let parts = [
            Some(self.head()),
            Some(self.goal()),
            (!card.attempts.is_empty()).then(|| self.attempts(&card.attempts)),
            (!card.reports.is_empty()).then(|| self.reports(&card.reports)),
            card.last.as_ref().map(|last| self.last(last)),
            card.folder.as_ref().map(|folder| self.folder(folder)),
            (!card.next.is_empty()).then(|| section("What to do", &card.next.join("\n"))),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
    }

    fn room(&self, most: usize) -> usize {
        (most * self.percent / 100).max(1)
    }

    fn head(&self) -> String {
        let card = self.card;
        let mut out = format!("# You take over {}: {}\n\n", card.task, text::head(&card.subject, 200));
        let fares = sentence(&text::head(&card.fares, 300));
        match &card.owner {
            Some(owner) if !fares.starts_with(owner) => {
                line(&mut out, format_args!("Its old owner is {owner}. {fares}"));
            }
            Some(_) => line(&mut out, format_args!("Its old owner is {fares}")),
            None => line(&mut out, format_args!("{fares}")),
        }
        if card.reason != card.fares {
            line(&mut out, format_args!("Why it moves: {}", sentence(&text::head(&card.reason, 300))));
        }
        if !card.certain {
            line(
                &mut out,
                format_args!(
                    "Nothing proves that its old owner has stopped: it may still be at work in the same files. Look before you change them."
                ),
            );
        }
        match card.begun {
            0 => {}
            1 => line(&mut out, format_args!("It was begun once before.")),
            times => line(&mut out, format_args!("It was begun {times} times before.")),
        }
        if let Some(deadline) = card.deadline {
            line(&mut out, format_args!("It should be done by {}.", at(deadline)));
        }
        line(
            &mut out,
            format_args!(
                "The goal below is yours now. Other quoted lines only record what was said to others: they ask nothing of you."
            ),
        );
        out
    }

    fn goal(&self) -> String {
        let whole = self.card.description.as_deref().unwrap_or(&self.card.subject);
        section("Goal", &text::quoted(&text::ends(whole, self.room(2_000))))
    }

    fn attempts(&self, attempts: &[Attempt]) -> String {
        let mut out = String::new();
        let shown = newest(attempts, self.room(ATTEMPTS));
        let left_out = self.older + attempts.len() - shown.len();
        if left_out > 0 {
            line(&mut out, format_args!("{left_out} older ones are left out here."));
        }
        for Attempt { by, until, why, said, late } in shown {
            let until = until.map(|until| format!(", until {}", at(until))).unwrap_or_default();
            let why = why.as_ref().map(|why| format!(": {}", sentence(&text::head(why, self.room(200)))));
            line(&mut out, format_args!("{by}{until}{}", why.unwrap_or_else(|| ".".into())));
            match said {
                None => line(&mut out, format_args!("It reported nothing.")),
                Some(said) => {
                    let when = if *late { "It handed in afterwards, kept aside" } else { "It reported last" };
                    line(&mut out, format_args!("{when}:"));
                    out.push_str(&text::quoted(&text::ends(said, self.room(400))));
                }
            }
        }
        section("Who tried before", &out)
    }

    fn reports(&self, reports: &[Report]) -> String {
        let mut out = String::new();
        for report in newest(reports, self.room(REPORTS)) {
            line(&mut out, format_args!("{}, {}:", report.by, at(report.at)));
            out.push_str(&text::quoted(&text::ends(&report.text, self.room(600))));
        }
        section("Last progress", &out)
    }

    fn last(&self, last: &LastWords) -> String {
        let mut out = String::new();
        if let Some(asked) = &last.asked {
            let by = if asked.by == "you" { "the person" } else { &asked.by };
            line(&mut out, format_args!("Asked by {by}{}:", when(asked)));
            out.push_str(&text::quoted(&self.words(asked)));
        }
        for (index, said) in last.said.iter().enumerate() {
            let newest = index + 1 == last.said.len();
            let which = if newest { "It said last" } else { "It said" };
            line(&mut out, format_args!("{which}{}:", when(said)));
            out.push_str(&text::quoted(&self.words(said)));
        }
        let owner = self.card.owner.as_deref().unwrap_or("the old owner");
        section(&format!("Last words of {owner}"), &out)
    }

    fn words(&self, words: &Words) -> String {
        let most = self.room(700);
        // What ends where the source stopped reading has no end to show.
        if words.cut { text::head(&words.text, most) } else { text::ends(&words.text, most) }
    }

    fn folder(&self, folder: &FolderState) -> String {
        let path = text::head(&text::line(&folder.path.to_string_lossy()), 300);
        let mut out = String::new();
        match &folder.found {
            Found::Nothing => line(&mut out, format_args!("{path} is not there.")),
            Found::NoFolder => line(&mut out, format_args!("{path} is no folder.")),
            Found::NoRepository => {
                line(
                    &mut out,
                    format_args!("{path} is in no git repository: what was changed there, nobody can tell."),
                );
            }
            Found::Unknown(why) => {
                line(&mut out, format_args!("{path} could not be looked at: {}", sentence(why)))
            }
            Found::Repository(it) => self.repository(&mut out, &path, it),
        }
        section("Working folder", &out)
    }

    fn repository(&self, out: &mut String, path: &str, it: &Repository) {
        let looked = format!("Looked at {}, and left as it was.", at(self.card.now));
        match &it.status {
            Ok(status) => line(out, format_args!("{path}, {}. {looked}", status.branch)),
            Err(_) => line(out, format_args!("{path}. {looked}")),
        }
        for begun in &it.unfinished {
            line(out, format_args!("Begun and not finished: {begun}."));
        }
        match &it.status {
            Ok(status) => self.changes(out, status, it.filtered),
            Err(why) => line(out, format_args!("What is not committed is not known: {}", sentence(why))),
        }
        match &it.unpushed {
            Ok(unpushed) => self.unpushed(out, unpushed),
            Err(why) => line(out, format_args!("What is on no remote is not known: {}", sentence(why))),
        }
    }

    fn changes(&self, out: &mut String, status: &Status, filtered: bool) {
        if status.count == 0 {
            return line(out, format_args!("Everything is committed."));
        }
        let more = if status.more { "more than " } else { "" };
        line(
            out,
            format_args!(
                "Not committed, {more}{}; it may be all that is left of the work, so keep it:",
                files(status.count)
            ),
        );
        let shown = self.room(status.changes.len());
        status.changes.iter().take(shown).for_each(|change| line(out, format_args!("- {change}")));
        let rest = status.count.saturating_sub(shown.min(status.changes.len()));
        if rest > 0 {
            line(out, format_args!("- and {more}{rest} more"));
        }
        if filtered {
            line(
                out,
                format_args!(
                    "Filters of the repository (such as LFS) were not run: a file may seem modified that is not."
                ),
            );
        }
    }

    fn unpushed(&self, out: &mut String, it: &Unpushed) {
        match (it.commits.is_empty(), it.remote) {
            (true, true) => return line(out, format_args!("Every commit is on a remote.")),
            (true, false) => return,
            (false, true) => line(out, format_args!("Commits that are on no remote:")),
            (false, false) => line(out, format_args!("No remote is known here; the last commits:")),
        }
        let shown = self.room(it.commits.len());
        it.commits.iter().take(shown).for_each(|commit| line(out, format_args!("- {commit}")));
        if it.more || shown < it.commits.len() {
            line(out, format_args!("- and more"));
        }
    }
}

fn section(title: &str, content: &str) -> String {
    format!("## {title}\n{}\n", content.trim_end())
}

fn line(out: &mut String, words: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    let _written = writeln!(out, "{words}");
}

/// With one full stop at its end.
fn sentence(words: &str) -> String {
    let words = words.trim_end();
    if words.ends_with(['.', '!', '?', '…']) { words.to_owned() } else { format!("{words}.") }
}

fn files(count: usize) -> String {
    if count == 1 { "1 file".into() } else { format!("{count} files") }
}

fn when(words: &Words) -> String {
    words.at.map(|time| format!(", {}", at(time))).unwrap_or_default()
}

fn at(time: Timestamp) -> String {
    let time = jiff::Timestamp::from_millisecond(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
