//! Linux: a StatusNotifierItem of our own. It has a left click, a tooltip and an attention state, and its menu is a
//! function of the face; it needs no GTK.

use std::{sync::Arc, thread, time::Duration};

use ksni::{
    Icon, MenuItem, OfflineReason, Status, ToolTip, TrayMethods,
    menu::{CheckmarkItem, StandardItem, SubMenu},
};
use peerwatch_wire::TrayState;
use tauri::{AppHandle, Manager as _, image::Image};
use tokio::sync::{Notify, mpsc::UnboundedSender, oneshot};

use super::{Act, Click, Face, Standing, icons, menu::Entry, panel::Panel};

/// A panel that refuses the icon is asked again after this long, and then less and less often.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const ASK_AGAIN_AT_LEAST: Duration = Duration::from_secs(60);

/// The item in the panel, for as long as this lives. Where there is no panel yet, it appears with the panel.
pub(crate) struct Tray {
    item: ksni::Handle<Item>,
}

impl Tray {
    /// Without a session bus there is no tray; everything else goes on.
    pub(crate) async fn start(
        app: &AppHandle,
        face: Face,
        clicks: UnboundedSender<Click>,
    ) -> anyhow::Result<Self> {
        let (tell, started) = oneshot::channel();
        let standing = app.state::<Standing>().inner().clone();
        let item = Item { face, clicks, standing, unheard: Arc::default() };
        thread::Builder::new().name("tray".into()).spawn(move || serve(&item, tell))?;
        Ok(Self { item: started.await?? })
    }

    /// Draws another face.
    pub(crate) async fn show(&self, face: Face) {
        let _unless_the_bus_is_gone = self.item.update(|item| item.face = face).await;
    }
}

/// Answers the panel on one thread, in the order of its questions: it asks several at once, and a panel that hears of a
/// submenu's lines before it hears of the submenu shows it empty.
fn serve(item: &Item, tell: oneshot::Sender<anyhow::Result<ksni::Handle<Item>>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _unless_nobody_waits = tell.send(Err(error.into()));
            return;
        }
    };
    runtime.block_on(async {
        let started = spawn(item).await;
        let works = started.is_ok();
        if tell.send(started).is_ok() && works {
            keep_known(item).await;
        }
    });
}

/// Puts the item on the bus. A panel that goes away in the middle, or isn't ready yet, is no reason to do without.
async fn spawn(item: &Item) -> anyhow::Result<ksni::Handle<Item>> {
    let mut pause = ASK_AGAIN;
    loop {
        match item.clone().assume_sni_available(true).spawn().await {
            Ok(handle) => return Ok(handle),
            Err(ksni::Error::Watcher(error)) => item.is_not_shown(&error.to_string()),
            Err(error) => return Err(error.into()),
        }
        tokio::time::sleep(pause).await;
        pause = (2 * pause).min(ASK_AGAIN_AT_LEAST);
    }
}

/// Looks once whether the panel has heard of the item, and again whenever that may have failed.
async fn keep_known(item: &Item) {
    let panel = match Panel::connect().await {
        Ok(panel) => panel,
        Err(error) => return tracing::warn!("the panel cannot be asked about the tray icon: {error}"),
    };
    loop {
        if panel.make_known().await {
            item.is_shown();
        } else if !panel.is_there().await {
            item.is_not_shown("there is no panel with room for tray icons");
        }
        item.unheard.notified().await;
    }
}

#[derive(Clone)]
struct Item {
    face: Face,
    clicks: UnboundedSender<Click>,
    standing: Standing,
    /// A panel may not have heard of us.
    unheard: Arc<Notify>,
}

impl Item {
    /// The token may arrive a moment after the click; whoever opens the window does without it then.
    fn click(&self, act: Act) {
        let activation_token = ksni::current_xdg_activation_token();
        let _unless_we_are_ending = self.clicks.send(Click { act, activation_token });
    }

    fn is_shown(&self) {
        if self.standing.shown() {
            tracing::info!("the tray icon is shown");
        }
    }

    /// Said once: a desktop without a panel stays one.
    fn is_not_shown(&self, why: &str) {
        if self.standing.not_shown() {
            tracing::warn!("no panel shows the tray icon: {why}; it appears with one");
        }
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

    /// The middle button, and on GNOME whatever its extension makes of it.
    fn secondary_activate(&mut self, _x: i32, _y: i32) {
        self.click(Act::Open);
    }

    fn status(&self) -> Status {
        if self.face.state == TrayState::NeedsYou { Status::NeedsAttention } else { Status::Active }
    }

    fn icon_pixmap(&self) -> Vec<Icon> {
        icons::pictures(self.face.state).iter().map(argb).collect()
    }

    /// The same at all times: a panel that swaps the pictures when the status changes has this one already.
    fn attention_icon_pixmap(&self) -> Vec<Icon> {
        icons::pictures(TrayState::NeedsYou).iter().map(argb).collect()
    }

    fn tool_tip(&self) -> ToolTip {
        let description = self.face.sentence.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        ToolTip { title: "Peerwatch".into(), description, ..ToolTip::default() }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.face.menu.iter().map(draw).collect()
    }

    fn watcher_online(&self) {
        self.is_shown();
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        match reason {
            OfflineReason::Error(error) => {
                self.is_not_shown(&error.to_string());
                self.unheard.notify_one();
            }
            _ => self.is_not_shown("the panel has gone"),
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
            assert_eq!(sizes, [16, 22, 24, 32, 44, 48, 64]);
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
