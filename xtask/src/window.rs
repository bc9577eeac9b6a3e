//! The window's packages and its built form, `ui/dist`, which the tray application carries inside it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process;
use crate::project::Project;
use crate::stamp::{Fingerprint, Stamp, files_under};

/// The oldest Node that the window's tools run on.
const NODE: (u32, u32) = (20, 19);

/// Which of the project's npm packages are wanted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Packages {
    /// Those that build the window.
    Window,
    /// Those of the tests as well, among them a whole Claude Code.
    All,
}

/// Installs the npm packages and builds the window, each only when something changed since.
pub(crate) fn prepare(project: &Project, packages: Packages) -> Result<()> {
    if !project.path("ui/package.json").exists() {
        bail!("ui/package.json is missing: is this a complete checkout?");
    }
    require_node()?;
    install(project, packages)?;
    build(project)
}

fn require_node() -> Result<()> {
    let (major, minor) = NODE;
    let get_it = format!("install Node.js {major}.{minor} or newer from https://nodejs.org/en/download");
    let Some(answer) = process::text_of(Command::new("node").arg("--version")) else {
        bail!("Node.js is missing, which builds the window: {get_it}");
    };
    match version(&answer) {
        Some(found) if found >= NODE => {}
        _ => bail!("Node.js {} is too old to build the window: {get_it}", answer.trim()),
    }
    if process::on_path("npm").is_none() {
        bail!("npm is missing, which comes with Node.js: {get_it}");
    }
    Ok(())
}

/// `v20.19.2` → (20, 19).
fn version(answer: &str) -> Option<(u32, u32)> {
    let mut numbers = answer.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

fn install(project: &Project, packages: Packages) -> Result<()> {
    let stamp = |packages: Packages| Stamp::at(stamp_file(project, &format!("{packages:?}").to_lowercase()));
    let wanted = fingerprint_of_packages(project);
    if stamp(Packages::All).holds(wanted) || stamp(packages).holds(wanted) {
        return Ok(());
    }
    let locked = project.path("package-lock.json").exists();
    let mut args = vec![if locked { "ci" } else { "install" }, "--no-audit", "--no-fund"];
    if packages == Packages::Window {
        args.extend(["--workspace", "ui"]);
    }
    println!("Installing the window's npm packages.");
    process::run(&mut project.npm(&args))?;
    stamp(packages).write(fingerprint_of_packages(project))
}

fn fingerprint_of_packages(project: &Project) -> Fingerprint {
    let files = ["package-lock.json", "package.json", "ui/package.json"].map(|name| project.path(name));
    Fingerprint::of(project.root(), &files)
}

fn build(project: &Project) -> Result<()> {
    let stamp = Stamp::at(stamp_file(project, "built"));
    if stamp.holds(fingerprint_of_build(project)) {
        return Ok(());
    }
    println!("Building the window.");
    process::run(&mut project.npm(&["run", "build", "--workspace", "ui"]))?;
    stamp.write(fingerprint_of_build(project))
}

/// Of what goes into the window and of what came out: a built form that was lost or replaced is built again.
fn fingerprint_of_build(project: &Project) -> Fingerprint {
    let mut files = inputs(project);
    files.extend(files_under(&project.path("ui/dist"), &|_| false));
    Fingerprint::of(project.root(), &files)
}

/// Everything that the built window may depend on.
fn inputs(project: &Project) -> Vec<PathBuf> {
    let skip = |name: &str| {
        matches!(name, "node_modules" | "dist" | "scripts" | "tests") || name.starts_with(['.', '_'])
    };
    let mut files = files_under(&project.path("ui"), &skip);
    files.retain(|file| {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        !name.contains(".test.") && !name.contains(".spec.")
    });
    files.push(project.path("package-lock.json"));
    files
}

/// Stamps lie beside what they speak of: without `node_modules` there is no stamp either.
fn stamp_file(project: &Project, name: &str) -> PathBuf {
    project.path("node_modules/.peerwatch").join(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_compared_as_numbers() {
        assert_eq!(version("v20.20.2\n"), Some((20, 20)));
        assert!(version("v9.99.0").unwrap() < NODE, "nine is less than twenty");
        assert!(version("v22.12.0").unwrap() >= NODE);
        assert_eq!(version("command not found"), None);
    }
}
