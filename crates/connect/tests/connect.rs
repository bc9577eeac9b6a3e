//! Connecting and disconnecting with a stand-in for Claude Code, which goes wrong where the real one seldom does.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use expect_test::expect;
use peerwatch_connect::{
    Environment, Error, Place, Settings, State, Step, connect, disconnect, fence, plan, plan_to_disconnect,
    state, tidy,
};
use serde_json::{Value, json};

/// Says its version, writes down what it is asked, and changes the settings as the test has prepared it.
const STAND_IN: &str = r#"#!/bin/sh
config="${CLAUDE_CONFIG_DIR:-$HOME/.claude}"
if [ "$1" = --version ]; then cat "$HOME/version"; exit; fi
echo "${CLAUDE_CONFIG_DIR:-default}: $*" >> "$HOME/asked"
if [ -e "$HOME/fails" ]; then echo "no room left" >&2; exit 1; fi
case "$2" in
install) cp "$config/installed" "$config/settings.json" ;;
uninstall) cp "$config/uninstalled" "$config/settings.json" ;;
esac
"#;
const USERS: &str = "{ \"model\": \"opus\",\n  \"n\": 1.50 }\n";

struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Self {
        let home = Self { folder: tempfile::tempdir().unwrap() };
        home.program("bin/claude", STAND_IN);
        home.program("opt/peerwatch", "peerwatch");
        home.program("opt/peerwatch-hook", "hook");
        fs::write(home.path("version"), "2.1.330 (Claude Code)\n").unwrap();
        home
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// A configuration folder with these settings.
    fn place(&self, config: &str, settings: &str) -> Place {
        fs::create_dir_all(self.path(config)).unwrap();
        let search = format!("{}:/usr/bin:/bin", self.path("bin").display());
        let place = Place {
            own: self.path("own"),
            config: self.path(config),
            home: self.path(""),
            claude: None,
            program: self.path("opt/peerwatch"),
            hook: self.path("opt/peerwatch-hook"),
            socket: self.path("run/engine.sock"),
            environment: Environment::Only(vec![
                ("HOME".into(), self.path("").into()),
                ("PATH".into(), search.into()),
            ]),
        };
        write(&place, "settings.json", settings);
        let value = serde_json::from_str(settings).ok().filter(Value::is_object);
        prepare(&place, &value.unwrap_or_else(|| json!({})));
        place
    }

    fn asked(&self) -> String {
        let text = fs::read_to_string(self.path("asked")).unwrap_or_default();
        self.plain(&text)
    }

    fn plain(&self, text: &str) -> String {
        text.replace(&self.folder.path().display().to_string(), "~")
    }
}

fn write(place: &Place, name: &str, text: &str) {
    fs::write(place.config.join(name), text).unwrap();
}

fn settings(place: &Place) -> String {
    fs::read_to_string(place.config.join("settings.json")).unwrap()
}

/// What the stand-in makes of the settings: everything anew, our keys in it, or empty objects where they were.
fn prepare(place: &Place, users: &Value) {
    let mut with = users.clone();
    let source = json!({"source": {"source": "directory", "path": place.own.join("plugin")}});
    with["extraKnownMarketplaces"]["peerwatch"] = source;
    with["enabledPlugins"]["peerwatch@peerwatch"] = true.into();
    write(place, "installed", &format!("{with:#}\n"));
    for (outer, inner) in [("extraKnownMarketplaces", "peerwatch"), ("enabledPlugins", "peerwatch@peerwatch")]
    {
        with[outer].as_object_mut().unwrap().remove(inner);
    }
    write(place, "uninstalled", &format!("{with:#}\n"));
}

fn shown(home: &Home, steps: &[Step]) -> String {
    home.plain(&steps.iter().map(|step| format!("{step}\n")).collect::<String>())
}

fn moved(place: &Place) -> String {
    match state(place) {
        State::Moved { what } => what,
        other => panic!("{other:?}"),
    }
}

fn connected(place: &Place) -> bool {
    matches!(state(place), State::Connected)
}

