//! X11: windows by the process that owns them, brought to the front as the window manager's protocol (EWMH) has it.
//!
//! A pid says something only together with the machine (`WM_CLIENT_MACHINE`): windows of other machines can be on the
//! same display. A window without `_NET_WM_PID` is asked for by X-Resource, where the server itself knows the process.

mod authority;
mod raise;

use std::path::PathBuf;

use x11rb::connection::Connection;
use x11rb::errors::ReplyOrIdError;
use x11rb::protocol::res::{ClientIdMask, ClientIdSpec, ConnectionExt as _};
use x11rb::protocol::xproto::{Atom, AtomEnum, ConnectionExt as _, Window as Id};
use x11rb::rust_connection::RustConnection;

use super::{Desktop, Found, Owner, Window, choose};
use crate::call::limited;
use crate::way::Seen;

x11rb::atom_manager! {
    /// The names that are used, as the server numbers them.
    pub(super) Atoms: AtomsCookie {
        _NET_ACTIVE_WINDOW,
        _NET_CLIENT_LIST,
        _NET_CURRENT_DESKTOP,
        _NET_SUPPORTING_WM_CHECK,
        _NET_WM_DESKTOP,
        _NET_WM_NAME,
        _NET_WM_PID,
        _NET_WM_WINDOW_TYPE,
        _NET_WM_WINDOW_TYPE_DESKTOP,
        _NET_WM_WINDOW_TYPE_DOCK,
        UTF8_STRING,
        WM_CLIENT_MACHINE,
    }
}

/// A display.
#[derive(Clone, Debug)]
pub(super) struct X11 {
    pub(super) display: String,
    /// The file with the key to it, where the environment names one.
    pub(super) authority: Option<PathBuf>,
}

impl Desktop for X11 {
    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let (place, owner) = (self.clone(), owner.clone());
        limited("the X server", move || Server::open(&place)?.find(&owner))
    }

    fn raise(&self, window: &Window, token: Option<&str>) -> Result<Seen, String> {
        let (place, id, time) = (self.clone(), number(window)?, token.and_then(time_of));
        limited("the X server", move || Server::open(&place)?.raise(id, time))
    }

    fn is_in_front(&self, window: &Window) -> Option<bool> {
        let (place, id) = (self.clone(), number(window).ok()?);
        limited("the X server", move || Ok(Server::open(&place)?.active() == Some(id))).ok()
    }
}

fn number(window: &Window) -> Result<Id, String> {
    window.id.parse().map_err(|_| "the window's number is odd".into())
}

/// A token of X11 ends with the time of the click: `…_TIME4711`.
fn time_of(token: &str) -> Option<u32> {
    token.rsplit_once("_TIME")?.1.parse().ok()
}

/// A connection to the display.
pub(super) struct Server {
    connection: RustConnection,
    root: Id,
    atoms: Atoms,
}

/// What became of a request.
type Asked<T> = Result<T, ReplyOrIdError>;

fn in_words(error: impl Into<ReplyOrIdError>) -> String {
    format!("the X server refused: {}", error.into())
}

impl Server {
    fn open(place: &X11) -> Result<Self, String> {
        let (connection, screen) = authority::connect(&place.display, place.authority.as_deref())
            .map_err(|why| format!("the display {} can't be opened: {why}", place.display))?;
        let root = connection.setup().roots.get(screen).ok_or("the display has no screen")?.root;
        let atoms = Atoms::new(&connection).map_err(in_words)?.reply().map_err(in_words)?;
        Ok(Self { connection, root, atoms })
    }

    fn find(&self, owner: &Owner) -> Result<Found, String> {
        let clients = self.clients().map_err(in_words)?;
        let number = owner.window_id.and_then(|id| Id::try_from(id).ok());
        let told = number.and_then(|id| self.client_of(id, &clients));
        let ours = self.owned(owner.pid, &clients).map_err(in_words)?;
        let windows: Vec<(u64, String)> = ours.iter().map(|id| (u64::from(*id), self.title(*id))).collect();
        let owner = Owner { window_id: told.map(u64::from), ..owner.clone() };
        let (id, is_doubtful) = choose(&owner, &windows).ok_or("it has no window on this display")?;
        Ok(Found { window: Window { id: id.to_string() }, is_doubtful })
    }

