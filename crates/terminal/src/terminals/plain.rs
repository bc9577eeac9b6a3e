//! Terminals that nobody outside can tell which of their tabs to show: their window comes to the front. Where each window
//! holds one terminal, that is all there is to do.

use super::{At, Kind, Look, Part};
use crate::table::{Line, Reach, Tried};

/// Each of their windows is one terminal.
pub(super) const WHOLE: Kind = Kind {
    line: Line {
        name: "xterm, foot, and like them rxvt, st, Alacritty",
        reach: Reach::ExactPane,
        by: "the window itself, which holds one terminal",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["xterm", "rxvt", "urxvt", "urxvtd", "st", "alacritty", "foot", "eterm", "mlterm"]),
    look: |at| Look::hosted(at.host.called(), at, Part::Whole),
};

/// Their windows have tabs.
pub(super) const TABBED: Kind = Kind {
    line: Line {
        name: "Xfce Terminal, MATE Terminal, Ptyxis, others",
        reach: Reach::WindowOnly,
        by: "the window, by `WINDOWID` where there are several; one with one tab only is exact",
        tried: Tried::Tested,
    },
    is: |one| {
        one.is(&[
            "xfce4-terminal",
            "mate-terminal",
            "lxterminal",
            "qterminal",
            "terminology",
            "ptyxis",
            "ptyxis-agent",
            "kgx",
            "guake",
            "tilda",
            "cosmic-term",
            "rio",
            "tabby",
            "hyper",
            "warp",
            "warp-terminal",
            "sakura",
            "roxterm",
            "contour",
            "deepin-terminal",
            "io.elementary.terminal",
        ])
    },
    look: |at: &At| -> Look {
        let why = format!("{} lets nobody outside choose a tab", at.host.called());
        Look::hosted(at.host.called(), at, Part::Unknown(why))
    },
};
