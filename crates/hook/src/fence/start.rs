//! The process that calls, and when it started, in the form in which Claude Code writes that.

use std::env;

/// The session's process: Claude Code names it (since 2.1.214), and it is the one that started this one.
pub(super) fn caller() -> Option<u32> {
    let named = env::var("CLAUDE_PID").ok().and_then(|pid| pid.parse().ok());
    named.or_else(parent)
}

#[cfg(unix)]
fn parent() -> Option<u32> {
    Some(std::os::unix::process::parent_id())
}

#[cfg(not(unix))]
fn parent() -> Option<u32> {
    None
}

/// Whether both texts name one start: what `ps` prints has blanks that mean nothing.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// The start of a process, in ticks since the system's: the 22nd field, counted after the name, which may hold anything.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn of(pid: u32) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(19).map(str::to_owned)
}

/// The start of a process as `ps` prints it, from which Claude Code has it.
#[cfg(target_os = "macos")]
pub(super) fn of(pid: u32) -> Option<String> {
    let pid = pid.to_string();
    let printed = std::process::Command::new("/bin/ps").args(["-o", "lstart=", "-p", &pid]).output().ok()?;
    String::from_utf8(printed.stdout).ok()
}

/// Elsewhere a fence holds for the conversation alone.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos")))]
pub(super) fn of(_pid: u32) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(any(target_os = "linux", target_os = "android"))]
    #[test]
    fn the_start_of_a_process_is_a_number_that_stays() {
        let own = of(std::process::id()).unwrap();
        assert!(own.parse::<u64>().is_ok(), "{own}");
        assert_eq!(of(std::process::id()).as_ref(), Some(&own));
        assert_ne!(of(1), Some(own));
        assert_eq!(of(u32::MAX), None);
    }

    #[test]
    fn blanks_make_no_other_start() {
        assert!(same("Mon Nov  2 04:28:58 2026\n", "Mon Nov 2 04:28:58 2026"));
        assert!(!same("686325", "686326"));
    }
}
