//! `peerwatch send`: the person writes to a worker.

use anyhow::{Context as _, bail};
use peerwatch_wire::{Command, Reply};

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::printable::line;
use crate::{find, piped, reach, screen};

/// Write to a worker, into its session
///
/// The message is kept in Peerwatch's own bridge until the session shows that it has it. An idle session starts a turn;
/// a busy one gets it between two tool calls.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch send api \"the schema is ready\"
  git diff | peerwatch send reviewer -")]
pub(crate) struct Args {
    /// Name, id, pid or session id
    worker: String,

    /// What to say; `-` reads it from standard input
    text: String,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let text = piped::text(&args.text, "the message")?;
    if text.trim().is_empty() {
        return Err(WrongUse("there is nothing to send: the text is empty".into()).into());
    }
    let view = reach::engine_view(global)?;
    let worker = find::worker(&view, &args.worker)?;
    let command = Command::Send { to: worker.id.clone(), text };
    match reach::engine(global)?.command(&command).context("the engine did not answer")? {
        Reply::Sent { conversation, message } => {
            if global.json {
                screen::print_json(&serde_json::json!({"conversation": conversation, "id": message}))?;
            } else {
                screen::print(&[format!(
                    "Sent to {}. `peerwatch messages {conversation}` shows where it stands.",
                    line(&worker.name)
                )])?;
            }
            Ok(Ending::Fine)
        }
        Reply::Refused { why } => bail!(why),
        other => bail!("the engine gave an unexpected answer: {other:?}"),
    }
}
