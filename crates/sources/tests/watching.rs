//! The lookout on real folders: it rings at once, follows folders that come and go, and is silent when others only read.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failing helper is a failing test

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use peerwatch_core::SourceId;
use peerwatch_sources::{Bell, Call, Hint, Lookout, Watch};

const SOON: Duration = Duration::from_secs(10);
/// Long enough for an event that is on its way.
const QUIET: Duration = Duration::from_millis(150);

struct Post {
    _folder: tempfile::TempDir,
    home: PathBuf,
    lookout: Lookout,
    bell: Bell,
    wishes: Vec<Watch>,
    paths: Vec<PathBuf>,
}

impl Post {
    fn new() -> Post {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        fs::create_dir(&home).unwrap();
        let (wishes, paths) = (Vec::new(), Vec::new());
        Post { _folder: folder, home, lookout: Lookout::new(), bell: Bell::new(), wishes, paths }
    }

    fn wish(&mut self, folder: &str, deep: bool) {
        self.wishes.push(Watch { folder: self.home.join(folder), deep });
        self.renew();
    }

    fn renew(&self) {
        let troubles = self.lookout.watch(&SourceId::new("test"), &self.wishes, &self.paths, &self.bell);
        assert_eq!(troubles, []);
    }

    /// Waits until the bell rings for `path`, or for everything.
    fn heard(&self, path: &str) {
        let wanted = self.home.join(path);
        let until = Instant::now() + SOON;
        loop {
            match self.bell.wait(until.saturating_duration_since(Instant::now())) {
                Call::Look(Hint::Everything) => return,
                Call::Look(Hint::Paths(paths)) if paths.contains(&wanted) => return,
                Call::Look(_) => {}
                other => panic!("never heard of {path}: {other:?}"),
            }
        }
    }

    fn silent(&self) {
        assert_eq!(self.bell.wait(QUIET), Call::Late);
    }

    /// Empties the bell.
    fn settle(&self) {
        while self.bell.wait(QUIET) != Call::Late {}
    }

    fn write(&self, path: &str) {
        fs::write(self.home.join(path), "x").unwrap();
    }

    fn make(&self, folder: &str) {
        fs::create_dir_all(self.home.join(folder)).unwrap();
    }
}

#[test]
fn a_change_is_heard_and_the_same_path_once_a_call() {
    let mut post = Post::new();
    post.wish("", false);
    post.write("a");
    post.heard("a");
    post.make("sub");
    post.heard("sub");
    post.settle();
    post.write("sub/deeper");
    post.silent();
}

#[test]
fn b7_reading_rings_for_nobody() {
    let mut post = Post::new();
    post.write("a");
    post.wish("", true);
    post.settle();
    for _ in 0..100 {
        assert_eq!(fs::read(post.home.join("a")).unwrap(), b"x");
        assert_eq!(fs::read_dir(&post.home).unwrap().count(), 1);
    }
    post.silent();
}

#[test]
fn only_the_wanted_files_of_a_crowded_folder_ring() {
    let mut post = Post::new();
    post.paths = vec![post.home.join("db"), post.home.join("db-wal")];
    post.wish("", false);
    post.write("somebody-elses");
    post.silent();
    post.write("db-wal");
    post.heard("db-wal");
}

#[test]
fn a_folder_that_comes_step_by_step_is_followed_down() {
    let mut post = Post::new();
    post.wish("one/two/three", true);
    post.write("neighbour");
    post.silent();
    post.make("one");
    post.settle();
    post.make("one/two");
    post.settle();
    post.make("one/two/three/four");
    post.heard("one/two/three");
    post.settle();
    post.write("one/two/three/four/file");
    post.heard("one/two/three/four/file");
}

#[test]
fn a_folder_that_comes_all_at_once_is_followed_down() {
    let mut post = Post::new();
    post.wish("one/two/three", true);
    post.make("one/two/three/four");
    post.heard("one/two/three");
    post.settle();
    post.write("one/two/three/four/file");
    post.heard("one/two/three/four/file");
}

#[test]
fn a_folder_that_is_deleted_and_made_again_is_watched_again() {
    let mut post = Post::new();
    post.make("projects");
    post.wish("projects", true);
    fs::remove_dir_all(post.home.join("projects")).unwrap();
    post.heard("projects");
    post.settle();
    post.make("projects");
    post.heard("projects");
    post.settle();
    post.write("projects/file");
    post.heard("projects/file");
}

#[test]
fn a_folder_that_is_moved_away_and_replaced_is_watched_in_its_new_shape() {
    let mut post = Post::new();
    post.make("projects");
    post.wish("projects", true);
    fs::rename(post.home.join("projects"), post.home.join("old")).unwrap();
    post.make("projects");
    post.heard("projects");
    post.settle();
    post.write("projects/file");
    post.heard("projects/file");
    post.settle();
    post.write("old/file");
    post.silent();
}

