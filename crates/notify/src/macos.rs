//! macOS: what a notice needs beside its texts. Clicks are told to a bundled application only.

use notify_rust::{Notification, NsNotificationExt};

use crate::Options;

pub(crate) fn dress(shape: &mut Notification, options: &Options) {
    shape.appname(&options.app_name).actions_label("Choose").close_button("Close");
}
