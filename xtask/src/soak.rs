//! `cargo xtask soak`: real sessions write to each other for half an hour, while sessions and the engine die.

use std::process::ExitCode;

use anyhow::Result;

use crate::bench;
use crate::project::Project;

pub(crate) const HELP: &str = "\
Usage: cargo xtask soak [--minutes N] [--workers N]

Builds Peerwatch as it is published and lets real Claude Code sessions, with a
scripted model, write to each other over its bridge. Now and then a session is
killed and resumed; in the first third the engine is killed too. Fails when a
message was lost or doubled, or when memory or descriptors grew.

  --minutes N   how long messages are sent (30)
  --workers N   how many sessions take part (10)";

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    bench::with_published(project, "soak", &["--package=peerwatch-cli"], args)
}
