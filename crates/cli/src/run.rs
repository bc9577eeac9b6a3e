//! `peerwatch run`: the engine, without a screen.

use std::sync::mpsc;

use anyhow::anyhow;
use jiff::Zoned;
use peerwatch_engine::{Folders, StartError, start, write_logs};

use crate::args::Global;
use crate::ending::Ending;
use crate::follow::{self, Update};
use crate::{happening, reach, screen};

/// Keep watch without a screen: the engine, with notifications where there is a desktop
///
/// Prints a line for each thing that happens. One engine runs for each user; the tray application holds one too.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch run
  peerwatch run --quiet &
  peerwatch run --json >> events.jsonl

Ends in order on Ctrl-C, on SIGTERM and by `peerwatch stop`. Exit 3 when another engine runs.")]
pub(crate) struct Args {
    /// Print nothing
    #[arg(long, short)]
    quiet: bool,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let options = reach::options(global);
    if let Some(folders) = Folders::of_the_user() {
        // The engine makes it the user's own; without it there is only no log.
        let _ = std::fs::create_dir_all(&folders.logs);
        write_logs(&folders);
    }
    let engine = start(options).map_err(refused)?;
    let (sender, updates) = mpsc::channel();
    follow::listen(&engine.handle(), &sender)?;
    follow::on_signal(&sender)?;
    drop(sender);
    let (mut silent, mut announced) = (args.quiet, args.quiet);
    for update in updates {
        match update {
            Update::Event(event) if !silent => {
                // A closed pipe ends the lines, not the watch.
                let printed = match global.json {
                    true => screen::print_json_line(&event),
                    false => {
                        screen::print(happening::said(&event, &Zoned::now(), screen::width()).as_slice())
                    }
                };
                silent = printed.is_err();
            }
            Update::Stop | Update::Lost(_) => break,
            // With its first view it can be asked.
            Update::View(_) if !announced => {
                announced = true;
                screen::say(&format!("Peerwatch keeps watch (pid {}). Ctrl-C ends it.", std::process::id()));
            }
            Update::Event(_) | Update::View(_) | Update::Resized => {}
        }
    }
    engine.stop();
    Ok(Ending::Fine)
}

fn refused(error: StartError) -> anyhow::Error {
    match error {
        StartError::AlreadyRunning { .. } => {
            anyhow!("{error}; `peerwatch watch` follows it, `peerwatch stop` ends it")
        }
        error => error.into(),
    }
}
