//! From a click on the notification of a session that asks to the focus at its pane, beside tmux and xdotool that are told to
//! do the same.

use std::cell::RefCell;
use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use peerwatch_tests::bureau::{Bureau, Client, Window};
use peerwatch_tests::claude::Session;
use peerwatch_tests::desktop::{Daemon, DaemonPrograms};
use peerwatch_tests::ledger::{Ledger, eventually};
use peerwatch_tests::model::{bash, say};
use peerwatch_tests::moment::Moment;
use peerwatch_tests::process::Running;
use peerwatch_tests::require::{Missing, program};

use crate::figures;

const COUNT: usize = 100;
const PATIENCE: Duration = Duration::from_secs(15);

pub(crate) fn run() -> Result<(), Missing> {
    let dunst = DaemonPrograms::find()?;
    program("dbus-monitor")?;
    let bureau = Bureau::begin()?;
    measure(&bureau, "a click that the server sends", |notice| {
        let notices = &bureau.desk.desktop.notifications;
        let id = notices.await_notice(notice, PATIENCE).id;
        move || notices.act(id, "default")
    });
    drop(bureau);

    let mut bureau = Bureau::begin()?;
    // The popup stays, to be clicked again.
    dunst.act_on_left_click(&bureau.desk.scratch, false);
    let daemon = Daemon::replace(&mut bureau.desk.desktop, &bureau.desk.scratch, &dunst);
    let desktop = &bureau.desk.desktop;
    let (told, _monitor) = actions(&bureau);
    let until_told = RefCell::new(Vec::new());
    measure(&bureau, "the mouse on dunst's popup", |_| {
        || {
            daemon.await_displayed(1, desktop);
            daemon.point(desktop);
            let (start, pressed) = (told.len(), Moment::now());
            desktop.screen.press(1);
            let at = told.find_after(start, "the click, as dunst tells it", PATIENCE, |_| true);
            until_told.borrow_mut().push(at.since(pressed));
            pressed
        }
    });
    figures::row("of it, until dunst tells of the click", until_told.into_inner());
    Ok(())
}

/// When each click was told on the bus, and who listens there.
fn actions(bureau: &Bureau) -> (Arc<Ledger<Moment>>, Running) {
    let mut monitor = bureau.command("dbus-monitor");
    let rule = "type='signal',interface='org.freedesktop.Notifications',member='ActionInvoked'";
    monitor.args(["--address", bureau.desk.desktop.bus.address(), rule]).stdout(Stdio::piped());
    let mut monitor = Running::start("dbus-monitor", &mut monitor);
    let stdout = monitor.child().stdout.take().expect("the output of dbus-monitor");
    let told: Arc<Ledger<Moment>> = Arc::default();
    let written = Arc::clone(&told);
    std::thread::spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if line.contains("member=ActionInvoked") {
                written.push(Moment::now());
            }
        }
    });
    (told, monitor)
}

/// One of twelve panes, the client of tmux that shows its session, and a window where the person is instead.
struct Layout<'b> {
    bureau: &'b Bureau,
    session: Session<'b>,
    client: Client,
    elsewhere: Window,
}

/// A session asks once; `clicking` gets its name and says how its notification is clicked, and when it was.
fn measure<Click>(bureau: &Bureau, name: &str, clicking: impl FnOnce(&str) -> Click)
where
    Click: Fn() -> Moment,
{
    let _application = bureau.application();
    let layout = Layout::furnish(bureau);
    bureau.model.when("list it", [bash("touch there"), say("Listed.")]);
    layout.session.prompt("list it please");
    let asking = layout.session.await_status("waiting").name.unwrap_or_default();
    let click = clicking(&asking);
    let (mut bare, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..COUNT {
        bare.push(layout.in_front_after(|| layout.jump_by_hand()));
        ours.push(layout.in_front_after(&click));
    }
    let below = figures::row("floor, tmux and xdotool do the same", bare);
    let ours = figures::row(&format!("{name} → the focus"), ours);
    figures::against(below, ours);
}

impl<'b> Layout<'b> {
    fn furnish(bureau: &'b Bureau) -> Self {
        bureau.three_windows();
        let session = bureau.claude.session("api").start();
        bureau.move_to(&session, "work:1");
        for window in ["work:0", "work:1", "other:0"] {
            bureau.fill(window);
        }
        let client = bureau.client("100x34+0+0", "work");
        bureau.client("100x34-0+0", "other");
        let elsewhere = bureau.xterm("24x8+500-0", &["sleep", "86400"]);
        Self { bureau, session, client, elsewhere }
    }

    /// The person is elsewhere, and something happens: how long until its window has the focus and shows the pane.
    fn in_front_after(&self, act: impl Fn() -> Moment) -> Duration {
        let (bureau, pane) = (self.bureau, self.session.pane());
        bureau.look_away_from(pane);
        bureau.turn_to(self.elsewhere);
        let start = bureau.focus_changes();
        let began = act();
        bureau.await_focus(start, self.client.window);
        eventually("the pane", PATIENCE, || (bureau.shown(&self.client) == pane).then_some(()));
        Moment::now().since(began)
    }

    /// What a person would type who knows the pane and the window already.
    fn jump_by_hand(&self) -> Moment {
        let (began, pane) = (Moment::now(), self.session.pane());
        self.bureau.tmux(&["select-window", "-t", pane, ";", "select-pane", "-t", pane]);
        self.bureau.said("xdotool", &["windowactivate", &self.client.window.id.to_string()]);
        began
    }
}
