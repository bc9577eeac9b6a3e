//! Which crate may depend on which.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::project::Project;

/// The crates of the project, lowest first. A crate may depend on those of lower layers only, so adapters, which
/// share one, never know each other.
const LAYERS: &[&[&str]] = &[
    &["peerwatch-core"],
    &[
        "peerwatch-sources",
        "peerwatch-bridge",
        "peerwatch-deliver",
        "peerwatch-connect",
        "peerwatch-hook",
        "peerwatch-notify",
        "peerwatch-terminal",
        "peerwatch-wire",
    ],
    &["peerwatch-engine", "peerwatch-demo"],
    &["peerwatch-cli", "peerwatch-desktop"],
];

/// The tests may look at every crate; this program looks at none.
const APART: &[&str] = &["peerwatch-tests", "xtask"];

/// The shell knows what the engine does, not how.
const DESKTOP: (&str, &[&str]) =
    ("peerwatch-desktop", &["peerwatch-engine", "peerwatch-wire", "peerwatch-demo"]);

/// A crate and those it depends on directly.
type Edges = BTreeMap<String, Vec<String>>;

pub(crate) fn point_one_way(project: &Project) -> Result<Vec<String>> {
    Ok(against_the_layers(&edges(project, "normal,build")?))
}

pub(crate) fn core_is_alone(project: &Project) -> Result<Vec<String>> {
    let edges = edges(project, "normal,build")?;
    let core = edges.get("peerwatch-core").context("there is no crate peerwatch-core")?;
    Ok(core.iter().map(|name| format!("peerwatch-core depends on {name}")).collect())
}

pub(crate) fn only_the_desktop_names_tauri(project: &Project) -> Result<Vec<String>> {
    only_one_names(project, DESKTOP.0, |name| name == "tauri" || name.starts_with("tauri-"))
}

pub(crate) fn only_wire_makes_the_windows_types(project: &Project) -> Result<Vec<String>> {
    only_one_names(project, "peerwatch-wire", |name| name.starts_with("ts-rs"))
}

fn only_one_names(project: &Project, member: &str, is_it: fn(&str) -> bool) -> Result<Vec<String>> {
    let edges = edges(project, "normal,build,dev")?;
    let others = edges.iter().filter(|(other, _)| *other != member);
    let wrong = others.filter_map(|(other, names)| {
        let name = names.iter().find(|name| is_it(name))?;
        Some(format!("{other} depends on {name}"))
    });
    Ok(wrong.collect())
}

pub(crate) fn lints_are_shared(project: &Project) -> Result<Vec<String>> {
    let mut missing = Vec::new();
    for manifest in manifests(project)? {
        let text = std::fs::read_to_string(&manifest)?;
        if !text.contains("[lints]\nworkspace = true") {
            missing.push(format!("{} lacks `[lints] workspace = true`", manifest.display()));
        }
    }
    Ok(missing)
}

fn manifests(project: &Project) -> Result<Vec<std::path::PathBuf>> {
    let mut folders = vec![project.path("src-tauri"), project.path("tests"), project.path("xtask")];
    for entry in std::fs::read_dir(project.path("crates")).context("there is no folder `crates`")? {
        folders.push(entry?.path());
    }
    folders.retain(|folder| folder.is_dir());
    Ok(folders.into_iter().map(|folder| folder.join("Cargo.toml")).collect())
}

/// What each member of the workspace depends on directly, on any platform.
fn edges(project: &Project, kinds: &str) -> Result<Edges> {
    let mut tree = project.cargo(&["tree", "--workspace", "--target=all", "--depth=1", "--prefix=depth"]);
    tree.args(["--no-dedupe", "--format={p}", "--edges", kinds]);
    let edges = read_tree(&process::text_of(&mut tree).unwrap_or_default());
    if edges.is_empty() {
        bail!("{} says nothing", process::shown(&tree));
    }
    Ok(edges)
}

/// Lines such as `0peerwatch-cli v0.1.0 (/path)`, followed by those of its dependencies, `1anyhow v1.0.0`.
fn read_tree(text: &str) -> Edges {
    let mut edges = Edges::new();
    let mut member = None;
    for line in text.lines() {
        let name = line
            .trim_start_matches(|digit: char| digit.is_ascii_digit())
            .split(' ')
            .next()
            .unwrap_or_default();
        match line.chars().next() {
            Some('0') => {
                edges.entry(name.to_owned()).or_default();
                member = Some(name.to_owned());
            }
            Some('1') => {
                if let Some(names) = member.as_ref().and_then(|member| edges.get_mut(member)) {
                    names.push(name.to_owned());
                }
            }
            _ => {}
        }
    }
    edges
}

fn against_the_layers(edges: &Edges) -> Vec<String> {
    let layer = |name: &str| LAYERS.iter().position(|names| names.contains(&name));
    let mut wrong = Vec::new();
    for (member, names) in edges.iter().filter(|(member, _)| !APART.contains(&member.as_str())) {
        let Some(own) = layer(member) else {
            wrong.push(format!("{member} has no layer yet: say which, in xtask/src/test/house/layers.rs"));
            continue;
        };
        for name in names.iter().filter(|name| edges.contains_key(*name)) {
            let lower = layer(name).is_some_and(|other| other < own);
            let known = member != DESKTOP.0 || DESKTOP.1.contains(&name.as_str());
            if !lower || !known {
                wrong.push(format!("{member} must not depend on {name}"));
            }
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_read_into_members_and_what_they_name() {
        let edges = read_tree(
            "0peerwatch-cli v0.1.0 (/p/crates/cli)\n1anyhow v1.0.1\n1peerwatch-engine v0.1.0 (/p)\n\n0xtask v0.1.0\n",
        );
        assert_eq!(edges["peerwatch-cli"], ["anyhow", "peerwatch-engine"]);
        assert!(edges["xtask"].is_empty());
    }

    #[test]
    fn upwards_and_sideways_is_wrong_and_downwards_is_right() {
        let tree = "0peerwatch-core v0\n0peerwatch-wire v0\n1serde v1\n0peerwatch-notify v0\n1peerwatch-wire v0\n\
                    0peerwatch-engine v0\n1peerwatch-core v0\n1peerwatch-notify v0\n0peerwatch-desktop v0\n\
                    1peerwatch-engine v0\n1peerwatch-core v0\n0peerwatch-tests v0\n1peerwatch-desktop v0\n0peerwatch-new v0\n";
        assert_eq!(
            against_the_layers(&read_tree(tree)),
            [
                "peerwatch-desktop must not depend on peerwatch-core",
                "peerwatch-new has no layer yet: say which, in xtask/src/test/house/layers.rs",
                "peerwatch-notify must not depend on peerwatch-wire",
            ]
        );
    }
}
