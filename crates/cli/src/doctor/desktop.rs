//! What the desktop shows: the icon in its panel, and notifications. Asked from here, over the session bus.

use std::time::Duration;

use peerwatch_notify::{Happening, NotifierState, Options, start};
use peerwatch_wire::ConnectionView;
use tokio::time::timeout;
use zbus::connection::{self, Connection};

/// The name that a panel takes which shows tray icons, by the specification of StatusNotifierItem.
const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// A desktop that says nothing for so long says nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// The tray's line and that of notifications; none on a machine without a desktop. An engine's own word on notifications
/// counts; what could be better about them is added.
pub(super) fn look(engine: Option<ConnectionView>) -> Vec<ConnectionView> {
    let variables = ["DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"];
    if variables.iter().all(|name| variable(name).is_empty()) {
        return engine.into_iter().collect();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let Ok(runtime) = runtime else { return engine.into_iter().collect() };
    runtime.block_on(async {
        let notifications = notifications(engine).await;
        notifications.into_iter().chain([tray().await]).collect()
    })
}

async fn tray() -> ConnectionView {
    let asked = timeout(PATIENCE, panel()).await.unwrap_or(Ok(Panel::Silent));
    let asked = asked.unwrap_or_else(|error| Panel::NoBus(error.to_string()));
    let remedy = || Some(format!("{} {WITHOUT}", advice(&variable("XDG_CURRENT_DESKTOP"))));
    let (summary, remedy) = match asked {
        Panel::Shows => ("a panel here shows tray icons".to_owned(), None),
        Panel::Hides => ("tray icons are kept track of here, and no panel shows them".to_owned(), remedy()),
        Panel::Absent => ("no panel here shows tray icons".to_owned(), remedy()),
        Panel::Silent => ("the panel does not answer".to_owned(), Some(WITHOUT.to_owned())),
        Panel::NoBus(error) => {
            (format!("the desktop's session bus can't be reached: {error}"), Some(WITHOUT.to_owned()))
        }
    };
    ConnectionView { kind: "Tray".into(), path: None, connected: remedy.is_none(), summary, remedy }
}

const WITHOUT: &str = "The window, the notifications and the command line work without.";

/// Who shows tray icons.
enum Panel {
    Shows,
    /// Somebody took the name, and has nobody to draw the icons.
    Hides,
    Absent,
    Silent,
    NoBus(String),
}

async fn panel() -> zbus::Result<Panel> {
    let bus = connection::Builder::session().build().await?;
    if bus.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &WATCHER).await.is_err() {
        return Ok(Panel::Absent);
    }
    Ok(if has_host(&bus).await == Some(false) { Panel::Hides } else { Panel::Shows })
}

/// Whether somebody draws the icons; `None` where that is not told.
async fn has_host(bus: &Connection) -> Option<bool> {
    let asked = (WATCHER, "IsStatusNotifierHostRegistered");
    let reply = bus.call_method(Some(WATCHER), WATCHER_PATH, Some(PROPERTIES), "Get", &asked).await.ok()?;
    reply.body().deserialize::<zbus::OwnedVariant>().ok()?.try_into().ok()
}

/// What shows tray icons on this desktop.
fn advice(desktop: &str) -> &'static str {
    let desktop = desktop.to_lowercase();
    if desktop.contains("gnome") {
        "GNOME shows none by itself: install its extension “AppIndicator and KStatusNotifierItem Support” (often the package \
         gnome-shell-extension-appindicator), switch it on, and log in again."
    } else if ["sway", "hyprland", "river", "wlroots"].iter().any(|name| desktop.contains(name)) {
        "Use a bar that shows them, such as Waybar with its module `tray`."
    } else {
        "Add the part to your panel that shows them: it is called status tray, system tray or notification area."
    }
}

async fn notifications(engine: Option<ConnectionView>) -> Option<ConnectionView> {
    if engine.as_ref().is_some_and(|known| !known.connected) {
        return engine;
    }
    let Some(state) = state().await else { return engine };
    let (works, remedy) = match &state {
        NotifierState::Ready(server) if server.do_not_disturb == Some(true) => (true, Some(DISTURBED)),
        NotifierState::Ready(server) if !server.actions => (true, Some(NO_CLICKS)),
        NotifierState::Ready(_) | NotifierState::Native { .. } => (true, None),
        NotifierState::Absent { starts_on_demand: true } => (true, None),
        _ => (false, Some(UNSHOWN)),
    };
    let own = ConnectionView {
        kind: "Notifications".into(),
        path: None,
        connected: works,
        summary: state.to_string(),
        remedy: remedy.map(Into::into),
    };
    Some(match engine {
        // It may be on another desktop than we are.
        Some(known) if known.summary != own.summary => known,
        _ => own,
    })
}

const DISTURBED: &str =
    "You told the desktop not to disturb: what happens meanwhile is told in one notification when that ends.";
const NO_CLICKS: &str = "A click on a notification leads nowhere and there are no buttons: use the tray, the window or \
                         `peerwatch jump`, or a notification program with actions, such as dunst.";
const UNSHOWN: &str = "Alerts stay in the window and the tray until notifications work.";

/// What the program that shows notifications says of itself. It is not started for that.
async fn state() -> Option<NotifierState> {
    let options = Options { patience: PATIENCE, ..Options::default() };
    let (notifier, mut happenings) = start(&tokio::runtime::Handle::current(), options);
    let told = timeout(2 * PATIENCE, happenings.recv()).await.ok().flatten();
    notifier.close();
    match told? {
        Happening::State(state) => Some(state),
        _ => None,
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_default()
}
