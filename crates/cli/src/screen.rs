//! What is written to the terminal, and how wide it is.

use std::io::{self, IsTerminal as _, Write as _};

use serde::Serialize;

use crate::printable;

/// A width that nothing reaches: files and pipes get whole lines.
const ENDLESS: usize = 10_000;

/// Whether the output is a terminal.
pub(crate) fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// How many columns a line may have.
pub(crate) fn width() -> usize {
    if !is_terminal() {
        return ENDLESS;
    }
    let told = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let size = || crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns));
    told.or_else(size).filter(|columns| *columns > 0).unwrap_or(80)
}

/// Prints lines; colours are left out where they aren't wanted.
pub(crate) fn print(lines: &[String]) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(())
}

/// Prints JSON for people and scripts alike.
pub(crate) fn print_json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    print_text(&serde_json::to_string_pretty(value)?)
}

/// Prints one object on one line, at once.
pub(crate) fn print_json_line<T: Serialize>(value: &T) -> anyhow::Result<()> {
    print_text(&serde_json::to_string(value)?)
}

fn print_text(json: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{}", printable::json(json))?;
    out.flush()?;
    Ok(())
}

/// Says something to the person, beside the output.
pub(crate) fn say(text: &str) {
    anstream::eprintln!("{}{text}{:#}", crate::palette::DIM, crate::palette::DIM);
}

/// Says what went wrong where the command itself ends in order.
pub(crate) fn say_error(text: &str) {
    let style = crate::palette::ERROR;
    anstream::eprintln!("{style}error:{style:#} {}", printable::line(text));
}
