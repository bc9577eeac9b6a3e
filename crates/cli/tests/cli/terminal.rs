//! What a person sees who sits at a terminal.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use peerwatch_demo::{Demo, Scene};
use peerwatch_wire::{TerminalKind, TerminalView, Tried};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::home::Home;

/// A program on a terminal of eighty columns.
pub(crate) struct Terminal {
    child: Child,
    keys: File,
    screen: Receiver<String>,
    seen: String,
}

impl Terminal {
    pub(crate) fn start(home: &Home, args: &[&str], env: &[(&str, &str)]) -> Self {
        let near = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&near).unwrap();
        unlockpt(&near).unwrap();
        tcsetwinsize(&near, Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let name = ptsname(&near, Vec::new()).unwrap();
        let far: OwnedFd = open(name.as_c_str(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
        let mut command = home.command(args);
        command.env("TERM", "xterm-256color").envs(env.iter().copied());
        command.stdin(far.try_clone().unwrap()).stdout(far.try_clone().unwrap()).stderr(Stdio::from(far));
        let child = command.spawn().unwrap();
        // The command still holds the far end, which would keep the terminal open.
        drop(command);
        let keys = File::from(near);
        let screen = written(keys.try_clone().unwrap());
        Self { child, keys, screen, seen: String::new() }
    }

    pub(crate) fn wait_for(&mut self, text: &str) {
        while !self.seen.contains(text) {
            match self.screen.recv_timeout(Duration::from_secs(30)) {
                Ok(more) => self.seen.push_str(&more),
                Err(error) => panic!("{error} while waiting for {text:?} in {:?}", self.seen),
            }
        }
    }

    /// What was written so far.
    pub(crate) fn seen(&self) -> &str {
        &self.seen
    }

    /// Presses a key, waits for the end, and gives everything that was written.
    pub(crate) fn end_by(mut self, key: &[u8]) -> (Option<i32>, String) {
        self.keys.write_all(key).unwrap();
        let code = self.child.wait().unwrap().code();
        self.seen.extend(self.screen.iter());
        (code, self.seen)
    }
}

fn written(mut from: File) -> Receiver<String> {
    let (sender, screen) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 65_536];
        // The end of a terminal is an error on Linux.
        while let Ok(read @ 1..) = from.read(&mut bytes) {
            if sender.send(String::from_utf8_lossy(&bytes[..read]).into_owned()).is_err() {
                return;
            }
        }
    });
    screen
}

#[test]
fn the_live_roster_leaves_the_terminal_as_it_was() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Busy, None).unwrap();
    let args = ["--claude-config", demo.claude_config().to_str().unwrap(), "watch"];
    for (key, env) in [(b"q", None), (b"\x03", Some(("NO_COLOR", "1")))] {
        let mut terminal = Terminal::start(&home, &args, env.as_slice());
        terminal.wait_for("Needs you");
        terminal.wait_for("q ends");
        let (code, seen) = terminal.end_by(key);
        assert_eq!(code, Some(0));
        assert!(seen.contains("\u{1b}[?1049h") && seen.contains("\u{1b}[?1049l"), "another screen, and back");
        assert!(
            seen.contains("\u{1b}[?25l") && seen.contains("\u{1b}[?25h"),
            "the cursor is hidden, and shown"
        );
        assert_eq!(seen.contains("\u{1b}[33m"), env.is_none(), "colours unless they are refused");
    }
}

#[test]
fn the_roster_fits_into_eighty_columns() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Busy, None).unwrap();
    let args = ["--claude-config", demo.claude_config().to_str().unwrap()];
    let terminal = Terminal::start(&home, &args, &[("NO_COLOR", "1")]);
    let (code, seen) = terminal.end_by(b"");
    assert_eq!(code, Some(0));
    assert!(seen.contains("●  api"), "{seen}");
    for line in seen.lines() {
        assert!(line.trim_end().chars().count() <= 80, "{line:?}");
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_table_of_terminals_takes_no_worker_and_begins_with_what_is_in_use() {
    let home = Home::new();
    let args = ["jump", "--terminals", "--no-engine"];
    let told = |args: &[&str]| home.run_with(args, &[("DISPLAY", ":7")]);
    let json = told(&[&args[..], &["--json"]].concat());
    let lines: Vec<TerminalView> = serde_json::from_str(&json.out).unwrap();
    let here: Vec<&TerminalView> = lines.iter().filter(|line| line.here).collect();
    assert_eq!((here.len(), here[0].kind), (1, TerminalKind::Desktop), "nobody lives here: {here:?}");
    assert!(here[0].name.starts_with("X11"));

    let said = told(&args);
    assert_eq!((said.code, said.err.as_str()), (0, ""));
    let first = said.out.lines().nth(1).unwrap();
    assert!(said.out.starts_with("In use here\n") && first.ends_with(&here[0].name), "{first}");
    for line in &lines {
        let names = said.out.lines().filter_map(|said| said.get(16..));
        let tried = match line.tried {
            Tried::Tested => "",
            Tried::ByHand => ", tried by hand",
            Tried::NotTried => ", not tried",
        };
        let said = names.filter(|name| *name == format!("{}{tried}", line.name));
        assert_eq!(said.count(), 1, "{}", line.name);
    }
}
