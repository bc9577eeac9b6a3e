//! Windows: what a notice needs beside its texts.

use std::path::Path;

use notify_rust::Notification;

use crate::Options;

/// Toasts belong to an application that the installer made known, and are dropped when nobody knows it; a program that
/// was just built shows them under another name instead.
pub(crate) fn dress(shape: &mut Notification, options: &Options) {
    let program = std::env::current_exe().unwrap_or_default();
    if is_installed(&program)
        && let Some(app_id) = &options.app_id
    {
        shape.app_id(app_id);
    }
}

fn is_installed(program: &Path) -> bool {
    !program.ancestors().any(|folder| folder.file_name().is_some_and(|name| name == "target"))
}
