//! `cargo xtask demo`: the demonstration, in the tray and window where there is a display.

use std::process::ExitCode;

use anyhow::Result;

use crate::project::{Profile, Project};
use crate::run::{self, Program};

pub(crate) const HELP: &str = "\
Usage: cargo xtask demo [--release] [--speed N] [ARGUMENTS]

Plays a scripted quarter of an hour, with real files in a scratch folder:
sessions that work, wait, fall silent and come back. With a display it shows
in the tray and the window, without one in this terminal. Everything but
--release is passed on.

  --speed N   play N times as fast
  --release   build it as it is published";

pub(crate) fn task(project: &Project, mut args: Vec<String>) -> Result<ExitCode> {
    let profile = Profile::take_from(&mut args);
    args.retain(|arg| arg != "--");
    let program = Program::for_this_machine();
    let first = match program {
        Program::Desktop => "--demo",
        Program::Terminal => "demo",
    };
    run::start(project, program, profile, &[first], &args)
}
