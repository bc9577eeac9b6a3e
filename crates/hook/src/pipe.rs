//! The way to the engine: its local socket, or on Windows its named pipe.

use std::io;
use std::path::Path;

/// Connects to the engine.
#[cfg(unix)]
pub(crate) fn connect(socket: &Path) -> io::Result<std::os::unix::net::UnixStream> {
    std::os::unix::net::UnixStream::connect(socket)
}

/// Connects to the engine, whose pipe is named after the socket's path as the engine names it.
#[cfg(windows)]
pub(crate) fn connect(socket: &Path) -> io::Result<std::fs::File> {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    socket.hash(&mut hasher);
    let name = format!(r"\\.\pipe\peerwatch-{:016x}", hasher.finish());
    std::fs::OpenOptions::new().read(true).write(true).open(name)
}
