//! Where Peerwatch keeps its own things, and where it looks for those of others.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::{BaseDirs, ProjectDirs};

/// Peerwatch's own folders.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Folders {
    /// The configuration file.
    pub config: PathBuf,
    /// The store, `peerwatch.db`.
    pub store: PathBuf,
    /// The folder of the rolling logs.
    pub logs: PathBuf,
    /// The folder of the socket and the lock.
    pub runtime: PathBuf,
}

impl Folders {
    /// The platform's own folders for this user; `None` where the platform names no home.
    #[must_use]
    pub fn of_the_user() -> Option<Self> {
        let dirs = ProjectDirs::from("dev", "Peerwatch", "peerwatch")?;
        let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
        let runtime = dirs.runtime_dir().unwrap_or(state);
        Some(Self {
            config: dirs.config_dir().join("config.toml"),
            store: dirs.data_local_dir().join("peerwatch.db"),
            logs: state.join("logs"),
            runtime: runtime.to_owned(),
        })
    }

    /// Everything below one folder, for trials and demonstrations.
    #[must_use]
    pub fn below(folder: &Path) -> Self {
        Self {
            config: folder.join("config.toml"),
            store: folder.join("peerwatch.db"),
            logs: folder.join("logs"),
            runtime: folder.join("run"),
        }
    }

    /// Peerwatch's own bridge. A file of its own beside the store: what the engine remembers must not ring for messages.
    #[must_use]
    pub fn bridge(&self) -> PathBuf {
        self.store.with_file_name("bridge.db")
    }

    /// The file whose lock says that an engine runs.
    #[must_use]
    pub fn lock(&self) -> PathBuf {
        self.runtime.join("engine.lock")
    }

    /// The engine's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.runtime.join("engine.sock")
    }

    /// Makes the folders that are missing, for this user only.
    pub(crate) fn make(&self) -> io::Result<()> {
        for folder in [self.store.parent(), Some(self.logs.as_path()), Some(self.runtime.as_path())]
            .into_iter()
            .flatten()
        {
            make_private(folder)?;
        }
        Ok(())
    }
}

#[cfg(unix)]
fn make_private(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// The Claude configuration folder that a new session of this user would use: `$CLAUDE_CONFIG_DIR`, else `~/.claude`.
#[must_use]
pub(crate) fn default_claude_config() -> Option<PathBuf> {
    std::env::var_os("CLAUDE_CONFIG_DIR")
        .filter(|dir| !dir.is_empty())
        .map(PathBuf::from)
        .or_else(|| Some(BaseDirs::new()?.home_dir().join(".claude")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn folders_are_made_for_this_user_only() {
        use std::os::unix::fs::PermissionsExt;
        let scratch = tempfile::tempdir().unwrap();
        let folders = Folders::below(&scratch.path().join("new"));
        folders.make().unwrap();
        for folder in [&folders.logs, &folders.runtime] {
            assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
