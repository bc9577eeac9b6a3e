//! Peerwatch itself, as a person gets it: its programs, started in the World and listened to.

mod status;
mod watch;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::desktop::Desktop;
use crate::ledger::eventually;
use crate::process::Running;
use crate::require::Missing;
use crate::scratch::Scratch;
pub use status::{Status, Witness, Worker};
pub use watch::{Line, Watch};

/// The built programs.
#[derive(Debug, Clone)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Looks in `PEERWATCH_BIN_DIR`, else beside the test programs.
    pub fn find() -> Result<Self, Missing> {
        let folder = std::env::var_os("PEERWATCH_BIN_DIR").map(PathBuf::from).or_else(beside_the_tests);
        let folder =
            folder.ok_or_else(|| Missing("the test program does not know where it is".to_owned()))?;
        if folder.join("peerwatch").is_file() {
            return Ok(Self { folder });
        }
        Err(Missing(format!("{} has no program peerwatch: build it first", folder.display())))
    }

    /// The same, with the desktop application.
    pub fn find_desktop() -> Result<Self, Missing> {
        let found = Self::find()?;
        if found.desktop().is_file() {
            return Ok(found);
        }
        Err(Missing(format!("{} has no program peerwatch-desktop: build it first", found.folder.display())))
    }

    /// The desktop application.
    pub fn desktop(&self) -> PathBuf {
        self.folder.join("peerwatch-desktop")
    }
}

fn beside_the_tests() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.parent()?.parent()?.to_owned())
}

/// Peerwatch installed in one scratch home.
#[derive(Debug)]
pub struct Peerwatch {
    scratch: Scratch,
    binaries: Binaries,
    environment: Vec<(String, String)>,
    global: Vec<String>,
}

impl Peerwatch {
    /// On a machine without a screen.
    pub fn headless(scratch: &Scratch, binaries: Binaries) -> Self {
        Self { scratch: scratch.clone(), binaries, environment: Vec::new(), global: Vec::new() }
    }

    /// On a desktop.
    pub fn on(desktop: &Desktop, scratch: &Scratch, binaries: Binaries) -> Self {
        Self { scratch: scratch.clone(), binaries, environment: desktop.environment(), global: Vec::new() }
    }

    /// With this in the environment besides what is there.
    #[must_use]
    pub fn with_environment(mut self, environment: Vec<(String, String)>) -> Self {
        self.environment.extend(environment);
        self
    }

    /// Gives each command of the command line these flags first, as `--db PATH`.
    #[must_use]
    pub fn with(mut self, flags: &[&str]) -> Self {
        self.global.extend(flags.iter().map(|flag| (*flag).to_owned()));
        self
    }

    /// One more bridge database to watch.
    #[must_use]
    pub fn with_database(self, path: &Path) -> Self {
        self.with(&["--db", &path.to_string_lossy()])
    }

    /// Writes `config.toml`, as a person would.
    pub fn configure(&self, toml: &str) {
        let folder = self.scratch.path("home/.config/peerwatch");
        std::fs::create_dir_all(&folder).expect("the configuration folder");
        std::fs::write(folder.join("config.toml"), toml).expect("the configuration");
    }

    /// A command of the command line.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = self.scratch.command(self.binaries.folder.join("peerwatch"));
        command.envs(self.environment.iter().cloned()).args(&self.global).args(words).stdin(Stdio::null());
        command
    }

    /// The program `peerwatch`.
    pub fn program(&self) -> PathBuf {
        self.binaries.folder.join("peerwatch")
    }

    /// Runs a command to its end.
    pub fn output(&self, words: &[&str]) -> Output {
        self.command(words).output().expect("peerwatch starts")
    }

    /// `peerwatch status --json`.
    pub fn status(&self) -> Status {
        let output = self.output(&["status", "--json"]);
        Status::read(&output)
    }

    /// Asks for the status until it fits; for tests without an engine, where nothing announces a change.
    pub fn await_status<R>(&self, what: &str, within: Duration, fits: impl Fn(&Status) -> Option<R>) -> R {
        let deadline = Instant::now() + within;
        loop {
            let status = self.status();
            if let Some(found) = fits(&status) {
                return found;
            }
            assert!(Instant::now() < deadline, "{what}: not within {within:?}; the last was {status:#?}");
        }
    }

    /// `peerwatch run`, once it answers; stop it with a signal or by dropping it.
    pub fn run(&self) -> Running {
        let running = self.begin_run();
        self.await_engine();
        running
    }

    /// `peerwatch run`, perhaps still starting.
    pub fn begin_run(&self) -> Running {
        let log = std::fs::File::create(self.scratch.path("run.log")).expect("a log file");
        let mut command = self.command(&["run"]);
        Running::start("peerwatch run", command.stdout(Stdio::null()).stderr(log))
    }

    /// What `peerwatch run` said on its standard error.
    pub fn run_log(&self) -> String {
        std::fs::read_to_string(self.scratch.path("run.log")).unwrap_or_default()
    }

    /// The tray application.
    pub fn desktop(&self, words: &[&str]) -> Running {
        let log = std::fs::File::create(self.scratch.path("desktop.log")).expect("a log file");
        let mut command = self.scratch.command(self.binaries.desktop());
        command.envs(self.environment.iter().cloned()).args(words).stdin(Stdio::null());
        Running::start("peerwatch-desktop", command.stdout(Stdio::null()).stderr(log))
    }

    /// The tray application's program, for a driver that starts it.
    pub fn desktop_program(&self) -> PathBuf {
        self.binaries.desktop()
    }

    /// Waits until an engine listens on its socket in the runtime folder.
    pub fn await_engine(&self) {
        let folder = self.scratch.runtime();
        eventually("an engine that listens", Duration::from_secs(10), || find_socket(&folder));
    }

    /// `peerwatch watch --json`, from now on.
    pub fn watch(&self) -> Watch {
        Watch::start(self.command(&["watch", "--json"]))
    }
}

/// A socket below `folder` that belongs to Peerwatch and takes connections.
fn find_socket(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder.join("peerwatch")).ok()?.flatten();
    let sockets =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "sock"));
    sockets.into_iter().find(|path| std::os::unix::net::UnixStream::connect(path).is_ok())
}
