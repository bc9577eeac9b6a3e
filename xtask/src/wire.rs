//! `cargo xtask wire`: writes the window's types anew from the crate that holds them.

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::process;
use crate::project::Project;

pub(crate) const HELP: &str = "\
Usage: cargo xtask wire

Writes ui/src/wire.ts, the types of what crosses between Peerwatch and its
window, from the Rust types in crates/wire. A test fails while it is stale.";

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    if !args.is_empty() {
        bail!("this task takes no arguments");
    }
    let mut export = project.cargo(&["test", "--quiet", "--package", "peerwatch-wire", "--lib", "export"]);
    process::run(export.env("PEERWATCH_EXPORT", "1"))?;
    println!("ui/src/wire.ts is as crates/wire says.");
    Ok(ExitCode::SUCCESS)
}
