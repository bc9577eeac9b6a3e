//! The settings that a person changes in the window, on the command line or in `config.toml`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Settings, as they stand in `config.toml`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Settings {
    /// Claude configuration folders; empty means the default one.
    pub claude_config: Vec<String>,
    /// Bridge databases besides those at their default paths.
    pub databases: Vec<String>,
    /// Notify when a worker waits for you.
    pub notify_waiting: bool,
    /// Notify when a worker is silent or gone.
    pub notify_silent: bool,
    /// Notify of messages between workers.
    pub notify_messages: bool,
    /// Notify of nothing in these hours of each day, as `22:00-08:00` by the local clock.
    pub quiet_hours: Option<String>,
    /// Notify of a worker that is proven gone with a task even in quiet hours and while notifications are paused.
    pub urgent_breaks_through: bool,
    /// Let notifications make a sound.
    pub sound: bool,
    /// Silence of a bridge side that only heartbeats, in seconds.
    pub bridge_silence_s: u64,
    /// A fixed silence for sessions in seconds; `null` learns each worker's rhythm.
    pub session_silence_s: Option<u64>,
    /// How messages of Peerwatch's own bridge reach sessions.
    pub deliver: DeliverMode,
    /// Whether messages are also brought into sessions that ask for no permissions.
    pub deliver_to_bypassing: bool,
    /// What holds for single conversations, by their identity.
    pub conversations: BTreeMap<String, ConversationSettings>,
    /// Whether tasks of workers that are proven gone are reassigned without a person.
    pub recover: bool,
    /// Whether a team's task may be moved by editing the team's files.
    pub edit_team_tasks: bool,
    /// Start at login.
    pub start_at_login: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            claude_config: Vec::new(),
            databases: Vec::new(),
            notify_waiting: true,
            notify_silent: true,
            notify_messages: true,
            quiet_hours: None,
            urgent_breaks_through: false,
            sound: false,
            bridge_silence_s: 300,
            session_silence_s: None,
            deliver: DeliverMode::Wake,
            deliver_to_bypassing: false,
            conversations: BTreeMap::new(),
            recover: false,
            edit_team_tasks: false,
            start_at_login: false,
        }
    }
}

/// What holds for one conversation.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ConversationSettings {
    /// How its messages reach sessions; `null` is what holds for all.
    pub deliver: Option<DeliverMode>,
    /// Whether the engine writes heartbeats for its proven workers, where the database is somebody else's.
    pub heartbeats: bool,
    /// Whether tasks of workers of this bridge that are proven gone are reassigned without a person; `null` is what holds
    /// for all.
    pub recover: Option<bool>,
}

impl ConversationSettings {
    /// Whether the person connected the conversation, whose database is somebody else's: something is to be written there.
    #[must_use]
    pub fn connects(&self) -> bool {
        self.deliver.is_some() || self.heartbeats || self.recover == Some(true)
    }
}

/// How a message reaches the session it is addressed to.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeliverMode {
    /// At once: an idle session starts a turn.
    #[default]
    Wake,
    /// With the session's next turn, which somebody else starts.
    NextTurn,
    /// Not into the session: the person is told.
    TellMe,
}
