//! What a working folder was left like: looked at, never touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::git::{Git, NoAnswer};
use super::text;

#[cfg(test)]
mod tests;

/// So many files that are not committed are named.
const MOST_CHANGES: usize = 30;
/// So many commits that are on no remote are named.
const MOST_COMMITS: usize = 10;
/// Characters of a file's name or a commit's subject.
const LINE: usize = 120;

/// A working folder as it was found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct FolderState {
    /// Where it is, or should be.
    pub(crate) path: PathBuf,
    /// What is there.
    pub(crate) found: Found,
}

/// What is at the place of a working folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// Something that is no folder.
    NoFolder,
    /// A folder in no repository: what was changed there, nobody can tell.
    NoRepository,
    /// It could not be looked at, and why.
    Unknown(String),
    /// A folder in a repository.
    Repository(Box<Repository>),
}

/// A repository, as its working folder shows it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Repository {
    /// The root of this working tree.
    pub(crate) root: PathBuf,
    /// The root that all its working trees have in common, where there is one: that of the first.
    pub(crate) home: PathBuf,
    /// What is not committed, or why that is not known.
    pub(crate) status: Result<Status, String>,
    /// What is on no remote, or why that is not known.
    pub(crate) unpushed: Result<Unpushed, String>,
    /// What was begun and not finished, in words: "a rebase".
    pub(crate) unfinished: Vec<&'static str>,
    /// Whether files pass through filters, which were left out: some may seem modified that are not.
    pub(crate) filtered: bool,
}

/// What is not committed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Status {
    /// In words: "branch login, which follows origin/login (2 ahead)".
    pub(crate) branch: String,
    /// Whether there is any commit.
    pub(crate) born: bool,
    /// The first files, with what happened to them: "modified: src/login.rs".
    pub(crate) changes: Vec<String>,
    /// How many there are in all, or are known of.
    pub(crate) count: usize,
    /// Whether there are more than could be counted.
    pub(crate) more: bool,
}

/// Commits that are on no remote.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Unpushed {
    /// The newest, with their subjects.
    pub(crate) commits: Vec<String>,
    /// Whether there are more.
    pub(crate) more: bool,
    /// Whether there is a remote whose commits are known at all.
    pub(crate) remote: bool,
}

/// Looks at a folder. Changes nothing there, runs no program that its repository names, and enters no submodules; takes some
/// milliseconds, and in the worst case some seconds, so it is not for the loop's own thread.
pub(crate) fn look_at_folder(path: &Path) -> FolderState {
    FolderState { path: path.to_owned(), found: find(Git::new(path)) }
}

fn find(git: Git<'_>) -> Found {
    let path = git.folder();
    if !path.is_absolute() {
        return Found::Unknown("its path is not a whole one".into());
    }
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
        Err(error) => return Found::Unknown(error.to_string()),
        Ok(metadata) if !metadata.is_dir() => return Found::NoFolder,
        Ok(_) => {}
    }
    match repository(git) {
        Ok(repository) => Found::Repository(Box::new(repository)),
        Err(NoAnswer::Refused(words)) if words.starts_with("not a git repository") => Found::NoRepository,
        Err(error) => Found::Unknown(text::line(&error.words())),
    }
}

fn repository(mut git: Git<'_>) -> Result<Repository, NoAnswer> {
    let path = git.folder();
    let places = git.ask(&["rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"])?.text;
    let places: Vec<&Path> = places.lines().map(Path::new).collect();
    let [root, folder, common] = places[..] else {
        return Err(NoAnswer::Refused("its places cannot be read".into()));
    };
    // The configuration can name any other folder as the working tree.
    if !is_within(path, root) {
        return Err(NoAnswer::Refused(format!("its working tree is elsewhere, in {}", root.display())));
    }
    let filtered = git.without_filters();
    let status = match &filtered {
        Ok(_) => status(&git),
        Err(error) => Err(error.clone()),
    };
    let unpushed = match &status {
        // It has nothing to tell of, or answers too slowly to be asked again.
        Ok(status) if !status.born => Ok(Unpushed::default()),
        Err(NoAnswer::Late) => Err(NoAnswer::Late),
        _ => unpushed(&git),
    };
    let in_words = |error: NoAnswer| text::line(&error.words());
    Ok(Repository {
        root: root.to_owned(),
        home: home(root, &path.join(common)),
        status: status.map_err(in_words),
        unpushed: unpushed.map_err(in_words),
        unfinished: unfinished(folder),
        filtered: filtered.unwrap_or(false),
    })
}

fn is_within(path: &Path, root: &Path) -> bool {
    let whole = |path: &Path| fs::canonicalize(path).ok();
    whole(path).zip(whole(root)).is_some_and(|(path, root)| path.starts_with(root))
}

/// The working tree beside which the repository itself lies.
fn home(root: &Path, common: &Path) -> PathBuf {
    let common = fs::canonicalize(common).unwrap_or_else(|_| common.to_owned());
    match common.parent() {
        Some(home) if common.ends_with(".git") => home.to_owned(),
        _ => root.to_owned(),
    }
}

