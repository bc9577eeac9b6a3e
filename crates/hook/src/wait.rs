//! Waits beside an idle session for a message that wakes it: the way for sessions without an inbox.
//!
//! Seen with Claude Code 2.1.330: while one waits, the session counts as idle and shows nothing; an older waiter that leaves
//! is not mentioned; a model was asked 66 ms after the text came. But `claude -p` does not end before its hooks have ended.

use std::env;
use std::path::Path;
use std::process::ExitCode;

use crate::happening::Happening;
use crate::{WAIT, ask, pipe};

/// What Claude Code takes as "wake the session with what stands on the standard error".
const WAKE: u8 = 2;

/// Waits until the engine has a text, or lets go of it: the session has a newer waiter, or the engine ends.
pub(crate) fn for_a_message(socket: &Path) -> ExitCode {
    if !is_of_use(|name| env::var(name).ok()) {
        return ExitCode::SUCCESS;
    }
    let happening = Happening::read(WAIT);
    let Ok(mut pipe) = pipe::connect(socket) else { return ExitCode::SUCCESS };
    if ask::send(&mut pipe, &happening).is_err() {
        return ExitCode::SUCCESS;
    }
    leave_with_the_session();
    match ask::answer(&mut pipe) {
        Some(text) => {
            eprintln!("{text}");
            ExitCode::from(WAKE)
        }
        None => ExitCode::SUCCESS,
    }
}

/// Only for a session in a terminal, which may stay idle, and only without an inbox, which is the better way.
fn is_of_use(environment: impl Fn(&str) -> Option<String>) -> bool {
    let inbox = environment("CLAUDE_CODE_MESSAGING_SOCKET").is_some_and(|path| !path.is_empty());
    !inbox && environment("CLAUDE_CODE_ENTRYPOINT").as_deref() == Some("cli")
}

#[cfg(unix)]
fn leave_with_the_session() {
    /// How often is looked whether the session still lives, which may have been killed.
    const BEAT: std::time::Duration = std::time::Duration::from_secs(5);
    let session = std::os::unix::process::parent_id();
    std::thread::spawn(move || {
        while std::os::unix::process::parent_id() == session {
            std::thread::sleep(BEAT);
        }
        std::process::exit(0);
    });
}

#[cfg(not(unix))]
fn leave_with_the_session() {
    // The engine closes the pipe when the session's process is gone.
}
