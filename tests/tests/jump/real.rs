//! A real session of Claude Code, by `peerwatch jump`.

use std::os::unix::fs::PermissionsExt;

use peerwatch_tests::claude::{Claude, Cli};
use peerwatch_tests::model::Model;
use peerwatch_tests::product::{Binaries, Peerwatch};
use peerwatch_tests::require;
use serde_json::Value;

use crate::SOON;
use crate::mux::Mux;
use crate::room::Room;

/// A real session in a pane of tmux, whose client is in a window of its own.
struct Talk {
    room: Room,
    peerwatch: Peerwatch,
    mux: Mux,
}

impl Talk {
    fn jump(&self, words: &[&str]) -> (i32, Value, String) {
        let words: Vec<&str> = ["jump", "--json"].iter().chain(words).copied().collect();
        let output = self.peerwatch.output(&words);
        let text = String::from_utf8_lossy(&output.stdout);
        let said = serde_json::from_str(&text).unwrap_or(Value::Null);
        (output.status.code().unwrap(), said, String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Waits until Peerwatch knows that the session has ended.
    fn await_end(&self, pid: u32) {
        self.peerwatch.await_status("the end of the session", SOON, |status| {
            let worker = status.workers.iter().find(|worker| worker.pid == Some(pid))?;
            matches!(worker.presence.as_str(), "gone" | "ended").then_some(())
        });
    }
}

#[test]
fn a_real_session_is_jumped_to_by_its_name_and_gone_on_with_when_it_has_ended() {
    let (binaries, cli) = (require!(Binaries::find()), require!(Cli::find()));
    let room = require!(Room::begin());
    let model = Model::start();
    let claude = Claude::install(&room.scratch, cli, &model);
    let peerwatch = Peerwatch::on(&room.desktop, &room.scratch, binaries);
    // The sessions' terminals are in a tmux server on this socket.
    let mux = Mux { socket: room.scratch.path("tmux").to_string_lossy().into_owned() };
    let mut talk = Talk { room, peerwatch, mux };
    let session = claude.session("api").start();
    let (code, said, error) = talk.jump(&["api"]);
    assert_eq!((code, &said["capability"]), (3, &Value::from("not_possible")), "{error}");
    assert!(error.contains("no terminal shows its tmux session"), "{error}");

    let name = talk
        .mux
        .run(&talk.room, &["display-message", "-p", "-t", &pane_of(&talk, session.pid()), "#{session_name}"]);
    let xterm = talk.mux.show(&mut talk.room, name.trim());
    talk.room.xterm(&["sleep", "86400"]);
    let would = format!("jumps to pane {} of tmux, in the xterm window", pane_of(&talk, session.pid()));
    let (code, said, _) = talk.jump(&["api", "--dry-run"]);
    assert_eq!((code, said["would"].as_str(), &said["done"]), (0, Some(would.as_str()), &Value::Null));
    assert_ne!(talk.room.active(), xterm, "nothing was done yet");
    let (code, said, _) = talk.jump(&["api"]);
    assert_eq!(
        (code, &said["capability"], &said["seen"]),
        (0, &Value::from("exact_pane"), &Value::Bool(true))
    );
    assert_eq!(talk.room.active(), xterm);
    println!("peerwatch jump of a real session, without an engine: {} ms of it the jump", said["took_ms"]);
    assert_eq!(talk.jump(&["nobody"]).0, 2);
    assert_eq!(talk.jump(&["api", "--resume"]).0, 2, "it has not ended");

    let (id, folder) = (session.id(), session.folder());
    session.kill();
    talk.await_end(session.pid());
    let (code, said, error) = talk.jump(&["api"]);
    let command = format!("cd {} && claude --resume {id}", folder.display());
    assert_eq!((code, said["resume"].as_str()), (3, Some(command.as_str())), "{error}");

    let told = talk.room.scratch.path("told");
    let script =
        format!("#!/bin/sh\n{{ pwd -P; echo \"$@\"; }} > '{0}.part'; mv '{0}.part' '{0}'\n", told.display());
    let terminal = talk.room.scratch.path("my-terminal");
    std::fs::write(&terminal, script).unwrap();
    std::fs::set_permissions(&terminal, PermissionsExt::from_mode(0o700)).unwrap();
    let (code, said, error) = talk.jump(&["api", "--resume", "--terminal", &terminal.to_string_lossy()]);
    assert_eq!((code, said["done"].as_str()), (0, Some("my-terminal")), "{error}");
    let told = std::fs::read_to_string(told).unwrap();
    assert!(told.starts_with(&format!("{}\n-e /bin/sh -c ", folder.display())), "{told}");
    assert!(told.trim_end().ends_with(&format!("{} /bin/sh {id}", folder.display())), "{told}");
}

/// The pane that a process is the first one of.
fn pane_of(talk: &Talk, pid: u32) -> String {
    talk.mux.panes(&talk.room).into_iter().find(|(_, first)| *first == pid).unwrap().0
}
