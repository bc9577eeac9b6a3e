//! Which window has the focus, told by the display itself at each change.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::ledger::Ledger;
use crate::moment::Moment;
use crate::process::Running;

/// Listens to the window manager's word about the active window; ended with this value.
#[derive(Debug)]
pub(super) struct Focus {
    seen: Arc<Ledger<(u64, Moment)>>,
    _xprop: Running,
}

impl Focus {
    /// Begins to listen with this command of xprop; there must be a window manager already.
    pub(super) fn watch(xprop: &mut Command) -> Self {
        xprop.args(["-root", "-spy", "_NET_ACTIVE_WINDOW"]).stdout(Stdio::piped());
        let mut running = Running::start("xprop", xprop);
        let stdout = running.child().stdout.take().expect("the output of xprop");
        let seen: Arc<Ledger<(u64, Moment)>> = Arc::default();
        let written = Arc::clone(&seen);
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if let Some(window) = window(&line) {
                    written.push((window, Moment::now()));
                }
            }
        });
        Self { seen, _xprop: running }
    }

    /// The window that has it, once one had it.
    pub(super) fn now(&self) -> Option<u64> {
        self.seen.all().last().map(|(window, _)| *window)
    }

    /// How many changes were seen.
    pub(super) fn changes(&self) -> usize {
        self.seen.len()
    }

    /// Waits until a window gets it, after the first `start` changes.
    pub(super) fn await_window(&self, start: usize, window: u64, within: Duration) -> Moment {
        self.seen
            .find_after(start, &format!("the focus at {window:#x}"), within, |(seen, _)| *seen == window)
            .1
    }
}

/// As `_NET_ACTIVE_WINDOW(WINDOW): window id # 0x60000c`.
fn window(line: &str) -> Option<u64> {
    let number = line.split_once("# 0x")?.1;
    let digits = number.split(|letter: char| !letter.is_ascii_hexdigit()).next()?;
    u64::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_xprop_names_a_window() {
        assert_eq!(window("_NET_ACTIVE_WINDOW(WINDOW): window id # 0x60000c"), Some(0x60_000c));
        assert_eq!(window("_NET_ACTIVE_WINDOW(WINDOW): window id # 0x60000c, 0x0"), Some(0x60_000c));
        assert_eq!(window("_NET_ACTIVE_WINDOW:  not found."), None);
    }
}
