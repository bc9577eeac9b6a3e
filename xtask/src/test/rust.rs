//! The Rust tests: those of each crate, and those that see Peerwatch from outside.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::programs::{Programs, TestProgram};
use super::tally::{RustListener, Tally};
use crate::process;
use crate::project::{Profile, Project};

/// The folder of the tests that see Peerwatch as a person does.
const END_TO_END: &str = "tests";

/// The tests of every crate but those of the whole, then the examples in the documentation.
pub(crate) fn crates(project: &Project, programs: &Programs, tally: &mut Tally) -> Result<()> {
    let built = programs.built(project)?;
    for program in built.tests.iter().filter(|program| !is_end_to_end(project, program)) {
        run(program, project, tally)?;
    }
    if !built.complete {
        bail!("not everything compiles: the errors stand above");
    }
    documentation(project, tally)
}

/// The tests that start the binaries that were just built.
pub(crate) fn end_to_end(project: &Project, programs: &Programs, tally: &mut Tally) -> Result<()> {
    let built = programs.built(project)?;
    if !built.complete {
        bail!("not everything compiles, so there is no Peerwatch to be tested as a whole");
    }
    for program in built.tests.iter().filter(|program| is_end_to_end(project, program)) {
        run(program, project, tally)?;
    }
    Ok(())
}

fn is_end_to_end(project: &Project, program: &TestProgram) -> bool {
    program.folder == project.path(END_TO_END)
}

fn run(program: &TestProgram, project: &Project, tally: &mut Tally) -> Result<()> {
    println!("\n{}", program.name);
    let mut command = Command::new(&program.executable);
    command.current_dir(&program.folder).envs(environment(&program.folder, project));
    let mut listener = RustListener::default();
    let status = process::watch(&mut command, |line| listener.line(line))?;
    tally.add(&listener.finish(&program.name, status.success(), &process::ending(status)));
    Ok(())
}

/// What a test may ask for: its own folder, as under `cargo test`, and the binaries.
fn environment(folder: &Path, project: &Project) -> [(&'static str, std::path::PathBuf); 2] {
    [("CARGO_MANIFEST_DIR", folder.to_owned()), ("PEERWATCH_BIN_DIR", project.binaries(Profile::Debug))]
}

fn documentation(project: &Project, tally: &mut Tally) -> Result<()> {
    println!("\ndocumentation");
    let mut listener = RustListener::default();
    let mut tests = project.cargo(&["test", "--workspace", "--doc", "--quiet", "--no-fail-fast"]);
    let status = process::watch(&mut tests, |line| listener.line(line))?;
    tally.add(&listener.finish("documentation", status.success(), &process::ending(status)));
    Ok(())
}
