//! Hyprland: its list of windows and the order to focus one, over its socket.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Desktop, Found, Owner, Window, choose};
use crate::LIMIT;
use crate::way::Seen;

/// No list is longer.
const MOST: u64 = 16 << 20;

#[derive(Debug)]
pub(super) struct Hyprland {
    socket: PathBuf,
}

/// A window, as `clients` lists it; the address is a hexadecimal number.
#[derive(Deserialize, Debug)]
struct Client {
    address: String,
    pid: i64,
    #[serde(default)]
    title: String,
}

impl Client {
    fn number(&self) -> Option<u64> {
        u64::from_str_radix(self.address.trim_start_matches("0x"), 16).ok()
    }
}

impl Hyprland {
    pub(super) fn new(runtime_folder: &str, signature: &str) -> Self {
        Self { socket: Path::new(runtime_folder).join("hypr").join(signature).join(".socket.sock") }
    }

    fn ask(&self, text: &str) -> Result<String, String> {
        let exchange = || {
            let mut stream = UnixStream::connect(&self.socket)?;
            stream.set_read_timeout(Some(LIMIT))?;
            stream.set_write_timeout(Some(LIMIT))?;
            stream.write_all(text.as_bytes())?;
            let mut answer = String::new();
            stream.take(MOST).read_to_string(&mut answer)?;
            Ok(answer)
        };
        exchange().map_err(|error: std::io::Error| format!("Hyprland does not answer: {error}"))
    }
}

impl Desktop for Hyprland {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let clients: Vec<Client> =
            serde_json::from_str(&self.ask("j/clients")?).map_err(|_| "Hyprland's list can't be read")?;
        let ours = clients.iter().filter(|client| client.pid == i64::from(owner.pid));
        let windows: Vec<(u64, String)> =
            ours.filter_map(|client| Some((client.number()?, client.title.clone()))).collect();
        let (id, is_doubtful) = choose(owner, &windows).ok_or("Hyprland has no window of it")?;
        Ok(Found { window: Window { id: format!("0x{id:x}") }, is_doubtful })
    }

    fn raise(&self, window: &Window, _token: Option<&str>) -> Result<Seen, String> {
        match self.ask(&format!("dispatch focuswindow address:{}", window.id))?.trim() {
            "ok" if self.is_in_front(window) == Some(true) => Ok(Seen::InFront),
            "ok" => Ok(Seen::Asked),
            why => Err(crate::call::printable(why)),
        }
    }

    fn is_in_front(&self, window: &Window) -> Option<bool> {
        let active: Client = serde_json::from_str(&self.ask("j/activewindow").ok()?).ok()?;
        Some(format!("0x{:x}", active.number()?) == window.id)
    }
}
