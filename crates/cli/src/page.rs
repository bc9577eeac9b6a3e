//! Holds `docs/cli.md` to the code, and the code to the page.

use std::collections::BTreeSet;

use clap::CommandFactory as _;
use peerwatch_wire::{
    ConversationView, DoctorView, Entry, Event, HandoverPlan, HandoverView, Presence, ShowView, StatusView,
    TaskState, TaskView, TerminalView,
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::args::Args;
use crate::shapes::{
    AuditView, CleanupView, HoldsView, MessageView, MovedView, OwedView, PlannedView, PulseView, SilentView,
    TaskDetailView, TokenView, WatchdogView, Why,
};

const PAGE: &str = include_str!("../../../docs/cli.md");
const SCRIPTS: &str = include_str!("../../../docs/from-the-scripts.md");

/// The JSON block that stands below a mark.
fn example(mark: &str) -> &'static str {
    let (_, rest) =
        PAGE.split_once(&format!("<!-- {mark} -->\n```json\n")).unwrap_or_else(|| panic!("no {mark}"));
    rest.split_once("\n```").unwrap().0
}

/// Reading and writing an example again must give the same: no field is unknown, none is missing.
fn holds<T: DeserializeOwned + Serialize>(text: &str) -> T {
    let written: Value = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    let read: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"));
    assert_eq!(serde_json::to_value(&read).unwrap(), written);
    read
}

#[test]
fn every_shape_on_the_page_is_that_of_the_code() {
    holds::<StatusView>(example("StatusView"));
    holds::<ShowView>(example("ShowView"));
    holds::<DoctorView>(example("DoctorView"));
    holds::<Vec<ConversationView>>(example("ConversationView[]"));
    holds::<HoldsView>(example("HoldsView"));
    holds::<Vec<Entry>>(example("Entry[]"));
    holds::<Vec<TokenView>>(example("TokenView[]"));
    holds::<Vec<MessageView>>(example("MessageView[]"));
    holds::<Vec<SilentView>>(example("SilentView[]"));
    holds::<Vec<OwedView>>(example("OwedView[]"));
    holds::<Vec<AuditView>>(example("AuditView[]"));
    holds::<Vec<CleanupView>>(example("CleanupView[]"));
    holds::<Vec<TaskView>>(example("TaskView[]"));
    holds::<TaskDetailView>(example("TaskDetailView"));
    holds::<Vec<PlannedView>>(example("PlannedView[]"));
    holds::<Vec<HandoverView>>(example("HandoverView[]"));
    holds::<Vec<HandoverPlan>>(example("HandoverPlan[]"));
    holds::<Vec<MovedView>>(example("MovedView[]"));
    holds::<Vec<TerminalView>>(example("TerminalView[]"));
}

#[test]
fn every_line_of_keepalive_and_watchdog_is_on_the_page() {
    let mut left: BTreeSet<&str> = ["heartbeat", "skipped", "end"].into();
    for line in example("PulseView").lines() {
        left.remove(match holds::<PulseView>(line) {
            PulseView::Heartbeat { .. } => "heartbeat",
            PulseView::Skipped { .. } => "skipped",
            PulseView::End { .. } => "end",
        });
    }
    left.extend(["silent", "back", "over", "healthy", "handover", "problem"]);
    for line in example("WatchdogView").lines() {
        left.remove(match holds::<WatchdogView>(line) {
            WatchdogView::Silent(_) => "silent",
            WatchdogView::Back { .. } => "back",
            WatchdogView::Over { .. } => "over",
            WatchdogView::Healthy { .. } => "healthy",
            WatchdogView::Handover { .. } => "handover",
            WatchdogView::Problem { .. } => "problem",
        });
    }
    assert!(left.is_empty(), "the page lacks {left:?}");
    for why in [Why::Heartbeat, Why::NeverHeard, Why::Unreadable, Why::Future, Why::Gone, Why::Left] {
        let word = serde_json::to_value(why).unwrap();
        assert!(PAGE.contains(&format!("`{}`", word.as_str().unwrap())), "the page lacks {word}");
    }
}

