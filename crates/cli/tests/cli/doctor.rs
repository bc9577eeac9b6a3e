//! What `peerwatch doctor` says of the desktop and of the plugin: a session bus of the test's own, on which a panel and a
//! notification program come and go.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use peerwatch_demo::{Demo, Scene};
use peerwatch_wire::{ConnectionView, DoctorView};
use tokio::runtime::Runtime;
use zbus::connection::{Builder, Connection};

use crate::home::Home;

/// A session bus that lives as long as its test.
struct Bus {
    daemon: Child,
    address: String,
    runtime: Runtime,
}

impl Bus {
    fn start(home: &Home) -> Self {
        let (socket, config) = (home.path().join("bus"), home.path().join("bus.conf"));
        let text = format!(
            "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\" \
             \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\
             <busconfig><type>session</type><listen>unix:path={}</listen><auth>EXTERNAL</auth>\
             <policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/>\
             <allow eavesdrop=\"true\"/><allow own=\"*\"/></policy></busconfig>",
            socket.display()
        );
        std::fs::write(&config, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address=1"])
            .env_clear()
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("dbus-daemon should start; install the package dbus: {error}"));
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Self { daemon, address: address.trim().to_owned(), runtime: runtime.unwrap() }
    }

    /// Somebody on the bus; gone when it is dropped.
    fn with(&self, object: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Connection {
        let building = async { object(Builder::address(self.address.as_str())).build().await };
        self.runtime.block_on(building).unwrap()
    }

    /// The line of this kind, asked on a desktop of this name.
    fn line(&self, home: &Home, demo: &Demo, desktop: &str, kind: &str) -> ConnectionView {
        let told = [("DBUS_SESSION_BUS_ADDRESS", self.address.as_str()), ("XDG_CURRENT_DESKTOP", desktop)];
        line(&examine(home, demo, &told), kind).unwrap()
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ended_before = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

struct Watcher {
    has_host: bool,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        self.has_host
    }
}

struct Server {
    capabilities: &'static [&'static str],
    inhibited: bool,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    fn get_capabilities(&self) -> Vec<String> {
        self.capabilities.iter().map(ToString::to_string).collect()
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        ["plain", "nobody", "3.1", "1.2"].map(str::to_owned).into()
    }

    #[zbus(property)]
    fn inhibited(&self) -> bool {
        self.inhibited
    }
}

fn examine(home: &Home, demo: &Demo, told: &[(&str, &str)]) -> DoctorView {
    let args = ["--claude-config", demo.claude_config().to_str().unwrap(), "doctor", "--json"];
    let said = home.run_with(&args, told);
    serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}{}", said.out, said.err))
}

fn line(doctor: &DoctorView, kind: &str) -> Option<ConnectionView> {
    doctor.connections.iter().find(|it| it.kind == kind).cloned()
}

#[test]
fn a_machine_without_a_desktop_is_told_nothing_of_one() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Calm, None).unwrap();
    let doctor = examine(&home, &demo, &[]);
    assert_eq!((line(&doctor, "Tray"), line(&doctor, "Notifications")), (None, None));
    assert!(doctor.healthy, "{doctor:?}");
}

#[test]
fn a_panel_that_shows_tray_icons_is_seen_and_what_would_bring_one_is_told() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Calm, None).unwrap();
    let bus = Bus::start(&home);
    let tray = |desktop: &str| bus.line(&home, &demo, desktop, "Tray");
    let on_gnome = tray("ubuntu:GNOME");
    assert_eq!((on_gnome.connected, on_gnome.summary.as_str()), (false, "no panel here shows tray icons"));
    assert!(on_gnome.remedy.unwrap().contains("gnome-shell-extension-appindicator"));
    assert!(tray("sway").remedy.unwrap().contains("Waybar"));
    assert!(tray("XFCE").remedy.unwrap().contains("notification area"));

    let watcher = |has_host| {
        bus.with(|it| {
            it.serve_at("/StatusNotifierWatcher", Watcher { has_host }).name("org.kde.StatusNotifierWatcher")
        })
    };
    let without_a_host = watcher(false);
    let hidden = tray("XFCE");
    assert!(!hidden.connected && hidden.summary.contains("no panel shows them"), "{hidden:?}");
    drop(without_a_host);

    let _panel = watcher(true);
    let shown = tray("XFCE");
    assert_eq!((shown.connected, shown.remedy), (true, None));
    assert_eq!(shown.summary, "a panel here shows tray icons");
}

#[test]
fn notifications_that_cannot_be_clicked_or_are_kept_back_are_told_of_without_an_engine() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Calm, None).unwrap();
    let bus = Bus::start(&home);
    let notifications = || bus.line(&home, &demo, "", "Notifications");
    let server = |capabilities, inhibited| {
        bus.with(|it| {
            let server = Server { capabilities, inhibited };
            it.serve_at("/org/freedesktop/Notifications", server).name("org.freedesktop.Notifications")
        })
    };
    let absent = notifications();
    assert!(!absent.connected && absent.summary.contains("no program shows notifications"), "{absent:?}");

    let mute = server(&["body"], false);
    let seen = notifications();
    assert!(seen.connected && seen.summary.contains("doesn't tell of clicks"), "{seen:?}");
    assert!(seen.remedy.unwrap().contains("peerwatch jump"));
    drop(mute);

    let paused = server(&["body", "actions"], true);
    let seen = notifications();
    assert!(seen.connected && seen.summary.contains("it doesn't disturb at the moment"), "{seen:?}");
    assert!(seen.remedy.unwrap().contains("when that ends"));
    drop(paused);

    let _whole = server(&["body", "actions"], false);
    let seen = notifications();
    assert_eq!((seen.connected, seen.summary.as_str()), (true, "shown by plain 3.1"));
    assert_eq!(seen.remedy, None);
}

#[test]
fn a_plugin_of_another_version_needs_a_person() {
    let home = Home::new();
    let demo = Demo::still(&home.path().join("demo"), Scene::Calm, None).unwrap();
    let absent = line(&examine(&home, &demo, &[]), "Claude Code plugin").unwrap();
    assert_eq!((absent.connected, absent.remedy), (false, None), "it need not be there");
    assert!(absent.summary.contains("`peerwatch connect claude`"));

    // As `connect` leaves it, of a Peerwatch that is long gone.
    let folder = home.path().join(".local/share/peerwatch/plugin");
    std::fs::create_dir_all(folder.join(".claude-plugin")).unwrap();
    let manifest = serde_json::json!({"name": "peerwatch", "version": "0.0.7"});
    std::fs::write(folder.join(".claude-plugin/plugin.json"), manifest.to_string()).unwrap();
    let settings = serde_json::json!({
        "enabledPlugins": {"peerwatch@peerwatch": true},
        "extraKnownMarketplaces": {"peerwatch": {"source": {"source": "directory", "path": folder}}},
    });
    std::fs::write(demo.claude_config().join("settings.json"), settings.to_string()).unwrap();
    let doctor = examine(&home, &demo, &[]);
    let stale = line(&doctor, "Claude Code plugin").unwrap();
    assert!(!doctor.healthy && !stale.connected);
    let ours = env!("CARGO_PKG_VERSION");
    assert_eq!(stale.summary, format!("the plugin is that of Peerwatch 0.0.7, and this is {ours}"));
    assert!(stale.remedy.unwrap().contains("`peerwatch connect claude`"));
}
