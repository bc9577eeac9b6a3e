//! What can be asked of the engine, and what it answers.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ConversationPage, DeliverMode, HandoverPlan, Settings, TerminalView, View};

/// A mute for this long, a hundred years in seconds, is one for good.
pub const ALWAYS_S: u64 = 100 * 365 * 86_400;

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
        /// Seconds from now; [`ALWAYS_S`] and more is always.
        seconds: u64,
    },
    /// No notifications about any worker in this folder or below it for this long; zero unmutes.
    MuteFolder {
        /// The folder's absolute path.
        folder: String,
        /// Seconds from now; [`ALWAYS_S`] and more is always.
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
    /// The person looks at this worker or this conversation now, or at none: nothing shown there is notified.
    LookingAt {
        /// The worker, or `null`.
        worker: Option<String>,
        /// The conversation between workers, or `null`.
        #[serde(default)]
        conversation: Option<String>,
    },
    /// Change settings; written to `config.toml`, comments kept.
    Change {
        /// What to change.
        setting: SettingChange,
    },
    /// Write to a worker as the person: kept in Peerwatch's own bridge, and brought into its session.
    Send {
        /// The worker.
        to: String,
        /// What to say.
        text: String,
    },
    /// How messages of this conversation reach sessions; `null` goes back to what holds for all. Written to `config.toml`.
    Deliver {
        /// The conversation.
        conversation: String,
        /// The way.
        mode: Option<DeliverMode>,
    },
    /// Whether the engine writes heartbeats for the proven workers of a conversation of somebody else's database.
    Heartbeats {
        /// The conversation.
        conversation: String,
        /// On or off.
        on: bool,
    },
    /// Whether tasks of this bridge whose owners are proven gone are reassigned without a person; `null` goes back to what holds
    /// for all. Written to `config.toml`.
    Recover {
        /// The conversation.
        conversation: String,
        /// On or off.
        on: Option<bool>,
    },
    /// Let deliveries go on that were stopped because two workers answered each other without end.
    Release {
        /// The conversation.
        conversation: String,
    },
    /// What reassigning a task would do: who could take over, and the card that it would get.
    PlanHandover {
        /// The task; `session:<worker>` for whatever a session without tasks is at.
        task: String,
    },
    /// Reassign a task.
    HandOver {
        /// The task.
        task: String,
        /// To this worker; `null` for the best free one.
        to: Option<String>,
        /// The card as a person edited it; `null` for the one that Peerwatch writes.
        card: Option<String>,
        /// Why; `null` for what Peerwatch concludes of the owner.
        reason: Option<String>,
        /// Do not wait for the old owner to confirm: it may go on, and its late work is set aside.
        take_anyway: bool,
        /// Pass over what holds the task back: that it changed hands a moment ago, or too often.
        pass_brakes: bool,
    },
    /// Let a handover go on that waits for its old owner to confirm.
    TakeAnyway {
        /// The handover.
        handover: u64,
    },
    /// Take a handover back, until its new owner has begun.
    UndoHandover {
        /// The handover.
        handover: u64,
    },
    /// Take late work as the result of its task.
    Adopt {
        /// The task.
        task: String,
        /// The late work.
        late: u64,
    },
    /// Whether the plugin's hook refuses edits of a worker for a task that was taken from it.
    Fence {
        /// The worker.
        worker: String,
        /// On or off.
        on: bool,
    },
    /// This silence is fine: take the alert off the list, and let so long a pause be usual for this worker.
    Fine {
        /// The alert.
        alert: u64,
    },
    /// Bring the terminal of a session to the front.
    Jump {
        /// The worker.
        worker: String,
    },
    /// What a jump can do, terminal by terminal, and which of them are in use here.
    Terminals,
    /// Resume a session that is over, in a new terminal.
    Resume {
        /// The worker.
        worker: String,
    },
    /// Install Peerwatch's plugin into Claude Code, take it away, or say what would be done.
    Plugin {
        /// What to do.
        act: PluginAct,
    },
    /// A hook of the plugin tells what happened in a session, and asks whether text waits for it.
    Hook {
        /// The hook's name: `Stop`, `UserPromptSubmit`…
        event: String,
        /// The session.
        session_id: String,
        /// What the hook was given, a bounded part of it.
        #[ts(type = "unknown")]
        #[serde(default)]
        input: serde_json::Value,
    },
    /// Stop the engine.
    Stop,
}

/// What to do with the Claude Code plugin.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PluginAct {
    /// Say what connecting would do.
    Plan,
    /// Install it.
    Connect,
    /// Take it away.
    Disconnect,
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
    /// Notify of nothing in these hours of each day, as `22:00-08:00` by the local clock; `null` for no such hours.
    QuietHours(Option<String>),
    /// Notify of a worker that is proven gone with a task even in quiet hours and while notifications are paused.
    UrgentBreaksThrough(bool),
    /// Let notifications make a sound.
    Sound(bool),
    /// Silence of a bridge side that only heartbeats, in seconds.
    BridgeSilence(u64),
    /// A fixed silence for sessions in seconds, or `null` to learn.
    SessionSilence(Option<u64>),
    /// How messages of Peerwatch's own bridge reach sessions.
    Deliver(DeliverMode),
    /// Whether messages are also brought into sessions that ask for no permissions, where Claude Code opens a dialog.
    DeliverToBypassing(bool),
    /// Whether tasks of workers that are proven gone are reassigned without a person.
    Recover(bool),
    /// Whether a team's task may be moved by editing the team's files, where asking its lead is of no use.
    EditTeamTasks(bool),
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
    /// A message was stored; its receipts follow.
    Sent {
        /// The conversation it stands in.
        conversation: String,
        /// Its identity in it.
        message: String,
    },
    /// What is in front now, in a sentence.
    InFront {
        /// The sentence.
        what: String,
    },
    /// What a jump can do: every line of the table, in its order.
    Terminals {
        /// The lines.
        terminals: Vec<TerminalView>,
    },
    /// What a handover would do.
    Plan {
        /// The plan.
        plan: Box<HandoverPlan>,
    },
    /// A handover has begun; the view tells how it goes on.
    HandingOver {
        /// Its number.
        handover: u64,
        /// How it stands, in a sentence.
        summary: String,
    },
    /// What was done, or would be, step by step.
    Steps {
        /// In words.
        steps: Vec<String>,
    },
    /// What a hook shall tell its session; `null` for nothing.
    Hook {
        /// The text.
        text: Option<String>,
    },
    /// It could not be done; a sentence that says why and what to do.
    Refused {
        /// The sentence.
        why: String,
    },
}
