//! A tray: the watcher with which items register, and the eyes and the mouse of the person before it.

use std::collections::VecDeque;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{FutureExt as _, StreamExt as _};
use tokio::runtime::Runtime;
use zbus::OwnedObjectPath;
use zbus::message::{Header, Type};
use zbus::proxy::{Builder, CacheProperties};
use zbus::{Connection, MatchRule, MessageStream, Proxy, fdo, interface};

use super::Bus;
use super::tray_menu::{self, MenuEntry};
use crate::ledger::{Ledger, eventually};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const ITEM: &str = "org.kde.StatusNotifierItem";
const MENU: &str = "com.canonical.dbusmenu";

/// The tray; it can go and come back while applications run.
#[derive(Debug)]
pub struct Tray {
    registered: Arc<Ledger<Address>>,
    connection: Option<Connection>,
    runtime: Arc<Runtime>,
}

/// What a tray does with an item that registers while the desktop is starting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mishap {
    /// It has its name and can't answer yet.
    Refuses,
    /// It is succeeded by one that has never heard of the item.
    Forgets,
}

/// Where an item said it can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    bus_name: String,
    path: String,
}

/// An icon's picture, in ARGB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixmap {
    /// Pixels across.
    pub width: i32,
    /// Pixels down.
    pub height: i32,
    /// Four bytes a pixel, alpha first.
    pub argb: Vec<u8>,
}

impl Tray {
    /// Takes the watcher's name on this bus.
    pub(super) fn start(bus: &Bus) -> Self {
        let mut tray = Self { registered: Arc::default(), connection: None, runtime: bus.runtime() };
        tray.restart(bus);
        tray
    }

    /// Ends the tray, as a panel that crashed.
    pub fn stop(&mut self) {
        if let Some(connection) = self.connection.take() {
            let _ = self.runtime.block_on(connection.close());
        }
    }

    /// Starts it again; applications are expected to register anew.
    pub fn restart(&mut self, bus: &Bus) {
        self.restart_with(&[], bus);
    }

    /// Starts it again as one to which these things happen with its first items, one after the other.
    pub fn restart_with(&mut self, mishaps: &[Mishap], bus: &Bus) {
        self.stop();
        self.registered = Arc::default();
        let mishaps = Mutex::new(mishaps.iter().copied().collect());
        let watcher = Watcher { registered: Arc::clone(&self.registered), mishaps };
        self.connection =
            Some(bus.connect(|builder| builder.serve_at("/StatusNotifierWatcher", watcher).name(WATCHER)));
    }

    /// How often an item registered since the tray was started.
    pub fn registrations(&self) -> usize {
        self.registered.len()
    }

    /// Waits for the first item.
    pub fn await_item(&self, within: Duration) -> TrayItem<'_> {
        let address = self.registered.find("an item in the tray", within, |_| true);
        TrayItem { tray: self, address }
    }

    fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("the tray is up")
    }
}

/// An application's item in the tray.
#[derive(Debug)]
pub struct TrayItem<'t> {
    tray: &'t Tray,
    address: Address,
}

