//! A desktop with a window manager, terminals on it and sessions in them: where a click leads, and what has the focus then.

mod focus;
mod panes;
mod seats;

use std::cell::RefCell;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::claude::{Claude, Cli, Terminal};
use crate::ledger::eventually;
use crate::model::Model;
use crate::moment::Moment;
use crate::process::Running;
use crate::require::{Missing, program};
use crate::world::Desk;
use focus::Focus;
pub use panes::Client;
pub use seats::Seat;

const SOON: Duration = Duration::from_secs(15);

/// Sessions in panes of a tmux and in windows of their own.
#[derive(Debug)]
pub struct Bureau {
    /// The sessions.
    pub claude: Claude,
    /// What they think with.
    pub model: Model,
    windows: RefCell<Vec<Running>>,
    focus: Focus,
    _manager: Running,
    /// The desktop, and Peerwatch on it.
    pub desk: Desk,
}

/// A terminal's window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Its number on the display.
    pub id: u64,
    /// The terminal's process.
    pub pid: u32,
}

impl Bureau {
    /// Begins one, when it is this test's turn.
    pub fn begin() -> Result<Self, Missing> {
        let (desk, cli) = (Desk::begin()?, Cli::find()?);
        for name in ["xterm", "xdotool", "xprop"] {
            program(name)?;
        }
        let model = Model::start();
        let claude = Claude::install(&desk.scratch, cli, &model);
        let manager = desk.desktop.screen.window_manager();
        eventually("the window manager", SOON, || {
            let said = command(&desk, "wmctrl").arg("-m").output().ok()?;
            String::from_utf8_lossy(&said.stdout).contains("Openbox").then_some(())
        });
        let focus = Focus::watch(&mut command(&desk, "xprop"));
        Ok(Self { claude, model, windows: RefCell::default(), focus, _manager: manager, desk })
    }

    /// Starts the tray application, and waits until it looks at the sessions.
    #[must_use]
    pub fn application(&self) -> Running {
        let application = self.desk.peerwatch.desktop(&["--hidden"]);
        self.desk.desktop.tray.await_item(SOON);
        self.desk.peerwatch.await_engine();
        application
    }

    /// A command of a program on this desktop.
    pub fn command(&self, name: &str) -> Command {
        command(&self.desk, name)
    }

    /// What a program prints.
    ///
    /// # Panics
    /// When it does not start.
    pub fn said(&self, name: &str, words: &[&str]) -> String {
        let output = self.command(name).args(words).output().expect(name);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// An xterm of this size and at this place (as X writes them) that runs these words, once it has the focus.
    pub fn xterm(&self, geometry: &str, words: &[&str]) -> Window {
        self.open(self.command("xterm").args(["-geometry", geometry, "-e"]).args(words))
    }

    /// A terminal, once its window has the focus.
    ///
    /// # Panics
    /// When it does not get it in time.
    pub fn open(&self, command: &mut Command) -> Window {
        let terminal = Running::start("a terminal", command);
        let pid = terminal.pid();
        self.windows.borrow_mut().push(terminal);
        let id = eventually("the terminal's window", SOON, || {
            let id = self.focus.now()?;
            let owner = self.said("xdotool", &["getwindowpid", &id.to_string()]);
            (owner.parse() == Ok(pid)).then_some(id)
        });
        Window { id, pid }
    }

    /// A real session in a window of its own: `terminal` is the command of a terminal up to the words that it runs.
    ///
    /// # Panics
    /// When the window does not get the focus in time.
    pub fn seat_in(&self, name: &str, terminal: &dyn Fn() -> Command) -> Seat<'_> {
        let mut window = None;
        let session = self.claude.session(name).start_in(|Terminal { folder, environment, words }| {
            let mut command = terminal();
            let opened = self.open(command.envs(environment).current_dir(folder).args(words));
            window = Some(opened);
            opened.pid
        });
        Seat::in_window(self, session, window.expect("a window"))
    }

    /// A real session in an xterm of its own.
    pub fn seat_in_xterm(&self, geometry: &str, name: &str) -> Seat<'_> {
        self.seat_in(name, &|| {
            let mut xterm = self.command("xterm");
            xterm.args(["-geometry", geometry, "-e"]);
            xterm
        })
    }

    /// The window that has the focus.
    pub fn focused(&self) -> Option<u64> {
        self.focus.now()
    }

    /// How often the focus has changed, to go on from.
    pub fn focus_changes(&self) -> usize {
        self.focus.changes()
    }

    /// Waits until a window gets the focus, after so many changes of it.
    pub fn await_focus(&self, start: usize, window: Window) -> Moment {
        self.focus.await_window(start, window.id, SOON)
    }

    /// The person clicks into a window with the mouse, which must be visible in its middle.
    pub fn turn_to(&self, window: Window) {
        let start = self.focus.changes();
        if self.focus.now() != Some(window.id) {
            self.desk.desktop.screen.click(&window.id.to_string(), (20, 20), 1);
            self.await_focus(start, window);
        }
    }
}

fn command(desk: &Desk, name: &str) -> Command {
    let mut command = desk.scratch.command(program(name).unwrap_or_else(|missing| panic!("{}", missing.0)));
    command.envs(desk.desktop.environment()).stderr(Stdio::null());
    command
}
