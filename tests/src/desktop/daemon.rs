//! A notification daemon that people use: dunst, with its popups on the display, in place of the recording server.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::Desktop;
use crate::ledger::eventually;
use crate::process::Running;
use crate::require::{Missing, program};
use crate::scratch::Scratch;

/// The daemon's programs, if this machine has them.
#[derive(Debug, Clone)]
pub struct DaemonPrograms {
    daemon: PathBuf,
    control: PathBuf,
}

impl DaemonPrograms {
    /// Looks for them.
    pub fn find() -> Result<Self, Missing> {
        Ok(Self { daemon: program("dunst")?, control: program("dunstctl")? })
    }
}

/// A running dunst; ended with this value.
#[derive(Debug)]
pub struct Daemon {
    control: PathBuf,
    environment: Vec<(String, String)>,
    _process: Running,
}

impl Daemon {
    /// Ends the recording server and puts dunst in its place.
    ///
    /// # Panics
    /// When it does not take the name in time.
    pub fn replace(desktop: &mut Desktop, scratch: &Scratch, programs: &DaemonPrograms) -> Self {
        desktop.notifications.stop();
        let mut environment = scratch.environment();
        environment.extend(desktop.environment());
        let mut command = Command::new(&programs.daemon);
        command.env_clear().envs(environment.iter().cloned()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = Running::start("dunst", &mut command);
        let owner = || desktop.bus.owner_of("org.freedesktop.Notifications");
        eventually("dunst takes the name", Duration::from_secs(10), owner);
        Self { control: programs.control.clone(), environment, _process: process }
    }

    /// How many popups are on the display.
    pub fn displayed(&self) -> usize {
        let output = self.command(&["count", "displayed"]).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
    }

    /// Invokes the default action of the newest popup, as a click on it does.
    pub fn act(&self) {
        let status = self.command(&["action", "0"]).status().expect("dunstctl starts");
        assert!(status.success(), "dunstctl action: {status}");
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.control);
        command.env_clear().envs(self.environment.iter().cloned()).args(words).stderr(Stdio::null());
        command
    }
}
