//! The panel that shows tray icons: whether it has heard of ours, and what to do when it hasn't.
//!
//! ksni registers the icon before it listens for panels, and once for each panel that comes. A panel that starts in
//! between, or that takes its name before it can answer, would never show the icon.

use std::{process, time::Duration};

use zbus::{Connection, connection, names::OwnedBusName};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const WATCHER_PATH: &str = "/StatusNotifierWatcher";
const BUS: &str = "org.freedesktop.DBus";
const BUS_PATH: &str = "/org/freedesktop/DBus";
const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
/// A panel that has just taken its name may need this long until it answers; a slow one gets several chances.
const A_MOMENT: Duration = Duration::from_millis(300);
const CHANCES: u32 = 10;

/// Our own line to the panel.
pub(super) struct Panel {
    conn: Connection,
}

impl Panel {
    pub(super) async fn connect() -> zbus::Result<Self> {
        Ok(Self { conn: connection::Builder::session().build().await? })
    }

    /// Whether any panel shows tray icons.
    pub(super) async fn is_there(&self) -> bool {
        self.owner(WATCHER).await.is_some()
    }

    /// Makes our icon known to the panel that is there, if there is one and it hasn't heard of it. Says whether it has
    /// now.
    pub(super) async fn make_known(&self) -> bool {
        for chance in 1..=CHANCES {
            if !self.is_there().await {
                return false;
            }
            let Some(item) = self.item().await else { return false };
            if self.lists(&item).await || self.register(&item).await {
                return true;
            }
            tokio::time::sleep(A_MOMENT * chance).await;
        }
        false
    }

    /// The name of our icon on the bus, as the protocol wants it: the process, then a number.
    async fn item(&self) -> Option<String> {
        let reply = self.conn.call_method(Some(BUS), BUS_PATH, Some(BUS), "ListNames", &()).await.ok()?;
        let names: Vec<OwnedBusName> = reply.body().deserialize().ok()?;
        let ours = format!("org.kde.StatusNotifierItem-{}-", process::id());
        names.into_iter().map(|name| name.to_string()).find(|name| name.starts_with(&ours))
    }

    /// Panels list an icon by the name that it gave, or by the one that the bus gave it.
    async fn lists(&self, item: &str) -> bool {
        let asked = (WATCHER, "RegisteredStatusNotifierItems");
        let call = self.conn.call_method(Some(WATCHER), WATCHER_PATH, Some(PROPERTIES), "Get", &asked);
        let Ok(reply) = call.await else { return false };
        let listed = reply.body().deserialize::<zbus::OwnedVariant>().ok().map(Vec::<String>::try_from);
        let Some(Ok(listed)) = listed else { return false };
        let unique = self.owner(item).await.unwrap_or_else(|| item.to_owned());
        listed.iter().any(|known| known.starts_with(item) || known.starts_with(&unique))
    }

    async fn register(&self, item: &str) -> bool {
        let method = "RegisterStatusNotifierItem";
        self.conn.call_method(Some(WATCHER), WATCHER_PATH, Some(WATCHER), method, &item).await.is_ok()
    }

    async fn owner(&self, name: &str) -> Option<String> {
        let reply =
            self.conn.call_method(Some(BUS), BUS_PATH, Some(BUS), "GetNameOwner", &name).await.ok()?;
        reply.body().deserialize().ok()
    }
}
