//! Unix: a socket with a thread that listens at it.

mod line;

use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::Returned;

/// Whoever sends says it at once.
const PATIENCE: Duration = Duration::from_secs(2);
/// A session writes no longer line.
const LONGEST: u64 = 2 * 1024 * 1024;
/// So many speak at a time; more are hung up on.
const GUESTS: usize = 32;

/// An address that messages are sent from: it hears what becomes of them, until this value is dropped.
#[derive(Debug)]
pub struct ReplyBox {
    path: PathBuf,
    /// Device and inode of the socket that we made: another one in its place is not ours to remove.
    identity: (u64, u64),
    closing: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl ReplyBox {
    /// Opens the box called `name` for the sessions whose inboxes lie in `folder`; what comes back is told to `tell`.
    /// Of the name only letters, digits, `-` and `_` count, and of these the first 24; it may be empty.
    ///
    /// # Errors
    /// When the folder cannot be written, or another process listens there already ([`io::ErrorKind::AddrInUse`]).
    pub fn open(folder: &Path, name: &str, tell: Sender<Returned>) -> io::Result<Self> {
        let path = super::place(folder, name);
        let listener = bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600))?;
        let identity = identity(&path)?;
        let closing = Arc::new(AtomicBool::new(false));
        let (until, name) = (Arc::clone(&closing), name.to_owned());
        let listening = thread::Builder::new()
            .name("reply box".into())
            .spawn(move || listen(&listener, &until, &name, &tell))?;
        Ok(Self { path, identity, closing, listening: Some(listening) })
    }

    /// Takes away the boxes in `folder` that were left behind by processes which are gone.
    pub fn sweep(folder: &Path) {
        let is_ours = |name: &str| name.starts_with(super::PREFIX) && name.ends_with(".sock");
        for file in fs::read_dir(folder).into_iter().flatten().flatten() {
            if file.file_name().to_str().is_some_and(is_ours) && is_dead(&file.path()) {
                let _ = fs::remove_file(file.path());
            }
        }
    }

    /// The socket, to be given as [`crate::Parcel::reply_to`].
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the socket is still there. Who cleans up the folder takes it away; then the box must be opened again.
    #[must_use]
    pub fn is_open(&self) -> bool {
        identity(&self.path).is_ok_and(|found| found == self.identity)
    }
}

impl Drop for ReplyBox {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Release);
        // A listener whose socket was taken away cannot be reached any more; its thread stays in `accept`.
        if self.is_open() && UnixStream::connect(&self.path).is_ok() {
            if let Some(listening) = self.listening.take() {
                let _ = listening.join();
            }
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Binds the socket. One that a process left behind which is gone is taken away; one that answers is not.
fn bind(path: &Path) -> io::Result<UnixListener> {
    match UnixListener::bind(path) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
        bound => return bound,
    }
    if is_dead(path) {
        fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

/// Whether it is a socket at which nobody listens any more.
fn is_dead(path: &Path) -> bool {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
    is_socket
        && UnixStream::connect(path).is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

fn listen(listener: &UnixListener, closing: &AtomicBool, name: &str, tell: &Sender<Returned>) {
    let guests = Arc::new(AtomicUsize::new(0));
    for stream in listener.incoming() {
        if closing.load(Ordering::Acquire) {
            return;
        }
        let Ok(stream) = stream else {
            // Out of descriptors, most likely: a moment for others to give some back.
            thread::sleep(Duration::from_millis(50));
            continue;
        };
        if guests.load(Ordering::Acquire) >= GUESTS {
            continue;
        }
        let (name, tell, guests) = (name.to_owned(), tell.clone(), Guest::enter(&guests));
        let hearing = thread::Builder::new().name("reply".into()).spawn(move || {
            hear(&stream, &name, &tell);
            drop(guests);
        });
        if let Err(error) = hearing {
            tracing::warn!(%error, "a receipt cannot be heard");
        }
    }
}

/// One of those who speak at present.
struct Guest(Arc<AtomicUsize>);

impl Guest {
    fn enter(guests: &Arc<AtomicUsize>) -> Self {
        guests.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(guests))
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Hears one sender to its end, and hangs up at once: it waits for that.
fn hear(stream: &UnixStream, name: &str, tell: &Sender<Returned>) {
    if stream.set_read_timeout(Some(PATIENCE)).is_err() {
        return;
    }
    let lines = BufReader::new(stream.take(LONGEST)).lines();
    for returned in lines.map_while(Result::ok).filter_map(|line| line::read(name, &line)) {
        if tell.send(returned).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
