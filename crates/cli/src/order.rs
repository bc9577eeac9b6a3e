//! Orders that only a running engine can carry out.

use anyhow::{Context as _, bail};
use peerwatch_wire::{Command, Reply};

use crate::args::Global;
use crate::ending::Ending;
use crate::reach;

/// Has the engine do something, and says what was done.
pub(crate) fn give(global: &Global, command: &Command, done: &str) -> anyhow::Result<Ending> {
    match reach::engine(global)?.command(command).context("the engine did not answer")? {
        Reply::Refused { why } => bail!(why),
        _ => {
            if !global.json {
                crate::screen::print(&[done.into()])?;
            }
            Ok(Ending::Fine)
        }
    }
}
