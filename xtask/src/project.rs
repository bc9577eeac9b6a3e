//! Where this checkout is and where Cargo puts what it builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

/// A checkout of Peerwatch.
pub(crate) struct Project {
    root: PathBuf,
    target: PathBuf,
}

/// How the binaries are built.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Profile {
    Debug,
    Release,
}

impl Project {
    /// The checkout this program was built from. The target folder is the one it lies in, so that every way of
    /// choosing another (`CARGO_TARGET_DIR`, a configuration file) is followed without being read. Asked once, at the
    /// start: a later build may replace this very file.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask lies in the project")?;
        let program = std::env::current_exe().context("cannot find this program's own path")?;
        let target = program.ancestors().nth(2).context("this program lies in no target folder")?;
        Ok(Self { root: root.to_owned(), target: target.to_owned() })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The folder that holds the built binaries.
    pub(crate) fn binaries(&self, profile: Profile) -> PathBuf {
        self.target.join(match profile {
            Profile::Debug => "debug",
            Profile::Release => "release",
        })
    }

    pub(crate) fn binary(&self, profile: Profile, name: &str) -> PathBuf {
        self.binaries(profile).join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }

    /// The Cargo that started this, in the project's root.
    pub(crate) fn cargo(&self, args: &[&str]) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(args).current_dir(&self.root);
        forget_own_package(&mut cargo);
        cargo
    }

    pub(crate) fn npm(&self, args: &[&str]) -> Command {
        let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
        npm.args(args).current_dir(&self.root);
        npm
    }
}

impl Profile {
    /// Takes `--release` out of `args`.
    pub(crate) fn take_from(args: &mut Vec<String>) -> Self {
        let before = args.len();
        args.retain(|arg| arg != "--release");
        if args.len() < before { Profile::Release } else { Profile::Debug }
    }

    pub(crate) fn flag(self) -> &'static [&'static str] {
        match self {
            Profile::Debug => &[],
            Profile::Release => &["--release"],
        }
    }
}

/// `cargo run` describes xtask's package in the environment. Left there, it makes build scripts of other packages
/// believe that something changed since they were built by a bare `cargo build`, and they run again.
fn forget_own_package(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO_CRATE_NAME"
        {
            command.env_remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_is_taken_out_of_the_arguments() {
        let mut args = vec!["--release".to_owned(), "--hidden".to_owned()];
        assert_eq!(Profile::take_from(&mut args), Profile::Release);
        assert_eq!(args, ["--hidden"]);
        assert_eq!(Profile::take_from(&mut args), Profile::Debug);
    }

    #[test]
    fn the_root_is_the_workspace() {
        let project = Project::find().unwrap();
        assert!(project.path("Cargo.toml").exists());
        assert!(project.path("xtask/src/project.rs").exists());
    }
}
