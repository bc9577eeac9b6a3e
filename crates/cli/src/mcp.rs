//! `peerwatch mcp`: the bridge as an MCP server over standard input and output.

use crate::args::Global;
use crate::ending::Ending;
use crate::reach;

/// Serve a bridge to Claude Code over standard input and output
///
/// Without --db it is Peerwatch's own bridge: workers join it by role, and messages are brought into sessions that sit
/// idle. With --db it is the database of an original bridge, served in place with the original's tools and ours.
/// Claude Code starts this by itself; `peerwatch connect claude` tells it to.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  claude mcp add --scope user peerwatch -- peerwatch mcp
  claude mcp add bridge -- peerwatch --db ~/bridges/team.db mcp")]
pub(crate) struct Args {
    /// Messages that a participant may send in a minute; 0 for any number
    #[arg(long, value_name = "N", default_value_t = 100)]
    rate_limit: u32,
}

pub(crate) fn run(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    peerwatch_engine::serve_mcp(&reach::options(global), args.rate_limit)?;
    Ok(Ending::Fine)
}
