//! What can be typed, and the help that explains it.

use std::path::PathBuf;

use clap::Parser;

use crate::{
    audit, check, cleanup, completions, connect, conversations, demo, dismiss, doctor, fence, fine, jump,
    keepalive, man, mcp, messages, mute, pause, reassign, run, send, show, snooze, status, tasks, watch,
    watchdog,
};

/// Keeps watch over Claude Code sessions, agent teams and bridges
///
/// Peerwatch knows which of the Claude Code sessions on this machine work, which wait for you, which have gone
/// quiet and which are gone, and sees that the messages between them arrive. Without a subcommand it prints the roster.
#[derive(Parser, Debug)]
#[command(
    name = "peerwatch",
    version,
    max_term_width = 100,
    after_help = "Examples:
  peerwatch                     who works, who waits for you
  peerwatch watch               the same, live
  peerwatch show api            why Peerwatch says so, and the last messages
  peerwatch status --check      for scripts: exit 1 when somebody needs you
  peerwatch tasks               what is to be done, and by whom
  peerwatch demo                see it at work without any session of your own

Exit codes: 0 fine, 1 something needs a person, 2 wrong use, 3 could not do it."
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: Global,

    #[command(subcommand)]
    pub(crate) subcommand: Option<Subcommand>,
}

/// What every subcommand understands.
#[derive(clap::Args, Clone, Debug, Default)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// Settings file, instead of your own
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// Claude configuration folder to read, instead of the default ones (repeatable)
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) claude_config: Vec<PathBuf>,

    /// Bridge database to read, instead of the default ones (repeatable)
    // The scripts' own word for it goes on working.
    #[arg(long, alias = "db-path", global = true, value_name = "PATH")]
    pub(crate) db: Vec<PathBuf>,

    /// Print JSON for scripts
    #[arg(long, global = true)]
    pub(crate) json: bool,

    /// Ask no running engine: read the files now
    #[arg(long, global = true)]
    pub(crate) no_engine: bool,
}

#[derive(clap::Subcommand, Debug)]
pub(crate) enum Subcommand {
    Status(status::Args),
    Watch(watch::Args),
    Show(show::Args),
    Jump(jump::Args),
    Conversations(conversations::Args),
    Messages(messages::Args),
    Send(send::Args),
    Tasks(tasks::Args),
    Reassign(reassign::Args),
    Check(check::Args),
    Keepalive(keepalive::Args),
    Watchdog(watchdog::Args),
    Audit(audit::Args),
    Cleanup(cleanup::Args),
    Mcp(mcp::Args),
    Connect(connect::Args),
    Disconnect(connect::DisconnectArgs),
    Doctor(doctor::Args),
    Run(run::Args),
    /// Stop the running engine
    ///
    /// The tray application or `peerwatch run` ends in order. Exit 3 when no engine runs.
    Stop,
    Pause(pause::Args),
    Mute(mute::Args),
    Snooze(snooze::Args),
    Dismiss(dismiss::Args),
    Fine(fine::Args),
    Fence(fence::Args),
    Demo(demo::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Default for Subcommand {
    fn default() -> Self {
        Self::Status(status::Args::default())
    }
}
