//! The only types that cross a border: to the window, over the engine's socket, out of the command line.
//!
//! Names and meanings stay; new fields may come. Times are RFC 3339 in UTC, spans are whole seconds, absent facts are
//! `null`.

mod command;
mod conversation;
mod event;
mod report;
mod request;
mod settings;
mod tasks;
mod terminals;
mod view;

pub use command::{ALWAYS_S, Command, Page, PluginAct, Reply, SettingChange};
pub use conversation::{ConversationPage, Entry, EntryKind};
pub use event::Event;
pub use report::{DoctorView, EngineView, PathView, ShowView};
pub use request::{Line, Request};
pub use settings::{ConversationSettings, DeliverMode, Settings};
pub use tasks::{
    HandoverPlan, HandoverStep, HandoverView, HeirView, LateView, ProgressView, TaskSource, TaskState,
    TaskView,
};
pub use terminals::{TerminalKind, TerminalView, Tried};
pub use view::{
    AlertView, ConnectionView, ConversationView, Group, HistoryView, JumpReach, JumpView, MachineState,
    MutedFolderView, PluginView, Presence, ProblemView, QuietView, Severity, SourceKind, StatusView,
    TrayState, View, WaitingFor, WitnessView, WorkerView,
};

#[cfg(test)]
mod export;
