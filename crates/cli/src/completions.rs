//! `peerwatch completions`: what a shell needs to complete the command line.

use std::io::Write as _;

use clap::CommandFactory as _;
use clap_complete::{Shell, generate};

use crate::ending::Ending;

/// Print completions for a shell
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch completions bash > ~/.local/share/bash-completion/completions/peerwatch
  peerwatch completions zsh > ~/.zfunc/_peerwatch
  peerwatch completions fish > ~/.config/fish/completions/peerwatch.fish")]
pub(crate) struct Args {
    /// Which shell
    shell: Shell,
}

pub(crate) fn run(args: &Args) -> anyhow::Result<Ending> {
    let mut text = Vec::new();
    generate(args.shell, &mut crate::args::Args::command(), "peerwatch", &mut text);
    std::io::stdout().lock().write_all(&text)?;
    Ok(Ending::Fine)
}
