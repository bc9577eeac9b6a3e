//! Panes of multiplexers: tmux, tmux within tmux, screen.

use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use peerwatch_terminal::{Capability, Jump, Seen, is_in_front, machine};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::process::{Stray, descendants};
use peerwatch_tests::require;
use peerwatch_tests::require::program;

use crate::mux::Mux;
use crate::room::Room;
use crate::{JUMPS, SOON, median};

#[test]
fn each_of_twelve_panes_comes_to_the_front_in_the_client_that_shows_its_session() {
    let mut room = require!(Room::begin());
    let mux = Mux::begin(&mut room, "a socket, nowhere");
    for _ in 0..3 {
        mux.run(&room, &["split-window", "-t", "work:0", "sleep 86400"]);
        mux.run(&room, &["select-layout", "-t", "work:0", "tiled"]);
    }
    mux.run(&room, &["new-session", "-d", "-s", "other", "-x", "60", "-y", "20", "sleep 86400"]);
    for (window, count) in [("work:1", 4), ("other:0", 3)] {
        for number in 0..count {
            let words = if number == 0 && window == "work:1" {
                ["new-window", "-t", "work:1", "sleep 86400"]
            } else {
                ["split-window", "-t", window, "sleep 86400"]
            };
            mux.run(&room, &words);
            mux.run(&room, &["select-layout", "-t", window, "tiled"]);
        }
    }
    let (first, second) = (mux.show(&mut room, "work"), mux.show(&mut room, "other"));
    let client = |room: &Room, xterm| room.below(xterm, "tmux: client");
    let (in_first, in_second) = (client(&room, first), client(&room, second));
    let window_of = |pid: u32| if pid == in_first { first } else { second };
    let sessions = mux.run(&room, &["list-clients", "-F", "#{client_pid} #{session_id}"]);
    let client_of = |session: &str| {
        let line = sessions.lines().find(|line| line.ends_with(session)).unwrap();
        line.split_once(' ').unwrap().0.parse::<u32>().unwrap()
    };
    let panes = mux.panes(&room);
    assert_eq!((panes.len(), mux.shown(&room).len()), (12, 2), "{in_first} {in_second}");
    let (mut times, mut windows) = (Vec::new(), [0, 0]);
    for jump in 0..JUMPS {
        match jump {
            6 => drop(mux.run(&room, &["rename-session", "-t", "work", "it's new"])),
            8 => drop(mux.run(&room, &["swap-pane", "-s", &panes[0].0, "-t", &panes[9].0])),
            10 => drop(mux.run(&room, &["break-pane", "-d", "-s", &panes[2].0])),
            12 => drop(mux.run(&room, &["join-pane", "-d", "-s", &panes[5].0, "-t", &panes[10].0])),
            14 => drop(mux.run(&room, &["resize-pane", "-Z", "-t", &panes[4].0])),
            16 => drop(mux.run(&room, &["rename-session", "-t", "other", "work"])),
            _ => {}
        }
        let (pane, pid) = &panes[(jump * 7 + 3) % panes.len()];
        let client = client_of(&mux.session_of(&room, pane));
        let way = Jump::to(*pid).way();
        assert_eq!(way.capability(), &Capability::ExactPane, "{jump}: {}", way.sentence());
        assert_eq!(way.sentence(), format!("jumps to pane {pane} of tmux, in the xterm window"));
        let begun = Instant::now();
        let done = Jump::to(*pid).go().outcome.unwrap_or_else(|error| panic!("{jump}: {error}"));
        times.push(begun.elapsed());
        assert_eq!(done.seen, Seen::InFront);
        let shown = mux.shown(&room);
        assert!(
            shown.contains(&(client, pane.clone())),
            "{jump}: {pane} is not shown by {client}: {shown:?}"
        );
        assert_eq!(room.active(), window_of(client), "{jump}: {pane}");
        assert_eq!(is_in_front(&Jump::to(*pid).way(), &*machine()), Some(true));
        let (_, hidden) = &panes[(jump * 7 + 4) % panes.len()];
        assert_eq!(is_in_front(&Jump::to(*hidden).way(), &*machine()), Some(false));
        windows[usize::from(client == in_second)] += 1;
    }
    assert!(windows.iter().all(|count| *count >= 5), "both windows were jumped to: {windows:?}");
    println!("{JUMPS} of {JUMPS} jumps to a pane; from the call to the focus: median {:.1?}", median(times));
}

