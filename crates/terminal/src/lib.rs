//! From a process to its terminal: which pane, tab and window it shows itself in, and how that comes to the front.
//!
//! [`find`] only looks. It says beforehand, in a sentence, what [`focus`] would do, and where nothing can be done, why.
//! Nothing is ever typed into a terminal: panes and windows are chosen through the means that multiplexers, terminals and
//! desktops have for that. Every program that is run, and every desktop that is asked, has two seconds.
//!
//! A way is found anew for each jump ([`Jump`] does so), since panes and windows move.

#[cfg(target_os = "linux")]
mod bus;
mod call;
mod desktops;
#[cfg(test)]
mod fake;
mod find;
mod here;
mod jump;
mod machine;
mod open;
mod resume;
mod table;
mod terminals;
mod trail;
mod way;

pub use call::{Call, CallError};
pub use desktops::{Desktop, Found, Owner, Window};
pub use find::{find, focus, is_in_front};
pub use here::{desktop_here, lines_of};
pub use jump::{Jump, Jumped};
pub use machine::{Environment, Machine, machine};
pub use open::{OpenError, Opened, known_terminals, open_terminal};
pub use resume::{NotResumable, Resume, resume_command};
pub use table::{Line, Reach, Tried, capabilities, desktop_lines, terminal_lines};
pub use way::{Capability, Done, FocusError, Seen, Way};

use std::time::Duration;

/// How long another program, a desktop or a bus may take to answer.
pub const LIMIT: Duration = Duration::from_secs(2);
