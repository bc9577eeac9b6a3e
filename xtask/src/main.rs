//! Everything a person does to this project: `cargo xtask <task>`.
//!
//! Every other command begins with this one, so it is built from the standard library and `anyhow` alone.

mod bench;
mod check;
mod debian;
mod demo;
mod icons;
mod process;
mod project;
mod run;
mod setup;
mod soak;
mod stamp;
mod test;
mod window;
mod wire;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::project::Project;

/// One task: its name, the line that introduces it, its own help, and what it does.
struct Task {
    name: &'static str,
    summary: &'static str,
    help: &'static str,
    run: fn(&Project, Vec<String>) -> Result<ExitCode>,
}

const TASKS: &[Task] = &[
    Task {
        name: "run",
        summary: "install what is missing, build Peerwatch and start it",
        help: run::HELP,
        run: run::task,
    },
    Task { name: "test", summary: "run every check and test there is", help: test::HELP, run: test::task },
    Task {
        name: "check",
        summary: "the quick checks, for while you work",
        help: check::HELP,
        run: check::task,
    },
    Task { name: "demo", summary: "play the demonstration", help: demo::HELP, run: demo::task },
    Task { name: "bench", summary: "measure, in release builds", help: bench::HELP, run: bench::task },
    Task {
        name: "soak",
        summary: "let sessions write to each other for half an hour, in release builds",
        help: soak::HELP,
        run: soak::task,
    },
    Task {
        name: "setup",
        summary: "only install what is missing, and build the window",
        help: setup::HELP,
        run: setup::task,
    },
    Task {
        name: "icons",
        summary: "render the icons from their SVG sources",
        help: icons::HELP,
        run: icons::task,
    },
    Task {
        name: "wire",
        summary: "write ui/src/wire.ts anew from crates/wire",
        help: wire::HELP,
        run: wire::task,
    },
];

fn main() -> ExitCode {
    match dispatch(std::env::args().skip(1).collect()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut args: Vec<String>) -> Result<ExitCode> {
    if args.is_empty() || is_help(&args[0]) {
        println!("{}", overview());
        return Ok(ExitCode::SUCCESS);
    }
    let name = args.remove(0);
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        bail!("there is no task `{name}`: `cargo xtask --help` lists them");
    };
    if args.iter().take_while(|arg| *arg != "--").any(|arg| is_help(arg)) {
        println!("{}", task.help);
        return Ok(ExitCode::SUCCESS);
    }
    (task.run)(&Project::find()?, args)
}

fn is_help(arg: &str) -> bool {
    matches!(arg, "-h" | "--help" | "help")
}

fn overview() -> String {
    let mut text = String::from("Usage: cargo xtask <task> [options]\n\n");
    for task in TASKS {
        text.push_str(&format!("  {:<6} {}\n", task.name, task.summary));
    }
    text.push_str("\n`cargo xtask <task> --help` says more about one of them.");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_is_listed_and_says_how_it_is_called() {
        for task in TASKS {
            assert!(overview().contains(task.summary));
            assert!(task.help.starts_with(&format!("Usage: cargo xtask {}", task.name)), "{}", task.name);
        }
    }

    #[test]
    fn an_unknown_task_is_refused_by_name() {
        let error = dispatch(vec!["fly".into()]).unwrap_err();
        assert!(error.to_string().contains("`fly`"), "{error}");
    }
}
