//! A tmux server, on a socket of its own.

use peerwatch_tests::process::Stray;

use crate::room::Room;

/// A tmux server of the room's, on a socket whose name nobody guesses.
pub(crate) struct Mux {
    pub(crate) socket: String,
}

impl Mux {
    pub(crate) fn begin(room: &mut Room, name: &str) -> Self {
        let mux = Self { socket: room.scratch.path(name).to_string_lossy().into_owned() };
        mux.run(
            room,
            &["-f/dev/null", "new-session", "-d", "-s", "work", "-x", "60", "-y", "20", "sleep 86400"],
        );
        let pid = mux.run(room, &["display-message", "-p", "#{pid}"]);
        room.strays.push(Stray::of(pid.trim().parse().unwrap()).unwrap());
        mux
    }

    pub(crate) fn run(&self, room: &Room, words: &[&str]) -> String {
        let output = room.command("/usr/bin/tmux").args(["-S", &self.socket]).args(words).output().unwrap();
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn show(&self, room: &mut Room, session: &str) -> u32 {
        room.xterm(&["tmux", "-S", &self.socket, "attach", "-t", session])
    }

    /// Each pane's id and the process in it.
    pub(crate) fn panes(&self, room: &Room) -> Vec<(String, u32)> {
        let said = self.run(room, &["list-panes", "-a", "-F", "#{pane_id} #{pane_pid}"]);
        let pair = |line: &str| line.split_once(' ').map(|(id, pid)| (id.to_owned(), pid.parse().unwrap()));
        said.lines().filter_map(pair).collect()
    }

    /// The pane that each client shows, by the client's process.
    pub(crate) fn shown(&self, room: &Room) -> Vec<(u32, String)> {
        let said = self.run(room, &["list-clients", "-F", "#{client_pid} #{pane_id}"]);
        let pair = |line: &str| line.split_once(' ').map(|(pid, id)| (pid.parse().unwrap(), id.to_owned()));
        said.lines().filter_map(pair).collect()
    }

    pub(crate) fn session_of(&self, room: &Room, pane: &str) -> String {
        self.run(room, &["display-message", "-p", "-t", pane, "#{session_id}"]).trim().to_owned()
    }
}
