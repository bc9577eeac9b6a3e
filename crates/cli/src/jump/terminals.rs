//! `peerwatch jump --terminals`: what a jump can do, terminal by terminal, those in use here first.

use peerwatch_engine::terminals;
use peerwatch_wire::{JumpReach, TerminalKind, TerminalView, Tried, View};

use crate::palette::{CARE, DIM, GOOD, PLAIN, STRONG};
use crate::printable::{line, padded, wrapped};
use crate::screen;

/// Of the widest word for how near a jump comes.
const REACH: usize = "not possible".len();
/// What stands before the names.
const INDENT: usize = 2 + REACH + 2;

pub(super) fn say(json: bool, view: &View) -> anyhow::Result<()> {
    let all = terminals(view);
    if json { screen::print_json(&all) } else { screen::print(&lines(&all, screen::width().min(100))) }
}

fn lines(all: &[TerminalView], width: usize) -> Vec<String> {
    let (here, others): (Vec<_>, Vec<_>) = all.iter().partition(|it| it.here);
    let (terminals, desktops): (Vec<_>, Vec<_>) =
        others.into_iter().partition(|it| it.kind == TerminalKind::Terminal);
    let parts = [("In use here", here), ("Other terminals", terminals), ("Other desktops", desktops)];
    let mut out = Vec::new();
    for (title, part) in parts.into_iter().filter(|(_, part)| !part.is_empty()) {
        if !out.is_empty() {
            out.push(String::new());
        }
        out.push(format!("{STRONG}{title}{STRONG:#}"));
        out.extend(part.into_iter().flat_map(|it| item(it, width)));
    }
    out
}

/// How near and where, and below it by what means.
fn item(it: &TerminalView, width: usize) -> Vec<String> {
    let (word, style) = match it.reach {
        JumpReach::ExactPane => ("exact pane", GOOD),
        JumpReach::WindowOnly => ("window only", PLAIN),
        JumpReach::PaneOnly => ("pane only", PLAIN),
        JumpReach::NotPossible => ("not possible", CARE),
    };
    let tried = match it.tried {
        Tried::Tested => "",
        Tried::ByHand => ", tried by hand",
        Tried::NotTried => ", not tried",
    };
    let head = format!("  {style}{}{style:#}  {}{DIM}{tried}{DIM:#}", padded(word, REACH), line(&it.name));
    let by = wrapped(&line(&it.by), width.saturating_sub(INDENT));
    let by = by.into_iter().map(|piece| format!("{}{DIM}{piece}{DIM:#}", " ".repeat(INDENT)));
    std::iter::once(head).chain(by).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn what_is_in_use_comes_first_and_long_means_are_wrapped() {
        let line = |name: &str, kind, reach, tried, here| TerminalView {
            name: name.into(),
            kind,
            reach,
            by: "the window; it is the exact one where it has one tab only".into(),
            tried,
            here,
        };
        let all = [
            line("tmux", TerminalKind::Terminal, JumpReach::ExactPane, Tried::Tested, true),
            line("Tilix", TerminalKind::Terminal, JumpReach::WindowOnly, Tried::NotTried, false),
            line("X11", TerminalKind::Desktop, JumpReach::WindowOnly, Tried::Tested, true),
            line("GNOME", TerminalKind::Desktop, JumpReach::NotPossible, Tried::ByHand, false),
        ];
        let text = anstream::adapter::strip_str(&lines(&all, 50).join("\n")).to_string();
        expect![[r#"
            In use here
              exact pane    tmux
                            the window; it is the exact one
                            where it has one tab only
              window only   X11
                            the window; it is the exact one
                            where it has one tab only

            Other terminals
              window only   Tilix, not tried
                            the window; it is the exact one
                            where it has one tab only

            Other desktops
              not possible  GNOME, tried by hand
                            the window; it is the exact one
                            where it has one tab only"#]]
        .assert_eq(&text);
    }
}
