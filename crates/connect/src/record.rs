//! What was connected, kept in Peerwatch's own folder so that a later version can undo it exactly.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::{self, at};
use crate::settings::Traces;
use crate::{Error, plugin, running};

/// The shape's version.
const SCHEMA: u32 = 1;

/// All connections of this user. It holds our own pieces of text only, never the user's.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Record {
    schema: u32,
    connections: Vec<Connection>,
    /// Configuration folders that are no longer connected, and whose sessions of before may still use the plugin.
    #[serde(default)]
    leaving: Vec<PathBuf>,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
struct Connection {
    config: PathBuf,
    settings: Traces,
}

impl Record {
    /// The record in this folder; an empty one where there is none.
    ///
    /// # Errors
    /// When there is one that cannot be read: it is not overwritten.
    pub(crate) fn read(own: &Path) -> Result<Self, Error> {
        let path = path(own);
        match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|error| at(&path)(io::Error::new(io::ErrorKind::InvalidData, error))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(at(&path)(error)),
        }
    }

    /// What was left in this configuration folder's settings.
    pub(crate) fn of(&self, config: &Path) -> Option<&Traces> {
        self.connections.iter().find(|connection| connection.config == config).map(|found| &found.settings)
    }

    /// Whether no other configuration folder is connected.
    pub(crate) fn is_only(&self, config: &Path) -> bool {
        self.connections.iter().all(|connection| connection.config == config)
    }

    /// Whether the plugin is of no use when this configuration folder is no longer connected.
    pub(crate) fn is_last(&self, config: &Path) -> bool {
        self.is_only(config) && !self.is_used_beside(config)
    }

    fn is_used_beside(&self, config: &Path) -> bool {
        running::any(config) || self.leaving.iter().any(|config| running::any(config))
    }

    /// Writes down what was left in a configuration folder's settings.
    pub(crate) fn keep(&mut self, own: &Path, config: &Path, settings: Traces) -> Result<(), Error> {
        self.connections.retain(|connection| connection.config != config);
        self.leaving.retain(|leaving| leaving != config);
        self.connections.push(Connection { config: config.to_owned(), settings });
        self.write(own)
    }

    /// Forgets a connection, though not that sessions of before may still use the plugin.
    pub(crate) fn forget(&mut self, own: &Path, config: &Path) -> Result<(), Error> {
        self.connections.retain(|connection| connection.config != config);
        self.leaving.retain(|leaving| leaving != config);
        self.leaving.push(config.to_owned());
        self.write(own)
    }

    /// Takes plugin and record away when nothing is connected and no session of before runs; whether they are gone.
    pub(crate) fn tidy(&mut self, own: &Path) -> Result<bool, Error> {
        self.leaving.retain(|config| running::any(config));
        if !self.connections.is_empty() || !self.leaving.is_empty() {
            return Ok(false);
        }
        plugin::remove(own)?;
        let path = path(own);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(&path)(error)),
            _ => Ok(true),
        }
    }

    fn write(&mut self, own: &Path) -> Result<(), Error> {
        self.schema = SCHEMA;
        let text = serde_json::to_vec_pretty(self).unwrap_or_default();
        files::write(&path(own), &text)
    }
}

/// Where it is kept.
pub(crate) fn path(own: &Path) -> PathBuf {
    own.join("connected.json")
}
