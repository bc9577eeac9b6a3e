//! What can be asked of the engine, and what it answers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ConversationPage, Settings, View};

/// Something a person asks for, in the window, the tray or the command line.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "command", rename_all = "snake_case")]
pub enum Command {
    /// The view as it is.
    View,
    /// Look at every source again now.
    LookAgain,
    /// Entries of a conversation.
    Read {
        /// The conversation.
        conversation: String,
        /// Which entries.
        page: Page,
        /// At most this many; the engine has a bound of its own.
        limit: u32,
    },
    /// No notifications for this long; zero resumes.
    Pause {
        /// Seconds from now.
        seconds: u64,
    },
    /// No notifications about this worker for this long; zero unmutes.
    Mute {
        /// The worker.
        worker: String,
        /// Seconds from now.
        seconds: u64,
    },
    /// Withdraw an alert's notification and show it again after this long if it still stands.
    Snooze {
        /// The alert.
        alert: u64,
        /// Seconds from now.
        seconds: u64,
    },
    /// Take an alert off the list; its cause may raise another later.
    Dismiss {
        /// The alert.
        alert: u64,
    },
    /// The person looks at this conversation of a worker now, or at none: nothing shown there is notified.
    LookingAt {
        /// The worker, or `null`.
        worker: Option<String>,
    },
    /// Change settings; written to `config.toml`, comments kept.
    Change {
        /// What to change.
        setting: SettingChange,
    },
    /// Stop the engine.
    Stop,
}

/// Which entries of a conversation.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    /// The newest.
    Newest,
    /// Those before a place that an earlier page named.
    Before(String),
    /// Those after a place that an earlier page named.
    After(String),
}

/// One setting, changed.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "setting", content = "value", rename_all = "snake_case")]
pub enum SettingChange {
    /// Notify when a worker waits for you.
    NotifyWaiting(bool),
    /// Notify when a worker is silent or gone.
    NotifySilent(bool),
    /// Notify of messages between workers.
    NotifyMessages(bool),
    /// Silence of a bridge side that only heartbeats, in seconds.
    BridgeSilence(u64),
    /// A fixed silence for sessions in seconds, or `null` to learn.
    SessionSilence(Option<u64>),
    /// Start at login.
    StartAtLogin(bool),
    /// Watch one more bridge database.
    AddDatabase(String),
    /// Stop watching a bridge database.
    RemoveDatabase(String),
    /// Watch one more Claude configuration folder.
    AddClaudeConfig(String),
    /// Stop watching a Claude configuration folder.
    RemoveClaudeConfig(String),
}

/// The answer to a [`Command`].
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "reply", rename_all = "snake_case")]
pub enum Reply {
    /// Done.
    Done,
    /// The view.
    View {
        /// The view.
        view: Box<View>,
    },
    /// A page of a conversation.
    Page {
        /// The page.
        page: ConversationPage,
    },
    /// The settings after a change.
    Settings {
        /// The settings.
        settings: Settings,
    },
    /// It could not be done; a sentence that says why and what to do.
    Refused {
        /// The sentence.
        why: String,
    },
}
