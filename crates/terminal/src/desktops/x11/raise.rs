//! A window comes to the front, and it is looked whether it did.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConfigureWindowAux, ConnectionExt as _,
    EventMask, InputFocus, StackMode, Window as Id,
};
use x11rb::{CURRENT_TIME, NONE};

use super::{Asked, Server, in_words};
use crate::way::Seen;

/// The source of the wish, as EWMH has it: 2 is a person's own, made through a program like a task bar.
const BY_A_PERSON: u32 = 2;
/// A desktop number that means all of them.
const EVERYWHERE: u32 = u32::MAX;
/// How long a window manager may take.
const PATIENCE: Duration = Duration::from_millis(1500);

impl Server {
    /// Brings a window to the front. `time` is that of the click, in the server's milliseconds.
    pub(super) fn raise(&self, window: Id, time: Option<u32>) -> Result<Seen, String> {
        let is_managed =
            self.numbers(self.root, self.atoms._NET_SUPPORTING_WM_CHECK, AtomEnum::WINDOW.into());
        match is_managed.map_err(in_words)?.is_empty() {
            true => self.raise_alone(window).map_err(in_words),
            false => self.raise_managed(window, time),
        }
    }

    fn raise_managed(&self, window: Id, time: Option<u32>) -> Result<Seen, String> {
        self.ask_manager(window, time).map_err(in_words)?;
        match self.await_active(window) {
            true => Ok(Seen::InFront),
            false => Err("the window manager did not give it the focus".into()),
        }
    }

    /// Goes to the window's desktop, and asks for the window. Changes of the focus are listened to before.
    fn ask_manager(&self, window: Id, time: Option<u32>) -> Asked<()> {
        let atoms = &self.atoms;
        let listen = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        self.connection.change_window_attributes(self.root, &listen)?;
        let time = time.unwrap_or(CURRENT_TIME);
        let first = |numbers: Vec<u32>| numbers.first().copied();
        let desktop = first(self.numbers(window, atoms._NET_WM_DESKTOP, AtomEnum::CARDINAL.into())?);
        let current =
            first(self.numbers(self.root, atoms._NET_CURRENT_DESKTOP, AtomEnum::CARDINAL.into())?);
        if let Some(desktop) = desktop.filter(|desktop| *desktop != EVERYWHERE && Some(*desktop) != current) {
            self.send(ClientMessageEvent::new(
                32,
                self.root,
                atoms._NET_CURRENT_DESKTOP,
                [desktop, time, 0, 0, 0],
            ))?;
        }
        let active = self.active().unwrap_or(NONE);
        let wish = [BY_A_PERSON, time, active, 0, 0];
        self.send(ClientMessageEvent::new(32, window, atoms._NET_ACTIVE_WINDOW, wish))?;
        Ok(self.connection.flush()?)
    }

    fn send(&self, message: ClientMessageEvent) -> Asked<()> {
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.connection.send_event(false, self.root, mask, message)?;
        Ok(())
    }

    fn await_active(&self, window: Id) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if self.active() == Some(window) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.await_event(left) {
                return false;
            }
        }
    }

    /// Waits until the server tells something; `false` when it doesn't in time, or is gone.
    fn await_event(&self, within: Duration) -> bool {
        match self.connection.poll_for_event() {
            Ok(Some(_)) => return true,
            Ok(None) => {}
            Err(_) => return false,
        }
        let Ok(within) = Timespec::try_from(within) else { return false };
        let mut waiting = [PollFd::new(self.connection.stream(), PollFlags::IN)];
        poll(&mut waiting, Some(&within)).is_ok_and(|ready| ready > 0)
    }

    /// On a display without a window manager nobody else does it.
    fn raise_alone(&self, window: Id) -> Asked<Seen> {
        let above = ConfigureWindowAux::new().stack_mode(StackMode::ABOVE);
        self.connection.configure_window(window, &above)?;
        self.connection.set_input_focus(InputFocus::PARENT, window, CURRENT_TIME)?;
        let focus = self.connection.get_input_focus()?.reply()?.focus;
        Ok(if focus == window { Seen::InFront } else { Seen::Asked })
    }
}
