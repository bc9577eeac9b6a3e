//! What works where: one line for each terminal and each desktop.

use crate::{desktops, terminals};

/// How near a jump comes at best.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    /// The pane or tab itself.
    ExactPane,
    /// Its window.
    WindowOnly,
    /// Nothing.
    NotPossible,
}

impl Reach {
    /// As the table has it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ExactPane => "exact pane",
            Self::WindowOnly => "window only",
            Self::NotPossible => "not possible",
        }
    }
}

/// Whether anybody has seen it work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tried {
    /// A test does it with the real program.
    Tested,
    /// Somebody has tried it with the real program.
    ByHand,
    /// Written from its documentation; the real program was not at hand.
    NotTried,
}

impl Tried {
    /// As the table has it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Tested => "tested",
            Self::ByHand => "tried by hand",
            Self::NotTried => "not tried",
        }
    }
}

/// A line of the table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Line {
    /// The terminal or desktop.
    pub name: &'static str,
    /// How near a jump comes.
    pub reach: Reach,
    /// By what means, and what they need; why not, where nothing is possible.
    pub by: &'static str,
    /// Whether it was seen to work.
    pub tried: Tried,
}

/// Every line: the terminals, then the desktops.
#[must_use]
pub fn capabilities() -> Vec<Line> {
    terminal_lines().chain(desktop_lines()).collect()
}

/// The lines of the terminals.
pub fn terminal_lines() -> impl Iterator<Item = Line> {
    terminals::KINDS.iter().map(|kind| kind.line)
}

/// The lines of the desktops.
pub fn desktop_lines() -> impl Iterator<Item = Line> {
    desktops::LINES.iter().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_line_and_no_other() {
        let page = include_str!("../../../docs/terminals.md");
        let written: Vec<&str> =
            page.lines().filter(|line| line.starts_with("| ") && line.matches(" | ").count() == 3).collect();
        let lines = capabilities().into_iter().map(|line| {
            format!("| {} | {} | {} | {} |", line.name, line.reach.words(), line.by, line.tried.words())
        });
        let heading = "| where | how near | by what | |".to_owned();
        let wanted: Vec<String> = lines.collect();
        let written: Vec<&str> = written.into_iter().filter(|line| *line != heading).collect();
        assert_eq!(written, wanted, "docs/terminals.md should read:\n{}", wanted.join("\n"));
    }
}
