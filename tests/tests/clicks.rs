//! A notification of a real session is clicked, and the session's own pane comes to the front.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use peerwatch_tests::claude::{Claude, Cli, Session};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::model::{Model, bash, say};
use peerwatch_tests::process::Running;
use peerwatch_tests::require;
use peerwatch_tests::require::{Missing, program};
use peerwatch_tests::world::Desk;

const SOON: Duration = Duration::from_secs(15);
const CLICKS: usize = 20;

/// Sessions in panes of a tmux that an xterm shows, and another window before it.
struct Bureau {
    claude: Claude,
    model: Model,
    desk: Desk,
    windows: Vec<Running>,
    _manager: Running,
}

impl Bureau {
    fn begin() -> Result<Self, Missing> {
        let (desk, cli) = (Desk::begin()?, Cli::find()?);
        program("xterm")?;
        program("xdotool")?;
        let model = Model::start();
        let claude = Claude::install(&desk.scratch, cli, &model);
        model.when("list it", [bash("touch there"), say("Listed.")]);
        let manager = desk.desktop.screen.window_manager();
        Ok(Self { claude, model, desk, windows: Vec::new(), _manager: manager })
    }

    fn command(&self, name: &str) -> Command {
        let mut command = self.desk.scratch.command(program(name).unwrap());
        command.envs(self.desk.desktop.environment()).stderr(Stdio::null());
        command
    }

    fn said(&self, name: &str, words: &[&str]) -> String {
        let output = self.command(name).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn tmux(&self, words: &[&str]) -> String {
        let socket = self.desk.scratch.path("tmux").to_string_lossy().into_owned();
        let words: Vec<&str> = ["-S", &socket].iter().chain(words).copied().collect();
        self.said("tmux", &words)
    }

    /// An xterm that runs these words, once it has the focus; its pid.
    fn xterm(&mut self, words: &[&str]) -> u32 {
        let window = Running::start("xterm", self.command("xterm").arg("-e").args(words));
        let pid = window.pid();
        self.windows.push(window);
        eventually("the window", SOON, || (self.active() == pid).then_some(()));
        pid
    }

    fn active(&self) -> u32 {
        self.said("xdotool", &["getactivewindow", "getwindowpid"]).parse().unwrap_or(0)
    }

    /// The session that the xterm's client shows.
    fn shown(&self) -> String {
        self.tmux(&["list-clients", "-F", "#{pane_pid}"])
    }

    /// The session waits for a permission; the id of the notification that says so.
    fn asks(&self, session: &Session<'_>) -> u32 {
        session.prompt("list it please");
        session.await_status("waiting");
        let name = session.entry().and_then(|entry| entry.name).unwrap_or_default();
        self.desk.desktop.notifications.await_notice(&name, SOON).id
    }
}

#[test]
fn a_click_brings_the_pane_of_the_session_that_asks_to_the_front() {
    let mut bureau = require!(Bureau::begin());
    let _application = bureau.desk.peerwatch.desktop(&["--hidden"]);
    bureau.desk.desktop.tray.await_item(SOON);
    bureau.desk.peerwatch.await_engine();
    let socket = bureau.desk.scratch.path("tmux").to_string_lossy().into_owned();
    let terminal = bureau.xterm(&["tmux", "-S", &socket, "attach", "-t", "keeper"]);
    let other = bureau.xterm(&["sleep", "86400"]);
    let api = bureau.claude.session("api").start();
    assert_eq!(bureau.active(), other, "the person is elsewhere");

    let notice = bureau.asks(&api);
    let label = |id| {
        let shown = bureau.desk.desktop.notifications.shown();
        let notice = shown.into_iter().rfind(|notice| notice.id == id)?;
        notice.actions.into_iter().find(|(key, _)| key == "open").map(|(_, label)| label)
    };
    assert_eq!(label(notice).as_deref(), Some("Show its pane"), "the button says what it does");
    let mut times = Vec::new();
    for click in 0..CLICKS {
        bureau.tmux(&["switch-client", "-t", "keeper"]);
        let id = bureau.said("xdotool", &["search", "--pid", &other.to_string()]);
        bureau.said("xdotool", &["windowactivate", "--sync", id.lines().next_back().unwrap()]);
        let began = Instant::now();
        bureau.desk.desktop.notifications.act(notice, "open");
        eventually(&format!("the pane after click {click}"), SOON, || {
            (bureau.shown() == api.pid().to_string() && bureau.active() == terminal).then_some(())
        });
        times.push(began.elapsed());
    }
    times.sort();
    println!(
        "{CLICKS} of {CLICKS} clicks; from the click to the focus seen: median {:.0?}",
        times[CLICKS / 2]
    );
}

#[test]
fn an_answer_in_the_terminal_withdraws_the_notification_and_a_late_click_does_nothing() {
    let mut bureau = require!(Bureau::begin());
    let _application = bureau.desk.peerwatch.desktop(&["--hidden"]);
    bureau.desk.desktop.tray.await_item(SOON);
    bureau.desk.peerwatch.await_engine();
    let other = bureau.xterm(&["sleep", "86400"]);
    let api = bureau.claude.session("api").start();
    let notice = bureau.asks(&api);
    let before = bureau.shown();
    api.approve();
    let answered = Instant::now();
    bureau.desk.desktop.notifications.await_closed(notice, SOON);
    let took = answered.elapsed();
    println!("withdrawn {} ms after the answer", took.as_millis());
    bureau.desk.desktop.notifications.act(notice, "open");
    bureau.model.await_asked("list it", 1);
    api.await_status("idle");
    assert_eq!((bureau.active(), bureau.shown()), (other, before), "nothing came to the front");
}
