//! With real repositories. These tests need git on the `PATH`.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::fmt::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Command, Stdio};
use std::time::Duration;

use expect_test::expect;

use super::*;

/// A repository in a scratch folder, and a user whose home is empty.
struct Scratch {
    root: tempfile::TempDir,
    repository: PathBuf,
}

impl Scratch {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let repository = root.path().join("api");
        fs::create_dir(root.path().join("home")).unwrap();
        let scratch = Self { root, repository };
        scratch.make(&scratch.repository);
        scratch
    }

    fn make(&self, at: &Path) {
        let path = at.to_str().unwrap();
        assert!(self.plain_git(&["init", "--quiet", "--initial-branch=main", path]).0, "git is needed");
    }

    fn home(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// git as anybody runs it, with fixed names and dates, so that commits have the same names each time.
    fn plain_git(&self, words: &[&str]) -> (bool, String) {
        let mut command = Command::new("git");
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", self.home());
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Asha")
                .env(format!("GIT_{who}_EMAIL"), "asha@example.org");
            command.env(format!("GIT_{who}_DATE"), "2026-11-23T03:00:00Z");
        }
        let words: Vec<&str> = match words {
            ["init", ..] => words.to_vec(),
            _ => ["-C", self.repository.to_str().unwrap()].iter().chain(words).copied().collect(),
        };
        let output = command.args(words).stdin(Stdio::null()).output().expect("these tests need git");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    fn git(&self, words: &[&str]) -> String {
        let (success, said) = self.plain_git(words);
        assert!(success, "git {words:?}: {said}");
        said
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.repository.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
    }

    /// A copy elsewhere that knows what stands here now.
    fn push_somewhere(&self) {
        let remote = self.root.path().join("remote.git");
        self.git(&["init", "--quiet", "--bare", remote.to_str().unwrap()]);
        self.git(&["remote", "add", "origin", remote.to_str().unwrap()]);
        self.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
    }

    /// Makes git compare the contents of a file again: its date is another one.
    fn date(&self, file: &str, second: u64) {
        let file = fs::File::options().write(true).open(self.repository.join(file)).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(second)).unwrap();
    }

    fn look(&self) -> Found {
        self.look_at(&self.repository)
    }

    fn look_at(&self, path: &Path) -> Found {
        find(Git::new(path).at_home(&self.home()))
    }

    fn told(&self) -> String {
        let told = told(&self.look());
        // Folders have other names each time.
        let root = fs::canonicalize(self.root.path()).unwrap();
        told.replace(root.to_str().unwrap(), "/scratch")
    }
}

fn told(found: &Found) -> String {
    let Found::Repository(it) = found else { return format!("{found:?}\n") };
    let mut told = format!("{}, home {}\n", it.root.display(), it.home.display());
    match &it.status {
        Ok(status) => {
            writeln!(told, "{}: {} changes", status.branch, status.count).unwrap();
            status.changes.iter().for_each(|change| writeln!(told, "  {change}").unwrap());
        }
        Err(why) => writeln!(told, "status unknown: {why}").unwrap(),
    }
    match &it.unpushed {
        Ok(unpushed) => {
            let more = if unpushed.more { " and more" } else { "" };
            writeln!(told, "{} unpushed{more}, remote: {}", unpushed.commits.len(), unpushed.remote).unwrap();
            unpushed.commits.iter().for_each(|commit| writeln!(told, "  {commit}").unwrap());
        }
        Err(why) => writeln!(told, "unpushed unknown: {why}").unwrap(),
    }
    it.unfinished.iter().for_each(|begun| writeln!(told, "unfinished: {begun}").unwrap());
    told
}