#[test]
fn a_pane_of_a_tmux_within_a_tmux_is_reached_through_both() {
    let mut room = require!(Room::begin());
    let (outer, inner) = (Mux::begin(&mut room, "outer"), Mux::begin(&mut room, "inner"));
    inner.run(&room, &["split-window", "-t", "work:0", "sleep 86400"]);
    let attach = format!("TMUX= tmux -S {} attach", inner.socket);
    outer.run(&room, &["new-window", "-d", "-t", "work:1", &attach]);
    let xterm = outer.show(&mut room, "work");
    room.xterm(&["sleep", "86400"]);
    let (pane, pid) = inner.panes(&room).remove(0);
    eventually("the client within", SOON, || (!inner.shown(&room).is_empty()).then_some(()));
    let jumped = Jump::to(pid).go();
    assert!(jumped.outcome.is_ok(), "{jumped:?}");
    assert_eq!(
        jumped.sentence,
        format!("jumps to pane {pane} of tmux, in pane %1 of tmux, in the xterm window")
    );
    assert_eq!(inner.shown(&room)[0].1, pane);
    assert_eq!(outer.shown(&room)[0].1, "%1");
    assert_eq!(room.active(), xterm);
}

#[test]
fn a_session_that_nothing_shows_says_how_it_could_be() {
    let mut room = require!(Room::begin());
    let mux = Mux::begin(&mut room, "lonely");
    let jumped = Jump::to(mux.panes(&room)[0].1).go();
    assert!(matches!(jumped.capability, Capability::NotPossible(_)), "{jumped:?}");
    let command = format!("tmux -S {} attach -t '$0'", mux.socket);
    assert!(jumped.sentence.contains(&command), "{}", jumped.sentence);
}

#[test]
fn a_window_of_screen_comes_to_the_front() {
    let mut room = require!(Room::begin());
    let screen = require!(program("screen"));
    let sockets = room.scratch.path("screens");
    std::fs::create_dir(&sockets).unwrap();
    std::fs::set_permissions(&sockets, PermissionsExt::from_mode(0o700)).unwrap();
    let folder = format!("SCREENDIR={}", sockets.display());
    let xterm = room.xterm(&["env", &folder, "screen", "-c", "/dev/null", "-S", "work", "sleep", "86400"]);
    let order = |room: &Room, words: &[&str]| {
        let mut command = room.command(&screen);
        let status = command.env("SCREENDIR", &sockets).args(["-S", "work"]).args(words).status().unwrap();
        assert!(status.success(), "{words:?}");
    };
    let first = room.below(xterm, "sleep");
    order(&room, &["-X", "screen", "sleep", "86400"]);
    let is_second = |stray: &Stray| {
        stray.pid != first
            && std::fs::read_to_string(format!("/proc/{}/comm", stray.pid))
                .is_ok_and(|comm| comm == "sleep\n")
    };
    let second = eventually("the second window", SOON, || descendants(xterm).into_iter().find(is_second)).pid;
    room.strays.extend(descendants(xterm));
    room.xterm(&["sleep", "86400"]);
    for (pid, number) in [(first, "0"), (second, "1"), (first, "0")] {
        let jumped = Jump::to(pid).go();
        assert_eq!(jumped.sentence, format!("jumps to window {number} of screen, in the xterm window"));
        assert_eq!(jumped.outcome.map(|done| done.seen), Ok(Seen::InFront));
        assert_eq!(room.active(), xterm);
    }
    order(&room, &["-X", "sessionname", "renamed"]);
    assert_eq!(Jump::to(second).go().outcome.map(|done| done.seen), Ok(Seen::InFront));
}
