//! Columns of a width that is found, not guessed.

use std::fmt::Write as _;

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use crate::palette::PLAIN;
use crate::printable::{fit, line, padded};

/// One cell: untrusted text, made safe when it is drawn, and its style.
#[derive(Clone)]
pub(crate) struct Cell {
    text: String,
    style: Style,
}

impl Cell {
    pub(crate) fn new(text: impl AsRef<str>, style: Style) -> Self {
        Self { text: line(text.as_ref()), style }
    }

    pub(crate) fn plain(text: impl AsRef<str>) -> Self {
        Self::new(text, PLAIN)
    }
}

/// Rows under each other; the last column takes what is left of the width.
pub(crate) struct Table {
    /// The widest that each column but the last may be.
    bounds: Vec<usize>,
    rows: Vec<Vec<Cell>>,
}

const GAP: usize = 2;

impl Table {
    pub(crate) fn new(bounds: &[usize]) -> Self {
        Self { bounds: bounds.into(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The rows as lines that fit into `width` columns.
    pub(crate) fn lines(&self, width: usize) -> Vec<String> {
        let widths = self.widths();
        self.rows.iter().map(|row| draw(row, &widths, width)).collect()
    }

    fn widths(&self) -> Vec<usize> {
        let widest = |column: usize| {
            self.rows
                .iter()
                .filter_map(|row| row.get(column))
                .map(|cell| cell.text.width())
                .max()
                .unwrap_or(0)
        };
        self.bounds.iter().enumerate().map(|(column, bound)| widest(column).min(*bound)).collect()
    }
}

fn draw(row: &[Cell], widths: &[usize], width: usize) -> String {
    let mut out = String::new();
    let mut used = 0;
    for (column, cell) in row.iter().enumerate() {
        let left = width.saturating_sub(used);
        if left == 0 {
            break;
        }
        let text = match widths.get(column) {
            Some(own) => padded(&fit(&cell.text, (*own).min(left)), (*own).min(left)),
            None => fit(&cell.text, left),
        };
        used += text.width() + GAP;
        let _ = write!(out, "{}{text}{:#}", cell.style, cell.style);
        if column + 1 < row.len() {
            out.push_str(&" ".repeat(GAP));
        }
    }
    out.trim_end().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_column_takes_what_is_left() {
        let mut table = Table::new(&[8, 10]);
        table.row(["api", "working", "cargo test --workspace"].map(Cell::plain).into());
        table.row(["a-very-long-name", "idle", ""].map(Cell::plain).into());
        table.row(["東京", "waiting", "x\u{1b}[2J"].map(Cell::plain).into());
        assert_eq!(
            table.lines(30),
            ["api       working  cargo test…", "a-very-…  idle", "東京      waiting  x�[2J"]
        );
    }
}
