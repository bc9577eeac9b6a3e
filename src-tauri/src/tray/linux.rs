//! Linux: a StatusNotifierItem of our own. It has a left click, a tooltip and an attention state, and its menu is a
//! function of the face; it needs no GTK.

use std::{future, thread};

use ksni::{
    Icon, MenuItem, OfflineReason, Status, ToolTip, TrayMethods,
    menu::{CheckmarkItem, StandardItem, SubMenu},
};
use peerwatch_wire::TrayState;
use tauri::image::Image;
use tokio::sync::{mpsc::UnboundedSender, oneshot};

use super::{Act, Click, Face, icons, menu::Entry};

/// The item in the panel, for as long as this lives. Where there is no panel yet, it appears with the panel.
pub(crate) struct Tray {
    item: ksni::Handle<Item>,
}

impl Tray {
    /// Without a session bus there is no tray; everything else goes on.
    pub(crate) async fn start(
        _app: &tauri::AppHandle,
        face: Face,
        clicks: UnboundedSender<Click>,
    ) -> anyhow::Result<Self> {
        let (tell, started) = oneshot::channel();
        let item = Item { face, clicks };
        thread::Builder::new().name("tray".into()).spawn(move || serve(item, tell))?;
        Ok(Self { item: started.await?? })
    }

    /// Draws another face.
    pub(crate) async fn show(&self, face: Face) {
        let _unless_the_bus_is_gone = self.item.update(|item| item.face = face).await;
    }
}

/// Answers the panel on one thread, in the order of its questions: it asks several at once, and a panel that hears of a
/// submenu's lines before it hears of the submenu shows it empty.
fn serve(item: Item, tell: oneshot::Sender<anyhow::Result<ksni::Handle<Item>>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _unless_nobody_waits = tell.send(Err(error.into()));
            return;
        }
    };
    runtime.block_on(async {
        let started = item.assume_sni_available(true).spawn().await;
        let works = started.is_ok();
        if tell.send(started.map_err(Into::into)).is_ok() && works {
            future::pending::<()>().await;
        }
    });
}

struct Item {
    face: Face,
    clicks: UnboundedSender<Click>,
}

impl Item {
    /// The token may arrive a moment after the click; whoever opens the window does without it then.
    fn click(&self, act: Act) {
        let activation_token = ksni::current_xdg_activation_token();
        let _unless_we_are_ending = self.clicks.send(Click { act, activation_token });
    }
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "dev.peerwatch.Peerwatch".into()
    }

    fn title(&self) -> String {
        "Peerwatch".into()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        self.click(Act::Open);
    }

    fn status(&self) -> Status {
        if self.face.state == TrayState::NeedsYou { Status::NeedsAttention } else { Status::Active }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icons::pictures(self.face.state).iter().map(argb).collect()
    }

    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        self.icon_pixmap()
    }

    fn tool_tip(&self) -> ToolTip {
        let description = self.face.sentence.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        ToolTip { title: "Peerwatch".into(), description, ..ToolTip::default() }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.face.menu.iter().map(draw).collect()
    }

    fn watcher_online(&self) {
        tracing::info!("the tray icon is shown");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        match reason {
            OfflineReason::Error(error) => {
                tracing::warn!("no panel shows tray icons: {error}; the icon appears with one");
            }
            _ => tracing::info!("the panel has gone; the icon appears with the next one"),
        }
        true
    }
}

fn draw(entry: &Entry) -> MenuItem<Item> {
    match entry {
        Entry::Line(label) => {
            StandardItem { label: literal(label), enabled: false, ..StandardItem::default() }.into()
        }
        Entry::Button { label, act } => {
            StandardItem { label: literal(label), activate: clicked(act), ..StandardItem::default() }.into()
        }
        Entry::Check { label, on, act } => CheckmarkItem {
            label: literal(label),
            checked: *on,
            activate: clicked(act),
            ..CheckmarkItem::default()
        }
        .into(),
        Entry::Sub { label, entries } => SubMenu {
            label: literal(label),
            submenu: entries.iter().map(draw).collect(),
            ..SubMenu::default()
        }
        .into(),
        Entry::Separator => MenuItem::Separator,
        Entry::Hidden => StandardItem { visible: false, ..StandardItem::default() }.into(),
    }
}

fn clicked(act: &Act) -> Box<dyn Fn(&mut Item) + Send> {
    let act = act.clone();
    Box::new(move |item| item.click(act.clone()))
}

/// One underscore marks an access key; two are an underscore.
fn literal(label: &str) -> String {
    label.replace('_', "__")
}

fn argb(picture: &Image<'_>) -> Icon {
    let mut data = picture.rgba().to_vec();
    for pixel in data.chunks_exact_mut(4) {
        pixel.rotate_right(1);
    }
    let side = |length: u32| i32::try_from(length).unwrap_or(i32::MAX);
    Icon { width: side(picture.width()), height: side(picture.height()), data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_picture_in_every_size() {
        let states = [TrayState::Calm, TrayState::NeedsYou, TrayState::Paused, TrayState::CannotSee];
        for (at, state) in states.iter().enumerate() {
            let sizes: Vec<u32> = icons::pictures(*state).iter().map(Image::width).collect();
            assert_eq!(sizes, [16, 22, 24, 32, 48]);
            for other in &states[at + 1..] {
                for (one, two) in icons::pictures(*state).iter().zip(icons::pictures(*other)) {
                    assert_ne!(one.rgba(), two.rgba(), "{state:?} and {other:?} at {}", one.width());
                }
            }
        }
    }

    #[test]
    fn an_underscore_in_a_name_stays_one() {
        assert_eq!(literal("my_api"), "my__api");
    }
}
