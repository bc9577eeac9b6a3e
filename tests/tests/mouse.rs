//! Notifications that dunst shows are clicked with the mouse, and the panes and windows of the sessions that ask come to the
//! front: what is typed on the keyboard then answers them.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::process::Stdio;
use std::time::Duration;

use peerwatch_tests::bureau::{Bureau, Client, Seat, Window};
use peerwatch_tests::desktop::{Daemon, DaemonPrograms};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::moment::Moment;
use peerwatch_tests::require;
use peerwatch_tests::require::program;

const SOON: Duration = Duration::from_secs(15);
const CLICKS: usize = 20;
/// Sessions beside two shells in each window of tmux.
const IN_PANES: [([&str; 2], &str); 3] =
    [(["api", "web"], "work:0"), (["docs", "tests"], "work:1"), (["queue", "build"], "other:0")];
/// The next session is so many further on: the same window never asks twice in a row.
const STRIDE: usize = 3;

/// Twelve panes in three windows of two sessions of tmux, each shown by a client, and other windows beside them.
struct Floor<'b> {
    bureau: &'b Bureau,
    daemon: &'b Daemon,
    clients: [Client; 2],
    seats: Vec<Seat<'b>>,
    elsewhere: Window,
}

impl<'b> Floor<'b> {
    fn furnish(bureau: &'b Bureau, daemon: &'b Daemon, has_kitty: bool) -> Self {
        bureau.three_windows();
        let mut seats = Vec::new();
        for (names, window) in IN_PANES {
            for name in names {
                let seat = bureau.seat(name);
                bureau.move_to(&seat.session, window);
                seats.push(seat);
            }
            bureau.fill(window);
        }
        let of_work = bureau.tmux(&["list-panes", "-s", "-t", "work"]).lines().count();
        let of_other = bureau.tmux(&["list-panes", "-s", "-t", "other"]).lines().count();
        assert_eq!((of_work, of_other), (8, 4), "twelve panes in three windows");
        let clients = [bureau.client("100x34+0+0", "work"), bureau.client("100x34-0+0", "other")];
        seats.push(bureau.seat_in_xterm("80x22+0-0", "alone"));
        if has_kitty {
            seats.push(in_kitty(bureau));
        }
        let elsewhere = bureau.xterm("24x8+500-0", &["sleep", "86400"]);
        Self { bureau, daemon, clients, seats, elsewhere }
    }

    /// The window that shows a session, if only in another pane.
    fn window_of(&self, seat: &Seat<'_>) -> Window {
        seat.window.unwrap_or_else(|| self.client_of(seat).window)
    }

    fn client_of(&self, seat: &Seat<'_>) -> &Client {
        self.clients.iter().find(|client| self.bureau.is_of(client, seat.session.pane())).unwrap()
    }

    fn is_shown(&self, seat: &Seat<'_>) -> bool {
        seat.window.is_some() || self.bureau.shown(self.client_of(seat)) == seat.session.pane()
    }

    /// The person looks at another window, and tmux shows another pane.
    fn go_elsewhere(&self, seat: &Seat<'_>) {
        if seat.window.is_none() {
            self.bureau.look_away_from(seat.session.pane());
            assert!(!self.is_shown(seat), "another pane is shown");
        }
        self.bureau.turn_to(self.elsewhere);
    }

    /// The popup is clicked with the mouse; from the press to the focus, seen.
    fn click(&self, seat: &Seat<'_>) -> Duration {
        let window = self.window_of(seat);
        let start = self.bureau.focus_changes();
        self.daemon.point(&self.bureau.desk.desktop);
        let pressed = Moment::now();
        self.bureau.desk.desktop.screen.press(1);
        self.bureau.await_focus(start, window);
        eventually("the pane", SOON, || self.is_shown(seat).then_some(()));
        Moment::now().since(pressed)
    }

    /// The tmux sessions are renamed, and their panes and windows moved about.
    fn rearrange(&self, click: usize) {
        let [api, web, docs, tests, queue] = [0, 1, 2, 3, 4].map(|at| self.seats[at].session.pane());
        let tmux = |words: &[&str]| drop(self.bureau.tmux(words));
        match click {
            8 => tmux(&["rename-session", "-t", "work", "it's new"]),
            9 => tmux(&["swap-pane", "-d", "-s", api, "-t", queue]),
            11 => tmux(&["break-pane", "-d", "-s", web]),
            12 => tmux(&["rename-session", "-t", "other", "work"]),
            13 => tmux(&["join-pane", "-d", "-s", docs, "-t", queue]),
            15 => tmux(&["move-window", "-d", "-s", tests, "-t", "work:7"]),
            _ => {}
        }
    }
}

fn in_kitty(bureau: &Bureau) -> Seat<'_> {
    let socket = format!("unix:{}", bureau.desk.scratch.path("kitty.sock").display());
    let options = ["allow_remote_control=yes", "update_check_interval=0", "remember_window_size=no"];
    let size = ["initial_window_width=600", "initial_window_height=300"];
    let seat = bureau.seat_in("cat", &|| {
        let mut kitty = bureau.command("kitty");
        kitty.args(["--config", "NONE", "--listen-on", &socket]).stdout(Stdio::null());
        kitty.args(options.iter().chain(&size).flat_map(|option| ["-o", *option]));
        kitty
    });
    let id = seat.window.unwrap().id.to_string();
    bureau.said("xdotool", &["windowmove", "--sync", &id, "670", "490"]);
    seat
}

#[test]
fn a_popup_that_is_clicked_with_the_mouse_brings_the_pane_or_window_of_its_session_to_the_front() {
    let programs = require!(DaemonPrograms::find());
    let mut bureau = require!(Bureau::begin());
    programs.act_on_left_click(&bureau.desk.scratch, true);
    let daemon = Daemon::replace(&mut bureau.desk.desktop, &bureau.desk.scratch, &programs);
    let bureau = bureau;
    let floor = Floor::furnish(&bureau, &daemon, program("kitty").is_ok());
    let _application = bureau.application();
    let count = floor.seats.len();
    for (question, seat) in floor.seats.iter().enumerate() {
        seat.will_ask(question);
    }

    let (mut times, mut to_panes) = (Vec::new(), 0);
    for click in 0..CLICKS {
        floor.rearrange(click);
        let at = click * STRIDE % count;
        let (seat, question) = (&floor.seats[at], click / count * count + at);
        floor.go_elsewhere(seat);
        daemon.await_displayed(0, &bureau.desk.desktop);
        seat.asks(question);
        daemon.await_displayed(1, &bureau.desk.desktop);

        times.push(floor.click(seat));
        seat.answer(question);
        to_panes += usize::from(seat.window.is_none());
        if click + count < CLICKS {
            seat.will_ask(question + count);
        }
    }
    times.sort();
    println!(
        "{CLICKS} of {CLICKS} clicks with the mouse, {to_panes} of them to panes; from the press to the focus seen: median {:.0?}",
        times[CLICKS / 2]
    );
}
