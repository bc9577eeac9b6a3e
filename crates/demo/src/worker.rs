//! What runs inside a process that plays a session: it waits for words on its input, and ends with it.
//!
//! A program lends itself to a demonstration by calling [`take_over`] first thing in its `main`.

use std::io::{self, BufRead as _, Read as _};
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Which part a process of a demonstration plays.
pub(crate) const PART: &str = "PEERWATCH_DEMO_PART";
pub(crate) const SESSION: &str = "session";
const TOOL: &str = "tool";
/// A tool works this long, at least one tick of the clock by which systems count processor time…
const EFFORT: Duration = Duration::from_millis(12);
/// …and then rests.
const PAUSE: Duration = Duration::from_millis(500);

/// Plays a part when this process was started for one; otherwise returns `None` at once.
#[must_use]
pub fn take_over() -> Option<ExitCode> {
    match std::env::var(PART).ok()?.as_str() {
        SESSION => play_session(),
        TOOL => play_tool(),
        _ => return None,
    }
    Some(ExitCode::SUCCESS)
}

/// `tool <command>` starts a child that looks like that command, `rest` ends it, the end of the input ends everything.
fn play_session() {
    let mut tool: Option<Child> = None;
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        end(tool.take());
        if let Some(command) = line.strip_prefix("tool ") {
            tool = start_tool(command).ok();
        }
    }
    end(tool);
}

fn start_tool(command: &str) -> io::Result<Child> {
    let mut words = command.split_whitespace();
    let name = words.next().unwrap_or("tool");
    let mut child = Command::new(std::env::current_exe()?);
    #[cfg(unix)]
    std::os::unix::process::CommandExt::arg0(&mut child, name);
    #[cfg(not(unix))]
    child.arg(name);
    child.args(words).env(PART, TOOL);
    child.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()
}

/// A tool at work: a little processor time now and then, until its input ends.
fn play_tool() {
    let (over, ended) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let _ = io::stdin().read_to_end(&mut Vec::new());
        drop(over);
    });
    let mut sum = 0_u64;
    while ended.recv_timeout(PAUSE) == Err(mpsc::RecvTimeoutError::Timeout) {
        // By the clock: as much work is a moment in a release build and an age in a debug build.
        let began = Instant::now();
        while began.elapsed() < EFFORT {
            sum = (0..1_000_u64).fold(sum, |sum, n| std::hint::black_box(sum.rotate_left(5) ^ n));
        }
    }
}

fn end(child: Option<Child>) {
    if let Some(mut child) = child {
        let _ = child.kill();
        let _ = child.wait();
    }
}
