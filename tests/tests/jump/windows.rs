//! Windows that are one terminal each.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use peerwatch_terminal::{Jump, Seen};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::process::{Running, descendants};
use peerwatch_tests::require;
use peerwatch_tests::require::program;
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;

use crate::room::Room;
use crate::{JUMPS, SOON, median};

#[test]
fn a_window_of_its_own_comes_to_the_front_from_wherever_it_is() {
    let mut room = require!(Room::begin());
    let windows: Vec<u32> = (0..4).map(|_| room.xterm(&["sleep", "86400"])).collect();
    let sleepers: Vec<u32> = windows.iter().map(|pid| room.below(*pid, "sleep")).collect();
    let mut times = Vec::new();
    for jump in 0..JUMPS {
        let at = (jump * 3 + 1) % windows.len();
        let id = room.said("xdotool", &["search", "--pid", &windows[at].to_string()]);
        let id = id.lines().next_back().unwrap();
        match jump {
            5 => drop(room.said("xdotool", &["windowminimize", "--sync", id])),
            9 => drop(room.said("wmctrl", &["-i", "-r", id, "-t", "2"])),
            _ => {}
        }
        let begun = Instant::now();
        let done = Jump::to(sleepers[at]).with_token(Some("token-1".into())).go().outcome.unwrap();
        times.push(begun.elapsed());
        assert_eq!((done.seen, done.what.as_str()), (Seen::InFront, "the xterm window"));
        assert_eq!(room.active(), windows[at], "{jump}");
    }
    println!(
        "{JUMPS} of {JUMPS} jumps to a window; from the call to the focus: median {:.1?}",
        median(times)
    );
    let way = Jump::to(sleepers[0]).way();
    let in_front = |way| peerwatch_terminal::is_in_front(way, &*peerwatch_terminal::machine());
    let last = (3 * (JUMPS - 1) + 1) % windows.len();
    assert_eq!(in_front(&way), Some(last == 0));
    assert_eq!(in_front(&Jump::to(sleepers[last]).way()), Some(true));
}

#[test]
fn a_window_of_another_machine_is_not_taken_for_ours() {
    let mut room = require!(Room::begin());
    let xprop = require!(program("xprop"));
    let xterm = room.xterm(&["sleep", "86400"]);
    let sleeper = room.below(xterm, "sleep");
    let id = room.said("xdotool", &["getactivewindow"]);
    let set = ["-id", id.trim(), "-f", "WM_CLIENT_MACHINE", "8s", "-set", "WM_CLIENT_MACHINE", "elsewhere"];
    assert!(room.command(xprop).args(set).status().unwrap().success());
    assert_eq!(Jump::to(sleeper).way().sentence(), "can't jump: it has no window on this display");
}

/// The key to a display, as a file of one entry: a family that is good everywhere, no address, no number.
fn key_file(path: &Path) {
    let mut entry = vec![0xff, 0xff, 0, 0, 0, 0];
    for field in [&b"MIT-MAGIC-COOKIE-1"[..], &[7; 16]] {
        entry.extend(u16::try_from(field.len()).unwrap().to_be_bytes());
        entry.extend(field);
    }
    std::fs::write(path, entry).unwrap();
}

