//! Unix: the inbox is a socket.

use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::push::PushError;

/// A connection to a door.
pub(crate) struct Carrier {
    stream: UnixStream,
    deadline: Instant,
}

impl Carrier {
    /// Connects; all of it takes no longer than `patience`.
    pub(crate) fn reach(socket: &Path, patience: Duration) -> Result<Self, PushError> {
        let deadline = Instant::now() + patience;
        let stream = connect_by(socket, deadline).map_err(unreachable)?;
        Ok(Self { stream, deadline })
    }

    /// Writes `lines`, says that they were all, and waits until the other side hangs up.
    pub(crate) fn carry(mut self, lines: &[u8]) -> Result<(), PushError> {
        write_by(&mut self.stream, lines, self.deadline).map_err(broken)?;
        self.stream.shutdown(Shutdown::Write).map_err(broken)?;
        end_by(&mut self.stream, self.deadline).map_err(broken)
    }
}

/// A session that stands still takes nobody in, and its queue of those who knock may be full.
#[cfg(target_os = "linux")]
fn connect_by(socket: &Path, deadline: Instant) -> io::Result<UnixStream> {
    use rustix::net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt,
    };

    let address = SocketAddrUnix::new(socket)?;
    let stream = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    sockopt::set_socket_timeout(&stream, sockopt::Timeout::Send, Some(left(deadline)?))?;
    connect(&stream, &address)?;
    Ok(stream.into())
}

/// Elsewhere a full queue refuses at once.
#[cfg(not(target_os = "linux"))]
fn connect_by(socket: &Path, _deadline: Instant) -> io::Result<UnixStream> {
    UnixStream::connect(socket)
}

fn write_by(stream: &mut UnixStream, mut lines: &[u8], deadline: Instant) -> io::Result<()> {
    while !lines.is_empty() {
        stream.set_write_timeout(Some(left(deadline)?))?;
        match stream.write(lines) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => lines = lines.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// A session answers nothing; if it ever does, that is passed over.
fn end_by(stream: &mut UnixStream, deadline: Instant) -> io::Result<()> {
    let mut bytes = [0; 1024];
    loop {
        stream.set_read_timeout(Some(left(deadline)?))?;
        match stream.read(&mut bytes) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn left(deadline: Instant) -> io::Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::ErrorKind::TimedOut.into()) } else { Ok(left) }
}

fn unreachable(error: io::Error) -> PushError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => PushError::Gone,
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => PushError::Slow,
        _ => PushError::Failed(error),
    }
}

fn broken(error: io::Error) -> PushError {
    match error.kind() {
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::WriteZero => {
            PushError::Refused
        }
        // The time limit of a socket shows as either.
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => PushError::Slow,
        _ => PushError::Failed(error),
    }
}
