//! `peerwatch connect` and `peerwatch disconnect`: the plugin for Claude Code.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use peerwatch_engine::Folders;
use peerwatch_wire::PluginAct;

use crate::args::Global;
use crate::ending::{Ending, WrongUse};
use crate::printable::line;
use crate::{question, reach, screen};

/// Install Peerwatch's plugin into Claude Code: its MCP server and its hooks
///
/// Says first what it will do, and asks. The plugin is installed through Claude Code's own commands; in its settings
/// nothing changes but the two entries that they add. `peerwatch disconnect claude` undoes it exactly.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch connect claude --dry-run     what would be done
  peerwatch connect claude
  peerwatch --claude-config ~/work/.claude connect claude")]
pub(crate) struct Args {
    /// What to connect
    #[arg(value_enum)]
    what: What,

    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,

    /// Ask nothing
    #[arg(long, short)]
    yes: bool,

    /// Claude Code's program, where it is not found
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

/// Take Peerwatch's plugin out of Claude Code again
///
/// Every byte of Claude Code's settings that is not ours stays as it is.
#[derive(clap::Args, Debug)]
#[command(after_help = "Examples:
  peerwatch disconnect claude")]
pub(crate) struct DisconnectArgs {
    /// What to disconnect
    #[arg(value_enum)]
    what: What,

    /// Claude Code's program, where it is not found
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

/// What can be connected.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
enum What {
    /// Claude Code
    Claude,
}

pub(crate) fn connect(global: &Global, args: &Args) -> anyhow::Result<Ending> {
    let What::Claude = args.what;
    if args.dry_run {
        return act(global, args.program.as_deref(), PluginAct::Plan);
    }
    if !args.yes && !agreed(&plan(global, args.program.as_deref())?)? {
        screen::print(&["Nothing was changed.".into()])?;
        return Ok(Ending::Fine);
    }
    let ending = act(global, args.program.as_deref(), PluginAct::Connect)?;
    if !global.json {
        screen::print(&["Connected. Running sessions take it up after /reload-plugins.".into()])?;
    }
    Ok(ending)
}

pub(crate) fn disconnect(global: &Global, args: &DisconnectArgs) -> anyhow::Result<Ending> {
    let What::Claude = args.what;
    act(global, args.program.as_deref(), PluginAct::Disconnect)
}

/// Does it, and prints each step when it is done.
fn act(global: &Global, claude: Option<&Path>, act: PluginAct) -> anyhow::Result<Ending> {
    let mut steps = Vec::new();
    carry_out(global, claude, act, &mut |step| {
        if !global.json {
            // Whoever reads may have gone; what is begun is finished all the same.
            let _left = screen::print(&[line(&step)]);
        }
        steps.push(step);
    })?;
    if global.json {
        screen::print_json(&steps)?;
    }
    Ok(Ending::Fine)
}

fn plan(global: &Global, claude: Option<&Path>) -> anyhow::Result<Vec<String>> {
    let mut steps = Vec::new();
    carry_out(global, claude, PluginAct::Plan, &mut |step| steps.push(step))?;
    Ok(steps)
}

fn carry_out(
    global: &Global,
    claude: Option<&Path>,
    act: PluginAct,
    told: &mut dyn FnMut(String),
) -> anyhow::Result<()> {
    let options = reach::options(global);
    let folders = options.folders.or_else(Folders::of_the_user);
    let folders = folders.ok_or_else(|| anyhow!("this user has no home folder that the system knows of"))?;
    let wanted =
        peerwatch_engine::Plugged { configs: options.claude_config, program: claude.map(Path::to_owned) };
    peerwatch_engine::plugin(&folders, wanted, act, told).map_err(|why| anyhow!(why))
}

fn agreed(plan: &[String]) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        let why = "nobody can be asked here: add --yes to do it, or --dry-run to see what would be done";
        return Err(WrongUse(why.into()).into());
    }
    let mut lines = vec!["This will be done:".to_owned()];
    lines.extend(plan.iter().map(|step| format!("  {}", line(step))));
    screen::print(&lines)?;
    question::go_on()
}
