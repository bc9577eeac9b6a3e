//! What the source files may say, and what they may be called.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::icons;
use crate::project::Project;
use crate::stamp::files_under;

/// Words that say nothing about what a thing is.
const EMPTY_WORDS: &[&str] = &["manager", "service", "helper", "util", "data", "info"];

const SOURCE_FOLDERS: &[&str] = &["crates", "src-tauri", "tests", "ui", "xtask"];

const CLOCKS_FILES_AND_ENVIRONMENT: &[&str] = &[
    "Instant::now",
    "SystemTime",
    "std::env",
    "std::fs",
    "std::net",
    "std::os",
    "std::path",
    "std::process",
    "std::thread",
];

const WRITING: &[&str] = &[
    "fs::write",
    "File::create",
    "write(true)",
    "append(true)",
    "create_dir",
    "remove_file",
    "remove_dir",
    "fs::rename",
    "fs::copy",
    "set_permissions",
    "set_len",
    "OPEN_READ_WRITE",
    "OPEN_CREATE",
];

pub(crate) fn only_the_host_imports_tauri(project: &Project) -> Result<Vec<String>> {
    let host = project.path("ui/src/host/tauri.ts");
    let files = sources(project, "ui/src", &["ts", "js", "svelte"]);
    Ok(lines_with(project, files.into_iter().filter(|file| *file != host), &["@tauri-apps"]))
}

pub(crate) fn core_is_pure(project: &Project) -> Result<Vec<String>> {
    let mut found =
        lines_with(project, sources(project, "crates/core/src", &["rs"]), CLOCKS_FILES_AND_ENVIRONMENT);
    let lints = std::fs::read_to_string(project.path("crates/core/clippy.toml")).unwrap_or_default();
    if !lints.contains("std::time::Instant") {
        found.push("crates/core/clippy.toml forbids no clock".to_owned());
    }
    Ok(found)
}

pub(crate) fn sources_only_read(project: &Project) -> Result<Vec<String>> {
    Ok(lines_with(project, sources(project, "crates/sources/src", &["rs"]), WRITING))
}

pub(crate) fn names_say_what_things_are(project: &Project) -> Result<Vec<String>> {
    let files = SOURCE_FOLDERS
        .iter()
        .flat_map(|folder| sources(project, folder, &["rs", "ts", "js", "svelte", "css"]));
    let shown = |file: &Path| file.strip_prefix(project.root()).unwrap_or(file).display().to_string();
    Ok(files.filter_map(|file| Some(format!("{} {}", shown(&file), objection(&file)?))).collect())
}

pub(crate) fn architecture_is_short(project: &Project) -> Result<Vec<String>> {
    let text =
        std::fs::read_to_string(project.path("ARCHITECTURE.md")).context("ARCHITECTURE.md is missing")?;
    let lines = text.lines().count();
    Ok(if lines > 150 { vec![format!("it has {lines}")] } else { vec![] })
}

pub(crate) fn icons_are_rendered(project: &Project) -> Result<Vec<String>> {
    let stale = "icons/rendered is older than the drawings: run `cargo xtask icons`";
    Ok(if icons::are_rendered(project) { vec![] } else { vec![stale.to_owned()] })
}

/// What is wrong with a file's name.
fn objection(file: &Path) -> Option<String> {
    let stem = file.file_stem()?.to_str()?;
    if file.ends_with("mod.rs") {
        return Some("should lie beside its folder, under the folder's name".to_owned());
    }
    let words = split_words(stem);
    let empty =
        EMPTY_WORDS.iter().find(|empty| words.iter().any(|word| word.trim_end_matches('s') == **empty))?;
    Some(format!("says `{empty}` instead of what it is"))
}

/// `fileHelpers.test` → file, helpers, test.
fn split_words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for character in name.chars() {
        let starts = !character.is_alphanumeric() || character.is_uppercase();
        if starts && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
    }
    words
}

fn sources(project: &Project, folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let skip = |name: &str| {
        matches!(name, "node_modules" | "dist" | "target" | "fixtures" | "gen") || name.starts_with('.')
    };
    let mut files = files_under(&project.path(folder), &skip);
    files
        .retain(|file| file.extension().is_some_and(|ending| endings.iter().any(|wanted| ending == *wanted)));
    files.sort();
    files
}

/// The lines of `files` that contain one of `words`, tests and comments left out.
fn lines_with(project: &Project, files: impl IntoIterator<Item = PathBuf>, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files {
        let name = file.strip_prefix(project.root()).unwrap_or(&file).display().to_string();
        if is_test(&name) {
            continue;
        }
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        found.extend(
            lines_of_code_with(&text, words).map(|(number, word)| format!("{name}:{number} says {word}")),
        );
    }
    found
}

/// Rust tests that lie in a file of their own, and tests of the window.
fn is_test(name: &str) -> bool {
    name.ends_with("tests.rs") || name.contains("/tests/") || name.contains(".test.")
}

fn lines_of_code_with<'a>(text: &'a str, words: &'a [&str]) -> impl Iterator<Item = (usize, &'a str)> {
    let tests_begin = text.find("#[cfg(test)]\nmod tests {").unwrap_or(text.len());
    let code =
        text[..tests_begin].lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"));
    code.filter_map(|(index, line)| {
        words.iter().find(|word| line.contains(**word)).map(|word| (index + 1, *word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_words_are_found_inside_names_and_only_as_whole_words() {
        let objects = |name: &str| objection(Path::new(name)).is_some();
        for bad in [
            "a/utils.rs",
            "a/file_helpers.rs",
            "TrayManager.svelte",
            "data.ts",
            "wire-info.test.ts",
            "a/mod.rs",
        ] {
            assert!(objects(bad), "{bad}");
        }
        for good in ["a/database.rs", "utility.rs", "presence.rs", "Row.svelte", "information.ts"] {
            assert!(!objects(good), "{good}");
        }
    }

    #[test]
    fn comments_and_tests_may_say_what_code_may_not() {
        let text = "// std::fs is not for us\nuse std::fs;\n#[cfg(test)]\nmod tests {\n use std::fs; }";
        assert_eq!(lines_of_code_with(text, &["std::fs"]).collect::<Vec<_>>(), [(2, "std::fs")]);
    }
}