/// The display is another one than ours, locked by a key that only the terminal's environment names, and nobody
/// manages its windows.
#[test]
fn a_window_on_a_locked_display_without_a_window_manager_gets_the_focus() {
    let (server, xterm) = (require!(program("Xvfb")), require!(program("xterm")));
    let xdotool = require!(program("xdotool"));
    let _turn = Turn::heavy();
    let scratch = Scratch::new();
    let key = scratch.path("key");
    key_file(&key);
    let mut command = scratch.command(server);
    command.args(["-displayfd", "1", "-nolisten", "tcp", "-noreset", "-auth"]).arg(&key);
    let mut server = Running::start("Xvfb", command.stdout(Stdio::piped()).stderr(Stdio::null()));
    let mut number = String::new();
    BufReader::new(server.child().stdout.take().unwrap()).read_line(&mut number).unwrap();
    let display = format!(":{}", number.trim());
    let environment = [("DISPLAY", display.as_str()), ("XAUTHORITY", key.to_str().unwrap())];
    let open = || {
        let mut command = scratch.command(&xterm);
        let command = command.envs(environment).args(["-e", "sleep", "86400"]).stderr(Stdio::null());
        let terminal = Running::start("xterm", command);
        let sleeper =
            eventually("the process in it", SOON, || descendants(terminal.pid()).first().map(|one| one.pid));
        (terminal, sleeper)
    };
    let focused = || {
        let output =
            scratch.command(&xdotool).envs(environment).args(["getwindowfocus", "getwindowpid"]).output();
        String::from_utf8_lossy(&output.unwrap().stdout).trim().parse::<u32>().unwrap_or(0)
    };
    let terminals = [open(), open()];
    for (terminal, sleeper) in terminals.iter().chain(&terminals) {
        let jump = Jump::to(*sleeper);
        eventually("a way", SOON, || (jump.way().sentence() == "jumps to the xterm window").then_some(()));
        assert_eq!(jump.go().outcome.map(|done| done.seen), Ok(Seen::InFront));
        assert_eq!(focused(), terminal.pid());
    }
}

/// Terminals of which one process has many windows: how one more is opened that runs a command, and what a jump says.
const MANY_WINDOWS: [(&str, &str, &str); 4] = [
    ("xfce4-terminal", "-x", "raises the xfce4-terminal window, and no more"),
    ("mate-terminal", "-x", "raises the mate-terminal window, and no more"),
    ("terminator", "-x", "raises the Terminator window, and no more"),
    ("tilix", "-e", "jumps to its pane of Tilix"),
];

#[test]
fn of_the_windows_of_one_process_the_right_one_comes_to_the_front() {
    let mut room = require!(Room::begin());
    let titled = room.scratch.path("titled");
    let script = "#!/bin/sh\nprintf '\\033]0;called %s\\007' \"$1\"\nexec sleep \"$2\"\n";
    std::fs::write(&titled, script).unwrap();
    std::fs::set_permissions(&titled, std::fs::Permissions::from_mode(0o755)).unwrap();
    for (at, (name, flag, says)) in MANY_WINDOWS.into_iter().enumerate() {
        let terminal = require!(program(name));
        let (mut owner, mut sleepers) = (None, Vec::new());
        for title in ["first", "second"] {
            let seconds = format!("864{at}{}", sleepers.len());
            let mut command = room.command(&terminal);
            // Tilix takes the command as one word.
            match flag {
                "-e" => command.args([flag, &format!("{} {title} {seconds}", titled.display())]),
                _ => command.arg(flag).arg(&titled).args([title, &seconds]),
            };
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let running = Running::start(name, &mut command);
            let owner = *owner.get_or_insert(running.pid());
            room.terminals.push(running);
            eventually(&format!("the {title} window of {name}"), SOON, || {
                in_front(&room, title).then_some(())
            });
            sleepers.push(eventually("what runs in it", SOON, || sleeper(owner, &seconds)));
        }
        for (sleeper, title) in sleepers.iter().zip(["first", "second"]).cycle().take(4) {
            let jumped = Jump::to(*sleeper).go();
            assert!(jumped.sentence.starts_with(says), "{name}: {}", jumped.sentence);
            assert!(jumped.outcome.is_ok(), "{jumped:?}");
            eventually(&format!("the {title} window of {name} again"), SOON, || {
                in_front(&room, title).then_some(())
            });
        }
    }
}

/// The process below a terminal that sleeps so long.
fn sleeper(terminal: u32, seconds: &str) -> Option<u32> {
    let words = format!("sleep\0{seconds}\0");
    let is_it =
        |pid: &u32| std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|it| it == words.as_bytes());
    descendants(terminal).into_iter().map(|one| one.pid).find(is_it)
}

/// Whether the window that has the focus bears this title.
fn in_front(room: &Room, title: &str) -> bool {
    room.said("xdotool", &["getactivewindow", "getwindowname"]).contains(&format!("called {title}"))
}
