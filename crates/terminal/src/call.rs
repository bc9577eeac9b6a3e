//! Runs another program with little trust: a time limit, a bounded answer, and no more of the environment than it needs.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use thiserror::Error;

use crate::LIMIT;

/// Longer answers are cut: a list of a thousand panes fits ten times.
const MOST: u64 = 1 << 20;

/// What every program gets of our environment; what else it needs its caller says.
const KEPT: &[&str] = &[
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LOGNAME",
    "PATH",
    "SYSTEMROOT",
    "TMPDIR",
    "USER",
    "XDG_RUNTIME_DIR",
];

/// A program with its arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
    /// Its path, or its name to be looked for in `PATH`.
    pub program: PathBuf,
    /// The words after it.
    pub arguments: Vec<OsString>,
    /// What it needs in its environment besides the little that each one gets.
    pub environment: Vec<(String, String)>,
}

impl Call {
    /// A call without arguments.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self { program: program.into(), arguments: Vec::new(), environment: Vec::new() }
    }

    /// With these words more.
    #[must_use]
    pub fn with<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.arguments.extend(words.into_iter().map(Into::into));
        self
    }

    /// With a variable more in its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn name(&self) -> String {
        self.program.file_name().unwrap_or(self.program.as_os_str()).to_string_lossy().into_owned()
    }
}

/// Why a program gave no answer.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum CallError {
    /// There is no such program.
    #[error("{0} is not installed")]
    Absent(String),
    /// It could not be started.
    #[error("{0} does not start: {1}")]
    NotStarted(String, String),
    /// It did not answer in time, and was ended.
    #[error("{0} did not answer within {n} s", n = LIMIT.as_secs())]
    Late(String),
    /// It refused: the first line of what it said.
    #[error("{0} refused: {1}")]
    Refused(String, String),
}

/// Runs a program to its end; what it printed.
pub(crate) fn run(call: &Call) -> Result<String, CallError> {
    let name = call.name();
    let mut child = command(call).spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => CallError::Absent(name.clone()),
        _ => CallError::NotStarted(name.clone(), error.to_string()),
    })?;
    let deadline = Instant::now() + LIMIT;
    let out = child.stdout.take().map(|pipe: ChildStdout| reading(pipe));
    let err = child.stderr.take().map(|pipe: ChildStderr| reading(pipe));
    let said = out.map(|out| out.recv_timeout(left(deadline)));
    let Some(status) = ended(&mut child, deadline) else {
        end(&mut child);
        return Err(CallError::Late(name));
    };
    if status.success() {
        return match said {
            Some(Ok(said)) => Ok(said),
            _ => Err(CallError::Late(name)),
        };
    }
    let said = err.and_then(|err| err.recv_timeout(left(deadline)).ok()).unwrap_or_default();
    let first = said.lines().find(|line| !line.trim().is_empty()).unwrap_or("it did not say why");
    Err(CallError::Refused(name, printable(first)))
}

/// What another program said, short and without anything that could steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(200).collect()
}

fn command(call: &Call) -> Command {
    let mut command = Command::new(&call.program);
    command.args(&call.arguments).env_clear();
    command.envs(KEPT.iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    command.envs(call.environment.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads on a thread of its own, which ends when the program does: what was read comes in one piece.
fn reading(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (out, said) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        // What comes after the bound is left in the pipe; the program is ended by the time limit then.
        let _ = pipe.take(MOST).read_to_end(&mut bytes);
        let _ = out.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    said
}

fn ended(child: &mut Child, deadline: Instant) -> Option<std::process::ExitStatus> {
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= deadline {
            return None;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

fn left(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

/// Does something that blocks, on a thread of its own; one that is late is left alone.
#[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the desktops that block are Linux's"))]
pub(crate) fn limited<T: Send + 'static>(
    what: &str,
    doing: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let (out, done) = channel();
    std::thread::spawn(move || {
        let _ = out.send(doing());
    });
    done.recv_timeout(LIMIT)
        .unwrap_or_else(|_| Err(format!("{what} did not answer within {} s", LIMIT.as_secs())))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Result<String, CallError> {
        run(&Call::new("/bin/sh").with(["-c", script]))
    }

    #[test]
    fn an_answer_is_what_was_printed_and_a_refusal_its_first_line() {
        assert_eq!(shell("echo pane"), Ok("pane\n".into()));
        let refused = shell("printf '\\n\\033[2Jno such pane\\nmore\\n' >&2; exit 1");
        assert_eq!(refused, Err(CallError::Refused("sh".into(), "[2Jno such pane".into())));
        assert_eq!(run(&Call::new("/no/such/tmux")), Err(CallError::Absent("tmux".into())));
    }

    #[test]
    fn a_program_that_hangs_or_floods_is_ended() {
        let begun = Instant::now();
        assert_eq!(shell("exec sleep 60"), Err(CallError::Late("sh".into())));
        assert!(shell("exec yes").is_err(), "it is cut off");
        assert!(begun.elapsed() < 3 * LIMIT);
    }

    #[test]
    fn a_program_sees_little_of_our_environment() {
        let seen = run(&Call::new("/usr/bin/env").env("WEZTERM_UNIX_SOCKET", "/run/wez")).unwrap();
        assert!(seen.contains("WEZTERM_UNIX_SOCKET=/run/wez\n"));
        assert!(!seen.contains("CARGO"), "{seen}");
    }
}
