//! Terminator: one process with many windows, which says over D-Bus what stands in the title of the one that is meant
//! (`get_window_title`, what `remotinator` calls). Nobody outside can choose the pane in it.
//!
//! `TERMINATOR_UUID` is the pane's id, `TERMINATOR_DBUS_NAME` both the process's name on the bus and its interface's,
//! `TERMINATOR_DBUS_PATH` where it is.

use super::konsole::bus_of;
use super::{At, Hosted, Kind, Look, Part};
use crate::table::{Line, Reach, Tried};

pub(super) const KIND: Kind = Kind {
    line: Line {
        name: "Terminator",
        reach: Reach::WindowOnly,
        by: "the window, by the title that Terminator tells over D-Bus",
        tried: Tried::Tested,
    },
    is: |one| one.is(&["terminator"]),
    look,
};

fn look(at: &At) -> Look {
    Look::Window(Hosted {
        name: "Terminator".into(),
        owner: at.host.pid,
        part: Part::Unknown("Terminator lets nobody outside choose a pane".into()),
        window_id: at.window_id(),
        titles: title(at).into_iter().collect(),
    })
}

#[cfg(target_os = "linux")]
fn title(at: &At) -> Option<String> {
    let [name, path, uuid] =
        ["TERMINATOR_DBUS_NAME", "TERMINATOR_DBUS_PATH", "TERMINATOR_UUID"].map(|name| at.variable(name));
    let (name, path, uuid) = (name?, path?, uuid?);
    let body = (zbus::Variant::new(uuid.as_str()),);
    crate::bus::call(bus_of(at).as_deref(), &name, &path, &name, "get_window_title", &body).ok()
}

#[cfg(not(target_os = "linux"))]
fn title(at: &At) -> Option<String> {
    let _ = bus_of(at);
    None
}
