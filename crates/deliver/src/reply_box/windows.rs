//! Windows: which pipes Claude Code would answer to is not known, so there is no box.

use std::io;
use std::path::Path;
use std::sync::mpsc::Sender;

use crate::Returned;

/// An address that messages are sent from. There is none on this platform.
#[derive(Debug)]
pub enum ReplyBox {}

impl ReplyBox {
    /// Opens the box called `name` for the sessions whose inboxes lie in `folder`.
    ///
    /// # Errors
    /// Always, on this platform.
    pub fn open(folder: &Path, name: &str, _tell: Sender<Returned>) -> io::Result<Self> {
        let place = super::place(folder, name);
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("no receipts at {}", place.display())))
    }

    /// Takes away what boxes left behind. There are none on this platform.
    pub fn sweep(_folder: &Path) {}

    /// Whether the socket is still there.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match *self {}
    }

    /// The socket, to be given as [`crate::Parcel::reply_to`].
    #[must_use]
    pub fn path(&self) -> &Path {
        match *self {}
    }
}