fn status(git: &Git<'_>) -> Result<Status, NoAnswer> {
    let answer = git.ask(&[
        "status",
        "--porcelain=v1",
        "--branch",
        "--untracked-files=normal",
        "--ignore-submodules=all",
        // Comparing contents to find out what was renamed may take long.
        "--no-renames",
    ])?;
    let mut lines = answer.text.lines();
    let head = lines.next().and_then(|line| line.strip_prefix("## ")).unwrap_or_default();
    let mut lines: Vec<&str> = lines.collect();
    if answer.cut {
        // The last one is only a part.
        lines.pop();
    }
    Ok(Status {
        branch: text::line(&branch(head)),
        born: !is_unborn(head),
        changes: lines.iter().take(MOST_CHANGES).filter_map(|line| change(line)).collect(),
        count: lines.len(),
        more: answer.cut,
    })
}

fn is_unborn(head: &str) -> bool {
    head.starts_with("No commits yet on ") || head.starts_with("Initial commit on ")
}

/// The first line of git's porcelain format, version 1, with `--branch`: `main...origin/main [ahead 1, behind 2]`.
fn branch(head: &str) -> String {
    if head.starts_with("HEAD (no branch)") {
        return "no branch".into();
    }
    if is_unborn(head) {
        let (_, name) = head.split_once(" on ").unwrap_or_default();
        let name = name.split("...").next().unwrap_or_default();
        return format!("branch {name}, without a commit");
    }
    let (names, counts) = match head.split_once(" [") {
        Some((names, counts)) => (names, counts.trim_end_matches(']')),
        None => (head, ""),
    };
    match (names.split_once("..."), counts) {
        (None, _) => format!("branch {names}, which follows no other"),
        (Some((name, upstream)), "") => format!("branch {name}, which follows {upstream}"),
        (Some((name, upstream)), "gone") => format!("branch {name}, which followed {upstream}, now gone"),
        (Some((name, upstream)), counts) => {
            let counts: Vec<String> = counts.split(", ").map(counted).collect();
            format!("branch {name}, which follows {upstream} ({})", counts.join(", "))
        }
    }
}

/// `ahead 2` as a person says it.
fn counted(count: &str) -> String {
    count.split_once(' ').map_or_else(|| count.to_owned(), |(word, number)| format!("{number} {word}"))
}

/// A line of the porcelain format, `XY path`: X is the index beside the last commit, Y the folder beside the index.
fn change(line: &str) -> Option<String> {
    let mut letters = line.chars();
    let (index, folder) = (letters.next()?, letters.next()?);
    let path = text::head(&text::line(letters.as_str()), LINE);
    let what = match (index, folder) {
        ('?', _) => "not in git",
        ('U', _) | (_, 'U') | ('A', 'A') | ('D', 'D') => "in conflict",
        (_, 'D') | ('D', ' ') => "deleted",
        ('A', _) | (_, 'A') => "new",
        ('T', _) | (_, 'T') => "of another type",
        _ => "modified",
    };
    let staged = match (index, folder) {
        _ if what == "in conflict" || index == '?' || index == ' ' => "",
        (_, ' ') => ", staged",
        _ => ", staged in part",
    };
    Some(format!("{what}{staged}: {path}"))
}

fn unpushed(git: &Git<'_>) -> Result<Unpushed, NoAnswer> {
    let most = format!("--max-count={}", MOST_COMMITS + 1);
    let answer = git.ask(&["rev-list", &most, "--format=%h %s", "HEAD", "--not", "--remotes"])?;
    // Before each line of the format stands one with the whole name.
    let lines = answer.text.lines().filter(|line| !line.starts_with("commit "));
    let mut commits: Vec<String> = lines.map(|line| text::head(&text::line(line), LINE)).collect();
    let more = commits.len() > MOST_COMMITS;
    commits.truncate(MOST_COMMITS);
    let remotes = git.ask(&["for-each-ref", "--count=1", "--format=%(refname)", "refs/remotes"])?;
    Ok(Unpushed { commits, more, remote: !remotes.text.trim().is_empty() })
}

/// What git itself leaves in its folder while something is under way.
fn unfinished(folder: &Path) -> Vec<&'static str> {
    let marks = [
        ("MERGE_HEAD", "a merge"),
        ("rebase-merge", "a rebase"),
        ("rebase-apply", "a rebase"),
        ("CHERRY_PICK_HEAD", "a cherry-pick"),
        ("REVERT_HEAD", "a revert"),
        ("BISECT_LOG", "a bisect"),
        ("index.lock", "a change of the index (index.lock lies there)"),
    ];
    let there = |(mark, words): (&str, &'static str)| {
        fs::symlink_metadata(folder.join(mark)).is_ok().then_some(words)
    };
    let mut found: Vec<&str> = marks.into_iter().filter_map(there).collect();
    found.dedup();
    found
}
