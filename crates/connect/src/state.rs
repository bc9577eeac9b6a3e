//! How things stand between a configuration folder and Peerwatch.

use crate::claude::Claude;
use crate::plugin::Plugin;
use crate::settings::{File, Text};
use crate::{Error, Place, plugin};

/// How things stand.
#[derive(Debug)]
pub enum State {
    /// Nothing of ours is there.
    NotConnected,
    /// All is as it should be.
    Connected,
    /// The plugin is installed, and the person has switched it off.
    SwitchedOff,
    /// It is connected, but something has moved or is of another version: connecting again repairs it.
    Moved {
        /// What, in words.
        what: String,
    },
    /// It cannot be connected as things are: no Claude Code, one too old, settings that cannot be used.
    Hindered(Error),
}

/// Looks; `claude --version` is run, nothing is changed.
#[must_use]
pub fn state(place: &Place) -> State {
    let asked = Claude::find(place).and_then(|claude| claude.is_new_enough());
    asked.and_then(|()| look(place)).unwrap_or_else(State::Hindered)
}

/// Looks without running anything: whether there is a Claude Code that is new enough stays open.
#[must_use]
pub fn glance(place: &Place) -> State {
    look(place).unwrap_or_else(State::Hindered)
}

fn look(place: &Place) -> Result<State, Error> {
    let settings = File::of(&place.config).read()?;
    let on = settings.as_ref().and_then(Text::plugin);
    let folder = settings.as_ref().and_then(Text::marketplace).map(|found| found["source"]["path"].clone());
    Ok(match (on, folder) {
        (None, None) => State::NotConnected,
        (Some(false), _) => State::SwitchedOff,
        (None, Some(_)) => State::Moved { what: "the plugin is not installed".to_owned() },
        (Some(true), Some(folder)) if folder == *plugin::folder(&place.own).to_string_lossy() => {
            Plugin::of(place).differs(place).map_or(State::Connected, |what| State::Moved { what })
        }
        (Some(true), _) => State::Moved { what: "the plugin is looked for in another folder".to_owned() },
    })
}
