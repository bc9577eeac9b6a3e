//! What is to be connected with what.

use std::ffi::OsString;
use std::path::PathBuf;

/// One of the user's configuration folders, and the Peerwatch that it is connected with.
#[derive(Clone, Debug)]
pub struct Place {
    /// Peerwatch's own folder, in which the plugin and the record of what was done are kept.
    pub own: PathBuf,
    /// Claude Code's configuration folder, as `~/.claude`.
    pub config: PathBuf,
    /// The user's home. For `.claude` in it, `CLAUDE_CONFIG_DIR` is not set: Claude Code keeps its state elsewhere with it.
    pub home: PathBuf,
    /// The program `claude`, where the person says which; else it is looked for.
    pub claude: Option<PathBuf>,
    /// The installed program `peerwatch`, absolute.
    pub program: PathBuf,
    /// The installed program of the hook, absolute.
    pub hook: PathBuf,
    /// The engine's socket, absolute.
    pub socket: PathBuf,
    /// What Claude Code's commands find in their environment.
    pub environment: Environment,
}

/// The environment of the commands that are run.
#[derive(Clone, Debug, Default)]
pub enum Environment {
    /// That of this process.
    #[default]
    Inherited,
    /// These variables and no others.
    Only(Vec<(OsString, OsString)>),
}

impl Environment {
    /// A variable's value.
    pub(crate) fn get(&self, name: &str) -> Option<OsString> {
        match self {
            Self::Inherited => std::env::var_os(name),
            Self::Only(variables) => {
                variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
            }
        }
    }
}
