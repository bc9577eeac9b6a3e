//! The engine without a screen, and everything that talks to it.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::time::Duration;

use peerwatch_demo::{Demo, Scene};
use peerwatch_wire::{DoctorView, Event, Presence};

use crate::home::{Home, Running, line_with};

fn json(said: &crate::home::Said) -> serde_json::Value {
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err))
}

/// An engine that keeps watch over a demonstration.
fn watched(home: &Home, demo: &Demo, more: &[&str]) -> Running {
    let (claude, db) = (demo.claude_config().to_str().unwrap(), demo.database().to_str().unwrap());
    let engine = home.start(&[&["run", "--claude-config", claude, "--db", db], more].concat());
    line_with(&engine.err, "keeps watch");
    engine
}

fn demo(home: &Home) -> Demo {
    let mut demo = Demo::new(&home.path().join("demo")).unwrap();
    demo.advance_to(Duration::from_secs(50)).unwrap();
    demo
}

#[test]
fn one_engine_runs_and_the_second_learns_whose_it_is() {
    let home = Home::new();
    let demo = demo(&home);
    let mut engine = watched(&home, &demo, &[]);
    let second = home.run(&["run"]);
    assert_eq!(second.code, 3);
    assert!(second.err.contains(&format!("(pid {})", engine.child.id())), "{}", second.err);

    let status = home.run(&[]);
    assert_eq!((status.code, status.err.as_str()), (0, ""), "the engine is asked, so nothing is to be said");
    assert!(status.out.contains("billing"), "{}", status.out);
    let doctor: DoctorView = serde_json::from_str(&home.run(&["doctor", "--json"]).out).unwrap();
    assert!(doctor.engine.running && doctor.workers >= 9);
    assert!(doctor.paths.iter().any(|path| path.kind == "socket" && path.exists));

    assert_eq!(home.run(&["stop"]).code, 0);
    assert_eq!(engine.code(), Some(0));
    let after = home.run(&["stop"]);
    assert_eq!(after.code, 3);
    assert!(after.err.contains("no engine is running"), "{}", after.err);
}

#[cfg(unix)]
#[test]
fn it_ends_in_order_when_it_is_asked_to() {
    for signal in ["-TERM", "-INT"] {
        let home = Home::new();
        let demo = demo(&home);
        let mut engine = watched(&home, &demo, &[]);
        engine.signal(signal);
        assert_eq!(engine.code(), Some(0), "{signal}");
        let status = home.run(&["status"]);
        assert!(status.err.contains("No engine is running"), "{}", status.err);
    }
}

#[test]
fn each_event_is_a_line_at_once() {
    let home = Home::new();
    let mut demo = demo(&home);
    let engine = watched(&home, &demo, &[]);
    let watch = home.start(&["watch", "--json"]);
    // Somebody begins to wait every few minutes; the first that is heard of will do.
    let mut at = Duration::from_secs(50);
    let mut waits = None;
    while waits.is_none() {
        at += Duration::from_secs(5);
        assert!(at < Demo::length(), "nobody was heard of");
        demo.advance_to(at).unwrap();
        while let Ok(line) = watch.out.recv_timeout(Duration::from_millis(300)) {
            let event: Event = serde_json::from_str(&line).unwrap();
            let Event::Presence { name, presence, .. } = event else { continue };
            waits = waits.or((presence == Presence::WaitingForYou).then_some(name));
        }
    }
    // In words, from the engine itself.
    let said = waits.map(|name| format!("{name} ")).unwrap();
    assert!(line_with(&engine.out, "waiting: ").contains(&said));
}

