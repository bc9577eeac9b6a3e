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
/// When more fail than this, it is not the machine.
const MOST_REPEATED: usize = 3;

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
        let mut first = Tally::default();
        run(program, project, &mut first)?;
        tally.add(&again(program, project, first)?);
    }
    Ok(())
}

/// Runs once more, each by itself, what failed of a program whose tests depend on programs that are not ours: a client, a
/// browser, a panel may stand still on a busy machine. What passes now has passed, and is named in the summary.
fn again(program: &TestProgram, project: &Project, mut first: Tally) -> Result<Tally> {
    let prefix = format!("{}: ", program.name);
    let names = first.failures.iter().map(|failure| failure.strip_prefix(&prefix).unwrap_or(failure));
    let names: Vec<String> = names.map(str::to_owned).collect();
    if names.len() != first.failed || names.len() > MOST_REPEATED {
        return Ok(first);
    }
    for name in names {
        println!("\n{prefix}{name}, once more by itself");
        let mut listener = RustListener::default();
        let mut command = command(program, project);
        let status = process::watch(command.args([name.as_str(), "--exact"]), |line| listener.line(line))?;
        let second = listener.finish(&program.name, status.success(), &process::ending(status));
        if (second.passed, second.failed) == (1, 0) {
            first.passed_at_second(&format!("{prefix}{name}"));
        }
    }
    Ok(first)
}

fn is_end_to_end(project: &Project, program: &TestProgram) -> bool {
    program.folder == project.path(END_TO_END)
}

fn run(program: &TestProgram, project: &Project, tally: &mut Tally) -> Result<()> {
    println!("\n{}", program.name);
    let mut listener = RustListener::default();
    let status = process::watch(&mut command(program, project), |line| listener.line(line))?;
    tally.add(&listener.finish(&program.name, status.success(), &process::ending(status)));
    Ok(())
}

fn command(program: &TestProgram, project: &Project) -> Command {
    let mut command = Command::new(&program.executable);
    command.current_dir(&program.folder).envs(environment(&program.folder, project));
    command
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
