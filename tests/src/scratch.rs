//! A home of one's own: every file of a test lies in one folder that is gone afterwards.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

/// A scratch home with the folders of the XDG specification; its path is short, because Unix sockets go in it. It is
/// gone with its last clone.
#[derive(Debug, Clone)]
pub struct Scratch {
    folder: Arc<TempDir>,
}

impl Scratch {
    /// An empty home.
    ///
    /// # Panics
    /// When the temp folder cannot be written.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("pw").rand_bytes(5).tempdir().expect("a scratch folder");
        let scratch = Self { folder: Arc::new(folder) };
        for part in
            ["home", "home/.config", "home/.cache", "home/.local/share", "home/.local/state", "run", "tmp"]
        {
            fs::create_dir_all(scratch.path(part)).expect("a folder of the scratch home");
        }
        fs::set_permissions(scratch.runtime(), fs::Permissions::from_mode(0o700))
            .expect("a private runtime folder");
        scratch
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// A path within the folder.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// `HOME`.
    pub fn home(&self) -> PathBuf {
        self.path("home")
    }

    /// `XDG_RUNTIME_DIR`.
    pub fn runtime(&self) -> PathBuf {
        self.path("run")
    }

    /// What every process of this World has in its environment, and nothing else.
    pub fn environment(&self) -> Vec<(String, String)> {
        let text = |path: PathBuf| path.to_string_lossy().into_owned();
        [
            ("HOME", text(self.home())),
            ("XDG_RUNTIME_DIR", text(self.runtime())),
            ("XDG_CONFIG_HOME", text(self.path("home/.config"))),
            ("XDG_CACHE_HOME", text(self.path("home/.cache"))),
            ("XDG_DATA_HOME", text(self.path("home/.local/share"))),
            ("XDG_STATE_HOME", text(self.path("home/.local/state"))),
            ("TMPDIR", text(self.path("tmp"))),
            ("PATH", "/usr/local/bin:/usr/bin:/bin".to_owned()),
            ("LANG", "C.UTF-8".to_owned()),
            ("TZ", "UTC".to_owned()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .to_vec()
    }

    /// A command that sees this home only.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env_clear().envs(self.environment()).current_dir(self.home());
        command
    }
}

impl Default for Scratch {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_sees_the_scratch_home_and_nothing_of_ours() {
        let scratch = Scratch::new();
        let seen = scratch.command("/usr/bin/env").output().unwrap();
        let seen = String::from_utf8(seen.stdout).unwrap();
        let keys: Vec<&str> = seen.lines().filter_map(|line| Some(line.split_once('=')?.0)).collect();
        assert_eq!(keys.len(), scratch.environment().len(), "{seen}");
        assert!(seen.contains(&format!("HOME={}", scratch.home().display())));
    }

    #[test]
    fn sockets_fit_and_nothing_stays_behind() {
        let scratch = Scratch::new();
        let root = scratch.root().to_owned();
        assert!(scratch.path("run/cc-socks/1234567.sock").as_os_str().len() < 90);
        assert_eq!(fs::metadata(scratch.runtime()).unwrap().permissions().mode() & 0o777, 0o700);
        drop(scratch);
        assert!(!root.exists());
    }
}
