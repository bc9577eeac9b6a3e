//! The desktop's portal, as far as it says whether the person prefers dark.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::runtime::Runtime;
use zbus::{Connection, OwnedVariant, Variant, fdo, interface};

use super::Bus;

const NAME: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";

/// A running portal.
#[derive(Debug)]
pub struct Portal {
    scheme: Arc<AtomicU32>,
    connection: Connection,
    runtime: Arc<Runtime>,
}

impl Portal {
    /// Takes the portal's name on this bus.
    pub fn start(bus: &Bus, dark: bool) -> Self {
        let scheme = Arc::new(AtomicU32::new(u32::from(dark)));
        let settings = Settings(Arc::clone(&scheme));
        let connection = bus.connect(|builder| builder.serve_at(PATH, settings).name(NAME));
        Self { scheme, connection, runtime: bus.runtime() }
    }

    /// The person switches, and everybody is told.
    pub fn prefer(&self, dark: bool) {
        let scheme = u32::from(dark);
        self.scheme.store(scheme, Ordering::Relaxed);
        let told = (APPEARANCE, KEY, Variant::new(scheme));
        let sent = self.connection.emit_signal(None::<&str>, PATH, SETTINGS, "SettingChanged", &told);
        self.runtime.block_on(sent).expect("the signal is sent");
    }
}

struct Settings(Arc<AtomicU32>);

#[interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    /// Portals wrap the value of this old method twice.
    fn read(&self, namespace: &str, key: &str) -> fdo::Result<OwnedVariant> {
        if (namespace, key) != (APPEARANCE, KEY) {
            return Err(fdo::Error::Failed("Requested setting not found".to_owned()));
        }
        let inner = Variant::new(self.0.load(Ordering::Relaxed));
        OwnedVariant::try_from(Variant::Variant(Box::new(inner)))
            .map_err(|error| fdo::Error::Failed(error.to_string()))
    }
}
