//! What an engine is started with.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use peerwatch_core::Timestamp;

use crate::folders::Folders;

/// Which files an engine reads and how it reaches the person. The default is what a person's own engine does.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The configuration file, where it is not the user's own.
    pub config: Option<PathBuf>,
    /// Claude configuration folders. When none is given here or in the configuration, the default one.
    pub claude_config: Vec<PathBuf>,
    /// Bridge databases besides those of the configuration.
    pub databases: Vec<PathBuf>,
    /// Read nothing but what is named here: neither the configuration's folders and databases nor the default ones.
    pub only_these: bool,
    /// Peerwatch's own folders, where they are not the user's own.
    pub folders: Option<Folders>,
    /// How the person is told.
    pub notifications: Notifications,
    /// The clocks, where they are not the machine's.
    pub clocks: Option<Clocks>,
}

impl Options {
    pub(crate) fn folders(&self) -> Option<Folders> {
        let mut folders = self.folders.clone().or_else(Folders::of_the_user)?;
        if let Some(config) = &self.config {
            folders.config.clone_from(config);
        }
        Some(folders)
    }
}

/// How the person is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Notifications {
    /// By the desktop's notifications.
    #[default]
    Desktop,
    /// Not at all: alerts are kept and shown, nothing pops up.
    Off,
}

/// Given clocks, so that hours of sleep can be tested in an instant.
#[derive(Clone)]
pub struct Clocks(pub Arc<dyn Fn() -> (Duration, Timestamp) + Send + Sync>);

impl fmt::Debug for Clocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clocks(given)")
    }
}
