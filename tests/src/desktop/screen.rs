//! A display without a monitor, and pictures of it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::Programs;
use crate::ledger::eventually;
use crate::process::Running;
use crate::scratch::Scratch;

/// A running X server.
#[derive(Debug)]
pub struct Screen {
    display: String,
    import: PathBuf,
    openbox: PathBuf,
    xdotool: PathBuf,
    wmctrl: PathBuf,
    environment: Vec<(String, String)>,
    server: Running,
}

impl Screen {
    /// Starts a server that chooses a free display by itself.
    pub(super) fn start(scratch: &Scratch, programs: &Programs) -> Self {
        let mut command = scratch.command(&programs.display);
        command.args(["-displayfd", "1", "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"]);
        let mut server = Running::start("Xvfb", command.stdout(Stdio::piped()).stderr(Stdio::null()));
        let mut number = String::new();
        let stdout = server.child().stdout.take().expect("the server's output");
        BufReader::new(stdout).read_line(&mut number).expect("the number of the display");
        assert!(!number.trim().is_empty(), "Xvfb did not start");
        let display = format!(":{}", number.trim());
        let mut environment = scratch.environment();
        environment.push(("DISPLAY".to_owned(), display.clone()));
        Self {
            display,
            import: programs.import.clone(),
            openbox: programs.openbox.clone(),
            xdotool: programs.xdotool.clone(),
            wmctrl: programs.wmctrl.clone(),
            environment,
            server,
        }
    }

    /// What belongs into `DISPLAY`.
    pub fn name(&self) -> &str {
        &self.display
    }

    /// Whether the server still runs.
    pub fn is_up(&mut self) -> bool {
        self.server.ended().is_none()
    }

    /// A window manager, for tests in which windows are raised, focused or drawn with frames.
    #[must_use]
    pub fn window_manager(&self) -> Running {
        Running::start("openbox", self.command(&self.openbox).stderr(Stdio::null()))
    }

    /// Whether a window with exactly this title is on the display.
    pub fn has_window(&self, title: &str) -> bool {
        let pattern = format!("^{title}$");
        let found =
            self.command(&self.xdotool).args(["search", "--onlyvisible", "--name", &pattern]).output();
        found.is_ok_and(|output| !output.stdout.is_empty())
    }

    /// The windows of a program that are on the display, by its class.
    pub fn windows_of(&self, class: &str) -> Vec<String> {
        let found = self.command(&self.xdotool).args(["search", "--onlyvisible", "--class", class]).output();
        let text = found.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        text.unwrap_or_default().lines().map(str::to_owned).collect()
    }

    /// How many pixels high a window is.
    ///
    /// # Panics
    /// When there is no such window.
    pub fn height_of(&self, window: &str) -> u32 {
        let output = self.command(&self.xdotool).args(["getwindowgeometry", "--shell", window]).output();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let text = text.unwrap_or_default();
        let height = text.lines().find_map(|line| line.strip_prefix("HEIGHT=")?.parse().ok());
        height.unwrap_or_else(|| panic!("no height of {window}: {text:?}"))
    }

    /// Clicks into a window, so many pixels right of and below its upper left corner.
    ///
    /// # Panics
    /// When there is no such window.
    pub fn click(&self, window: &str, place: (u32, u32), button: u8) {
        self.point(window, place);
        self.press(button);
    }

    /// Moves the mouse into a window, so many pixels right of and below its upper left corner.
    ///
    /// # Panics
    /// When there is no such window.
    pub fn point(&self, window: &str, (right, below): (u32, u32)) {
        // No `--sync`: that waits for the mouse to move, which it does not when it is there already.
        self.xdotool(&["mousemove", "--window", window, &right.to_string(), &below.to_string()]);
    }

    /// Presses a button of the mouse where it is, and lets it go.
    ///
    /// # Panics
    /// When the display is gone.
    pub fn press(&self, button: u8) {
        // Without it, xdotool rests for a tenth of a second afterwards.
        self.xdotool(&["click", "--delay", "0", &button.to_string()]);
    }

    /// Types keys by their names on the keyboard: they go to the window that has the focus.
    ///
    /// # Panics
    /// When the display is gone.
    pub fn key(&self, name: &str) {
        self.xdotool(&["key", name]);
    }

    /// Types a text on the keyboard.
    ///
    /// # Panics
    /// When the display is gone.
    pub fn type_text(&self, text: &str) {
        self.xdotool(&["type", "--delay", "4", text]);
    }

    fn xdotool(&self, words: &[&str]) {
        let status = self.command(&self.xdotool).args(words).status();
        assert!(status.is_ok_and(|status| status.success()), "{words:?} on {}", self.display);
    }

    /// Waits until a window with this title is on the display.
    pub fn await_window(&self, title: &str, within: Duration) {
        eventually(&format!("a window {title:?}"), within, || self.has_window(title).then_some(()));
    }

    /// Closes a window by the button in its frame; there must be a window manager.
    ///
    /// # Panics
    /// When there is no such window.
    pub fn close_window(&self, title: &str) {
        eventually("a window to close", Duration::from_secs(5), || {
            let status = self.command(&self.wmctrl).args(["-F", "-c", title]).stderr(Stdio::null()).status();
            status.ok().filter(ExitStatus::success)
        });
    }

    /// Saves a picture of the whole display.
    ///
    /// # Panics
    /// When no picture can be taken.
    pub fn picture(&self, file: &Path) {
        let status =
            self.command(&self.import).args(["-window", "root"]).arg(file).status().expect("import starts");
        assert!(status.success() && file.is_file(), "no picture of the display: {status}");
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().envs(self.environment.iter().cloned());
        command
    }
}
