//! Where to go on after a restart: up to where each followed transcript had been read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::transcript::Identity;

/// The place of reading in each transcript, and when that was.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub(super) struct Cursor {
    /// The form of this text; another one is not understood.
    version: u32,
    /// When it was taken, in milliseconds since the epoch.
    pub(super) at: i64,
    pub(super) places: BTreeMap<PathBuf, (Identity, u64)>,
}

const VERSION: u32 = 1;

impl Cursor {
    pub(super) fn new(at: i64, places: BTreeMap<PathBuf, (Identity, u64)>) -> Self {
        Self { version: VERSION, at, places }
    }

    /// The cursor that an earlier run left, when it can be understood: losing it costs no message, but those that
    /// arrived in between will count as history.
    pub(super) fn restore(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().filter(|cursor: &Self| cursor.version == VERSION)
    }

    pub(super) fn text(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}
