//! VS Code and its forks: the window whose title names the session's folder.

use super::{At, Hosted, Kind, Look, Part};
use crate::table::{Line, Reach, Tried};
use crate::trail::Ancestor;

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "VS Code, VSCodium, Cursor, Windsurf",
        reach: Reach::WindowOnly,
        by: "the window, by its title where there are several; no command from outside shows one terminal of it",
        tried: Tried::NotTried,
    },
    is: is_editor,
    look,
};

const EDITORS: &[&str] =
    &["code", "code-insiders", "code-oss", "codium", "cursor", "windsurf", "positron", "trae"];

/// On macOS the first process of each is called `Electron` or like the program, and others `Code Helper (Plugin)`.
const APPLICATIONS: &[&str] = &["Visual Studio Code.app", "VSCodium.app", "Cursor.app", "Windsurf.app"];

fn is_editor(one: &Ancestor) -> bool {
    one.is(EDITORS) || APPLICATIONS.iter().any(|folder| one.is_in(folder))
}

fn look(at: &At) -> Look {
    // The terminal is a child of one of its processes, the window belongs to the first of them.
    let mut processes = at.trail.ancestors.iter().rev().filter(|one| is_editor(one));
    let owner = processes.next().map_or(at.host.pid, |one| one.pid);
    let why = "its editor lets nobody outside choose a terminal".to_owned();
    Look::Window(Hosted {
        name: at.host.called().split(' ').next().unwrap_or("editor").to_owned(),
        owner,
        part: Part::Unknown(why),
        window_id: None,
        titles: folders(at),
    })
}

/// The names of the folder that the process was started in and of those above it, the innermost first.
pub(super) fn folders(at: &At) -> Vec<String> {
    let folder = at.variable("PWD").unwrap_or_default();
    folder.split(['/', '\\']).filter(|part| !part.is_empty()).rev().take(4).map(str::to_owned).collect()
}
