//! Whether sessions run that started with a configuration folder: they keep the plugin that they started with.

use std::fs;
use std::path::Path;

/// Whether the registry of this configuration folder names a living process. One that took over a dead session's pid
/// counts too; nothing worse comes of it than a folder that stays a while.
pub(crate) fn any(config: &Path) -> bool {
    let entries = fs::read_dir(config.join("sessions")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.strip_suffix(".json")?.parse().ok()).any(is_alive)
}

#[cfg(unix)]
fn is_alive(pid: i32) -> bool {
    let pid = rustix::process::Pid::from_raw(pid).filter(|pid| pid.as_raw_nonzero().get() > 0);
    pid.is_some_and(|pid| rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH))
}

#[cfg(not(unix))]
fn is_alive(_pid: i32) -> bool {
    // A program that runs cannot be deleted there, which says it too.
    false
}
