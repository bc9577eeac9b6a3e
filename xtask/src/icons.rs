//! `cargo xtask icons`: renders the icons from their SVG sources.

use std::process::ExitCode;

use anyhow::Result;

use crate::project::Project;

pub(crate) const HELP: &str = "\
Usage: cargo xtask icons";

pub(crate) fn task(_project: &Project, _args: Vec<String>) -> Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