#[test]
fn an_unborn_branch_has_nothing_to_tell_of() {
    let scratch = Scratch::new();
    scratch.write("notes.md", "one");
    expect![[r#"
        /scratch/api, home /scratch/api
        branch main, without a commit: 1 changes
          not in git: notes.md
        0 unpushed, remote: false
    "#]]
    .assert_eq(&scratch.told());
}

#[test]
fn what_lies_in_a_folder_is_told_file_by_file() {
    let scratch = Scratch::new();
    for file in ["changed", "staged", "both", "removed", "taken out", "kind"] {
        scratch.write(file, "one\n");
    }
    scratch.commit("Begin");
    scratch.push_somewhere();
    scratch.commit("Move half of the login");
    scratch.write("changed", "two\n");
    scratch.write("staged", "two\n");
    scratch.write("both", "two\n");
    scratch.write("src/new.rs", "new\n");
    scratch.git(&["add", "staged", "both", "src/new.rs"]);
    scratch.write("both", "three\n");
    fs::remove_file(scratch.repository.join("removed")).unwrap();
    scratch.git(&["rm", "--quiet", "taken out"]);
    fs::remove_file(scratch.repository.join("kind")).unwrap();
    std::os::unix::fs::symlink("both", scratch.repository.join("kind")).unwrap();
    scratch.write("größe\u{202E}\n.md", "odd");
    scratch.write("folder/one", "1");
    scratch.write("folder/two", "2");
    expect![[r#"
        /scratch/api, home /scratch/api
        branch main, which follows origin/main (1 ahead): 9 changes
          modified, staged in part: both
          modified: changed
          of another type: kind
          deleted: removed
          new, staged: src/new.rs
          modified, staged: staged
          deleted, staged: "taken out"
          not in git: folder/
          not in git: "größe\n.md"
        1 unpushed, remote: true
          1f0a709 Move half of the login
    "#]]
    .assert_eq(&scratch.told());
}

#[test]
fn long_lists_are_cut_and_counted() {
    let scratch = Scratch::new();
    for number in 0..12 {
        scratch.commit(&format!("Step {number}"));
    }
    for number in 0..40 {
        scratch.write(&format!("file {number:02}"), "x");
    }
    let Found::Repository(found) = scratch.look() else { panic!("no repository") };
    let (status, unpushed) = (found.status.unwrap(), found.unpushed.unwrap());
    assert_eq!((status.changes.len(), status.count, status.more), (30, 40, false));
    assert_eq!((unpushed.commits.len(), unpushed.more, unpushed.remote), (10, true, false));
    assert!(unpushed.commits[0].ends_with(" Step 11"));
}

#[test]
fn a_list_longer_than_anybody_reads_is_not_read_to_its_end() {
    let scratch = Scratch::new();
    let name = "n".repeat(200);
    for number in 0..1_500 {
        scratch.write(&format!("{name}{number}"), "");
    }
    let Found::Repository(found) = scratch.look() else { panic!("no repository") };
    let status = found.status.unwrap();
    assert!(status.more && status.count > 1_000 && status.count < 1_500, "{}", status.count);
}

#[test]
fn a_rebase_that_stopped_and_a_lock_that_was_left_are_told() {
    let scratch = Scratch::new();
    scratch.write("file", "one\n");
    scratch.commit("One");
    scratch.git(&["checkout", "--quiet", "-b", "other"]);
    scratch.write("file", "other\n");
    scratch.commit("Other");
    scratch.git(&["checkout", "--quiet", "main"]);
    scratch.write("file", "two\n");
    scratch.commit("Two");
    assert!(!scratch.plain_git(&["rebase", "other"]).0, "it conflicts");
    fs::write(scratch.repository.join(".git/index.lock"), "").unwrap();
    expect![[r#"
        /scratch/api, home /scratch/api
        no branch: 1 changes
          in conflict: file
        2 unpushed, remote: false
          51759d1 Other
          773f236 One
        unfinished: a rebase
        unfinished: a change of the index (index.lock lies there)
    "#]]
    .assert_eq(&scratch.told());
}

#[test]
fn another_working_tree_has_the_home_of_the_first() {
    let scratch = Scratch::new();
    scratch.commit("One");
    let tree = scratch.root.path().join("tree");
    scratch.git(&["worktree", "add", "--quiet", tree.to_str().unwrap()]);
    fs::create_dir(tree.join("within")).unwrap();
    let Found::Repository(found) = scratch.look_at(&tree.join("within")) else { panic!("no repository") };
    assert_eq!(fs::canonicalize(found.root).unwrap(), fs::canonicalize(tree).unwrap());
    assert_eq!(fs::canonicalize(found.home).unwrap(), fs::canonicalize(&scratch.repository).unwrap());
    assert_eq!(found.status.unwrap().branch, "branch tree, which follows no other");
}

#[test]
fn what_is_no_repository_is_said_in_words() {
    let scratch = Scratch::new();
    let root = scratch.root.path();
    fs::write(root.join("file"), "").unwrap();
    assert_eq!(scratch.look_at(&root.join("nowhere")), Found::Nothing);
    assert_eq!(scratch.look_at(&root.join("file")), Found::NoFolder);
    assert_eq!(scratch.look_at(&root.join("home")), Found::NoRepository);
    assert_eq!(scratch.look_at(Path::new("api")), Found::Unknown("its path is not a whole one".into()));
    let Found::Unknown(why) = scratch.look_at(&scratch.repository.join(".git")) else {
        panic!("it is no tree")
    };
    // Newer versions refuse before they look for a tree.
    let says =
        ["git says: this operation must be run in a work tree", "git says: cannot use bare repository"];
    assert!(says.iter().any(|says| why.starts_with(says)), "{why}");
}

#[test]
fn a_working_tree_that_is_elsewhere_is_not_listed() {
    let scratch = Scratch::new();
    fs::write(scratch.home().join("private"), "").unwrap();
    scratch.git(&["config", "core.worktree", scratch.home().to_str().unwrap()]);
    let Found::Unknown(why) = scratch.look() else { panic!("it was looked at") };
    assert!(why.starts_with("git says: its working tree is elsewhere, in "), "{why}");
}

#[test]
fn a_repository_that_keeps_git_waiting_is_given_up() {
    let scratch = Scratch::new();
    let pipe = scratch.root.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    scratch.git(&["config", "include.path", pipe.to_str().unwrap()]);
    let git = Git::new(&scratch.repository).at_home(&scratch.home()).patient_for(Duration::from_millis(200));
    assert_eq!(find(git), Found::Unknown("git did not answer in time".into()));
}

/// All files below a folder with their size, date and inode.
fn picture(folder: &Path) -> BTreeMap<PathBuf, (u64, i64, i64, u64)> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            let facts = (metadata.len(), metadata.mtime(), metadata.mtime_nsec(), metadata.ino());
            found.insert(path, facts);
        }
    }
    found
}

#[test]
fn nothing_is_changed_by_looking() {
    let scratch = Scratch::new();
    scratch.write("file", "one\n");
    scratch.commit("One");
    scratch.push_somewhere();
    // git would note in its index that only the date is another one, and that there is no cache of what is not in git.
    scratch.date("file", 1_000_000_000);
    scratch.git(&["config", "core.untrackedCache", "true"]);
    scratch.write("more", "x");
    let before = picture(scratch.root.path());
    let Found::Repository(found) = scratch.look() else { panic!("no repository") };
    assert_eq!(found.status.unwrap().changes, ["not in git: more"]);
    assert_eq!(picture(scratch.root.path()), before);
    // The trap is one: a plain look writes the index.
    scratch.git(&["status"]);
    assert_ne!(picture(scratch.root.path()), before);
}

/// A repository whose configuration names programs wherever it can; each leaves a mark.
struct Trap {
    scratch: Scratch,
    marks: PathBuf,
}

impl Trap {
    fn new() -> Self {
        let scratch = Scratch::new();
        let marks = scratch.root.path().join("marks");
        fs::create_dir(&marks).unwrap();
        scratch.write("file.txt", "one\n");
        scratch.write("lib/inner.txt", "one\n");
        scratch.write(".gitattributes", "*.txt filter=odd diff=odd\n");
        scratch.commit("One");
        Self { scratch, marks }
    }

    /// A program, as a path: it leaves a mark by this name, and fails.
    fn program(&self, mark: &str) -> String {
        let path = self.scratch.root.path().join(format!("{mark}.sh"));
        // Written by another process: one that this process has open for writing could not be started.
        let script = format!("#!/bin/sh\ntouch '{}'\nexit 1\n", self.marks.join(mark).display());
        let write = format!("cat > '{0}' <<'END'\n{script}END\nchmod +x '{0}'", path.display());
        assert!(Command::new("sh").args(["-c", &write]).status().unwrap().success());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0o111);
        path.to_str().unwrap().to_owned()
    }

    fn set(&self, key: &str, mark: &str) {
        self.scratch.git(&["config", key, &self.program(mark)]);
    }

    fn marks(&self) -> Vec<String> {
        let marks = fs::read_dir(&self.marks).unwrap().map(|mark| mark.unwrap());
        let mut marks: Vec<String> = marks.map(|mark| mark.file_name().into_string().unwrap()).collect();
        marks.sort();
        marks
    }

    /// The marks that plain git leaves when it is asked this.
    fn sprung_by(&self, words: &[&str]) -> Vec<String> {
        self.scratch.plain_git(words);
        let marks = self.marks();
        marks.iter().for_each(|mark| fs::remove_file(self.marks.join(mark)).unwrap());
        marks
    }
}

#[test]
fn a_file_system_monitor_is_not_started() {
    let trap = Trap::new();
    trap.set("core.fsmonitor", "monitor");
    assert_eq!(trap.sprung_by(&["status"]), ["monitor"]);
    assert!(matches!(trap.scratch.look(), Found::Repository(it) if it.status.is_ok() && it.unpushed.is_ok()));
    assert_eq!(trap.marks(), [""; 0]);
}

#[test]
fn filters_are_left_out_and_that_is_said() {
    let trap = Trap::new();
    // Attributes may also stand where no commit shows them.
    fs::write(trap.scratch.repository.join(".git/info/attributes"), "inner.txt filter=Third.one\n").unwrap();
    for (key, mark) in [
        ("filter.odd.clean", "clean"),
        ("filter.odd.process", "process"),
        ("filter.odd.smudge", "smudge"),
        ("filter.Third.one.clean", "third"),
    ] {
        trap.set(key, mark);
    }
    let date = |second| ["file.txt", "lib/inner.txt"].map(|file| trap.scratch.date(file, second));
    date(1_000_000_000);
    // git ends with the first that fails.
    assert_eq!(trap.sprung_by(&["status"]), ["process"]);
    trap.scratch.git(&["config", "--unset", "filter.odd.process"]);
    date(1_000_000_001);
    assert_eq!(trap.sprung_by(&["status"]), ["clean", "third"]);
    trap.scratch.git(&["config", "filter.odd.required", "true"]);
    trap.set("filter.odd.process", "process");
    date(1_000_000_002);
    let Found::Repository(found) = trap.scratch.look() else { panic!("no repository") };
    assert_eq!(trap.marks(), [""; 0]);
    assert!(found.filtered);
    assert_eq!(found.status.unwrap().changes, [""; 0]);
}

#[test]
fn filters_that_cannot_be_named_on_a_command_line_leave_the_status_unknown() {
    let trap = Trap::new();
    trap.scratch.write(".gitattributes", "*.txt filter=a=b\n");
    trap.set("filter.a=b.clean", "clean");
    trap.scratch.date("file.txt", 1_000_000_000);
    let Found::Repository(found) = trap.scratch.look() else { panic!("no repository") };
    let why = found.status.unwrap_err();
    assert_eq!(why, "git says: its configuration names filters that cannot be left out");
    assert!(found.unpushed.is_ok());
    assert_eq!(trap.marks(), [""; 0]);
}

#[test]
fn nothing_is_fetched_for_a_partial_clone() {
    let trap = Trap::new();
    let scratch = &trap.scratch;
    // The tree of a folder is missing, and the index asks for it.
    let tree = scratch.git(&["rev-parse", "HEAD:lib"]);
    let (first, rest) = tree.split_at(2);
    scratch.write("lib/more", "x");
    scratch.git(&["add", "lib/more"]);
    fs::remove_file(scratch.repository.join(".git/objects").join(first).join(rest)).unwrap();
    for (key, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "far"),
        ("remote.far.promisor", "true"),
        ("remote.far.url", scratch.repository.to_str().unwrap()),
        ("protocol.ext.allow", "always"),
    ] {
        scratch.git(&["config", key, value]);
    }
    trap.set("remote.far.uploadpack", "upload");
    assert_eq!(trap.sprung_by(&["status"]), ["upload"]);
    let Found::Repository(found) = scratch.look() else { panic!("no repository") };
    assert!(found.status.unwrap_err().starts_with("git says: unable to read tree"));
    scratch.git(&["config", "remote.far.url", &format!("ext::{}", trap.program("ext"))]);
    assert_eq!(trap.sprung_by(&["status"]), ["ext"]);
    assert!(matches!(scratch.look(), Found::Repository(it) if it.status.is_err()));
    assert_eq!(trap.marks(), [""; 0]);
}

#[test]
fn signatures_are_not_checked() {
    let trap = Trap::new();
    let scratch = &trap.scratch;
    let tree = scratch.git(&["rev-parse", "HEAD^{tree}"]);
    let person = "Asha <asha@example.org> 1795402800 +0000";
    let commit = format!(
        "tree {tree}\nauthor {person}\ncommitter {person}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n iQ\n -----END PGP SIGNATURE-----\n\nSigned\n"
    );
    scratch.write("commit", &commit);
    let name = scratch.git(&["hash-object", "-t", "commit", "-w", "commit"]);
    scratch.git(&["update-ref", "HEAD", &name]);
    scratch.git(&["config", "log.showSignature", "true"]);
    trap.set("gpg.program", "gpg");
    assert_eq!(trap.sprung_by(&["log", "-1"]), ["gpg"]);
    let Found::Repository(found) = scratch.look() else { panic!("no repository") };
    assert!(found.unpushed.unwrap().commits[0].ends_with(" Signed"));
    assert_eq!(trap.marks(), [""; 0]);
}

#[test]
fn submodules_are_not_entered() {
    let trap = Trap::new();
    let scratch = &trap.scratch;
    let inner = Scratch { root: tempfile::tempdir().unwrap(), repository: scratch.repository.join("sub") };
    fs::create_dir(inner.home()).unwrap();
    inner.make(&inner.repository);
    inner.write("file", "one\n");
    inner.commit("Inner");
    scratch.write(".gitmodules", "[submodule \"sub\"]\n\tpath = sub\n\turl = ./sub\n");
    scratch.commit("With a submodule");
    inner.git(&["config", "core.fsmonitor", &trap.program("inner")]);
    inner.write("file", "two\n");
    assert_eq!(trap.sprung_by(&["status"]), ["inner"]);
    assert!(
        matches!(scratch.look(), Found::Repository(it) if it.status.as_ref().is_ok_and(|it| it.count == 0))
    );
    assert_eq!(trap.marks(), [""; 0]);
}

#[test]
fn whatever_else_a_configuration_may_name_is_not_run() {
    let trap = Trap::new();
    for (key, mark) in [
        ("core.pager", "pager"),
        ("pager.status", "pager_status"),
        ("core.editor", "editor"),
        ("core.sshCommand", "ssh"),
        ("core.askPass", "ask"),
        ("core.gitProxy", "proxy"),
        ("core.alternateRefsCommand", "alternates"),
        ("credential.helper", "credential"),
        ("diff.external", "diff"),
        ("diff.odd.command", "diff_odd"),
        ("diff.odd.textconv", "textconv"),
        ("merge.odd.driver", "merge"),
        ("gpg.ssh.defaultKeyCommand", "key"),
        ("uploadpack.packObjectsHook", "pack"),
        ("trailer.odd.command", "trailer"),
        ("sequence.editor", "sequence"),
        ("interactive.diffFilter", "interactive"),
    ] {
        trap.set(key, mark);
    }
    for alias in ["status", "rev-list", "rev-parse", "config", "for-each-ref"] {
        trap.scratch.git(&["config", &format!("alias.{alias}"), &format!("!{}", trap.program(alias))]);
    }
    // Hooks lie in their own folder, or wherever the configuration says; this one follows each change of the index.
    let hooks = trap.scratch.root.path().join("hooks");
    fs::create_dir(&hooks).unwrap();
    for folder in [&hooks, &trap.scratch.repository.join(".git/hooks")] {
        fs::create_dir_all(folder).unwrap();
        std::os::unix::fs::symlink(trap.program("hook"), folder.join("post-index-change")).unwrap();
    }
    trap.scratch.date("file.txt", 1_000_000_000);
    assert_eq!(trap.sprung_by(&["status"]), ["hook"]);
    trap.scratch.git(&["config", "core.hooksPath", hooks.to_str().unwrap()]);
    trap.scratch.date("file.txt", 1_000_000_001);
    assert_eq!(trap.sprung_by(&["status"]), ["hook"]);
    trap.scratch.date("file.txt", 1_000_000_002);
    trap.scratch.write("lib/inner.txt", "two\n");
    let Found::Repository(found) = trap.scratch.look() else { panic!("no repository") };
    assert_eq!(found.status.unwrap().changes, ["modified: lib/inner.txt"]);
    assert_eq!(trap.marks(), [""; 0]);
}

#[test]
fn a_repository_within_the_files_of_another_is_not_believed() {
    let trap = Trap::new();
    let inner = trap.scratch.repository.join("vendor");
    trap.scratch.git(&["init", "--quiet", "--bare", inner.to_str().unwrap()]);
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = {}\n",
        trap.program("inner")
    );
    fs::write(inner.join("config"), config).unwrap();
    let Found::Unknown(why) = trap.scratch.look_at(&inner) else { panic!("it was believed") };
    assert!(why.contains("safe.bareRepository"), "{why}");
    assert_eq!(trap.marks(), [""; 0]);
}
