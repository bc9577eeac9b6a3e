use std::collections::HashMap;
use std::time::Duration;

use zbus::{Connection, interface};
use zbus::{ObjectPath, OwnedVariant, Variant};

use super::*;
use crate::turns::Turn;

const SOON: Duration = Duration::from_secs(5);

fn client(bus: &Bus) -> Connection {
    bus.connect(|builder| builder)
}

fn notify(bus: &Bus, connection: &Connection, summary: &str, replaces: u32) -> u32 {
    let hints = HashMap::from([("urgency", Variant::U8(2))]);
    let body = ("app", replaces, "icon", summary, "the text", ["default", "Open"].as_slice(), hints, -1i32);
    let name = "org.freedesktop.Notifications";
    let reply =
        connection.call_method(Some(name), "/org/freedesktop/Notifications", Some(name), "Notify", &body);
    bus.runtime().block_on(reply).unwrap().body().deserialize().unwrap()
}

#[test]
fn notifications_are_recorded_and_clicked_and_the_server_can_go_and_come_back() {
    let programs = crate::require!(Programs::find());
    let scratch = Scratch::new();
    let bus = Bus::start(&scratch, &programs.bus);
    let mut server = NotificationServer::start(&bus);
    let connection = client(&bus);
    let signals = bus.runtime().block_on(async {
        let rule = "type='signal',interface='org.freedesktop.Notifications'";
        zbus::MessageStream::for_match_rule(zbus::MatchRule::try_from(rule).unwrap(), &connection, None)
            .await
            .unwrap()
    });

    let first = notify(&bus, &connection, "one", 0);
    assert_eq!(notify(&bus, &connection, "one again", first), first);
    let notice = server.await_notice("one again", SOON);
    assert_eq!((notice.replaces, notice.actions[0].0.as_str()), (first, "default"));
    assert_eq!(notice.hints["urgency"], "2");

    server.act(first, "default");
    let members = bus.runtime().block_on(first_two(signals));
    assert_eq!(members, ["ActivationToken", "ActionInvoked"]);

    server.stop();
    assert_eq!(bus.owner_of("org.freedesktop.Notifications"), None);
    server.restart(&bus);
    notify(&bus, &connection, "after the crash", 0);
    server.await_notice("after the crash", SOON);
    assert_eq!(server.shown().len(), 3);
}

async fn first_two(mut signals: zbus::MessageStream) -> Vec<String> {
    let mut members = Vec::new();
    while members.len() < 2 {
        let next = std::future::poll_fn(|context| {
            zbus::export::futures_core::Stream::poll_next(std::pin::Pin::new(&mut signals), context)
        });
        let message = next.await.unwrap().unwrap();
        members.push(message.header().member().unwrap().to_string());
    }
    members
}

struct Item;

#[interface(name = "org.kde.StatusNotifierItem")]
impl Item {
    #[zbus(property)]
    fn title(&self) -> &str {
        "Two of nine need you"
    }

    #[zbus(property)]
    fn menu(&self) -> ObjectPath<'_> {
        ObjectPath::try_from("/Menu").unwrap()
    }

    #[zbus(property)]
    fn icon_pixmap(&self) -> Vec<(i32, i32, Vec<u8>)> {
        vec![(1, 1, vec![255, 1, 2, 3])]
    }

    fn activate(&self, _x: i32, _y: i32) {}
}

struct Menu {
    clicked: std::sync::Arc<crate::ledger::Ledger<i32>>,
}

type Layout = (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>);

fn layout(id: i32, label: &str, children: Vec<Layout>) -> Layout {
    let properties = HashMap::from([("label".to_owned(), Variant::from(label).try_into().unwrap())]);
    let children = children.into_iter().map(|child| Variant::from(child).try_into().unwrap()).collect();
    (id, properties, children)
}

#[interface(name = "com.canonical.dbusmenu")]
impl Menu {
    fn get_layout(&self, _parent: i32, _depth: i32, _names: Vec<String>) -> (u32, Layout) {
        let pause = layout(2, "_Pause", vec![layout(3, "for 1 hour", vec![])]);
        (1, layout(0, "", vec![layout(1, "_Open", vec![]), pause]))
    }

    fn event(&self, id: i32, _kind: &str, _value: Variant<'_>, _time: u32) {
        self.clicked.push(id);
    }
}

#[test]
fn the_tray_reads_an_item_and_clicks_in_its_submenu() {
    let programs = crate::require!(Programs::find());
    let scratch = Scratch::new();
    let bus = Bus::start(&scratch, &programs.bus);
    let mut tray = Tray::start(&bus);
    let clicked = std::sync::Arc::default();
    let menu = Menu { clicked: std::sync::Arc::clone(&clicked) };
    let application = bus.connect(|builder| builder.serve_at("/Item", Item).serve_at("/Menu", menu));
    register(&bus, &application, "/Item");

    let item = tray.await_item(SOON);
    assert_eq!(item.text("Title").as_deref(), Some("Two of nine need you"));
    assert_eq!(item.text("Status"), None);
    assert_eq!(item.pixmaps(), [Pixmap { width: 1, height: 1, argb: vec![255, 1, 2, 3] }]);
    assert!(item.activate());
    let labels: Vec<String> = item.menu().into_iter().map(|entry| entry.label).collect();
    assert_eq!(labels, ["Open", "Pause"]);
    item.click(&["Pause", "for 1 hour"]);
    clicked.find("the click", SOON, |id| *id == 3);

    tray.restart(&bus);
    assert_eq!(tray.registrations(), 0);
    register(&bus, &application, "/Item");
    tray.await_item(SOON);
}

fn register(bus: &Bus, application: &Connection, path: &str) {
    let name = "org.kde.StatusNotifierWatcher";
    let call = application.call_method(
        Some(name),
        "/StatusNotifierWatcher",
        Some(name),
        "RegisterStatusNotifierItem",
        &path,
    );
    bus.runtime().block_on(call).unwrap();
}

#[test]
fn two_displays_stand_side_by_side_and_can_be_photographed() {
    let programs = crate::require!(Programs::find());
    let _turn = Turn::heavy();
    let scratch = Scratch::new();
    let (mut first, second) = (Screen::start(&scratch, &programs), Screen::start(&scratch, &programs));
    assert_ne!(first.name(), second.name());
    let _openbox = first.window_manager();
    first.picture(&scratch.path("shot.png"));
    assert!(first.is_up());
}
