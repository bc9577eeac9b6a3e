//! GNOME on Wayland: only a shell extension can raise another program's window. The extension Window Calls does, where
//! a person has it.

use serde::Deserialize;

use super::{Desktop, Found, Owner, Window, choose};
use crate::way::Seen;

const WHY: &str =
    "GNOME on Wayland lets no program raise another's window (the extension Window Calls would)";

#[derive(Debug)]
pub(super) struct Gnome {
    pub(super) bus: Option<String>,
}

/// A window, as the extension's `List` has it.
#[derive(Deserialize, Debug)]
struct Listed {
    id: u64,
    pid: u32,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    focus: bool,
}

impl Gnome {
    fn list(&self) -> Result<Vec<Listed>, String> {
        let said: String = self.call("List", &()).map_err(|_| WHY)?;
        serde_json::from_str(&said).map_err(|_| "the list of windows can't be read".into())
    }

    fn call<B, R>(&self, method: &str, body: &B) -> Result<R, String>
    where
        B: serde::Serialize + zbus::DynamicType,
        R: for<'a> zbus::wire::DynamicDeserialize<'a>,
    {
        let path = "/org/gnome/Shell/Extensions/Windows";
        let interface = "org.gnome.Shell.Extensions.Windows";
        crate::bus::call(self.bus.as_deref(), "org.gnome.Shell", path, interface, method, body)
    }
}

impl Desktop for Gnome {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let ours = self.list()?.into_iter().filter(|window| window.pid == owner.pid);
        let windows: Vec<(u64, String)> =
            ours.map(|window| (window.id, window.title.unwrap_or_default())).collect();
        let (id, is_doubtful) = choose(owner, &windows).ok_or("GNOME has no window of it")?;
        Ok(Found { window: Window { id: id.to_string() }, is_doubtful })
    }

    fn raise(&self, window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        let id: u32 = window.id.parse().map_err(|_| "the window's number is odd")?;
        let () = self.call("Activate", &id)?;
        Ok(Seen::Asked)
    }

    fn is_in_front(&self, window: &Window) -> Option<bool> {
        let windows = self.list().ok()?;
        Some(windows.iter().any(|one| one.focus && one.id.to_string() == window.id))
    }
}
