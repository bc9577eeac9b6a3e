//! Wayland without a screen: sway with foot in it, KWin with Konsole.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use peerwatch_terminal::{Capability, Jump, Seen};
use peerwatch_tests::desktop::{Desktop, Programs, Sway};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::process::{Running, descendants};
use peerwatch_tests::require;
use peerwatch_tests::require::{Missing, program};
use peerwatch_tests::scratch::Scratch;
use peerwatch_tests::turns::Turn;

use crate::SOON;

#[test]
fn a_window_of_sway_comes_to_the_front_from_another_workspace() {
    let foot = require!(program("foot"));
    let _turn = Turn::heavy();
    let scratch = Scratch::new();
    let sway = require!(Sway::start(&scratch));
    let open = || {
        let mut command = scratch.command(&foot);
        command.envs(sway.environment()).args(["sleep", "86400"]).stderr(Stdio::null());
        let running = Running::start("foot", &mut command);
        eventually("the window of foot", SOON, || (sway.focused() == Some(running.pid())).then_some(()));
        running
    };
    let first = open();
    sway.ask(&["workspace", "2"]);
    let second = open();
    for terminal in [&first, &second, &first] {
        let sleeper = descendants(terminal.pid()).remove(0).pid;
        let jumped = Jump::to(sleeper).with_token(Some("token-1".into())).go();
        assert_eq!(jumped.capability, Capability::ExactPane, "{}", jumped.sentence);
        assert_eq!(jumped.outcome.map(|done| done.seen), Ok(Seen::InFront));
        assert_eq!(sway.focused(), Some(terminal.pid()));
    }
}

/// Konsole draws through Qt, whose part for Wayland is a package of its own.
fn speaks_wayland() -> Result<(), Missing> {
    let listed = Command::new("sh").args(["-c", "ls /usr/lib/*/qt*/plugins/platforms"]).output().unwrap();
    match String::from_utf8_lossy(&listed.stdout).contains("libqwayland") {
        true => Ok(()),
        false => Err(Missing("Qt's plugin for Wayland (qtwayland5) is not installed".to_owned())),
    }
}

/// KWin, and what it prints.
struct Plasma {
    desktop: Desktop,
    scratch: Scratch,
    log: PathBuf,
    asked: Cell<u32>,
    _kwin: Running,
    _turn: Turn,
}

impl Plasma {
    fn begin() -> Result<Self, Missing> {
        let (programs, kwin) = (Programs::find()?, program("kwin_wayland")?);
        speaks_wayland()?;
        let turn = Turn::heavy();
        let scratch = Scratch::new();
        let desktop = Desktop::start(&scratch, &programs);
        // A copy lacks the capability that the installed one has, for which a container may refuse to run it.
        let copy = scratch.path("kwin_wayland");
        std::fs::copy(kwin, &copy).unwrap();
        let log = scratch.path("kwin.log");
        let mut command = scratch.command(&copy);
        command.args(["--virtual", "--no-lockscreen", "--socket", "wayland-7"]);
        command.env("KWIN_COMPOSE", "Q").env("QT_LOGGING_RULES", "js.debug=true");
        command.env("DBUS_SESSION_BUS_ADDRESS", desktop.bus.address());
        command.stdout(Stdio::null()).stderr(std::fs::File::create(&log).unwrap());
        let kwin = Running::start("kwin", &mut command);
        let plasma = Self { desktop, scratch, log, asked: Cell::new(0), _kwin: kwin, _turn: turn };
        eventually("KWin on the bus", SOON, || plasma.desktop.bus.owner_of("org.kde.KWin"));
        eventually("KWin's socket", SOON, || plasma.scratch.path("run/wayland-7").exists().then_some(()));
        Ok(plasma)
    }

    fn konsole(&self, konsole: &Path) -> Running {
        let mut command = self.scratch.command(konsole);
        command.args(["--nofork", "-e", "sleep", "86400"]).stderr(Stdio::null()).stdout(Stdio::null());
        command.env("WAYLAND_DISPLAY", "wayland-7").env("QT_QPA_PLATFORM", "wayland");
        command.env("XDG_CURRENT_DESKTOP", "KDE");
        command.env("DBUS_SESSION_BUS_ADDRESS", self.desktop.bus.address());
        let running = Running::start("konsole", &mut command);
        eventually("the window of Konsole", SOON, || (self.active() == running.pid()).then_some(()));
        running
    }

    /// The process whose window has the focus, as a script in KWin sees it, or 0.
    fn active(&self) -> u32 {
        let number = self.asked.replace(self.asked.get() + 1);
        let file = self.scratch.path(&format!("active-{number}.js"));
        let window = "(workspace.activeWindow || workspace.activeClient)";
        std::fs::write(&file, format!("print('ACTIVE {number} ' + ({window} ? {window}.pid : 0) + ';');\n"))
            .unwrap();
        let file = format!("string:{}", file.display());
        let loaded =
            self.ask("/Scripting", "kwin.Scripting.loadScript", &[&file, &format!("string:active-{number}")]);
        let script = loaded.trim().trim_start_matches("int32 ").to_owned();
        for object in [format!("/{script}"), format!("/Scripting/Script{script}")] {
            self.ask(&object, "kwin.Script.run", &[]);
        }
        let mark = format!("ACTIVE {number} ");
        // A KWin that is still starting takes a script and does not run it: whoever waits asks again.
        let deadline = Instant::now() + Duration::from_secs(1);
        while Instant::now() < deadline {
            let log = std::fs::read_to_string(&self.log).unwrap();
            let said = log.split_once(&mark).and_then(|(_, rest)| rest.split_once(';'));
            if let Some((pid, _)) = said {
                return pid.parse().unwrap();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        0
    }

    fn ask(&self, object: &str, method: &str, words: &[&str]) -> String {
        let mut command = self.scratch.command("/usr/bin/dbus-send");
        command.env("DBUS_SESSION_BUS_ADDRESS", self.desktop.bus.address()).stderr(Stdio::null());
        command.args(["--session", "--print-reply=literal", "--dest=org.kde.KWin", object]);
        let output = command.arg(format!("org.kde.{method}")).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn a_window_of_plasma_comes_to_the_front() {
    let konsole = require!(program("konsole"));
    require!(program("dbus-send"));
    let plasma = require!(Plasma::begin());
    let terminals = [plasma.konsole(&konsole), plasma.konsole(&konsole)];
    for terminal in terminals.iter().chain(&terminals) {
        let sleeper = descendants(terminal.pid()).remove(0).pid;
        let jumped = Jump::to(sleeper).go();
        assert_eq!(jumped.sentence, "jumps to tab 1 of Konsole");
        assert_eq!(jumped.outcome.map(|done| done.seen), Ok(Seen::Asked), "KWin tells nobody");
        eventually("the focus", SOON, || (plasma.active() == terminal.pid()).then_some(()));
    }
}
