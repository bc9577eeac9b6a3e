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
`cargo xtask bench -- --help` lists what there is.";

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    with_published(project, "bench", &["--package=peerwatch-cli", "--package=peerwatch-desktop"], args)
}

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
