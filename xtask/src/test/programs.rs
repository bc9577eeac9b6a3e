//! The test programs, all built by one call of Cargo.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;

/// Builds when it is first asked, and remembers.
#[derive(Default)]
pub(crate) struct Programs {
    built: OnceCell<Built>,
}

/// What came out of the build.
pub(crate) struct Built {
    pub(crate) tests: Vec<TestProgram>,
    /// Whether all of it compiled; what did compile is tested in any case.
    pub(crate) complete: bool,
}

/// A program that runs tests.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TestProgram {
    /// What is tested: `crates/core (lib)`, `crates/cli (status)`.
    pub(crate) name: String,
    pub(crate) executable: PathBuf,
    /// The folder of its package, in which it is run.
    pub(crate) folder: PathBuf,
}

impl Programs {
    pub(crate) fn built(&self, project: &Project) -> Result<&Built> {
        if let Some(built) = self.built.get() {
            return Ok(built);
        }
        let built = build(project)?;
        Ok(self.built.get_or_init(|| built))
    }
}

fn build(project: &Project) -> Result<Built> {
    let args =
        ["build", "--workspace", "--all-targets", "--keep-going", "--message-format=json-render-diagnostics"];
    let mut tests = Vec::new();
    let status =
        process::listen(&mut project.cargo(&args), |line| tests.extend(test_program(project.root(), line)))
            .context("building the tests")?;
    tests.sort_by(|a: &TestProgram, b| a.name.cmp(&b.name));
    Ok(Built { tests, complete: status.success() })
}

/// The test program that one of Cargo's JSON messages announces, if it does.
fn test_program(root: &Path, message: &str) -> Option<TestProgram> {
    if field(message, "reason")? != "compiler-artifact" || !is_built_for_testing(message) {
        return None;
    }
    let executable = PathBuf::from(field(message, "executable")?);
    let folder = Path::new(&field(message, "manifest_path")?).parent()?.to_owned();
    let package = folder.strip_prefix(root).unwrap_or(&folder).display().to_string();
    let target =
        if message.contains("\"kind\":[\"lib\"]") { "lib".to_owned() } else { target_name(message)? };
    Some(TestProgram { name: format!("{package} ({target})"), executable, folder })
}

/// Every target says whether it can be tested; only the profile says whether this is its test program.
fn is_built_for_testing(message: &str) -> bool {
    let profile = message.split_once("\"profile\":{").and_then(|(_, rest)| rest.split_once('}'));
    profile.is_some_and(|(profile, _)| profile.contains("\"test\":true"))
}

fn target_name(message: &str) -> Option<String> {
    field(&message[message.find("\"target\":")?..], "name")
}

/// The first string called `name` in a line of JSON. Enough for Cargo's messages, whose shape is fixed.
fn field(json: &str, name: &str) -> Option<String> {
    let start = json.find(&format!("\"{name}\":\""))? + name.len() + 4;
    let mut text = String::new();
    let mut characters = json[start..].chars();
    loop {
        match characters.next()? {
            '"' => return Some(text),
            '\\' => text.push(characters.next()?),
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: &str, name: &str, test: bool, executable: &str) -> String {
        format!(
            "{{\"reason\":\"compiler-artifact\",\"package_id\":\"path+file:///p/crates/core#peerwatch-core@0.1.0\",\
             \"manifest_path\":\"/p/crates/core/Cargo.toml\",\"target\":{{\"kind\":[\"{kind}\"],\"crate_types\":[\"{kind}\"],\
             \"name\":\"{name}\",\"src_path\":\"/p/crates/core/src/lib.rs\",\"doctest\":true,\"test\":true}},\
             \"profile\":{{\"opt_level\":\"0\",\"test\":{test}}},\
             \"features\":[],\"filenames\":[\"/p/x\"],\"executable\":{executable},\"fresh\":false}}"
        )
    }

    #[test]
    fn programs_that_test_are_told_from_all_else_that_was_built() {
        let read = |message: String| test_program(Path::new("/p"), &message).map(|program| program.name);
        assert_eq!(
            read(message("lib", "peerwatch_core", true, "\"/p/t\"")),
            Some("crates/core (lib)".into())
        );
        assert_eq!(read(message("test", "stories", true, "\"/p/t\"")), Some("crates/core (stories)".into()));
        assert_eq!(read(message("bin", "peerwatch", false, "\"/p/t\"")), None, "a program for people");
        assert_eq!(read(message("lib", "peerwatch_core", false, "null")), None, "a library");
    }

    #[test]
    fn paths_of_windows_keep_their_single_backslashes() {
        let program = test_program(Path::new("/p"), &message("lib", "a", true, r#""C:\\p\\t.exe""#)).unwrap();
        assert_eq!(program.executable, Path::new(r"C:\p\t.exe"));
    }
}
