//! `cargo xtask check`: the quick checks, for while one works.

use std::process::{Command, ExitCode};

use anyhow::{Result, bail};

use crate::debian::Purpose;
use crate::process;
use crate::project::Project;
use crate::setup;

pub(crate) const HELP: &str = "\
Usage: cargo xtask check

Formatting, lints, the tests of the core, and the window's types. Stops at the
first thing that is wrong. `cargo xtask test` runs everything.";

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    if !args.is_empty() {
        bail!("this task takes no arguments");
    }
    setup::prepare(project, Purpose::Desktop)?;
    for mut command in [format(project), lints(project), core_tests(project), window_types(project)] {
        println!("{}", process::shown(&command));
        process::run(&mut command)?;
    }
    println!("All fine.");
    Ok(ExitCode::SUCCESS)
}

/// Is everything formatted?
pub(crate) fn format(project: &Project) -> Command {
    project.cargo(&["fmt", "--all", "--check"])
}

/// Do the lints hold, in the tests as well?
pub(crate) fn lints(project: &Project) -> Command {
    project.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ])
}

fn core_tests(project: &Project) -> Command {
    project.cargo(&["test", "--quiet", "--package", "peerwatch-core"])
}

/// Do the window's types fit?
pub(crate) fn window_types(project: &Project) -> Command {
    project.npm(&["run", "check", "--workspace", "ui"])
}
