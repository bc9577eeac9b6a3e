//! Whether a process lives, and what it started.
//!
//! A pid alone proves nothing, since systems use it again: a process is its pid **and** its start time, and one that
//! waits to be reaped is dead although it still has both. The start time is kept as the text that Claude Code writes,
//! which differs by platform.

use std::path::PathBuf;
use std::time::Duration;

use peerwatch_core::Process;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub use linux::{System, death_watch};

#[cfg(any(windows, test))]
mod filetime;
#[cfg(any(target_os = "macos", windows))]
mod listed;
#[cfg(any(target_os = "macos", windows))]
pub use listed::System;
#[cfg(any(target_os = "macos", test))]
mod lstart;

#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", windows)))]
mod unknown;
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "macos", windows)))]
pub use unknown::System;

/// What the system says about processes. Tests put a table of their own in its place.
pub trait Processes: Send + std::fmt::Debug {
    /// The state of the process with this pid, which must have started at `start` where that is known.
    fn look(&self, pid: u32, start: Option<&str>) -> Process;

    /// When the process with this pid started, in the form in which Claude Code writes it.
    fn start(&self, pid: u32) -> Option<String>;

    /// The process that started this one, as far as it still lives.
    fn parent(&self, pid: u32) -> Option<u32>;

    /// All that this process started, and what those started, as far as they still live.
    fn descendants(&self, pid: u32) -> Vec<Child>;

    /// The program it runs, when the system tells.
    fn executable(&self, pid: u32) -> Option<PathBuf>;

    /// The arguments it was started with, when the system tells.
    fn arguments(&self, pid: u32) -> Option<Vec<String>>;

    /// Where its pids are valid, as Claude Code writes it: `linux:<machine>:<pid namespace>`. A registry may be shared
    /// with a container or another machine, whose pids mean nothing here.
    fn domain(&self) -> Option<String>;
}

/// A process that another one started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Child {
    /// Its pid.
    pub pid: u32,
    /// The pid of the process that started it.
    pub parent: u32,
    /// How long ago it started.
    pub age: Duration,
    /// The processor time it has used, and those of its children that have ended.
    pub cpu: Duration,
    /// Its command, with its arguments.
    pub command: String,
}

/// The processes of this machine.
#[must_use]
pub fn system() -> Box<dyn Processes> {
    Box::new(System::new())
}