#[test]
fn what_will_be_done_is_said_before() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    expect![[r#"
        Write ~/own/plugin/.claude-plugin/plugin.json
        Write ~/own/plugin/.claude-plugin/marketplace.json
        Write ~/own/plugin/hooks/hooks.json
        Write ~/own/plugin/.mcp.json
        Write ~/own/plugin/program/peerwatch-hook
        Write ~/own/connected.json
        Run claude plugin marketplace add ~/own/plugin --scope user
        Run claude plugin install peerwatch@peerwatch --scope user
        In ~/.claude/settings.json, add extraKnownMarketplaces → peerwatch and enabledPlugins → peerwatch@peerwatch; nothing else in it changes
    "#]]
    .assert_eq(&shown(&home, &plan(&place).unwrap()));
    assert!(!place.own.exists() && home.asked().is_empty(), "a plan does nothing");

    let (planned, mut told) = (plan(&place).unwrap(), Vec::new());
    let report = connect(&place, |step| told.push(step.clone())).unwrap();
    assert_eq!((&told, &report.steps), (&planned, &told));
    expect![[r#"
        Run claude plugin uninstall peerwatch@peerwatch --scope user
        Run claude plugin marketplace remove peerwatch --scope user
        In ~/.claude/settings.json, take out extraKnownMarketplaces → peerwatch and enabledPlugins → peerwatch@peerwatch; nothing else in it changes
        Remove ~/own/plugin
        Remove ~/own/connected.json
    "#]]
    .assert_eq(&shown(&home, &plan_to_disconnect(&place).unwrap()));
    let steps = plan_to_disconnect(&place).unwrap();
    assert_eq!(disconnect(&place, |_| {}).unwrap().steps, steps);
    assert_eq!(settings(&place), USERS);
    assert_eq!(fs::read_dir(&place.own).unwrap().count(), 0);
    expect![[r#"
        default: plugin marketplace add ~/own/plugin --scope user
        default: plugin install peerwatch@peerwatch --scope user
        default: plugin uninstall peerwatch@peerwatch --scope user
        default: plugin marketplace remove peerwatch --scope user
    "#]]
    .assert_eq(&home.asked());
}

#[test]
fn the_plugins_files_name_the_programs_and_the_socket() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    connect(&place, |_| {}).unwrap();
    let read = |name: &str| home.plain(&fs::read_to_string(place.own.join("plugin").join(name)).unwrap());
    expect![[r#"
        {
          "mcpServers": {
            "peerwatch": {
              "args": [
                "mcp"
              ],
              "command": "~/opt/peerwatch",
              "env": {},
              "type": "stdio"
            }
          }
        }
    "#]]
    .assert_eq(&read(".mcp.json"));
    let hooks: Value = serde_json::from_str(&read("hooks/hooks.json")).unwrap();
    let events: Vec<&String> = hooks["hooks"].as_object().unwrap().keys().collect();
    assert_eq!(
        events,
        [
            "PermissionRequest",
            "PreToolUse",
            "SessionEnd",
            "SessionStart",
            "Stop",
            "StopFailure",
            "UserPromptSubmit"
        ]
    );
    let hook = "~/own/plugin/program/peerwatch-hook";
    let stop =
        json!({"type": "command", "command": hook, "args": ["Stop", "~/run/engine.sock"], "timeout": 5});
    assert_eq!(hooks["hooks"]["Stop"][0]["hooks"][0], stop);
    assert_eq!(hooks["hooks"]["SessionEnd"][0]["hooks"][0]["async"], true);
    assert_eq!(hooks["hooks"]["Stop"][0]["hooks"][1]["asyncRewake"], true);
    let fence = &hooks["hooks"]["PreToolUse"][0];
    expect!["Edit|Write|MultiEdit|NotebookEdit|Bash|PowerShell|Monitor"]
        .assert_eq(fence["matcher"].as_str().unwrap());
    // Only a hook that is waited for can refuse anything.
    let before = json!({"type": "command", "command": hook, "args": ["PreToolUse", "~/run/engine.sock"], "timeout": 5});
    assert_eq!(fence["hooks"], json!([before]));
    let copy = fs::metadata(place.own.join("plugin/program/peerwatch-hook")).unwrap();
    assert_eq!(copy.permissions().mode() & 0o777, 0o755);
}

#[test]
fn what_has_moved_is_said_and_repaired_by_connecting_again() {
    let home = Home::new();
    let mut place = home.place(".claude", USERS);
    assert!(matches!(state(&place), State::NotConnected));
    connect(&place, |_| {}).unwrap();
    assert!(connected(&place));
    let first = settings(&place);

    home.program("new/peerwatch", "peerwatch");
    fs::remove_file(&place.program).unwrap();
    assert_eq!(home.plain(&moved(&place)), "~/opt/peerwatch is missing");
    place.program = home.path("new/peerwatch");
    assert_eq!(home.plain(&moved(&place)), "~/own/plugin/.mcp.json is of another version or place");
    connect(&place, |_| {}).unwrap();
    assert!(connected(&place));

    home.program("opt/peerwatch-hook", "a newer hook");
    assert_eq!(home.plain(&moved(&place)), "~/own/plugin/program/peerwatch-hook is of another version");
    connect(&place, |_| {}).unwrap();
    assert!(connected(&place));
    assert_eq!(settings(&place), first, "repairs change nothing in the settings");

    write(
        &place,
        "settings.json",
        &first.replace("peerwatch@peerwatch\":true", "peerwatch@peerwatch\":false"),
    );
    assert!(matches!(state(&place), State::SwitchedOff), "{:?}: {first}", state(&place));
    disconnect(&place, |_| {}).unwrap();
    assert_eq!(settings(&place), USERS);
}

#[test]
fn an_older_plugin_is_noticed_and_only_what_is_old_in_it_is_written() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    connect(&place, |_| {}).unwrap();
    let path = |name: &str| place.own.join("plugin").join(name);
    let change = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut value = serde_json::from_str(&fs::read_to_string(path(name)).unwrap()).unwrap();
        change(&mut value);
        fs::write(path(name), format!("{value:#}\n")).unwrap();
    };
    change("hooks/hooks.json", &|hooks| drop(hooks["hooks"].as_object_mut().unwrap().remove("PreToolUse")));
    assert_eq!(home.plain(&moved(&place)), "~/own/plugin/hooks/hooks.json is of another version or place");
    change(".claude-plugin/plugin.json", &|manifest| manifest["version"] = "0.0.9".into());
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(moved(&place), format!("the plugin is that of Peerwatch 0.0.9, and this is {version}"));

    let steps = plan(&place).unwrap();
    expect![[r#"
        Write ~/own/plugin/.claude-plugin/plugin.json
        Write ~/own/plugin/hooks/hooks.json
        Write ~/own/connected.json
        Run claude plugin marketplace add ~/own/plugin --scope user
        Run claude plugin install peerwatch@peerwatch --scope user
        In ~/.claude/settings.json, add extraKnownMarketplaces → peerwatch and enabledPlugins → peerwatch@peerwatch; nothing else in it changes
    "#]]
    .assert_eq(&shown(&home, &steps));
    assert_eq!(connect(&place, |_| {}).unwrap().steps, steps);
    assert!(connected(&place));
    disconnect(&place, |_| {}).unwrap();
    assert_eq!(settings(&place), USERS);
}

#[test]
fn without_a_claude_that_will_do_nothing_is_begun() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    fs::write(home.path("version"), "2.1.99 (Claude Code)\n").unwrap();
    let refused = connect(&place, |_| {}).unwrap_err().to_string();
    expect!["Claude Code 2.1.99 is too old: 2.1.224 or newer is needed. Run `claude update`"]
        .assert_eq(&refused);
    assert!(matches!(state(&place), State::Hindered(Error::TooOld { .. })));
    fs::remove_file(home.path("bin/claude")).unwrap();
    let refused = connect(&place, |_| {}).unwrap_err().to_string();
    expect!["Claude Code was not found: neither on the PATH nor in ~/.local/bin. Install it, or name its program: `peerwatch connect claude --program PATH`"].assert_eq(&refused);
    assert!(!place.own.exists());
    assert_eq!(settings(&place), USERS);
}

#[test]
fn settings_that_cannot_be_used_are_not_touched() {
    let home = Home::new();
    for broken in ["{\"model\": ", "{ // mine\n \"model\": 1 }", "[]"] {
        let place = home.place(".claude", broken);
        for refused in [connect(&place, |_| {}), disconnect(&place, |_| {})] {
            assert!(matches!(refused, Err(Error::Settings { .. })), "{refused:?}");
        }
        assert_eq!(settings(&place), broken);
        assert!(!place.own.exists() && home.asked().is_empty());
    }
    let foreign =
        r#"{"extraKnownMarketplaces": {"peerwatch": {"source": {"source": "github", "repo": "a/b"}}}}"#;
    let place = home.place(".claude", foreign);
    assert!(matches!(connect(&place, |_| {}), Err(Error::NameTaken { .. })));
    assert_eq!(settings(&place), foreign);
}

#[test]
fn a_command_that_fails_says_why_and_leaves_something_to_undo() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    fs::write(home.path("fails"), "").unwrap();
    let failed = home.plain(&connect(&place, |_| {}).unwrap_err().to_string());
    expect!["`claude plugin marketplace add ~/own/plugin --scope user` failed: no room left"]
        .assert_eq(&failed);
    let report = disconnect(&place, |_| {}).unwrap();
    assert_eq!(report.notes.len(), 2, "both commands failed again: {:?}", report.notes);
    assert_eq!(settings(&place), USERS);
    assert!(!place.own.join("plugin").exists());
}

#[test]
fn a_change_in_the_meantime_is_kept_and_said() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    prepare(&place, &json!({"model": "haiku", "n": 1.5}));
    let report = connect(&place, |_| {}).unwrap();
    assert!(matches!(report.settings, Settings::Left { .. }), "{:?}", report.settings);
    let value: Value = serde_json::from_str(&settings(&place)).unwrap();
    assert_eq!(value["model"], "haiku");
    let report = disconnect(&place, |_| {}).unwrap();
    assert_eq!(report.settings, Settings::Kept);
    expect![[r#"
        {
          "model": "haiku",
          "n": 1.5
        }
    "#]]
    .assert_eq(&settings(&place));
}

#[test]
fn several_configuration_folders_share_the_plugin() {
    let home = Home::new();
    let [one, two] = [".claude", "work/.claude"].map(|config| home.place(config, USERS));
    connect(&one, |_| {}).unwrap();
    connect(&two, |_| {}).unwrap();
    assert!(home.asked().contains("\n~/work/.claude: plugin install"), "{}", home.asked());
    disconnect(&one, |_| {}).unwrap();
    assert!(connected(&two) && matches!(state(&one), State::NotConnected));
    disconnect(&two, |_| {}).unwrap();
    assert!(!one.own.join("plugin").exists());
    assert_eq!([settings(&one), settings(&two)], [USERS, USERS]);
}

#[test]
fn fences_go_with_the_last_connection() {
    let home = Home::new();
    let [one, two] = [".claude", "work/.claude"].map(|config| home.place(config, USERS));
    connect(&one, |_| {}).unwrap();
    connect(&two, |_| {}).unwrap();
    let fence = fence::Fence {
        holder: fence::Holder { pid: 1, started: None, session_id: "s-1".into() },
        whom: fence::Whom::Own,
        task: "12".into(),
        epoch: Some(1),
        subject: "Write the parser".into(),
        by: None,
        at: 0,
        why: "a person said so".into(),
    };
    fence::raise(&home.path("run"), &fence).unwrap();
    let standing = || fence::standing(&home.path("run")).len();
    disconnect(&one, |_| {}).unwrap();
    assert_eq!(standing(), 1);
    let steps = plan_to_disconnect(&two).unwrap();
    assert!(steps.contains(&Step::Remove(home.path("run/fences"))), "{steps:?}");
    assert_eq!(disconnect(&two, |_| {}).unwrap().steps, steps);
    assert_eq!(standing(), 0);
    assert_eq!(fs::read_dir(home.path("run")).unwrap().count(), 0);
}

#[test]
fn the_folder_stays_for_a_session_that_runs_and_goes_after_it() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    connect(&place, |_| {}).unwrap();
    let entry = place.config.join(format!("sessions/{}.json", std::process::id()));
    fs::create_dir_all(entry.parent().unwrap()).unwrap();
    fs::write(&entry, "{}").unwrap();
    let steps = plan_to_disconnect(&place).unwrap();
    let report = disconnect(&place, |_| {}).unwrap();
    assert_eq!(report.steps, steps);
    assert!(report.notes.iter().any(|note| note.contains("stays for the sessions")), "{:?}", report.notes);
    assert_eq!(settings(&place), USERS);
    let there = |path: &Path| path.join("plugin/program/peerwatch-hook").exists();
    tidy(&place.own).unwrap();
    assert!(there(&place.own) && matches!(state(&place), State::NotConnected));
    fs::remove_file(&entry).unwrap();
    tidy(&place.own).unwrap();
    assert_eq!(fs::read_dir(&place.own).unwrap().count(), 0);
}

#[test]
fn who_removed_the_plugin_alone_is_left_with_nothing_of_ours() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    connect(&place, |_| {}).unwrap();
    write(
        &place,
        "settings.json",
        "{\"model\": \"opus\", \"enabledPlugins\": {}, \"extraKnownMarketplaces\": {}}",
    );
    prepare(&place, &json!({"model": "opus"}));
    disconnect(&place, |_| {}).unwrap();
    assert_eq!(settings(&place), "{\"model\": \"opus\"}");
    let report = disconnect(&place, |_| {}).unwrap();
    assert_eq!((report.steps.len(), report.notes.len()), (0, 1));
}

#[test]
fn without_claude_code_our_keys_are_taken_out_all_the_same() {
    let home = Home::new();
    let place = home.place(".claude", USERS);
    connect(&place, |_| {}).unwrap();
    fs::remove_file(home.path("bin/claude")).unwrap();
    let report = disconnect(&place, |_| {}).unwrap();
    assert_eq!(settings(&place), USERS);
    assert!(report.notes.iter().any(|note| note.contains("was not found")), "{:?}", report.notes);
}
