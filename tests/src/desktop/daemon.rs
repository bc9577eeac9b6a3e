//! Notification daemons that people use, with their popups on the display, in place of the recording server.

use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use super::Desktop;
use crate::ledger::eventually;
use crate::process::Running;
use crate::require::{Missing, program};
use crate::scratch::Scratch;

const NAME: &str = "org.freedesktop.Notifications";
const XFCONF: &str = "org.xfce.Xfconf";
/// Long enough for a program to start on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Which daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// dunst.
    Dunst,
    /// Xfce's own, which keeps its settings with another daemon.
    Xfce,
}

/// A daemon's programs, if this machine has them.
#[derive(Debug, Clone)]
pub struct DaemonPrograms {
    kind: Kind,
    daemon: PathBuf,
    control: PathBuf,
    settings: Option<PathBuf>,
}

impl DaemonPrograms {
    /// Looks for dunst.
    pub fn find() -> Result<Self, Missing> {
        Self::find_kind(Kind::Dunst)
    }

    /// Sets dunst up, before it is started, so that the left button does what a popup offers, and closes it or leaves it.
    ///
    /// # Panics
    /// When the scratch home cannot be written.
    pub fn act_on_left_click(&self, scratch: &Scratch, closes: bool) {
        let folder = scratch.path("home/.config/dunst");
        std::fs::create_dir_all(&folder).expect("dunst's folder");
        let then = if closes { ", close_current" } else { "" };
        let text = format!(
            "[global]\nmouse_left_click = do_action{then}\n[urgency_normal]\ntimeout = 0\n[urgency_critical]\ntimeout = 0\n"
        );
        std::fs::write(folder.join("dunstrc"), text).expect("dunst's configuration");
    }

    /// Looks for one of them.
    pub fn find_kind(kind: Kind) -> Result<Self, Missing> {
        Ok(match kind {
            Kind::Dunst => {
                Self { kind, daemon: program("dunst")?, control: program("dunstctl")?, settings: None }
            }
            Kind::Xfce => Self {
                kind,
                daemon: library("xfce4/notifyd/xfce4-notifyd")?,
                control: program("xfconf-query")?,
                settings: Some(library("xfce4/xfconf/xfconfd")?),
            },
        })
    }
}

/// Programs that a daemon's bus starts lie beside the libraries.
fn library(relative: &str) -> Result<PathBuf, Missing> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib", "/usr/libexec"];
    let found = folders.iter().map(|folder| PathBuf::from(folder).join(relative)).find(|path| path.is_file());
    found.ok_or_else(|| Missing(format!("the program {relative} is not installed")))
}

/// A running daemon; ended with this value.
#[derive(Debug)]
pub struct Daemon {
    programs: DaemonPrograms,
    environment: Vec<(String, String)>,
    log: PathBuf,
    process: Option<Running>,
    _settings: Option<Running>,
}

impl Daemon {
    /// Ends the recording server and puts the daemon in its place.
    ///
    /// # Panics
    /// When it does not take the name in time.
    pub fn replace(desktop: &mut Desktop, scratch: &Scratch, programs: &DaemonPrograms) -> Self {
        desktop.notifications.stop();
        let mut environment = scratch.environment();
        environment.extend(desktop.environment());
        let log = scratch.path("notification-daemon.log");
        let mut daemon =
            Self { programs: programs.clone(), environment, log, process: None, _settings: None };
        if let Some(settings) = &programs.settings {
            daemon._settings = Some(Running::start("xfconfd", &mut daemon.command(settings)));
            eventually("xfconfd takes its name", SOON, || desktop.bus.owner_of(XFCONF));
        }
        daemon.start(desktop);
        daemon
    }

    /// Starts it again after [`Daemon::kill`].
    ///
    /// # Panics
    /// When it does not take the name in time.
    pub fn start(&mut self, desktop: &Desktop) {
        let mut command = self.command(&self.programs.daemon);
        let log = File::options().create(true).append(true).open(&self.log).expect("the daemon's log");
        self.process = Some(Running::start("the notification daemon", command.stderr(log)));
        eventually("the daemon takes the name", SOON, || desktop.bus.owner_of(NAME));
    }

    /// Ends it at once, as a crash would.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.signal(Signal::KILL);
            process.await_end(SOON);
        }
    }

    /// It stands still: it is there, and answers nobody.
    pub fn stand_still(&self) {
        self.signal(Signal::STOP);
    }

    /// It goes on.
    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    /// What it said on its standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// How many popups are on the display.
    pub fn displayed(&self, desktop: &Desktop) -> usize {
        match self.programs.kind {
            Kind::Dunst => {
                let output = self.command(&self.programs.control).args(["count", "displayed"]).output();
                let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
                text.ok().and_then(|text| text.trim().parse().ok()).unwrap_or(0)
            }
            // A popup is a window each.
            Kind::Xfce => desktop.screen.windows_of("xfce4-notifyd").len(),
        }
    }

    /// Waits until so many popups are on the display.
    pub fn await_displayed(&self, count: usize, desktop: &Desktop) {
        eventually(&format!("{count} popups"), SOON, || (self.displayed(desktop) == count).then_some(()));
    }

    /// Clicks on a popup with the mouse, where and how that means "do what it offers first".
    ///
    /// # Panics
    /// When there is no popup.
    pub fn click(&self, desktop: &Desktop) {
        self.point(desktop);
        desktop.screen.press(match self.programs.kind {
            // As it comes, dunst's left button closes and its middle one acts.
            Kind::Dunst => 2,
            Kind::Xfce => 1,
        });
    }

    /// Moves the mouse onto a popup, to the place that is clicked.
    ///
    /// # Panics
    /// When there is no popup.
    pub fn point(&self, desktop: &Desktop) {
        let class = match self.programs.kind {
            Kind::Dunst => "Dunst",
            Kind::Xfce => "xfce4-notifyd",
        };
        let windows = eventually("a popup", SOON, || {
            Some(desktop.screen.windows_of(class)).filter(|windows| !windows.is_empty())
        });
        let place = match self.programs.kind {
            Kind::Dunst => (40, 15),
            // A click on the text closes; the buttons fill the right end of the lower edge, and a hundred pixels from the left is the first.
            Kind::Xfce => (100, desktop.screen.height_of(&windows[0]) - 30),
        };
        desktop.screen.point(&windows[0], place);
    }

    /// Invokes the default action of dunst's newest popup, as a click on it does.
    pub fn act(&self) {
        let status = self.command(&self.programs.control).args(["action", "0"]).status();
        assert!(status.is_ok_and(|status| status.success()), "dunstctl action");
    }

    /// The person tells the desktop not to disturb, or to go on, with the daemon's own tool.
    pub fn set_do_not_disturb(&self, on: bool) {
        let on = on.to_string();
        let words = match self.programs.kind {
            Kind::Dunst => vec!["set-paused", &on],
            Kind::Xfce => {
                vec!["-c", "xfce4-notifyd", "-p", "/do-not-disturb", "-n", "-t", "bool", "-s", &on]
            }
        };
        let status = self.command(&self.programs.control).args(words).status();
        assert!(status.is_ok_and(|status| status.success()), "do not disturb: {on}");
    }

    fn signal(&self, signal: Signal) {
        self.process.as_ref().expect("the daemon runs").signal(signal);
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().cloned());
        command.stderr(Stdio::null()).stdin(Stdio::null());
        if program == &self.programs.daemon {
            command.stdout(Stdio::null());
        }
        command
    }
}
