//! Speaks to a running engine from another process, blocking.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use interprocess::local_socket::Stream;
use interprocess::local_socket::traits::Stream as _;
use peerwatch_wire::{Command, Event, Line, Reply, Request, View};
use thiserror::Error;

use crate::lock::EngineLock;
use crate::options::Options;
use crate::socket;

/// What an engine may take from its start until it listens.
const STARTING: Duration = Duration::from_secs(2);

/// Why no engine can be spoken to.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// No engine runs for this user.
    #[error("no engine is running")]
    NotRunning,
    /// One runs and does not answer.
    #[error("the engine{} does not answer: {error}", pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default())]
    NotAnswering {
        /// Its pid, when known.
        pid: Option<u32>,
        /// What happened.
        error: io::Error,
    },
    /// The platform names no home folder for this user.
    #[error("this user has no home folder that the system knows of")]
    NoHome,
}

/// A connection to a running engine.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<Stream>,
}

/// Connects to the engine of these options' folders.
///
/// # Errors
/// When no engine runs there, or it does not answer.
pub fn connect(options: &Options) -> Result<Client, ConnectError> {
    let folders = options.folders().ok_or(ConnectError::NoHome)?;
    let begun = Instant::now();
    loop {
        let error = match socket::name(&folders.socket()).and_then(Stream::connect) {
            Ok(stream) => return Ok(Client { stream: BufReader::new(stream) }),
            Err(error) => error,
        };
        match EngineLock::holder(&folders.lock()) {
            None => return Err(ConnectError::NotRunning),
            // An engine that has just taken the lock does not listen yet.
            Some(_) if begun.elapsed() < STARTING => thread::sleep(Duration::from_millis(20)),
            Some(pid) => return Err(ConnectError::NotAnswering { pid, error }),
        }
    }
}

impl Client {
    /// Has the engine do something.
    ///
    /// # Errors
    /// When the engine leaves before it answers.
    pub fn command(&mut self, command: &Command) -> io::Result<Reply> {
        self.ask(&Request::Do { command: command.clone() })?;
        loop {
            if let Line::Reply { reply } = self.line()? {
                return Ok(reply);
            }
        }
    }

    /// Everything that happens from now on, until the engine stops.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub fn events(mut self) -> io::Result<impl Iterator<Item = io::Result<Event>>> {
        self.ask(&Request::Events)?;
        Ok(std::iter::from_fn(move || {
            loop {
                match self.line() {
                    Ok(Line::Event { event }) => return Some(Ok(event)),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
        }))
    }

    /// The view now and at each change, until the engine stops.
    ///
    /// # Errors
    /// When the engine cannot be asked.
    pub fn views(mut self) -> io::Result<impl Iterator<Item = io::Result<View>>> {
        self.ask(&Request::Views)?;
        Ok(std::iter::from_fn(move || {
            loop {
                match self.line() {
                    Ok(Line::View { view }) => return Some(Ok(*view)),
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
                    Err(error) => return Some(Err(error)),
                }
            }
        }))
    }

    fn ask(&mut self, request: &Request) -> io::Result<()> {
        let mut text = serde_json::to_vec(request)?;
        text.push(b'\n');
        let stream = self.stream.get_mut();
        stream.write_all(&text)?;
        stream.flush()
    }

    fn line(&mut self) -> io::Result<Line> {
        let mut text = String::new();
        if self.stream.read_line(&mut text)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(serde_json::from_str(&text)?)
    }
}
