//! `cargo xtask run`: from a clone to a running Peerwatch.

use std::process::ExitCode;

use anyhow::Result;

use crate::debian::Purpose;
use crate::process;
use crate::project::{Profile, Project};
use crate::setup;

pub(crate) const HELP: &str = "\
Usage: cargo xtask run [--release] [-- ARGUMENTS]

Installs what is missing, builds Peerwatch and starts it: in the tray where
there is a display, else in this terminal. ARGUMENTS are passed to it.

  --release   build it as it is published: smaller and faster, slower to build";

/// What can be started: a package and its binary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Program {
    Desktop,
    Terminal,
}

pub(crate) fn task(project: &Project, args: Vec<String>) -> Result<ExitCode> {
    let (profile, args) = split(args)?;
    let program = Program::for_this_machine();
    let first: &[&str] = match program {
        Program::Desktop => &[],
        Program::Terminal => {
            println!("No display found: running Peerwatch in this terminal (Ctrl-C ends it).");
            &["run"]
        }
    };
    start(project, program, profile, first, &args)
}

/// Prepares the machine, builds `program`, and becomes it.
pub(crate) fn start(
    project: &Project,
    program: Program,
    profile: Profile,
    first: &[&str],
    args: &[String],
) -> Result<ExitCode> {
    setup::prepare(project, program.purpose())?;
    // Sessions start the command line as their MCP server, and the plugin's hook.
    let mut build = project.cargo(&["build", "--package", "peerwatch-cli", "--package", "peerwatch-hook"]);
    build.args(["--package", program.package()]);
    process::run(build.args(profile.flag()))?;
    let mut command = std::process::Command::new(project.binary(profile, program.name()));
    process::become_it(command.args(first).args(args))
}

impl Program {
    /// The tray application where there is a screen to show it on.
    pub(crate) fn for_this_machine() -> Self {
        let named = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let display = cfg!(any(target_os = "macos", windows)) || named("DISPLAY") || named("WAYLAND_DISPLAY");
        if display { Self::Desktop } else { Self::Terminal }
    }

    fn purpose(self) -> Purpose {
        match self {
            Self::Desktop => Purpose::Desktop,
            Self::Terminal => Purpose::Terminal,
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Desktop => "peerwatch-desktop",
            Self::Terminal => "peerwatch-cli",
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Desktop => "peerwatch-desktop",
            Self::Terminal => "peerwatch",
        }
    }
}

/// This task's own options, then what is meant for Peerwatch: everything after `--`.
fn split(mut args: Vec<String>) -> Result<(Profile, Vec<String>)> {
    let border = args.iter().position(|arg| arg == "--").unwrap_or(args.len());
    let theirs = args.split_off(border).into_iter().skip(1).collect();
    let profile = Profile::take_from(&mut args);
    if let Some(unknown) = args.first() {
        anyhow::bail!("`{unknown}` is not understood: arguments for Peerwatch come after `--`");
    }
    Ok((profile, theirs))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split_words(words: &str) -> Result<(Profile, Vec<String>)> {
        split(words.split_whitespace().map(String::from).collect())
    }

    #[test]
    fn what_comes_after_the_dashes_is_for_peerwatch() {
        assert_eq!(split_words("").unwrap(), (Profile::Debug, vec![]));
        assert_eq!(
            split_words("--release -- --hidden").unwrap(),
            (Profile::Release, vec!["--hidden".to_owned()])
        );
        assert_eq!(split_words("-- --release").unwrap(), (Profile::Debug, vec!["--release".to_owned()]));
    }

    #[test]
    fn an_argument_before_the_dashes_is_refused() {
        let error = split_words("--hidden").unwrap_err();
        assert!(error.to_string().contains("after `--`"), "{error}");
    }
}
