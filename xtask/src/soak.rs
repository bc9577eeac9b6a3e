//! `cargo xtask soak`: real sessions write to each other for half an hour, while sessions and the engine die.

use std::process::ExitCode;

use anyhow::Result;

use crate::debian::Purpose;
use crate::process;
use crate::project::{Profile, Project};
use crate::setup;

pub(crate) const HELP: &str = "\
Usage: cargo xtask soak [--minutes N] [--workers N]

Builds Peerwatch as it is published and lets real Claude Code sessions, with a
scripted model, write to each other over its bridge. Now and then a session is
killed and resumed; in the first third the engine is killed too. Fails when a
message was lost or doubled, or when memory or descriptors grew.

  --minutes N   how long messages are sent (30)
  --workers N   how many sessions take part (10)";

pub(crate) fn task(project: &Project, mut args: Vec<String>) -> Result<ExitCode> {
    args.retain(|arg| arg != "--");
    setup::prepare(project, Purpose::Tests)?;
    process::run(&mut project.cargo(&[
        "build",
        "--release",
        "--bins",
        "--package=peerwatch-cli",
        "--package=peerwatch-tests",
    ]))?;
    let mut soak = std::process::Command::new(project.binary(Profile::Release, "soak"));
    soak.env("PEERWATCH_BIN_DIR", project.binaries(Profile::Release)).args(args).current_dir(project.root());
    process::become_it(&mut soak)
}
