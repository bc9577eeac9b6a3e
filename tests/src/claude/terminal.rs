//! A tmux server of one's own: sessions get a terminal there, keys are typed and screens are read.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::{Stray, descendants};
use crate::scratch::Scratch;

/// The server; whoever owns it ends its processes.
#[derive(Debug)]
pub(super) struct Tmux {
    program: PathBuf,
    socket: PathBuf,
    environment: Vec<(String, String)>,
    server: Stray,
}

impl Tmux {
    /// Starts the server with this environment, which panes that a client opens by itself inherit.
    pub(super) fn start(scratch: &Scratch, program: &Path, environment: &[(String, String)]) -> Self {
        let socket = scratch.path("tmux");
        let mut command = base(program, &socket, environment);
        command.current_dir(scratch.home());
        command.args(["new-session", "-d", "-s", "keeper", "-x", "140", "-y", "40", "sleep 86400"]);
        run(&mut command);
        let pid = run(base(program, &socket, environment).args(["display-message", "-p", "#{pid}"]));
        let server = pid.trim().parse().ok().and_then(Stray::of).expect("a running tmux server");
        Self { program: program.to_owned(), socket, environment: environment.to_owned(), server }
    }

    /// Opens a terminal that runs `words`, and returns its pane, which stays its own wherever it is moved to, and the pid
    /// of what runs in it.
    pub(super) fn open(
        &self,
        name: &str,
        folder: &Path,
        extra: &[(String, String)],
        words: &[String],
    ) -> (String, u32) {
        let mut command = self.command(&[
            "new-session",
            "-d",
            "-P",
            "-F",
            "#{pane_id} #{pane_pid}",
            "-x",
            "140",
            "-y",
            "40",
        ]);
        command.args(["-s", name, "-c"]).arg(folder);
        for (key, value) in self.environment.iter().chain(extra) {
            command.args(["-e", &format!("{key}={value}")]);
        }
        command.arg("--").args(words);
        let said = run(&mut command);
        let (pane, pid) = said.trim().split_once(' ').expect("a pane and its pid");
        (pane.to_owned(), pid.parse().expect("the pid of the pane"))
    }

    /// Types keys by their tmux names.
    pub(super) fn keys(&self, pane: &str, keys: &[&str]) {
        run(self.command(&["send-keys", "-t", pane]).args(keys));
    }

    /// Types a text as it is.
    pub(super) fn text(&self, pane: &str, text: &str) {
        run(self.command(&["send-keys", "-l", "-t", pane, "--", text]).args::<[&str; 0], _>([]));
    }

    /// What the terminal shows; empty once it is closed.
    pub(super) fn screen(&self, pane: &str) -> String {
        let output = self.command(&["capture-pane", "-p", "-t", pane]).output();
        output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default()
    }

    /// What every terminal has in its environment.
    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// The server and everything in its terminals.
    pub(super) fn processes(&self) -> Vec<Stray> {
        let mut processes = descendants(self.server.pid);
        processes.push(self.server.clone());
        processes
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = base(&self.program, &self.socket, &self.environment);
        command.args(words);
        command
    }
}

fn base(program: &Path, socket: &Path, environment: &[(String, String)]) -> Command {
    let mut command = Command::new(program);
    command.env_clear().envs(environment.iter().cloned()).arg("-f/dev/null").arg("-S").arg(socket);
    command
}

fn run(command: &mut Command) -> String {
    let output = command.output().expect("tmux starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
