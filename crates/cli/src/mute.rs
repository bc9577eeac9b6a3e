//! `peerwatch mute`: no notifications about one worker, or about all in a folder, for a while.

use std::path::{Path, PathBuf};

use peerwatch_wire::{ALWAYS_S, Command, View};

use crate::args::Global;
use crate::ending::Ending;
use crate::printable::line;
use crate::{find, order, reach, span, words};

/// Show no notifications about one worker, or about all in a folder, for a while
///
/// What is held back is counted, and told in one notification when the mute ends.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch mute api 1h
  peerwatch mute ~/code/shop tomorrow
  peerwatch mute . always
  peerwatch mute api 0        unmute")]
pub(crate) struct Args {
    /// Name, id, pid or session id of a worker; or a folder, for every worker in it or below it
    #[arg(value_name = "WORKER|FOLDER")]
    whom: String,

    /// How long: 15m, 1h30m, tomorrow, always; 0 unmutes
    #[arg(value_name = "TIME", value_parser = time, default_value = "1h")]
    time: u64,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let view = reach::engine_view(global)?;
    let (command, whom) = match find::worker(&view, &args.whom) {
        Ok(worker) => {
            let command = Command::Mute { worker: worker.id.clone(), seconds: args.time };
            (command, line(&worker.name))
        }
        Err(nobody) => {
            let folder = folder(&args.whom).ok_or(nobody)?;
            let whom = format!("workers in {}", line(&folder));
            (Command::MuteFolder { folder, seconds: args.time }, whom)
        }
    };
    order::give(global, &command, &done(&view, &command, &whom, args.time))
}

fn done(view: &View, command: &Command, whom: &str, time: u64) -> String {
    match time {
        0 => match still_muted(view, command) {
            Some(folder) => format!("{whom} is muted with its folder: peerwatch mute {} 0", line(folder)),
            None => format!("Notifications about {whom} are shown again."),
        },
        ALWAYS_S.. => format!("No notifications about {whom} any more."),
        seconds => format!("No notifications about {whom} for {}.", words::span(seconds)),
    }
}

/// The muted folder in which a worker stays muted though it is itself no longer.
fn still_muted<'a>(view: &'a View, command: &Command) -> Option<&'a str> {
    let Command::Mute { worker, .. } = command else { return None };
    let cwd = view.workers.iter().find(|it| it.id == *worker)?.cwd.as_deref()?;
    let folders = view.quiet.folders.iter().map(|muted| muted.folder.as_str());
    folders.into_iter().find(|folder| Path::new(cwd).starts_with(folder))
}

/// The folder that is meant, as a session names it: with links followed. A name alone must be that of a folder that is there.
fn folder(text: &str) -> Option<String> {
    let path = PathBuf::from(text);
    let real = std::fs::canonicalize(&path).ok().filter(|path| path.is_dir());
    let is_path = text.contains(std::path::is_separator);
    let meant = real.or_else(|| is_path.then(|| std::path::absolute(&path).ok()).flatten())?;
    // Whatever was typed behind its name, a session names it without.
    Some(meant.components().collect::<PathBuf>().display().to_string())
}

/// A span, or always.
fn time(text: &str) -> Result<u64, String> {
    match text {
        "always" => Ok(ALWAYS_S),
        _ => span::parse(text).map_err(|wrong| wrong.replace(" or tomorrow", ", tomorrow or always")),
    }
}

/// Until when something is muted, as a person says it.
pub(crate) fn until(at: &str) -> String {
    // A mute for good ends in a year that nobody will see.
    if at.starts_with("9999-") { "always".into() } else { format!("until {}", words::clock(at)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_may_be_always() {
        assert_eq!(time("always"), Ok(ALWAYS_S));
        assert_eq!(time("15m"), Ok(900));
        assert_eq!(
            time("ever").unwrap_err(),
            "“ever” is no span of time; try 15m, 1h, 1h30m, 2d, tomorrow or always"
        );
        assert_eq!(until("9999-01-01T00:00:00Z"), "always");
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_is_named_as_its_sessions_name_it() {
        let scratch = tempfile::tempdir().unwrap();
        let (real, link) = (scratch.path().join("shop"), scratch.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let real = std::fs::canonicalize(&real).unwrap().display().to_string();
        assert_eq!(folder(&format!("{}/", link.display())), Some(real));
        assert_eq!(folder("no-such-folder"), None, "the name of a worker that nobody knows");
        assert_eq!(folder("/gone/shop/"), Some("/gone/shop".into()));
    }
}
