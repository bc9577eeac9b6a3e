//! The plugin's hook: `peerwatch-hook <event> <socket>`, with Claude Code's account of the event on its standard input.
//!
//! It tells a running engine, and prints nothing unless the engine has a message for a session that is about to stop. It
//! never stands in a session's way: it always ends well, without an engine at once, and with one after 200 ms at most. The
//! exception is a fence that a person has switched on: before a tool is used, the hook looks for one, and refuses the edits
//! that it is there to stop.

mod ask;
mod fence;
mod happening;
mod pipe;
mod wait;

use std::env;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use fence::Fences;
use happening::Happening;
use serde_json::{Value, json};

/// All that a session ever waits for us.
const LIMIT: Duration = Duration::from_millis(200);
/// All that it waits where a fence is up. A busy machine must not open it; Claude Code waits for 5 s.
const LIMIT_AT_A_FENCE: Duration = Duration::from_secs(3);
/// The event of which no engine is told: it comes before each edit and each shell command.
const TOOL: &str = "PreToolUse";
/// The one event that waits for an answer; what it prints goes into the session.
const STOP: &str = "Stop";
/// Not an event of Claude Code: started with its `asyncRewake`, it may wake the session later.
const WAIT: &str = "Wait";

fn main() -> ExitCode {
    let mut words = env::args_os().skip(1);
    let (Some(event), Some(socket)) = (words.next(), words.next().map(PathBuf::from)) else {
        return ExitCode::SUCCESS;
    };
    if event == WAIT {
        return wait::for_a_message(&socket);
    }
    let decision = if event == TOOL {
        refusal(&socket)
    } else {
        let text = within(LIMIT, move || tell(&event, &socket));
        text.map(|text| json!({"decision": "block", "reason": text}))
    };
    if let Some(decision) = decision {
        // A session that does not listen any more has no use for it.
        let _ = writeln!(std::io::stdout(), "{decision}");
    }
    ExitCode::SUCCESS
}

/// What a fence says to the use of a tool.
fn refusal(socket: &Path) -> Option<Value> {
    let fences = Fences::beside(socket)?;
    within(LIMIT_AT_A_FENCE, move || fences.refusal(&happening::account()))
}

/// Tells the engine of the event; what it has to say to a session that stops.
fn tell(event: &OsString, socket: &Path) -> Option<String> {
    let event = event.to_str()?;
    let happening = Happening::read(event);
    let mut pipe = pipe::connect(socket).ok()?;
    ask::send(&mut pipe, &happening).ok()?;
    if event == STOP { ask::answer(&mut pipe) } else { None }
}

/// What `work` comes to in time; it is left behind when it takes longer, and ends with the process.
fn within<R: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Option<R> + Send + 'static,
) -> Option<R> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || sender.send(work()));
    receiver.recv_timeout(limit).ok().flatten()
}
