//! Rolling logs with a bound on their size: one file a day, a week of them, and no message texts in any.

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;

use crate::folders::Folders;

/// Days that are kept.
const DAYS: usize = 7;

/// Writes logs into the folder from now on; level by `PEERWATCH_LOG`, else `info`. Does nothing when a log is already
/// written or the folder cannot be made: a full disk must not stop the watch.
pub fn write_logs(folders: &Folders) {
    // Before the first start there is no folder, and the appender would complain of it on the terminal.
    let _unless_it_cannot_be_made = folders.make();
    let appender = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("peerwatch")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(&folders.logs);
    let Ok(appender) = appender else { return };
    let filter = EnvFilter::try_from_env("PEERWATCH_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::sync::Mutex::new(appender));
    if subscriber.try_init().is_err() {
        tracing::debug!("a log is already written");
    }
}