    /// The windows that the window manager shows; without one, everything on the screen.
    fn clients(&self) -> Asked<Vec<Id>> {
        let listed = self.numbers(self.root, self.atoms._NET_CLIENT_LIST, AtomEnum::WINDOW.into())?;
        if !listed.is_empty() {
            return Ok(listed);
        }
        Ok(self.connection.query_tree(self.root)?.reply()?.children)
    }

    /// The client that a window is, or is within.
    fn client_of(&self, window: Id, clients: &[Id]) -> Option<Id> {
        let mut at = window;
        for _ in 0..16 {
            if clients.contains(&at) {
                return Some(at);
            }
            at = self.connection.query_tree(at).ok()?.reply().ok()?.parent;
        }
        None
    }

    /// Those of a process of this machine. All is asked at once and then read: one way there and back.
    fn owned(&self, pid: u32, clients: &[Id]) -> Asked<Vec<Id>> {
        let atoms = &self.atoms;
        let asked: Vec<_> = clients
            .iter()
            .map(|id| {
                Ok((
                    *id,
                    self.property(*id, atoms._NET_WM_PID, AtomEnum::CARDINAL.into(), 1)?,
                    self.property(*id, atoms.WM_CLIENT_MACHINE, AtomEnum::ANY.into(), 64)?,
                    self.property(*id, atoms._NET_WM_WINDOW_TYPE, AtomEnum::ATOM.into(), 8)?,
                ))
            })
            .collect::<Asked<_>>()?;
        let here = rustix::system::uname().nodename().to_bytes().to_vec();
        let mut found = Vec::new();
        for (id, owner, machine, kind) in asked {
            // A window may be gone by now.
            let (Ok(owner), Ok(machine), Ok(kind)) = (owner.reply(), machine.reply(), kind.reply()) else {
                continue;
            };
            let is_part_of_the_desktop = kind.value32().is_some_and(|mut kinds| {
                kinds.any(|kind| {
                    kind == atoms._NET_WM_WINDOW_TYPE_DOCK || kind == atoms._NET_WM_WINDOW_TYPE_DESKTOP
                })
            });
            let is_here = machine.value.is_empty() || machine.value == here;
            let owner = owner.value32().and_then(|mut pids| pids.next());
            let is_owned = match owner {
                Some(owner) => owner == pid && is_here,
                None => self.process_of(id) == Some(pid),
            };
            if is_owned && !is_part_of_the_desktop {
                found.push(id);
            }
        }
        Ok(found)
    }

    /// The process of a window, as the server knows it.
    fn process_of(&self, window: Id) -> Option<u32> {
        let spec = ClientIdSpec { client: window, mask: ClientIdMask::LOCAL_CLIENT_PID };
        let reply = self.connection.res_query_client_ids(&[spec]).ok()?.reply().ok()?;
        reply.ids.iter().find_map(|id| id.value.first().copied())
    }

    fn title(&self, window: Id) -> String {
        let asked = self.property(window, self.atoms._NET_WM_NAME, self.atoms.UTF8_STRING, 256);
        let value = asked.ok().and_then(|cookie| cookie.reply().ok()).map(|reply| reply.value);
        String::from_utf8_lossy(&value.unwrap_or_default()).into_owned()
    }

    /// The window that has the focus.
    fn active(&self) -> Option<Id> {
        let ids = self.numbers(self.root, self.atoms._NET_ACTIVE_WINDOW, AtomEnum::WINDOW.into()).ok()?;
        ids.first().copied().filter(|id| *id != 0)
    }

    fn numbers(&self, window: Id, name: Atom, kind: Atom) -> Asked<Vec<u32>> {
        let reply = self.property(window, name, kind, 4096)?.reply()?;
        Ok(reply.value32().map(Iterator::collect).unwrap_or_default())
    }

    fn property(
        &self,
        window: Id,
        name: Atom,
        kind: Atom,
        length: u32,
    ) -> Asked<x11rb::cookie::Cookie<'_, RustConnection, x11rb::protocol::xproto::GetPropertyReply>> {
        Ok(self.connection.get_property(false, window, name, kind, 0, length)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_the_time_of_the_click() {
        assert_eq!(time_of("peerwatch/dunst/1-2-host_TIME4711"), Some(4711));
        assert_eq!(time_of("token-3"), None);
    }
}