#[test]
fn notifications_are_paused_and_muted_and_alerts_dismissed() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Busy, None).unwrap();
    let _engine = watched(&home, &demo, &["--json"]);
    let seen = (0..200).any(|_| home.run(&[]).out.contains("waiting: question"));
    assert!(seen, "{}", home.run(&[]).out);
    assert_eq!(home.run(&["pause", "15m"]).out, "No notifications for 15 min.\n");
    assert!(home.run(&[]).out.contains("Notifications are paused until"));
    assert_eq!(home.run(&["pause", "0"]).out, "Notifications are shown again.\n");
    assert_eq!(home.run(&["mute", "api", "2h"]).out, "No notifications about api for 2 h.\n");
    assert!(home.run(&["show", "api"]).out.contains("muted       until"));
    mutes_of_folders(&home);
    quiet_hours(&home);
    assert_eq!(home.run(&["snooze", "web"]).code, 0);
    let fenced = || json(&home.run(&["show", "api", "--json"]))["worker"]["fenced"].clone();
    let fence = home.run(&["fence", "api"]);
    assert_eq!((fence.code, fenced()), (0, true.into()), "{}", fence.err);
    assert_eq!(home.run(&["fence", "api", "--off"]).out, "Edits of api are no longer refused.\n");
    assert_eq!(fenced(), false);
    let fine = home.run(&["fine", "nobody"]);
    assert_eq!(fine.code, 2, "{}", fine.out);
    let dismissed = home.run(&["dismiss", "infra"]);
    assert_eq!(dismissed.code, 0, "{}", dismissed.err);
    let again = home.run(&["dismiss", "infra"]);
    assert_eq!(again.code, 2, "{}", again.out);
    assert!(again.err.contains("these stand:"), "{}", again.err);
}

fn mutes_of_folders(home: &Home) {
    let cwd = json(&home.run(&["show", "api", "--json"]))["worker"]["cwd"].as_str().unwrap().to_owned();
    let muted = home.run(&["mute", &format!("{cwd}/"), "always"]);
    assert_eq!(muted.out, format!("No notifications about workers in {cwd} any more.\n"), "{}", muted.err);
    assert!(home.run(&["show", "api"]).out.contains("muted       always"));
    let unmuted = home.run(&["mute", "api", "0"]);
    assert!(
        unmuted.out.contains(&format!("muted with its folder: peerwatch mute {cwd} 0")),
        "{}",
        unmuted.out
    );
    assert_eq!(
        home.run(&["mute", &cwd, "0"]).out,
        format!("Notifications about workers in {cwd} are shown again.\n")
    );
    assert!(!home.run(&["show", "api"]).out.contains("muted"));
    let nobody = home.run(&["mute", "nobody"]);
    assert_eq!(nobody.code, 2, "{}", nobody.out);
}

fn quiet_hours(home: &Home) {
    // Whatever the hour is: one of the two spans is now.
    let said = ["00:00-23:59", "23:59-00:00"].map(|hours| {
        let set = home.run(&["pause", "--daily", hours]);
        assert_eq!(set.code, 0, "{}", set.err);
        home.run(&[]).out.contains("Quiet hours until ")
    });
    assert_eq!(said.iter().filter(|said| **said).count(), 1, "{said:?}");
    let wrong = home.run(&["pause", "--daily", "at night"]);
    assert_eq!(wrong.code, 3, "{}", wrong.out);
    assert!(wrong.err.contains("write them as 22:00-08:00"), "{}", wrong.err);
    assert_eq!(home.run(&["pause", "--daily", "off"]).out, "There are no quiet hours any more.\n");
    assert!(!home.run(&[]).out.contains("Quiet hours"));
}

