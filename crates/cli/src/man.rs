//! `peerwatch man`: manual pages, made from what the command line knows of itself.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_mangen::Man;

use crate::ending::Ending;

/// Print the manual page, or write one for each subcommand
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch man | man -l -
  peerwatch man --dir ~/.local/share/man/man1")]
pub(crate) struct Args {
    /// Write all pages into this folder
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Ending> {
    let command = crate::args::Args::command();
    let Some(dir) = &args.dir else {
        let mut page = Vec::new();
        Man::new(command).render(&mut page)?;
        std::io::stdout().lock().write_all(&page)?;
        return Ok(Ending::Fine);
    };
    fs::create_dir_all(dir).with_context(|| format!("cannot make the folder {}", dir.display()))?;
    clap_mangen::generate_to(command, dir).with_context(|| format!("cannot write into {}", dir.display()))?;
    Ok(Ending::Fine)
}
