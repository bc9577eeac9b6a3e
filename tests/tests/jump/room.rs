//! A desktop on which terminals are opened.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use peerwatch_tests::desktop::{Desktop, Programs};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::process::{Running, Stray, descendants, end_all};
use peerwatch_tests::require::{Missing, program};
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;

use crate::SOON;

/// A desktop with a window manager, on which terminals are opened.
pub(crate) struct Room {
    pub(crate) strays: Vec<Stray>,
    pub(crate) terminals: Vec<Running>,
    _manager: Running,
    pub(crate) desktop: Desktop,
    pub(crate) scratch: Scratch,
    xterm: PathBuf,
    _turn: Turn,
}

impl Room {
    pub(crate) fn begin() -> Result<Self, Missing> {
        let (programs, xterm) = (Programs::find()?, program("xterm")?);
        let turn = Turn::heavy();
        let scratch = Scratch::new();
        let desktop = Desktop::start(&scratch, &programs);
        let manager = desktop.screen.window_manager();
        let room = Self {
            strays: Vec::new(),
            terminals: Vec::new(),
            _manager: manager,
            desktop,
            scratch,
            xterm,
            _turn: turn,
        };
        eventually("the window manager", SOON, || {
            room.said("wmctrl", &["-m"]).contains("Openbox").then_some(())
        });
        Ok(room)
    }

    pub(crate) fn command(&self, program: impl Into<PathBuf>) -> Command {
        let mut command = self.scratch.command(program.into());
        command.envs(self.desktop.environment());
        command
    }

    pub(crate) fn said(&self, program: &str, words: &[&str]) -> String {
        let output = self.command(program).args(words).stderr(Stdio::piped()).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Opens an xterm that runs these words; its pid, once its window is there and has the focus.
    pub(crate) fn xterm(&mut self, words: &[&str]) -> u32 {
        let mut command = self.command(self.xterm.clone());
        command.args(["-geometry", "60x20", "-e"]).args(words).stderr(Stdio::null());
        self.terminal("xterm", &mut command)
    }

    pub(crate) fn terminal(&mut self, name: &str, command: &mut Command) -> u32 {
        let running = Running::start(name, command);
        let pid = running.pid();
        self.terminals.push(running);
        eventually(&format!("the window of {name}"), SOON, || (self.active() == pid).then_some(()));
        pid
    }

    /// The process whose window has the focus, or 0.
    pub(crate) fn active(&self) -> u32 {
        self.said("xdotool", &["getactivewindow", "getwindowpid"]).trim().parse().unwrap_or(0)
    }

    /// A process below a terminal, once it is there.
    pub(crate) fn below(&self, pid: u32, name: &str) -> u32 {
        let is_it = |stray: &Stray| {
            std::fs::read_to_string(format!("/proc/{}/comm", stray.pid)).is_ok_and(|comm| comm.trim() == name)
        };
        eventually(name, SOON, || descendants(pid).into_iter().find(is_it)).pid
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        end_all(&self.strays);
    }
}
