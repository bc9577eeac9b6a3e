//! Terminals with tabs of their own.

use std::process::Stdio;

use peerwatch_terminal::{Capability, Jump, Seen};
use peerwatch_tests::ledger::eventually;
use peerwatch_tests::process::Running;
use peerwatch_tests::require;
use peerwatch_tests::require::program;
use serde_json::Value;

use crate::SOON;
use crate::room::Room;

#[test]
fn a_window_of_kitty_comes_to_the_front() {
    let mut room = require!(Room::begin());
    let kitty = require!(program("kitty"));
    let socket = format!("unix:{}", room.scratch.path("kitty.sock").display());
    let mut command = room.command(&kitty);
    command.args(["--config", "NONE", "-o", "allow_remote_control=yes", "-o", "update_check_interval=0"]);
    command.args(["--listen-on", &socket, "sleep", "86400"]).stderr(Stdio::null()).stdout(Stdio::null());
    let owner = room.terminal("kitty", &mut command);
    let first = room.below(owner, "sleep");
    let launch = ["@", "--to", &socket, "launch", "--type=tab", "sleep", "86401"];
    assert!(room.command(&kitty).args(launch).stdout(Stdio::null()).status().unwrap().success());
    room.xterm(&["sleep", "86400"]);
    let jumped = Jump::to(first).go();
    assert_eq!(jumped.sentence, "jumps to window 1 of kitty");
    assert_eq!(jumped.outcome.map(|done| done.seen), Ok(Seen::InFront));
    assert_eq!(room.active(), owner);
    let listed = room.said("kitty", &["@", "--to", &socket, "ls"]);
    let listed: Value = serde_json::from_str(&listed).unwrap();
    // Its versions call it differently.
    let tab = &listed[0]["tabs"][0];
    assert!(tab["is_active"] == true || tab["is_active_tab"] == true, "{listed:#}");
}

#[test]
fn a_tab_of_konsole_comes_to_the_front_also_from_another_window() {
    let mut room = require!(Room::begin());
    let konsole = require!(program("konsole"));
    let mut command = room.command(&konsole);
    command.args(["--nofork", "-e", "sleep", "86400"]).stderr(Stdio::null()).stdout(Stdio::null());
    let owner = room.terminal("konsole", &mut command);
    let first = room.below(owner, "sleep");
    // A process has its new name a moment before its environment.
    let name = eventually("the name of Konsole on the bus", SOON, || {
        let environment = std::fs::read_to_string(format!("/proc/{first}/environ")).ok()?;
        environment.split('\0').find_map(|word| word.strip_prefix("KONSOLE_DBUS_SERVICE=")).map(str::to_owned)
    });
    let dbus = require!(program("dbus-send"));
    let ask = |room: &Room, path: &str, method: &str| {
        let (to, call) = (format!("--dest={name}"), format!("org.kde.konsole.Window.{method}"));
        let words = ["--session", "--print-reply=literal", &to, path, &call];
        let output = room.command(&dbus).args(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    ask(&room, "/Windows/1", "newSession");
    assert_eq!(ask(&room, "/Windows/1", "currentSession"), "int32 2");
    room.xterm(&["sleep", "86400"]);
    let jumped = Jump::to(first).go();
    assert_eq!(jumped.sentence, "jumps to tab 1 of Konsole");
    assert_eq!(jumped.outcome.map(|done| done.seen), Ok(Seen::InFront));
    assert_eq!(room.active(), owner);
    assert_eq!(ask(&room, "/Windows/1", "currentSession"), "int32 1");
}

/// The way to a tab is the terminal's search, which a person may switch off; it is off unless they switch it on.
#[test]
fn a_tab_of_gnome_terminal_comes_to_the_front_where_its_search_is_on() {
    for is_on in [true, false] {
        let mut room = require!(Room::begin());
        let client = require!(program("gnome-terminal"));
        let settings = room.scratch.path("home/.config/glib-2.0/settings");
        std::fs::create_dir_all(&settings).unwrap();
        let text = format!("[org/gnome/terminal/legacy]\nshell-integration-enabled={is_on}\n");
        std::fs::write(settings.join("keyfile"), text).unwrap();
        let settings = [("GSETTINGS_BACKEND", "keyfile"), ("LC_ALL", "C.UTF-8")];
        let mut server = room.command("/usr/libexec/gnome-terminal-server");
        server.envs(settings).stderr(Stdio::null());
        let server = Running::start("gnome-terminal-server", &mut server);
        eventually("GNOME Terminal on the bus", SOON, || room.desktop.bus.owner_of("org.gnome.Terminal"));
        for words in [["--window", "--"], ["--tab", "--"]] {
            let mut open = room.command(&client);
            open.envs(settings).args(words).args(["sleep", "86400"]);
            assert!(open.status().unwrap().success());
            eventually("its window", SOON, || (room.active() == server.pid()).then_some(()));
        }
        let first = room.below(server.pid(), "sleep");
        room.xterm(&["sleep", "86400"]);
        let jumped = Jump::to(first).go();
        match is_on {
            true => assert_eq!(jumped.sentence, "jumps to its tab of GNOME Terminal"),
            false => assert_eq!(jumped.capability, Capability::WindowOnly, "{}", jumped.sentence),
        }
        assert!(jumped.outcome.is_ok(), "{jumped:?}");
        // It asks for the focus by itself too, a moment later.
        eventually("the focus", SOON, || (room.active() == server.pid()).then_some(()));
    }
}
