//! The Claude Code plugin: whether it is installed, and whether it is this Peerwatch's.

use std::path::PathBuf;

use peerwatch_engine::{Folders, plugin_view};
use peerwatch_wire::{ConnectionView, PluginView};

/// What the plugin's line is about.
pub(super) const KIND: &str = "Claude Code plugin";

/// The plugin as it was found.
pub(super) struct Plugin {
    pub(super) line: ConnectionView,
    /// It is connected, and something of it has moved or is another version's.
    pub(super) is_broken: bool,
}

/// Looks into the first of Claude Code's configuration folders; none means the default one.
pub(super) fn look(folders: &Folders, configs: &[PathBuf]) -> Plugin {
    let PluginView { connected, summary, remedy } = plugin_view(folders, configs);
    let is_broken = connected && remedy.is_some();
    let (summary, remedy) = match (connected, remedy) {
        (true, None) => (format!("{summary}, of version {} as this Peerwatch", super::VERSION), None),
        (true, Some(remedy)) => (summary, Some(format!("{remedy} `peerwatch connect claude` does so."))),
        (false, None) => {
            let wish = "not needed for watching; `peerwatch connect claude` connects it";
            (format!("{summary}, and {wish}"), None)
        }
        (false, remedy) => (summary, remedy),
    };
    let works = connected && !is_broken;
    let line = ConnectionView { kind: KIND.into(), path: None, connected: works, summary, remedy };
    Plugin { line, is_broken }
}
