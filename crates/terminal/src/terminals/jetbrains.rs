//! JetBrains' programs: the window whose title names the session's project.

use super::vscode::folders;
use super::{At, Hosted, Kind, Look, Part};
use crate::table::{Line, Reach, Tried};
use crate::trail::Ancestor;

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "JetBrains",
        reach: Reach::WindowOnly,
        by: "the window, by its title where there are several; no command from outside shows one terminal of it",
        tried: Tried::NotTried,
    },
    is,
    look,
};

const PROGRAMS: &[&str] = &[
    "idea",
    "idea64",
    "pycharm",
    "pycharm64",
    "webstorm",
    "webstorm64",
    "goland",
    "goland64",
    "clion",
    "clion64",
    "rustrover",
    "rustrover64",
    "phpstorm",
    "phpstorm64",
    "rider",
    "rider64",
    "rubymine",
    "rubymine64",
    "studio",
    "studio64",
];

fn is(one: &Ancestor) -> bool {
    // Started by a script, it is Java from the folder that comes with it.
    one.is(PROGRAMS) || (one.is(&["java"]) && one.is_in("jbr"))
}

fn look(at: &At) -> Look {
    Look::Window(Hosted {
        name: "JetBrains".into(),
        owner: at.host.pid,
        part: Part::Unknown("its editor lets nobody outside choose a terminal".into()),
        window_id: None,
        titles: folders(at),
    })
}