#[test]
fn a_parent_that_is_replaced_unseen_is_found_at_the_next_look() {
    let mut post = Post::new();
    post.make("config/projects");
    post.wish("config/projects", true);
    fs::rename(post.home.join("config"), post.home.join("old")).unwrap();
    post.make("config/projects");
    post.settle();
    post.renew();
    assert_eq!(post.bell.wait(SOON), Call::Look(Hint::Everything), "what happened before is not lost");
    post.write("config/projects/file");
    post.heard("config/projects/file");
}

#[test]
fn a_file_made_at_once_in_a_new_folder_is_never_missed() {
    let mut post = Post::new();
    post.make("projects");
    post.wish("projects", true);
    for number in 0..50 {
        let folder = format!("projects/p{number}");
        post.make(&folder);
        let file = format!("{folder}/file");
        post.write(&file);
        // What a source would do: look into every folder it hears of, until it has found the file.
        let until = Instant::now() + SOON;
        while !seen(&post, &file) {
            assert!(Instant::now() < until, "{file} was missed");
        }
    }
}

fn seen(post: &Post, file: &str) -> bool {
    match post.bell.wait(SOON) {
        Call::Look(Hint::Everything) => post.home.join(file).exists(),
        Call::Look(Hint::Paths(paths)) => paths.iter().any(|path| {
            *path == post.home.join(file)
                || (Path::new(path) == post.home.join(file).parent().unwrap()
                    && post.home.join(file).exists())
        }),
        other => panic!("{file} was missed: {other:?}"),
    }
}

#[test]
fn two_sources_on_one_folder_keep_their_own_wishes() {
    let mut post = Post::new();
    post.make("projects/p");
    post.wish("projects", true);
    let (other, second) = (SourceId::new("other"), Bell::new());
    let shallow = Watch { folder: post.home.join("projects"), deep: false };
    post.lookout.watch(&other, std::slice::from_ref(&shallow), &[], &second);
    post.write("projects/p/deep");
    post.heard("projects/p/deep");
    assert_eq!(second.wait(QUIET), Call::Late);
    post.lookout.forget(&SourceId::new("test"));
    post.settle();
    post.write("projects/near");
    assert!(matches!(second.wait(SOON), Call::Look(_)));
    post.write("projects/p/deep");
    post.silent();
}

#[cfg(unix)]
#[test]
fn paths_are_told_as_the_source_named_them() {
    let mut post = Post::new();
    post.make("real");
    std::os::unix::fs::symlink(post.home.join("real"), post.home.join("link")).unwrap();
    post.wish("link", true);
    post.write("real/file");
    post.heard("link/file");
}

#[test]
fn a_thousand_folders_are_watched_quickly() {
    let mut post = Post::new();
    (0..1_000).for_each(|number| post.make(&format!("projects/p{number}")));
    let began = Instant::now();
    post.wish("projects", true);
    let took = began.elapsed();
    println!("1,000 folders: {took:?}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    post.write("projects/p999/file");
    post.heard("projects/p999/file");
}

/// Runs [`with_few_watches`] where the system allows only a few.
#[cfg(target_os = "linux")]
#[test]
fn a_system_that_allows_no_more_watches_is_a_trouble_with_a_remedy() {
    for (limit, text, story) in [
        ("max_inotify_watches", "5", "with_few_watches"),
        ("max_inotify_watches", "5", "with_watches_that_run_out_later"),
        ("max_inotify_instances", "0", "with_few_watches"),
    ] {
        let lower = format!("echo {text} > /proc/sys/user/{limit} && exec \"$@\"");
        let ran = std::process::Command::new("unshare")
            .args(["-r", "sh", "-c", &lower, "sh"])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", story, "--ignored", "--nocapture"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .output();
        let Ok(ran) = ran else { return println!("skipped: unshare cannot be started") };
        let said =
            format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        if !said.contains("running 1 test") {
            return println!("skipped: the system refuses these conditions: {said}");
        }
        assert!(ran.status.success(), "{limit}: {said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by another test, under other conditions"]
fn with_few_watches() {
    let mut post = Post::new();
    (0..20).for_each(|number| post.make(&format!("projects/p{number}")));
    post.wishes.push(Watch { folder: post.home.join("projects"), deep: true });
    let troubles = post.lookout.watch(&SourceId::new("test"), &post.wishes, &[], &post.bell);
    let [trouble] = troubles.as_slice() else { panic!("{troubles:?}") };
    assert!(trouble.what.starts_with("The system allows no more file watches"), "{trouble:?}");
    assert!(trouble.remedy.as_ref().unwrap().contains("fs.inotify.max_user_watches"));
    let again = post.lookout.watch(&SourceId::new("test"), &post.wishes, &[], &post.bell);
    assert_eq!(again, troubles, "it stays as long as it holds");
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "run by another test, under other conditions"]
fn with_watches_that_run_out_later() {
    let mut post = Post::new();
    post.make("projects");
    post.wish("projects", true);
    let until = Instant::now() + SOON;
    let mut number = 0;
    loop {
        post.make(&format!("projects/p{number}"));
        number += 1;
        let _ = post.bell.wait(Duration::from_millis(20));
        if !post.lookout.watch(&SourceId::new("test"), &post.wishes, &[], &post.bell).is_empty() {
            return;
        }
        assert!(Instant::now() < until, "{number} folders and no trouble");
    }
}
