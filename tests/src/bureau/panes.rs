//! The tmux in which the World's sessions live, as a person moves about in it.

use super::{Bureau, SOON, Window};
use crate::claude::Session;
use crate::ledger::eventually;
use crate::process::descendants;

/// A client of tmux, in a window.
#[derive(Debug, Clone)]
pub struct Client {
    /// The terminal's window.
    pub window: Window,
    name: String,
}

impl Bureau {
    /// Has tmux do something, and returns what it says.
    ///
    /// # Panics
    /// When it refuses.
    pub fn tmux(&self, words: &[&str]) -> String {
        let socket = self.desk.scratch.path("tmux");
        let output = self.command("tmux").arg("-S").arg(socket).args(words).output().expect("tmux");
        assert!(output.status.success(), "tmux refuses {words:?}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// Makes two sessions of tmux with three windows: `work:0`, `work:1` and `other:0`, a shell in each.
    pub fn three_windows(&self) {
        for name in ["work", "other"] {
            self.tmux(&["new-session", "-d", "-s", name, "-x", "100", "-y", "34"]);
        }
        self.tmux(&["new-window", "-d", "-t", "work:1"]);
    }

    /// Moves a session's pane into a window of tmux.
    pub fn move_to(&self, session: &Session<'_>, window: &str) {
        self.tmux(&["join-pane", "-d", "-s", session.pane(), "-t", window]);
        self.tmux(&["select-layout", "-t", window, "tiled"]);
    }

    /// Opens shells in a window of tmux until it has four panes.
    pub fn fill(&self, window: &str) {
        while self.tmux(&["list-panes", "-t", window]).lines().count() < 4 {
            self.tmux(&["split-window", "-d", "-t", window]);
            self.tmux(&["select-layout", "-t", window, "tiled"]);
        }
    }

    /// Opens an xterm in which a client of tmux shows this session of tmux.
    pub fn client(&self, geometry: &str, session: &str) -> Client {
        let socket = self.desk.scratch.path("tmux").to_string_lossy().into_owned();
        let window = self.xterm(geometry, &["tmux", "-S", &socket, "attach", "-t", session]);
        let name = eventually("the client of tmux", SOON, || {
            let below: Vec<u32> = descendants(window.pid).iter().map(|stray| stray.pid).collect();
            let clients = self.tmux(&["list-clients", "-F", "#{client_pid} #{client_name}"]);
            clients.lines().find_map(|line| {
                let (pid, name) = line.split_once(' ')?;
                below.contains(&pid.parse().ok()?).then(|| name.to_owned())
            })
        });
        Client { window, name }
    }

    /// The person turns to a pane in this client of tmux.
    pub fn show(&self, client: &Client, pane: &str) {
        self.tmux(&["switch-client", "-c", &client.name, "-t", pane]);
    }

    /// The pane that a client shows.
    pub fn shown(&self, client: &Client) -> String {
        let clients = self.tmux(&["list-clients", "-F", "#{client_name} #{pane_id}"]);
        let mut pairs = clients.lines().filter_map(|line| line.split_once(' '));
        pairs.find(|(name, _)| *name == client.name).map(|(_, pane)| pane.to_owned()).unwrap_or_default()
    }

    /// Whether a client shows the session of tmux to which a pane belongs now.
    pub fn is_of(&self, client: &Client, pane: &str) -> bool {
        let its = self.tmux(&["display-message", "-p", "-t", pane, "#{session_id}"]);
        self.tmux(&["list-clients", "-t", &its, "-F", "#{client_name}"])
            .lines()
            .any(|name| name == client.name)
    }

    /// The person turns to another pane of the same session of tmux, in another of its windows where there is one.
    pub fn look_away_from(&self, pane: &str) {
        let window = self.tmux(&["display-message", "-p", "-t", pane, "#{window_id}"]);
        let panes = self.tmux(&["list-panes", "-s", "-t", pane, "-F", "#{window_id} #{pane_id}"]);
        let others = panes.lines().filter_map(|line| line.split_once(' ')).filter(|(_, id)| *id != pane);
        let (_, other) = others.min_by_key(|(its, _)| *its == window).expect("another pane");
        self.tmux(&["select-window", "-t", other]);
        self.tmux(&["select-pane", "-t", other]);
    }
}
