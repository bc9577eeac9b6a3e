//! Colours and shapes. A shape and a word say everything; colour only repeats it.

use anstyle::{AnsiColor, Style};
use peerwatch_wire::{Group, Presence};

pub(crate) const PLAIN: Style = Style::new();
pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const CARE: Style = AnsiColor::Yellow.on_default();

/// The colour of a verdict.
pub(crate) fn of(presence: Presence) -> Style {
    match presence {
        Presence::WaitingForYou | Presence::Limited => CARE.bold(),
        Presence::Suspect | Presence::Gone => ERROR,
        Presence::Quiet => CARE,
        Presence::Working | Presence::Background => GOOD,
        Presence::Idle => PLAIN,
        Presence::Ended | Presence::Unknown => DIM,
    }
}

/// The shape before a name.
pub(crate) fn mark(group: Group) -> &'static str {
    let (shape, letter) = match group {
        Group::NeedsYou => ("●", "!"),
        Group::Suspect => ("▲", "?"),
        Group::HandingOver => ("→", ">"),
        Group::Working => ("▸", "*"),
        Group::Idle => ("·", "-"),
        Group::Ended => ("×", "x"),
    };
    if speaks_unicode() { shape } else { letter }
}

/// A terminal whose locale is not UTF-8 gets letters.
fn speaks_unicode() -> bool {
    if cfg!(windows) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_none_or(|name| {
        let name = name.to_uppercase();
        name.contains("UTF-8") || name.contains("UTF8")
    })
}