impl TrayItem<'_> {
    /// The text of a property: `Id`, `Title`, `Status`, `IconName`, `IconThemePath`, `Category`.
    pub fn text(&self, property: &str) -> Option<String> {
        self.property(property)
    }

    /// The icon's pictures.
    pub fn pixmaps(&self) -> Vec<Pixmap> {
        self.pictures("IconPixmap")
    }

    fn pictures(&self, property: &str) -> Vec<Pixmap> {
        let pixmaps: Option<Vec<(i32, i32, Vec<u8>)>> = self.property(property);
        let pixmaps = pixmaps.unwrap_or_default().into_iter();
        pixmaps.map(|(width, height, argb)| Pixmap { width, height, argb }).collect()
    }

    /// Heading and text of the tooltip.
    pub fn tooltip(&self) -> Option<(String, String)> {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let (_, _, heading, text): ToolTip = self.property("ToolTip")?;
        Some((heading, text))
    }

    /// The pictures for when it wants attention.
    pub fn attention_pixmaps(&self) -> Vec<Pixmap> {
        self.pictures("AttentionIconPixmap")
    }

    /// How often the menu was said to be another one, and how often that lines in it changed, while this was done. A panel
    /// that has the menu open closes it for the first, or draws it anew.
    pub fn menu_changes_during(&self, act: impl FnOnce()) -> (usize, usize) {
        let (menus, lines) = (self.signals("LayoutUpdated"), self.signals("ItemsPropertiesUpdated"));
        act();
        (self.heard(menus), self.heard(lines))
    }

    fn signals(&self, name: &'static str) -> MessageStream {
        let rule = MatchRule::builder().msg_type(Type::Signal).interface(MENU).member(name).build();
        let stream =
            MessageStream::for_match_rule(rule.expect("a rule"), self.tray.connection(), NonZero::new(1000));
        self.tray.runtime.block_on(stream).expect("the menu's signals")
    }

    /// How many have arrived.
    fn heard(&self, mut signals: MessageStream) -> usize {
        let next = || self.tray.runtime.block_on(async { signals.next().now_or_never().flatten() });
        std::iter::from_fn(next).count()
    }

    /// A left click on the icon; says whether the application takes it.
    pub fn activate(&self) -> bool {
        self.run(
            async |item| item.call::<_, _, ()>("Activate", &(0i32, 0i32)).await.is_ok(),
            ITEM,
            &self.address.path,
        )
    }

    /// A click with the middle button.
    pub fn activate_secondary(&self) -> bool {
        self.run(
            async |item| item.call::<_, _, ()>("SecondaryActivate", &(0i32, 0i32)).await.is_ok(),
            ITEM,
            &self.address.path,
        )
    }

    /// Whether a left click shall open the menu instead.
    pub fn is_menu(&self) -> bool {
        self.property("ItemIsMenu").unwrap_or_default()
    }

    /// The menu as it is now.
    pub fn menu(&self) -> Vec<MenuEntry> {
        self.with_menu(tray_menu::read)
    }

    /// Waits until the menu fits, and returns it.
    pub fn await_menu(
        &self,
        what: &str,
        within: Duration,
        fits: impl Fn(&[MenuEntry]) -> bool,
    ) -> Vec<MenuEntry> {
        eventually(&format!("a tray menu with {what}"), within, || {
            Some(self.menu()).filter(|menu| fits(menu))
        })
    }

    /// Clicks the entry at this path of labels; a label may be given by its beginning.
    ///
    /// # Panics
    /// When there is no such entry, or it is disabled.
    pub fn click(&self, labels: &[&str]) {
        let menu = self.menu();
        let entry = tray_menu::at(&menu, labels).unwrap_or_else(|| panic!("no {labels:?} in {menu:#?}"));
        assert!(entry.enabled, "{labels:?} is disabled");
        self.with_menu(async |proxy| tray_menu::click(proxy, entry.id).await);
    }

    fn with_menu<R>(&self, act: impl AsyncFnOnce(&Proxy<'_>) -> R) -> R {
        let path: OwnedObjectPath =
            eventually("the item's menu", Duration::from_secs(5), || self.property("Menu"));
        self.run(act, MENU, path.as_str())
    }

    fn property<T: serde::de::DeserializeOwned + zbus::Type>(&self, name: &str) -> Option<T> {
        self.run(async |item| item.get_property(name).await.ok(), ITEM, &self.address.path)
    }

    fn run<R>(&self, act: impl AsyncFnOnce(&Proxy<'_>) -> R, interface: &str, path: &str) -> R {
        self.tray.runtime.block_on(async {
            let proxy = Builder::<Proxy<'_>>::new(self.tray.connection())
                .destination(self.address.bus_name.as_str())
                .path(path)
                .interface(interface)
                .cache_properties(CacheProperties::No)
                .build()
                .await
                .expect("a proxy of the tray item");
            act(&proxy).await
        })
    }
}

struct Watcher {
    registered: Arc<Ledger<Address>>,
    mishaps: Mutex<VecDeque<Mishap>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    /// Some libraries give their object path, others a bus name.
    fn register_status_notifier_item(
        &self,
        service: &str,
        #[zbus(header)] header: Header<'_>,
    ) -> fdo::Result<()> {
        let mishap = self.mishaps.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match mishap {
            Some(Mishap::Refuses) => return Err(fdo::Error::UnknownObject("not ready yet".to_owned())),
            Some(Mishap::Forgets) => return Ok(()),
            None => {}
        }
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let address = if service.starts_with('/') {
            Address { bus_name: sender, path: service.to_owned() }
        } else {
            Address { bus_name: service.to_owned(), path: "/StatusNotifierItem".to_owned() }
        };
        self.registered.push(address);
        Ok(())
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.registered.all().iter().map(|address| format!("{}{}", address.bus_name, address.path)).collect()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}
