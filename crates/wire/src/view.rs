//! The roster as it is drawn: by the window, the tray and `peerwatch status`.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{DeliverMode, HandoverView, Settings, TaskView};

/// Everything that is drawn. Sent whole at each change: it is small.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct View {
    /// The shape's version; 1.
    pub schema: u32,
    /// When it was drawn.
    pub at: String,
    /// Grows by one with each change.
    pub revision: u64,
    /// What the tray shows.
    pub tray: TrayState,
    /// The state of everything in a sentence: "2 of 9 need you".
    pub sentence: String,
    /// Whether the machine is awake and settled.
    pub machine: MachineState,
    /// All workers, ordered by need.
    pub workers: Vec<WorkerView>,
    /// Tasks that are not done, and the last that were; the most urgent first.
    pub tasks: Vec<TaskView>,
    /// Handovers that are under way, and the last that ended; the newest first.
    pub handovers: Vec<HandoverView>,
    /// Conversations between workers, newest first.
    pub conversations: Vec<ConversationView>,
    /// Alerts that stand.
    pub alerts: Vec<AlertView>,
    /// Alerts that ended, newest first, bounded.
    pub history: Vec<HistoryView>,
    /// What could not be read.
    pub problems: Vec<ProblemView>,
    /// What is connected.
    pub connections: Vec<ConnectionView>,
    /// The Claude Code plugin.
    pub plugin: PluginView,
    /// Notifications are paused until then.
    pub paused_until: Option<String>,
    /// Notifications held back by a pause, quiet hours or a mute, and not told of yet.
    pub held_back: u32,
    /// What else keeps notifications back.
    pub quiet: QuietView,
    /// Silences reported that ended by themselves.
    pub false_alarms: u32,
    /// Silences reported in all.
    pub silences: u32,
    /// The settings in force.
    pub settings: Settings,
}

/// The body of `peerwatch status --json`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct StatusView {
    /// The shape's version; 1.
    pub schema: u32,
    /// When it was read.
    pub at: String,
    /// All workers, ordered by need.
    pub workers: Vec<WorkerView>,
    /// What could not be read.
    pub problems: Vec<ProblemView>,
}

/// A worker as it is drawn.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct WorkerView {
    /// Its identity, stable while its process lives.
    pub id: String,
    /// The name a person knows it by.
    pub name: String,
    /// What found it.
    pub source: SourceKind,
    /// The verdict.
    pub presence: Presence,
    /// For what it waits, when it waits for the person.
    pub waiting_for: Option<WaitingFor>,
    /// Since when the verdict holds.
    pub since: Option<String>,
    /// When life was last heard of.
    pub last_heard: Option<String>,
    /// Its process.
    pub pid: Option<u32>,
    /// The Claude Code session id.
    pub session_id: Option<String>,
    /// Its folder.
    pub cwd: Option<String>,
    /// What the verdict rests on, in words with ages.
    pub witnesses: Vec<WitnessView>,
    /// Messages that wait for it, unread; `null` where the medium does not say.
    pub unread: Option<u32>,
    /// The ids of the tasks it owns that are not done.
    pub tasks: Vec<String>,
    /// The part of the list it stands in.
    pub group: Group,
    /// One line under the name: what it does or needs, in words.
    pub summary: String,
    /// Its role, where it has one.
    pub role: Option<String>,
    /// The id of its lead or partner.
    pub partner: Option<String>,
    /// The conversation that opens when it is activated.
    pub conversation: Option<String>,
    /// Silent for this many seconds of awake time, when it should be heard.
    pub silent_s: Option<u64>,
    /// Silence that would be remarked, in seconds.
    pub threshold_s: Option<u64>,
    /// Its notifications are muted until then, by itself or with its folder; the year 9999 is always.
    pub muted_until: Option<String>,
    /// The version of the program it runs.
    pub version: Option<String>,
    /// Whether a message can be written to it from here.
    pub writable: bool,
    /// Whether the plugin's hook refuses its edits for a task that was taken from it.
    pub fenced: bool,
    /// What a jump to its terminal would do; `null` where that is not known.
    pub jump: Option<JumpView>,
}

/// What a jump to the terminal of a session would do.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct JumpView {
    /// How near it comes.
    pub reach: JumpReach,
    /// In words: "jumps to pane %5 of tmux, in the xterm window", or why it cannot.
    pub sentence: String,
}

/// How near a jump comes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum JumpReach {
    /// To the pane or tab itself.
    ExactPane,
    /// To the window; not to one of its tabs.
    WindowOnly,
    /// To the pane within its multiplexer, but not to the window that shows it.
    PaneOnly,
    /// Nowhere.
    NotPossible,
}

