//! The programs in which a session's terminal can be, one file each.

mod ghostty;
mod gnome_terminal;
mod iterm;
mod jetbrains;
mod kitty;
mod konsole;
mod plain;
mod remote;
mod screen;
mod terminal_app;
mod terminator;
mod tilix;
mod tmux;
mod vscode;
mod wezterm;
mod windows_terminal;
mod zellij;

use crate::machine::Machine;
use crate::table::Line;
use crate::trail::{Ancestor, Trail};
use crate::way::Step;

/// A program that shows terminals.
pub(crate) struct Kind {
    pub(crate) line: Line,
    /// Whether this process is one.
    pub(crate) is: fn(&Ancestor) -> bool,
    /// Where within it the terminal is.
    pub(crate) look: fn(&At) -> Look,
}

/// Every kind that is recognised, in the order of the table. The last takes what is like a terminal.
pub(crate) const KINDS: &[Kind] = &[
    tmux::KIND,
    screen::KIND,
    zellij::KIND,
    wezterm::KIND,
    kitty::KIND,
    konsole::KIND,
    gnome_terminal::KIND,
    tilix::KIND,
    terminator::KIND,
    iterm::KIND,
    terminal_app::KIND,
    ghostty::KIND,
    windows_terminal::KIND,
    vscode::KIND,
    jetbrains::KIND,
    remote::KIND,
    plain::WHOLE,
    plain::TABBED,
];

/// A place to look from: a process, and who of those that led to it shows terminals.
pub(crate) struct At<'a> {
    pub(crate) trail: &'a Trail,
    pub(crate) host: &'a Ancestor,
    pub(crate) machine: &'a dyn Machine,
}

impl At<'_> {
    /// The value of a variable, as those between host and process have it.
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.trail.variable(Some(self.host.pid), self.machine, |one| one.get(name).map(str::to_owned))
    }

    /// The window that the terminal says it is in. It may be one of a terminal further out.
    pub(crate) fn window_id(&self) -> Option<u64> {
        self.variable("WINDOWID")?.parse().ok()
    }
}

/// What was found of a terminal.
pub(crate) enum Look {
    /// A pane of a multiplexer, and the processes in whose terminals it can be shown, the best first.
    Panes(Vec<Shown>),
    /// A window of this machine's desktop.
    Window(Hosted),
    /// It can't be brought to the front: why.
    Nothing(String),
}

/// A pane as one client of its multiplexer shows it.
pub(crate) struct Shown {
    pub(crate) step: Box<dyn Step>,
    pub(crate) client: u32,
}

/// A terminal in a window.
pub(crate) struct Hosted {
    /// How a person calls the program.
    pub(crate) name: String,
    /// The process that owns the window.
    pub(crate) owner: u32,
    /// Where in the window it is.
    pub(crate) part: Part,
    /// The window, as the terminal's own variables have it.
    pub(crate) window_id: Option<u64>,
    /// What stands in the title of the window that is meant, where the process has several.
    pub(crate) titles: Vec<String>,
}

/// Where in its window a terminal is.
pub(crate) enum Part {
    /// It is the whole window.
    Whole,
    /// Somewhere that this step chooses.
    Chosen(Box<dyn Step>),
    /// Somewhere that this step chooses and brings to the front with its window.
    Raised(Box<dyn Step>),
    /// Not to be known: why.
    Unknown(String),
}

impl Look {
    /// In a window of the host's own, somewhere in it.
    fn hosted(name: &str, at: &At, part: Part) -> Self {
        Self::Window(Hosted {
            name: name.to_owned(),
            owner: at.host.pid,
            part,
            window_id: at.window_id(),
            titles: Vec::new(),
        })
    }
}

/// The terminal of the nearest of its ancestors that shows any, and its line of the table.
pub(crate) fn look(trail: &Trail, machine: &dyn Machine) -> Option<(Line, Look)> {
    for host in trail.ancestors.iter().skip(1) {
        if let Some(kind) = KINDS.iter().find(|kind| (kind.is)(host)) {
            return Some((kind.line, (kind.look)(&At { trail, host, machine })));
        }
    }
    // Whoever was cut off from those that started it still has its terminal.
    Some((tmux::KIND.line, tmux::by_environment(trail, machine)?))
}
