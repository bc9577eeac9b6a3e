//! `cargo xtask bench`: measurements of the published build, each against a floor measured in the same run.

use std::process::ExitCode;

use anyhow::Result;

use crate::debian::Purpose;
use crate::process;
use crate::project::{Profile, Project};
use crate::setup;

pub(crate) const HELP: &str = "\
Usage: cargo xtask bench [NAME] [ARGUMENTS]

Builds Peerwatch as it is published and measures it. Without NAME, everything;
`cargo xtask bench -- --help` lists what there is.";

pub(crate) fn task(project: &Project, mut args: Vec<String>) -> Result<ExitCode> {
    args.retain(|arg| arg != "--");
    setup::prepare(project, Purpose::Tests)?;
    process::run(&mut project.cargo(&[
        "build",
        "--release",
        "--bins",
        "--package=peerwatch-cli",
        "--package=peerwatch-desktop",
        "--package=peerwatch-tests",
    ]))?;
    let mut bench = std::process::Command::new(project.binary(Profile::Release, "bench"));
    bench.env("PEERWATCH_BIN_DIR", project.binaries(Profile::Release)).args(args).current_dir(project.root());
    process::become_it(&mut bench)
}