/// One piece of evidence.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct WitnessView {
    /// In words: "transcript grew", "process alive".
    pub what: String,
    /// How long ago, in seconds of awake time.
    pub age_s: u64,
}

/// The words of a verdict.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of the vocabulary")]
pub enum Presence {
    Working,
    WaitingForYou,
    Idle,
    Background,
    Limited,
    Quiet,
    Suspect,
    Gone,
    Ended,
    Unknown,
}

/// For what a worker waits.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of the vocabulary")]
pub enum WaitingFor {
    Permission,
    Question,
    Plan,
    Dialog,
}

/// The parts of the list, in their order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of the list")]
pub enum Group {
    NeedsYou,
    Suspect,
    HandingOver,
    Working,
    Idle,
    Ended,
}

/// Which kind of program a worker was found through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of the vocabulary")]
pub enum SourceKind {
    Claude,
    Team,
    Bridge,
}

/// The tray's four states.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words are those of the vocabulary")]
pub enum TrayState {
    Calm,
    NeedsYou,
    Paused,
    CannotSee,
}

/// Whether the machine is in a state in which anybody can be judged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MachineState {
    /// Judging as usual.
    Awake,
    /// It has just woken; nobody is judged until a clean window has passed.
    Settling,
}

/// A conversation between workers.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct ConversationView {
    /// Its identity, to read it by.
    pub id: String,
    /// Who talks: "backend and frontend".
    pub title: String,
    /// What keeps it.
    pub source: SourceKind,
    /// Where it is kept.
    pub path: Option<String>,
    /// Messages seen in it.
    pub messages: u32,
    /// Of those, unread by their recipients; `null` where the medium does not say.
    pub unread: Option<u32>,
    /// When the last message was written.
    pub last_at: Option<String>,
    /// The beginning of the last message.
    pub last_text: Option<String>,
    /// The workers in it.
    pub workers: Vec<String>,
    /// How its messages reach sessions; `null` where Peerwatch delivers nothing.
    pub deliver: Option<DeliverMode>,
    /// Whether Peerwatch itself keeps it.
    pub own: bool,
    /// Whether the engine writes heartbeats there.
    pub heartbeats: bool,
    /// Why deliveries stand still, in words, when they do.
    pub braked: Option<String>,
}

/// What keeps notifications back, besides a pause and the mutes of single workers.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, TS)]
pub struct QuietView {
    /// It is one of the quiet hours: when they end by the local clock, as `08:00`.
    pub hours_until: Option<String>,
    /// The desktop was told not to disturb, where it says so.
    pub do_not_disturb: bool,
    /// Folders whose workers are muted.
    pub folders: Vec<MutedFolderView>,
}

/// A folder whose workers are muted.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct MutedFolderView {
    /// Its path.
    pub folder: String,
    /// Until when; the year 9999 is always.
    pub until: String,
}

/// The Claude Code plugin: hooks and the MCP server.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, TS)]
pub struct PluginView {
    /// Whether it is installed.
    pub connected: bool,
    /// In words.
    pub summary: String,
    /// What would make it work, when something is wrong.
    pub remedy: Option<String>,
}

/// How loud an alert is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Notice,
    /// Needs a person before long.
    NeedsYou,
    /// Work may be lost.
    Urgent,
}

/// An alert that stands.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct AlertView {
    /// Its number, to snooze or dismiss it by.
    pub id: u64,
    /// How loud it is.
    pub severity: Severity,
    /// The cause's kind: `waiting`, `silent`, `gone`, `limited`, `message`.
    pub kind: String,
    /// The worker it is about.
    pub worker: Option<String>,
    /// The conversation that a click opens.
    pub conversation: Option<String>,
    /// Who and what, in a few words.
    pub title: String,
    /// More, in a sentence.
    pub body: String,
    /// Since when.
    pub since: String,
}

/// An alert that ended.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct HistoryView {
    /// Its number.
    pub id: u64,
    /// The cause's kind.
    pub kind: String,
    /// The worker's name.
    pub worker: Option<String>,
    /// Who and what.
    pub title: String,
    /// Since when it stood.
    pub since: String,
    /// When it ended.
    pub until: String,
    /// How it ended, in words: "back after 12 min".
    pub ending: String,
}

/// Something that could not be read.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct ProblemView {
    /// The source that reports it.
    pub source: String,
    /// What could not be read.
    pub subject: String,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// What is connected, or was looked for and not found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, TS)]
pub struct ConnectionView {
    /// What it is: "Claude Code sessions", "Bridge database", "Notifications", "Tray".
    pub kind: String,
    /// Where it was looked for.
    pub path: Option<String>,
    /// Whether it works.
    pub connected: bool,
    /// In words.
    pub summary: String,
    /// What would make it work, or work better.
    pub remedy: Option<String>,
}
