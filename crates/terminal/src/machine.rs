//! What can be known of processes and asked of programs. Tests put a machine of their own in its place.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::call::{Call, CallError};
use crate::desktops::{self, Desktop};

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
use linux as system;
#[cfg(any(target_os = "macos", windows))]
mod listed;
#[cfg(any(target_os = "macos", windows))]
use listed as system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
mod unknown;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
use unknown as system;

/// What a process was given at its start.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The value of a variable; one that is empty counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// A machine with its processes, its programs and its desktop. What is not known is `None` or empty.
pub trait Machine: Send + Sync {
    /// The process that started this one.
    fn parent(&self, pid: u32) -> Option<u32>;

    /// The processes that this one started and that still live.
    fn children(&self, pid: u32) -> Vec<u32>;

    /// Every process.
    fn all(&self) -> Vec<u32>;

    /// The program that it runs.
    fn program(&self, pid: u32) -> Option<PathBuf>;

    /// The name that it has for itself: a script's is that of the script, not of what runs it.
    fn name(&self, pid: u32) -> Option<String>;

    /// The words it was started with, its own name among them.
    fn arguments(&self, pid: u32) -> Vec<String>;

    /// What it was given at its start.
    fn environment(&self, pid: u32) -> Environment;

    /// The whole name of its terminal's device: `/dev/pts/4`, `/dev/ttys004`.
    fn terminal(&self, pid: u32) -> Option<String>;

    /// The devices of terminals that it holds open, besides its own.
    fn open_terminals(&self, pid: u32) -> Vec<String>;

    /// A variable of our own environment.
    fn own(&self, name: &str) -> Option<String>;

    /// Runs a program, with a time limit; what it printed.
    ///
    /// # Errors
    /// When it is not there, refuses, or does not answer in time.
    fn run(&self, call: &Call) -> Result<String, CallError>;

    /// The desktops on which a program with this environment may have its window, the likeliest first.
    fn desktops(&self, environment: &Environment) -> Vec<Box<dyn Desktop>>;
}

/// This machine.
#[must_use]
pub fn machine() -> Box<dyn Machine> {
    Box::new(This)
}

#[derive(Debug)]
struct This;

impl Machine for This {
    fn parent(&self, pid: u32) -> Option<u32> {
        system::parent(pid)
    }

    fn children(&self, pid: u32) -> Vec<u32> {
        system::children(pid)
    }

    fn all(&self) -> Vec<u32> {
        system::all()
    }

    fn program(&self, pid: u32) -> Option<PathBuf> {
        system::program(pid)
    }

    fn name(&self, pid: u32) -> Option<String> {
        system::name(pid)
    }

    fn arguments(&self, pid: u32) -> Vec<String> {
        system::arguments(pid)
    }

    fn environment(&self, pid: u32) -> Environment {
        system::environment(pid)
    }

    fn terminal(&self, pid: u32) -> Option<String> {
        system::terminal(pid)
    }

    fn open_terminals(&self, pid: u32) -> Vec<String> {
        system::open_terminals(pid)
    }

    fn own(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn run(&self, call: &Call) -> Result<String, CallError> {
        crate::call::run(call)
    }

    fn desktops(&self, environment: &Environment) -> Vec<Box<dyn Desktop>> {
        desktops::of(environment, self)
    }
}

/// The last part of a path.
pub(crate) fn base(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
