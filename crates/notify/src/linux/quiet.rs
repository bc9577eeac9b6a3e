//! Whether the person has told the desktop not to disturb, as far as the desktop lets that be read.
//!
//! Facts, seen with dunst 1.9.0 and xfce4-notifyd 0.7.3: both announce a change at once, and both are asked by name.

use futures_util::{FutureExt, future::BoxFuture};
use tokio::process::Command;
use zbus::{Connection, MatchRule, OwnedVariant, message::Type};

use super::link::{NAME, PATH};

const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
const XFCONF: &str = "org.xfce.Xfconf";
const XFCONF_PATH: &str = "/org/xfce/Xfconf";
const XFCE_CHANNEL: &str = "xfce4-notifyd";
const DCONF: &str = "ca.desrt.dconf.Writer";
const DCONF_PATH: &str = "/ca/desrt/dconf/Writer/user";
const GNOME_FOLDER: &str = "/org/gnome/desktop/notifications/";

/// What tells that the answer may have changed.
pub(super) fn rules() -> zbus::Result<Vec<MatchRule<'static>>> {
    let signal =
        |path, interface| MatchRule::builder().msg_type(Type::Signal).path(path).interface(interface);
    Ok(vec![
        signal(PATH, PROPERTIES).member("PropertiesChanged").build()?,
        signal(XFCONF_PATH, XFCONF).member("PropertyChanged").arg(0, XFCE_CHANNEL).build()?,
        signal(DCONF_PATH, DCONF).member("Notify").build()?,
    ])
}

/// GNOME's settings announce every change of anything.
pub(super) fn is_gnomes(path: &str) -> bool {
    path.starts_with(GNOME_FOLDER)
}

/// Whether this server keeps notifications from the person now; `None` where that can't be read.
pub(super) fn ask(conn: &Connection, server: &str) -> BoxFuture<'static, Option<bool>> {
    let conn = conn.clone();
    match server {
        "dunst" => async move { property(&conn, "org.dunstproject.cmd0", "paused").await }.boxed(),
        "Xfce Notify Daemon" => async move { xfce(&conn).await }.boxed(),
        "gnome-shell" => gnome().boxed(),
        // An extension of KDE's specification.
        _ => async move { property(&conn, NAME, "Inhibited").await }.boxed(),
    }
}

async fn property(conn: &Connection, interface: &str, name: &str) -> Option<bool> {
    let reply = conn.call_method(Some(NAME), PATH, Some(PROPERTIES), "Get", &(interface, name)).await.ok()?;
    truth(reply.body().deserialize().ok()?)
}

/// The property is there only once somebody has used the switch.
async fn xfce(conn: &Connection) -> Option<bool> {
    let asked = &(XFCE_CHANNEL, "/do-not-disturb");
    match conn.call_method(Some(XFCONF), XFCONF_PATH, Some(XFCONF), "GetProperty", asked).await {
        Ok(reply) => truth(reply.body().deserialize().ok()?),
        Err(error) if error.to_string().contains("PropertyNotFound") => Some(false),
        Err(_) => None,
    }
}

/// GNOME's settings are read by its own program: their file's format is nobody else's business.
async fn gnome() -> Option<bool> {
    let words = ["get", "org.gnome.desktop.notifications", "show-banners"];
    let output = Command::new("gsettings").args(words).kill_on_drop(true).output().await.ok()?;
    shows_banners(&String::from_utf8_lossy(&output.stdout)).map(|shows| !shows)
}

fn shows_banners(said: &str) -> Option<bool> {
    said.trim().parse().ok()
}

fn truth(value: OwnedVariant) -> Option<bool> {
    bool::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_gsettings_says_is_yes_no_or_nothing() {
        assert_eq!(shows_banners("true\n"), Some(true));
        assert_eq!(shows_banners("false\n"), Some(false));
        assert_eq!(shows_banners("No such schema\n"), None);
    }
}
