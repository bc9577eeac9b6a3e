//! Windows: what a notice needs beside its texts.

use notify_rust::Notification;

use crate::Options;

/// Toasts belong to an application that the installer made known; without one Windows shows them as PowerShell's.
pub(crate) fn dress(shape: &mut Notification, options: &Options) {
    if let Some(app_id) = &options.app_id {
        shape.app_id(app_id);
    }
}
