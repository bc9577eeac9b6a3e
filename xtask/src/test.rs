//! `cargo xtask test`: every part, one after the other, and at the end what ran, what did not and why.
//!
//! Everything is compiled in one go with one set of features, so that no dependency is compiled twice; the test
//! programs that come out of it are then run as `cargo test` would run them.

mod house;
mod programs;
mod rust;
mod tally;
mod ui;

use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::debian::Purpose;
use crate::project::Project;
use crate::setup;
use crate::{check, process};
use programs::Programs;
use tally::Tally;

pub(crate) const HELP: &str = "\
Usage: cargo xtask test [--only PART]...

Installs what is missing and runs every check and test. A part that fails does
not keep the later ones from running. A test of the whole that fails is run once
more by itself, because it depends on programs that are not ours; the summary
names it. The last line sums up all test cases.

  --only PART   only this part; may be repeated

Parts, in this order:
  fmt      is everything formatted?
  clippy   do the lints hold?
  rust     the tests of each crate
  house    does the project keep to its own invariants?
  ui       the window: its types, and its tests in a real browser
  e2e      Peerwatch as a person sees it: real desktop, real sessions";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    Fmt,
    Clippy,
    Rust,
    House,
    Ui,
    EndToEnd,
}

impl Part {
    const ALL: [Self; 6] = [Self::Fmt, Self::Clippy, Self::Rust, Self::House, Self::Ui, Self::EndToEnd];

    fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Clippy => "clippy",
            Self::Rust => "rust",
            Self::House => "house",
            Self::Ui => "ui",
            Self::EndToEnd => "e2e",
        }
    }

    /// What has to be set up for it.
    fn purpose(self) -> Option<Purpose> {
        match self {
            Self::Fmt | Self::House => None,
            Self::Clippy | Self::Rust => Some(Purpose::Desktop),
            Self::Ui | Self::EndToEnd => Some(Purpose::Tests),
        }
    }

    fn run(self, project: &Project, programs: &Programs, tally: &mut Tally) -> Result<()> {
        match self {
            Self::Fmt => one_case(tally, "cargo fmt", &mut check::format(project)),
            Self::Clippy => one_case(tally, "cargo clippy", &mut check::lints(project)),
            Self::Rust => rust::crates(project, programs, tally),
            Self::House => house::check(project, tally),
            Self::Ui => ui::check(project, tally),
            Self::EndToEnd => rust::end_to_end(project, programs, tally),
        }
    }
}

/// How one part went.
struct Outcome {
    part: Part,
    tally: Tally,
    took: Duration,
}

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    let parts = chosen(&args)?;
    let mut notes = Vec::new();
    if let Some(purpose) = parts.iter().filter_map(|part| part.purpose()).max()
        && let Err(error) = setup::prepare(project, purpose)
    {
        println!("Not everything could be set up: {error:#}");
        notes.push(format!("not everything could be set up: {error:#}"));
    }
    let programs = Programs::default();
    let outcomes: Vec<Outcome> = parts.iter().map(|part| run(*part, project, &programs)).collect();
    print!("{}", summary(&outcomes, &notes));
    let failed = outcomes.iter().any(|outcome| outcome.tally.failed > 0);
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn chosen(args: &[String]) -> Result<Vec<Part>> {
    let mut named = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let name = match (arg.as_str(), arg.strip_prefix("--only=")) {
            ("--only", _) => args.next().map(String::as_str),
            (_, name) => name,
        };
        let Some(part) = name.and_then(|name| Part::ALL.into_iter().find(|part| part.name() == name)) else {
            bail!("`{}` names no part: see `cargo xtask test --help`", name.unwrap_or(arg));
        };
        named.push(part);
    }
    Ok(Part::ALL.into_iter().filter(|part| named.is_empty() || named.contains(part)).collect())
}

