//! `cargo xtask bench`: measurements of the published build, each against a floor measured in the same run.

use std::process::{Command, ExitCode};

use anyhow::Result;

use crate::debian::Purpose;
use crate::process;
use crate::project::{Profile, Project};
use crate::setup;

pub(crate) const HELP: &str = "\
Usage: cargo xtask bench [NAME] [ARGUMENTS]

Builds Peerwatch as it is published and measures it. Without NAME, everything;
`cargo xtask bench -- --help` lists what there is. `cargo xtask bench verdicts`
is the false-alarm suite, whose time is simulated: it needs no such build.";

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    if args.iter().filter(|arg| *arg != "--").eq([SUITE]) {
        setup::prepare(project, Purpose::Terminal)?;
        process::run(&mut project.cargo(&["build", "--bin=bench", "--package=peerwatch-tests"]))?;
        let mut program = Command::new(project.binary(Profile::Debug, "bench"));
        return process::become_it(program.arg(SUITE).current_dir(project.root()));
    }
    with_published(project, "bench", &["--package=peerwatch-cli", "--package=peerwatch-desktop"], args)
}

/// The one that measures no machine.
const SUITE: &str = "verdicts";

/// Builds `packages` as they are published, and becomes the program of the tests called `name`, which measures them.
pub(crate) fn with_published(
    project: &Project,
    name: &str,
    packages: &[&str],
    mut args: Vec<String>,
) -> Result<ExitCode> {
    args.retain(|arg| arg != "--");
    setup::prepare(project, Purpose::Tests)?;
    let build = ["build", "--release", "--bins", "--package=peerwatch-tests"];
    process::run(&mut project.cargo(&[&build, packages].concat()))?;
    let mut program = Command::new(project.binary(Profile::Release, name));
    program.env("PEERWATCH_BIN_DIR", project.binaries(Profile::Release));
    process::become_it(program.args(args).current_dir(project.root()))
}
