//! `peerwatch`: everything that the tray does, on a machine without a screen.
//!
//! One file per subcommand. What scripts rely on is written in `docs/cli.md`, and a test holds the page to the code.

mod acting;
mod ancestry;
mod args;
mod audit;
mod awake;
mod canvas;
mod check;
mod cleanup;
mod completions;
mod connect;
mod conversation;
mod conversations;
mod databases;
mod debts;
mod demo;
mod dismiss;
mod doctor;
mod ending;
mod fare;
mod fence;
mod find;
mod fine;
mod follow;
mod hands;
mod happening;
mod jump;
mod keepalive;
mod ledger;
mod life;
mod lost;
mod man;
mod mcp;
mod messages;
mod mute;
mod order;
#[cfg(test)]
mod page;
mod palette;
mod pause;
mod piped;
mod printable;
mod question;
mod reach;
mod reassign;
mod rescue;
mod roster;
mod run;
mod screen;
mod seat;
mod send;
mod shapes;
mod show;
mod signs;
mod silence;
mod snooze;
mod span;
mod status;
mod stop;
mod table;
mod tables;
mod tasks;
mod ticket;
mod turnstile;
mod watch;
mod watchdog;
mod words;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Args, Subcommand};

fn main() -> ExitCode {
    // A demonstration plays its sessions and their tools with this program.
    if let Some(code) = peerwatch_demo::worker::take_over() {
        return code;
    }
    let Args { global, subcommand } = Args::parse();
    let ending = match subcommand.unwrap_or_default() {
        Subcommand::Status(args) => status::run(&global, &args),
        Subcommand::Watch(args) => watch::run(&global, &args),
        Subcommand::Show(args) => show::run(&global, &args),
        Subcommand::Jump(args) => jump::run(&global, &args),
        Subcommand::Conversations(args) => conversations::run(&global, &args),
        Subcommand::Messages(args) => messages::run(&global, &args),
        Subcommand::Check(args) => check::run(&global, &args),
        Subcommand::Keepalive(args) => keepalive::run(&global, &args),
        Subcommand::Watchdog(args) => watchdog::run(&global, &args),
        Subcommand::Tasks(args) => tasks::run(&global, &args),
        Subcommand::Reassign(args) => reassign::run(&global, &args),
        Subcommand::Audit(args) => audit::run(&global, &args),
        Subcommand::Cleanup(args) => cleanup::run(&global, &args),
        Subcommand::Send(args) => send::run(&global, &args),
        Subcommand::Mcp(args) => mcp::run(&global, &args),
        Subcommand::Connect(args) => connect::connect(&global, &args),
        Subcommand::Disconnect(args) => connect::disconnect(&global, &args),
        Subcommand::Doctor(args) => doctor::run(&global, &args),
        Subcommand::Run(args) => run::run(&global, &args),
        Subcommand::Stop => stop::run(&global),
        Subcommand::Pause(args) => pause::run(&global, &args),
        Subcommand::Mute(args) => mute::run(&global, &args),
        Subcommand::Snooze(args) => snooze::run(&global, &args),
        Subcommand::Dismiss(args) => dismiss::run(&global, &args),
        Subcommand::Fine(args) => fine::run(&global, &args),
        Subcommand::Fence(args) => fence::run(&global, &args),
        Subcommand::Demo(args) => demo::run(&global, &args),
        Subcommand::Completions(args) => completions::run(&args),
        Subcommand::Man(args) => man::run(&args),
    };
    ending::exit(ending)
}
