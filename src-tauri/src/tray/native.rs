//! macOS and Windows: Tauri's own tray icon with the same menu.

use peerwatch_wire::TrayState;
use tauri::{
    AppHandle, Wry,
    image::Image,
    menu::{CheckMenuItem, IsMenuItem, Menu, MenuItem, PredefinedMenuItem, Submenu},
    tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent},
};
use tokio::sync::mpsc::UnboundedSender;

use super::{Act, Click, Face, icons, menu::Entry};

/// The icon, for as long as this lives.
pub(crate) struct Tray {
    app: AppHandle,
    icon: TrayIcon,
    acts: Acts,
}

/// What the lines of the menu that is shown do, by their number.
type Acts = std::sync::Arc<std::sync::Mutex<Vec<Act>>>;

impl Tray {
    pub(crate) async fn start(
        app: &AppHandle,
        face: Face,
        clicks: UnboundedSender<Click>,
    ) -> anyhow::Result<Self> {
        let acts = Acts::default();
        let (menu_acts, menu_clicks) = (Acts::clone(&acts), clicks.clone());
        let icon = TrayIconBuilder::with_id("peerwatch")
            .icon(picture(face.state))
            .tooltip(&face.sentence)
            // On Windows the left button opens the window, on macOS every click opens the menu.
            .show_menu_on_left_click(cfg!(target_os = "macos"))
            .menu(&build(app, &face, &acts)?)
            .on_menu_event(move |_app, event| {
                let number = event.id().as_ref().parse::<usize>();
                let act = number.ok().and_then(|number| lock(&menu_acts).get(number).cloned());
                if let Some(act) = act {
                    send(&menu_clicks, act);
                }
            })
            .on_tray_icon_event(move |_icon, event| {
                let released = MouseButtonState::Up;
                if cfg!(windows)
                    && let TrayIconEvent::Click { button: MouseButton::Left, button_state, .. } = event
                    && button_state == released
                {
                    send(&clicks, Act::Open);
                }
            })
            .build(app)?;
        Ok(Self { app: app.clone(), icon, acts })
    }

    pub(crate) async fn show(&self, face: Face) {
        if let Err(error) = self.draw(&face) {
            tracing::warn!("the tray could not be drawn anew: {error}");
        }
    }

    fn draw(&self, face: &Face) -> tauri::Result<()> {
        self.icon.set_menu(Some(build(&self.app, face, &self.acts)?))?;
        self.icon.set_tooltip(Some(&face.sentence))?;
        self.icon.set_icon(Some(picture(face.state)))
    }
}

/// Menu bars and task bars scale down: the larger pictures are sharp on fine screens too.
fn picture(state: TrayState) -> Image<'static> {
    let wanted = if cfg!(windows) { 32 } else { 48 };
    let pictures = icons::pictures(state);
    pictures.iter().find(|picture| picture.width() >= wanted).unwrap_or(&pictures[0]).clone()
}

fn build(app: &AppHandle, face: &Face, acts: &Acts) -> tauri::Result<Menu<Wry>> {
    let mut numbered = Vec::new();
    let items = items(app, &face.menu, &mut numbered)?;
    let menu = Menu::with_items(app, &borrowed(&items))?;
    *lock(acts) = numbered;
    Ok(menu)
}

fn items(
    app: &AppHandle,
    entries: &[Entry],
    acts: &mut Vec<Act>,
) -> tauri::Result<Vec<Box<dyn IsMenuItem<Wry>>>> {
    let shown = entries.iter().filter(|entry| **entry != Entry::Hidden);
    shown.map(|entry| item(app, entry, acts)).collect()
}

fn item(app: &AppHandle, entry: &Entry, acts: &mut Vec<Act>) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    let mut number = |act: &Act| {
        acts.push(act.clone());
        (acts.len() - 1).to_string()
    };
    Ok(match entry {
        Entry::Line(label) => Box::new(MenuItem::new(app, literal(label), false, None::<&str>)?),
        Entry::Button { label, act } => {
            Box::new(MenuItem::with_id(app, number(act), literal(label), true, None::<&str>)?)
        }
        Entry::Check { label, on, act } => {
            Box::new(CheckMenuItem::with_id(app, number(act), literal(label), true, *on, None::<&str>)?)
        }
        Entry::Sub { label, entries } => {
            let items = items(app, entries, acts)?;
            Box::new(Submenu::with_items(app, literal(label), true, &borrowed(&items))?)
        }
        Entry::Separator | Entry::Hidden => Box::new(PredefinedMenuItem::separator(app)?),
    })
}

fn borrowed(items: &[Box<dyn IsMenuItem<Wry>>]) -> Vec<&dyn IsMenuItem<Wry>> {
    items.iter().map(AsRef::as_ref).collect()
}

/// One ampersand marks an access key; two are an ampersand.
fn literal(label: &str) -> String {
    label.replace('&', "&&")
}

fn send(clicks: &UnboundedSender<Click>, act: Act) {
    let _unless_we_are_ending = clicks.send(Click { act, activation_token: None });
}

fn lock(acts: &Acts) -> std::sync::MutexGuard<'_, Vec<Act>> {
    acts.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
