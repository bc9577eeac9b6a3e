//! The tray's four states as pictures, in the sizes that panels ask for, at one and two pixels a point.

use peerwatch_wire::TrayState;
use tauri::{image::Image, include_image};

/// The pictures of a state, smallest first.
pub(super) fn pictures(state: TrayState) -> &'static [Image<'static>] {
    match state {
        TrayState::Calm => CALM,
        TrayState::NeedsYou => NEEDS_YOU,
        TrayState::Paused => PAUSED,
        TrayState::CannotSee => CANNOT_SEE,
    }
}

static CALM: &[Image<'static>] = &[
    include_image!("../icons/rendered/tray-calm-16.png"),
    include_image!("../icons/rendered/tray-calm-22.png"),
    include_image!("../icons/rendered/tray-calm-24.png"),
    include_image!("../icons/rendered/tray-calm-32.png"),
    include_image!("../icons/rendered/tray-calm-44.png"),
    include_image!("../icons/rendered/tray-calm-48.png"),
    include_image!("../icons/rendered/tray-calm-64.png"),
];

static NEEDS_YOU: &[Image<'static>] = &[
    include_image!("../icons/rendered/tray-needs-you-16.png"),
    include_image!("../icons/rendered/tray-needs-you-22.png"),
    include_image!("../icons/rendered/tray-needs-you-24.png"),
    include_image!("../icons/rendered/tray-needs-you-32.png"),
    include_image!("../icons/rendered/tray-needs-you-44.png"),
    include_image!("../icons/rendered/tray-needs-you-48.png"),
    include_image!("../icons/rendered/tray-needs-you-64.png"),
];

static PAUSED: &[Image<'static>] = &[
    include_image!("../icons/rendered/tray-paused-16.png"),
    include_image!("../icons/rendered/tray-paused-22.png"),
    include_image!("../icons/rendered/tray-paused-24.png"),
    include_image!("../icons/rendered/tray-paused-32.png"),
    include_image!("../icons/rendered/tray-paused-44.png"),
    include_image!("../icons/rendered/tray-paused-48.png"),
    include_image!("../icons/rendered/tray-paused-64.png"),
];

static CANNOT_SEE: &[Image<'static>] = &[
    include_image!("../icons/rendered/tray-cannot-see-16.png"),
    include_image!("../icons/rendered/tray-cannot-see-22.png"),
    include_image!("../icons/rendered/tray-cannot-see-24.png"),
    include_image!("../icons/rendered/tray-cannot-see-32.png"),
    include_image!("../icons/rendered/tray-cannot-see-44.png"),
    include_image!("../icons/rendered/tray-cannot-see-48.png"),
    include_image!("../icons/rendered/tray-cannot-see-64.png"),
];