fn run(part: Part, project: &Project, programs: &Programs) -> Outcome {
    println!("\n── {} ──", part.name());
    let start = Instant::now();
    let mut tally = Tally::default();
    if let Err(error) = part.run(project, programs, &mut tally) {
        println!("{error:#}");
        tally.fail(format!("{error:#}"));
    }
    let took = start.elapsed();
    let outcome = Outcome { part, tally, took };
    println!("── {}", outcome.line());
    outcome
}

/// A program that is one test case as a whole.
fn one_case(tally: &mut Tally, name: &str, command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", process::shown(command)))?;
    if status.success() {
        tally.passed += 1;
    } else {
        tally.fail(format!("{name} ({})", process::ending(status)));
    }
    Ok(())
}

impl Outcome {
    fn line(&self) -> String {
        let verdict = if self.tally.failed > 0 { "FAILED" } else { "ok" };
        format!(
            "{:<7}{verdict:<7} {}, {:.1} s",
            self.part.name(),
            self.tally.counts(),
            self.took.as_secs_f64()
        )
    }
}

fn summary(outcomes: &[Outcome], notes: &[String]) -> String {
    let mut text = String::from("\n── summary ──\n");
    let mut total = Tally::default();
    for outcome in outcomes {
        text.push_str(&format!("{}\n", outcome.line()));
        total.add(&outcome.tally);
    }
    let listed = |title: &str, pick: fn(&Tally) -> &Vec<String>| {
        let lines = outcomes.iter().flat_map(|outcome| {
            pick(&outcome.tally).iter().map(|line| format!("  {}: {line}\n", outcome.part.name()))
        });
        let lines: String = lines.collect();
        if lines.is_empty() { String::new() } else { format!("{title}\n{lines}") }
    };
    text.push_str(&listed("Failed:", |tally| &tally.failures));
    text.push_str(&listed("Passed only at the second try:", |tally| &tally.second_tries));
    text.push_str(&listed("Skipped:", |tally| &tally.skips));
    let left_out: Vec<_> = Part::ALL
        .into_iter()
        .filter(|part| !outcomes.iter().any(|outcome| outcome.part == *part))
        .map(Part::name)
        .collect();
    if !left_out.is_empty() {
        text.push_str(&format!("Not asked for: {}\n", left_out.join(", ")));
    }
    for note in notes {
        text.push_str(&format!("Note: {note}\n"));
    }
    text.push_str(&format!("{}\n", total.counts()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_run_in_their_own_order_whatever_the_order_they_are_named_in() {
        let chosen = |words: &str| chosen(&words.split_whitespace().map(String::from).collect::<Vec<_>>());
        assert_eq!(chosen("").unwrap(), Part::ALL);
        assert_eq!(chosen("--only e2e --only=fmt").unwrap(), [Part::Fmt, Part::EndToEnd]);
        for wrong in ["--only", "--only cargo", "rust"] {
            assert!(chosen(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_summary_ends_with_the_sum_alone_on_its_line() {
        let rust = Tally {
            passed: 7,
            failed: 1,
            skipped: 0,
            failures: vec!["core: it_counts".into()],
            ..Tally::default()
        };
        let e2e = Tally {
            passed: 2,
            skipped: 1,
            skips: vec!["tray: no Xvfb".into()],
            second_tries: vec!["window: slow".into()],
            ..Tally::default()
        };
        let took = Duration::from_millis(1500);
        let outcomes = [
            Outcome { part: Part::Rust, tally: rust, took },
            Outcome { part: Part::EndToEnd, tally: e2e, took },
        ];
        let wanted = "
── summary ──
rust   FAILED  7 passed, 1 failed, 0 skipped, 1.5 s
e2e    ok      2 passed, 0 failed, 1 skipped, 1.5 s
Failed:
  rust: core: it_counts
Passed only at the second try:
  e2e: window: slow
Skipped:
  e2e: tray: no Xvfb
Not asked for: fmt, clippy, house, ui
9 passed, 1 failed, 1 skipped
";
        assert_eq!(summary(&outcomes, &[]), wanted);
    }
}