#[test]
fn every_event_has_its_line_on_the_page() {
    let mut left: BTreeSet<&str> = ["presence", "message", "receipt", "alert", "handover", "problem"].into();
    for line in example("Event").lines() {
        // A new event must be given a line here and on the page.
        let word = match holds::<Event>(line) {
            Event::Presence { .. } => "presence",
            Event::Message { .. } => "message",
            Event::Receipt { .. } => "receipt",
            Event::Alert { .. } => "alert",
            Event::Handover { .. } => "handover",
            Event::Problem { .. } => "problem",
        };
        left.remove(word);
    }
    assert!(left.is_empty(), "the page lacks {left:?}");
}

#[test]
fn every_verdict_is_named() {
    let mut presence = Some(Presence::Working);
    while let Some(now) = presence {
        let word = serde_json::to_value(now).unwrap();
        let word = word.as_str().unwrap();
        assert!(PAGE.contains(&format!("`{word}`")), "the page lacks {word}");
        presence = match now {
            Presence::Working => Some(Presence::WaitingForYou),
            Presence::WaitingForYou => Some(Presence::Idle),
            Presence::Idle => Some(Presence::Background),
            Presence::Background => Some(Presence::Limited),
            Presence::Limited => Some(Presence::Quiet),
            Presence::Quiet => Some(Presence::Suspect),
            Presence::Suspect => Some(Presence::Gone),
            Presence::Gone => Some(Presence::Ended),
            Presence::Ended => Some(Presence::Unknown),
            Presence::Unknown => None,
        };
    }
}

#[test]
fn every_state_of_a_task_is_named() {
    let mut state = Some(TaskState::Open);
    while let Some(now) = state {
        let word = serde_json::to_value(now).unwrap();
        let word = word.as_str().unwrap();
        assert!(PAGE.contains(&format!("`{word}`")), "the page lacks {word}");
        state = match now {
            TaskState::Open => Some(TaskState::Assigned),
            TaskState::Assigned => Some(TaskState::InProgress),
            TaskState::InProgress => Some(TaskState::HandingOver),
            TaskState::HandingOver => Some(TaskState::Done),
            TaskState::Done => Some(TaskState::Cancelled),
            TaskState::Cancelled => None,
        };
    }
}

/// A command and everything below it, with the words that lead to each.
fn below(command: &clap::Command, words: &str) -> Vec<(String, clap::Command)> {
    let mut all = vec![(words.to_owned(), command.clone())];
    for sub in command.get_subcommands() {
        all.extend(below(sub, format!("{words} {}", sub.get_name()).trim()));
    }
    all
}

#[test]
fn every_subcommand_and_flag_is_explained_and_none_is_invented() {
    let commands = below(&Args::command(), "");
    let mut flags: BTreeSet<String> = ["--help".to_string(), "--version".to_string()].into();
    for (words, _) in &commands {
        let shown = [format!("`peerwatch {words}"), format!("`{words}`"), format!("`{words} ")];
        assert!(shown.iter().any(|shown| PAGE.contains(shown)), "the page lacks {words}");
    }
    let arguments = || commands.iter().flat_map(|(_, command)| command.get_arguments());
    flags.extend(arguments().filter_map(|arg| arg.get_long()).map(|long| format!("--{long}")));
    let aliases: BTreeSet<String> = arguments()
        .flat_map(|arg| arg.get_all_aliases().unwrap_or_default())
        .map(|alias| format!("--{alias}"))
        .collect();
    for flag in &flags {
        assert!(
            PAGE.contains(&format!("{flag}`")) || PAGE.contains(&format!("{flag} ")),
            "the page lacks {flag}"
        );
    }
    let not_flag = |c: char| !(c.is_ascii_alphanumeric() || c == '-');
    for word in PAGE.split(not_flag).chain(SCRIPTS.split(not_flag)) {
        let is_flag = word.starts_with("--") && word.len() > 3 && !word.ends_with('-');
        // The example of a push is a worker's, not ours.
        assert!(
            !is_flag
                || flags.contains(word)
                || aliases.contains(word)
                || word == "--force-with-lease"
                || word == "--bench",
            "{word} is invented"
        );
    }
}
