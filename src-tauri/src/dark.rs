//! Whether the desktop is dark: GTK 3 knows it by the name of its own theme alone, desktops of today say it through their
//! portal. Where the portal prefers dark, so does GTK, and with it the window's frame and its page.

use futures_util::StreamExt as _;
use tauri::AppHandle;
use zbus::{Connection, MatchRule, MessageStream, OwnedVariant, Variant, connection, message::Type};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// `color-scheme` is 0 for no preference, 1 for dark, 2 for light.
const DARK: u32 = 1;

/// Follows the desktop's preference for as long as there is a session bus.
pub(crate) async fn follow(app: AppHandle) {
    if let Err(error) = try_to_follow(&app).await {
        tracing::debug!("nothing tells whether the desktop is dark: {error}");
    }
}

async fn try_to_follow(app: &AppHandle) -> zbus::Result<()> {
    let conn = connection::Builder::session().build().await?;
    // What changes while it is asked is heard of.
    let changes = MatchRule::builder().msg_type(Type::Signal).interface(SETTINGS).member("SettingChanged");
    let changes = changes.path(PATH).arg(0, APPEARANCE).build()?;
    let mut changes = MessageStream::for_match_rule(changes, &conn, None).await?;
    match ask(&conn).await {
        Ok(Some(scheme)) => prefer(app, scheme == DARK),
        Ok(None) => {}
        Err(error) => tracing::debug!("no portal tells whether the desktop is dark: {error}"),
    }
    while let Some(message) = changes.next().await {
        let message = message?;
        let changed = message.body().deserialize::<(String, String, OwnedVariant)>();
        if let Ok((_, key, value)) = changed
            && key == KEY
            && let Some(scheme) = number(&value)
        {
            prefer(app, scheme == DARK);
        }
    }
    Ok(())
}

async fn ask(conn: &Connection) -> zbus::Result<Option<u32>> {
    // `ReadOne` is newer than what some have.
    let reply = conn.call_method(Some(PORTAL), PATH, Some(SETTINGS), "Read", &(APPEARANCE, KEY)).await?;
    let value: OwnedVariant = reply.body().deserialize()?;
    Ok(number(&value))
}

/// `Read` wraps its answer twice.
fn number(value: &Variant) -> Option<u32> {
    match value {
        Variant::U32(number) => Some(*number),
        Variant::Variant(inner) => number(inner),
        _ => None,
    }
}

fn prefer(app: &AppHandle, dark: bool) {
    use gtk::prelude::GtkSettingsExt as _;
    let told = app.run_on_main_thread(move || {
        if let Some(settings) = gtk::Settings::default() {
            match dark {
                true => settings.set_gtk_application_prefer_dark_theme(true),
                // As GTK's own files have it.
                false => settings.reset_property("gtk-application-prefer-dark-theme"),
            }
        }
    });
    if let Err(error) = told {
        tracing::debug!("the window could not be told that the desktop's colours changed: {error}");
    }
}
