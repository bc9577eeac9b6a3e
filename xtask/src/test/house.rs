//! The project's own invariants, as ARCHITECTURE.md states them, each held by a check.

mod layers;
mod sources;

use anyhow::Result;

use super::tally::Tally;
use crate::project::Project;

/// One invariant: its name, and what breaks it (nothing, if it holds).
type Check = (&'static str, fn(&Project) -> Result<Vec<String>>);

const CHECKS: &[Check] = &[
    ("dependencies point one way", layers::point_one_way),
    ("the core depends on nothing", layers::core_is_alone),
    ("only src-tauri names tauri", layers::only_the_desktop_names_tauri),
    ("only wire makes types for the window", layers::only_wire_makes_the_windows_types),
    ("every crate keeps the workspace's lints", layers::lints_are_shared),
    ("only ui/src/host/tauri.ts imports @tauri-apps", sources::only_the_host_imports_tauri),
    ("the core asks for no time, file or environment", sources::core_is_pure),
    ("other programs' files are opened for reading only", sources::sources_only_read),
    ("files and modules are called what they are", sources::names_say_what_things_are),
    ("the icons are those of the drawings", sources::icons_are_rendered),
    ("ARCHITECTURE.md has at most 150 lines", sources::architecture_is_short),
];

pub(crate) fn check(project: &Project, tally: &mut Tally) -> Result<()> {
    for (name, broken_by) in CHECKS {
        let found = match broken_by(project) {
            Ok(found) => found,
            Err(error) => vec![format!("{error:#}")],
        };
        if found.is_empty() {
            println!("ok      {name}");
            tally.passed += 1;
        } else {
            println!("BROKEN  {name}");
            found.iter().for_each(|what| println!("        {what}"));
            tally.fail(name.to_string());
        }
    }
    Ok(())
}
