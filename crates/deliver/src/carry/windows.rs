//! Windows: the inbox is a named pipe, `\\.\pipe\…`.
//!
//! A pipe cannot say that nothing more will come; its reader takes each line as it is complete. That all was read is
//! known from a flush, which waits for it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use crate::push::PushError;

/// All instances of the pipe are taken for the moment.
const ERROR_PIPE_BUSY: i32 = 231;
const ERROR_BROKEN_PIPE: i32 = 109;
const ERROR_NO_DATA: i32 = 232;
const ERROR_PIPE_NOT_CONNECTED: i32 = 233;
/// Between two attempts at a busy pipe.
const MOMENT: Duration = Duration::from_millis(20);

/// An open pipe.
pub(crate) struct Carrier {
    pipe: File,
    deadline: Instant,
}

impl Carrier {
    /// Opens the pipe; all of it takes no longer than `patience`.
    pub(crate) fn reach(socket: &Path, patience: Duration) -> Result<Self, PushError> {
        let deadline = Instant::now() + patience;
        Ok(Self { pipe: open_by(socket, deadline)?, deadline })
    }

    /// Writes `lines` and waits until they are read.
    pub(crate) fn carry(self, lines: &[u8]) -> Result<(), PushError> {
        let (tell, told) = mpsc::channel();
        let (pipe, lines) = (self.pipe, lines.to_vec());
        // Writing and flushing know no time limit here: the thread is left to itself when it takes too long, and ends
        // with the other side.
        thread::Builder::new()
            .name("carrier".into())
            .spawn(move || drop(tell.send(write(pipe, &lines))))
            .map_err(PushError::Failed)?;
        match told.recv_timeout(self.deadline.saturating_duration_since(Instant::now())) {
            Ok(written) => written.map_err(broken),
            Err(RecvTimeoutError::Timeout) => Err(PushError::Slow),
            Err(RecvTimeoutError::Disconnected) => Err(PushError::Refused),
        }
    }
}

fn write(mut pipe: File, lines: &[u8]) -> io::Result<()> {
    pipe.write_all(lines)?;
    pipe.sync_all()
}

fn open_by(socket: &Path, deadline: Instant) -> Result<File, PushError> {
    if !is_pipe(socket) {
        return Err(PushError::Gone);
    }
    loop {
        match OpenOptions::new().read(true).write(true).open(socket) {
            Ok(pipe) => return Ok(pipe),
            Err(error) if error.raw_os_error() != Some(ERROR_PIPE_BUSY) => return Err(unreachable(error)),
            Err(_) if Instant::now() >= deadline => return Err(PushError::Slow),
            Err(_) => thread::sleep(MOMENT),
        }
    }
}

/// A registry entry that names a file must not make us write into it.
fn is_pipe(socket: &Path) -> bool {
    let name = socket.to_string_lossy().to_ascii_lowercase();
    name.starts_with(r"\\.\pipe\")
}

fn unreachable(error: io::Error) -> PushError {
    if error.kind() == io::ErrorKind::NotFound { PushError::Gone } else { PushError::Failed(error) }
}

fn broken(error: io::Error) -> PushError {
    match error.raw_os_error() {
        Some(ERROR_BROKEN_PIPE | ERROR_NO_DATA | ERROR_PIPE_NOT_CONNECTED) => PushError::Refused,
        _ => PushError::Failed(error),
    }
}