#[test]
fn what_holds_for_one_conversation_is_said_and_set() {
    let home = Home::new();
    let demo = demo(&home);
    let alone = home.run(&["conversations", "backend", "--recover", "on"]);
    assert_eq!(alone.code, 3, "{}", alone.out);
    assert!(alone.err.contains("no engine is running"), "{}", alone.err);
    let _engine = watched(&home, &demo, &[]);
    let id = json(&home.run(&["conversations", "--json"]))
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["source"] == "bridge")
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .unwrap();
    let asked = |more: &[&str]| home.run(&[&["conversations", &id], more].concat());
    let said = asked(&[]);
    let usual = "  messages    you are told only, as usual\n  lost tasks  left to you, as usual\n  heartbeats  not written\n";
    assert_eq!((said.code, said.out.split_once('\n').unwrap().1), (0, usual), "{}", said.err);
    let set = asked(&["--recover", "on", "--deliver", "next-turn", "--json"]);
    assert_eq!(
        json(&set),
        serde_json::json!({ "conversation": id, "deliver": "next_turn", "heartbeats": false, "recover": true })
    );
    let said = asked(&["--heartbeats", "on"]).out;
    assert!(said.contains("  lost tasks  reassigned by itself\n  heartbeats  written for workers"), "{said}");
    let back = asked(&["--recover", "usual", "--deliver", "usual", "--heartbeats", "off"]);
    assert_eq!(back.out.split_once('\n').unwrap().1, usual, "{}", back.err);
    let written = std::fs::read_to_string(home.path().join(".config/peerwatch/config.toml")).unwrap();
    assert!(!written.contains("conversations"), "{written}");
    let transcript = home.run(&["conversations", "api"]);
    assert_eq!(transcript.code, 2, "{}", transcript.out);
    assert!(transcript.err.contains("“api” is no conversation of a bridge"), "{}", transcript.err);
    assert_eq!(home.run(&["conversations", "--recover", "on"]).code, 2, "of which?");
}

#[test]
fn a_pipe_that_closes_early_ends_quietly() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Fifty, None).unwrap();
    let claude = demo.claude_config().to_str().unwrap();
    let mut child = home
        .command(&["--claude-config", claude, "status", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::with_capacity(1, child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "{\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn the_demonstration_plays_into_a_pipe() {
    let home = Home::new();
    let said = home.run(&["demo", "--speed", "300", "--json"]);
    assert_eq!(said.code, 0, "{}", said.err);
    let events: Vec<Event> = said.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let messages = events.iter().filter(|event| matches!(event, Event::Message { .. })).count();
    assert!(messages >= 7, "the two sides of the bridge talk: {messages}");
    let gone = |event: &&Event| matches!(event, Event::Presence { name, presence: Presence::Gone, .. } if name == "billing");
    assert!(events.iter().any(|event| gone(&event)), "billing is killed");
    let left = home.path().join("x");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("mine"), "").unwrap();
    assert_eq!(
        home.run(&["demo", "--dir", left.to_str().unwrap()]).code,
        2,
        "a folder with files is not touched"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn the_demonstration_has_real_processes_and_leaves_none_behind() {
    let home = Home::new();
    let dir = home.path().join("demo");
    let mut demo = home.start(&["demo", "--scene", "busy", "--play-only", "--dir", dir.to_str().unwrap()]);
    line_with(&demo.err, "watch");
    let parent = demo.child.id().to_string();
    let sessions = children(&parent);
    assert_eq!(sessions.len(), 9, "ten sessions, and one was killed");
    let tools: Vec<String> =
        sessions.iter().flat_map(|(pid, _)| children(pid)).map(|(_, line)| line).collect();
    assert!(tools.contains(&"npm run import -- --full".to_string()), "{tools:?}");
    demo.child.kill().unwrap();
    demo.code();
    for (pid, line) in sessions {
        let ended = (0..100).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            std::fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| line.is_empty())
                || !std::path::Path::new(&format!("/proc/{pid}")).exists()
        });
        assert!(ended, "{line} outlives a killed demonstration");
    }
}

/// The children of a process, with their command lines.
#[cfg(target_os = "linux")]
fn children(parent: &str) -> Vec<(String, String)> {
    let said =
        std::process::Command::new("ps").args(["--ppid", parent, "-o", "pid=,args="]).output().unwrap();
    String::from_utf8(said.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| line.trim().split_once(' '))
        .map(|(pid, line)| (pid.into(), line.trim().into()))
        .collect()
}
