//! Measures Peerwatch as it is published, each figure against a floor measured in the same run.
//!
//! Figures of one machine at one time: what counts is the ratio to the floor beside it. Nothing of that passes or fails;
//! only the false-alarm suite does, whose time is simulated.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a measurement that cannot go on says why and stops"
)]

#[cfg(target_os = "linux")]
mod bridge;
#[cfg(target_os = "linux")]
mod cold;
#[cfg(target_os = "linux")]
mod crowd;
#[cfg(target_os = "linux")]
mod delivery;
#[cfg(target_os = "linux")]
mod figures;
#[cfg(target_os = "linux")]
mod floor;
#[cfg(target_os = "linux")]
mod jump;
#[cfg(target_os = "linux")]
mod messages;
#[cfg(target_os = "linux")]
mod registry;
#[cfg(target_os = "linux")]
mod rest;
#[cfg(target_os = "linux")]
mod verdicts;

const HELP: &str = "\
Usage: bench [NAME ...]

  messages   commit of a message to its notification on the bus, beside a bare inotify-and-read loop
  registry   change of a session's registry entry to the view, beside a bare inotify-and-read loop
  delivery   send over MCP to the model's request of a real session that sits idle, beside a bare push into its inbox
  bridge     the original's tools over MCP beside the Python bridge (its stand-in), 1 and 10 writers, start and memory
  cold       start with 1,000 transcripts of 5 MB, beside listing them
  verdicts   the false-alarm suite: recorded scenarios, what was told of each, and the original's rule beside it; exit code 1
             when somebody was alarmed without need, or a loss was missed
  jump       a click on a session's notification to the focus at its pane of tmux in an xterm, sent by the server and with the
             mouse on dunst, beside tmux and xdotool told to do the same
  rest       processor time and wake-ups over 60 s with 10 sessions and nothing happening, and memory (PSS)

Without a name, all of them. PEERWATCH_BIN_DIR names the folder of the programs that are measured.";

#[cfg(target_os = "linux")]
fn main() {
    let names: Vec<String> = std::env::args().skip(1).collect();
    if names.iter().any(|name| name == "--help" || name == "-h") {
        println!("{HELP}");
        return;
    }
    /// Measures; `false` when something that must hold did not.
    type Bench = fn() -> Result<bool, peerwatch_tests::require::Missing>;
    let all: [(&str, Bench); 8] = [
        ("messages", || messages::run().map(|()| true)),
        ("registry", || registry::run().map(|()| true)),
        ("delivery", || delivery::run().map(|()| true)),
        ("bridge", || bridge::run().map(|()| true)),
        ("cold", || cold::run().map(|()| true)),
        ("verdicts", || Ok(verdicts::run())),
        ("jump", || jump::run().map(|()| true)),
        ("rest", || rest::run().map(|()| true)),
    ];
    if let Some(unknown) = names.iter().find(|name| all.iter().all(|(known, _)| known != name)) {
        eprintln!("no measurement is called {unknown}\n\n{HELP}");
        std::process::exit(2);
    }
    figures::machine();
    let mut all_held = true;
    for (name, bench) in all {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            println!("\n{name}");
            match bench() {
                Ok(held) => all_held &= held,
                Err(missing) => println!("  skipped: {}", missing.0),
            }
        }
    }
    if !all_held {
        std::process::exit(1);
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("{HELP}\n\nThe World that is measured in is built on Linux only.");
}
