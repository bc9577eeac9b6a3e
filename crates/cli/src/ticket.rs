//! What opens a side of a conversation: its id and a token, which stands in no list of processes if that can be helped.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::ending::WrongUse;
use crate::printable::line;
use crate::screen;

/// The environment variable that may hold the token.
pub(crate) const VARIABLE: &str = "PEERWATCH_TOKEN";
/// No token is anywhere near as long.
const LONGEST: u64 = 4_096;

/// A conversation, and the token of one of its sides.
#[derive(clap::Args, Debug)]
pub(crate) struct Ticket {
    /// The conversation
    #[arg(long, value_name = "ID")]
    pub(crate) conversation_id: String,

    #[command(flatten)]
    pub(crate) token: TokenArgs,
}

/// Where a token comes from.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct TokenArgs {
    /// Your side's token; `-` reads it from standard input. Others can see it here: better set PEERWATCH_TOKEN
    #[arg(long, value_name = "T", conflicts_with = "token_file")]
    token: Option<String>,

    /// A file that holds the token
    #[arg(long, value_name = "F")]
    token_file: Option<PathBuf>,
}

impl TokenArgs {
    /// The token, from the command line, the file, standard input or the environment; `None` when none is given.
    pub(crate) fn find(&self) -> anyhow::Result<Option<String>> {
        let text = match (self.token.as_deref(), &self.token_file) {
            (Some("-"), _) => bounded(std::io::stdin().lock()).context("standard input cannot be read")?,
            (Some(token), _) => {
                screen::say(&format!(
                    "The token stands on the command line, where every user of this machine can see it; \
                     use {VARIABLE}, --token-file, or --token - for standard input."
                ));
                token.into()
            }
            (None, Some(file)) => from_file(file)?,
            (None, None) => match std::env::var(VARIABLE).ok().filter(|token| !token.is_empty()) {
                Some(token) => token,
                None => return Ok(None),
            },
        };
        match text.trim() {
            "" => Err(WrongUse("the token is empty".into()).into()),
            token => Ok(Some(token.into())),
        }
    }
}

fn from_file(file: &Path) -> anyhow::Result<String> {
    let shown = line(&file.to_string_lossy());
    let opened = fs::File::open(file).with_context(|| format!("the token file {shown} cannot be read"))?;
    if is_open_to_others(&opened) {
        screen::say(&format!("{shown} can be read by other users; `chmod 600` keeps the token yours."));
    }
    bounded(opened).with_context(|| format!("the token file {shown} cannot be read"))
}

fn bounded(from: impl std::io::Read) -> std::io::Result<String> {
    let mut text = String::new();
    from.take(LONGEST).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(unix)]
fn is_open_to_others(file: &fs::File) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    file.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o044 != 0)
}

#[cfg(not(unix))]
fn is_open_to_others(_file: &fs::File) -> bool {
    false
}
